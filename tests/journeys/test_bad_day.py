"""Everything storms at once, and at the end of the day nothing was done twice and nothing is lost."""

import pytest
from day import BadDay
from evening import findings

QUICK = dict.fromkeys(("zendesk", "stripe", "salesforce", "hubspot", "jira", "datadog"), 1000000)  # requests a minute


@pytest.fixture
def town(town):
    """Its own pace limits are not what this is about: they would only make the day longer."""
    town.settings = town.settings.model_copy(update={"rate_limits": QUICK})
    return town


def test_after_a_bad_day_nothing_was_done_twice_and_nothing_is_lost(house):
    day = BadDay(house, seed=7).live(patience=60.0, refunds=12, triage=5, crm=6, renewals=4, incidents=3)
    assert findings(day) == []
    assert len(day.cases) == 30
    assert sum(day.outcomes()[lane, "succeeded"] for lane in ("support-refunds", "crm-hygiene", "renewals")) >= 12
    assert sum(map(len, day.met.values())) >= 20, "all kinds of faults came up"
