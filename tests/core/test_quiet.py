"""Quiet hours and the digest's hour, by somebody's own clock, over midnight and over the nights the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from lanes.core.quiet import Quiet, digest_due, quiet_until

BERLIN, KOLKATA, LISBON = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kolkata", "Europe/Lisbon"))
NIGHT = Quiet(22, 7)


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "moment", "over"),
    [
        (NIGHT, "2026-03-02T21:59", None),
        (NIGHT, "2026-03-02T22:00", "2026-03-03T07:00"),
        (NIGHT, "2026-03-03T03:00", "2026-03-03T07:00"),
        (NIGHT, "2026-03-03T07:00", None),
        (Quiet(12, 14), "2026-03-02T13:00", "2026-03-02T14:00"),
        (Quiet(12, 14), "2026-03-02T23:00", None),
        (NIGHT, "2026-03-29T01:30", "2026-03-29T07:00"),  # the clocks go forward at 2
        (NIGHT, "2026-10-25T02:30", "2026-10-25T07:00"),  # and back at 3
        (None, "2026-03-03T03:00", None),
    ],
)
def test_quiet_hours_end_when_their_hour_strikes(quiet, moment, over):
    assert quiet_until(quiet, BERLIN, at(moment)) == (at(over) if over else None)


def test_the_digest_is_due_at_its_hour_of_their_clock():
    assert digest_due(8, None, KOLKATA, at("2026-03-02T08:00", KOLKATA)) == (
        date(2026, 3, 2), at("2026-03-02T08:00", KOLKATA),
    )  # fmt: skip
    assert digest_due(8, None, KOLKATA, at("2026-03-02T07:59", KOLKATA))[0] == date(2026, 3, 1)


def test_a_digest_in_quiet_hours_comes_when_they_end_and_is_still_that_days():
    assert digest_due(6, NIGHT, BERLIN, at("2026-03-02T07:00")) == (date(2026, 3, 2), at("2026-03-02T07:00"))
    assert digest_due(6, NIGHT, BERLIN, at("2026-03-02T06:59"))[0] == date(2026, 3, 1)
    assert digest_due(23, NIGHT, BERLIN, at("2026-03-03T07:10")) == (date(2026, 3, 2), at("2026-03-03T07:00"))
    nearly_always = Quiet(22, 21)
    assert digest_due(22, nearly_always, BERLIN, at("2026-03-03T22:30")) == (date(2026, 3, 2), at("2026-03-03T21:00"))


@pytest.mark.parametrize("zone", [BERLIN, KOLKATA, LISBON])
@pytest.mark.parametrize("hour", [0, 2, 6, 8, 20])
@pytest.mark.parametrize("quiet", [None, NIGHT, Quiet(1, 9)])
def test_over_a_year_every_date_has_one_digest_and_none_is_in_a_quiet_hour(zone, hour, quiet):
    now, seen = datetime(2026, 1, 1, tzinfo=UTC), {}
    while now < datetime(2027, 1, 1, tzinfo=UTC):
        day, due = digest_due(hour, quiet, zone, now)
        assert due <= now
        assert seen.setdefault(day, due) == due
        assert quiet_until(quiet, zone, due) is None
        now += timedelta(minutes=30)
    days = sorted(seen)
    assert [b - a for a, b in pairwise(days)] == [timedelta(days=1)] * (len(days) - 1)
