"""What vendors say is left, each in its own headers."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tools import moment
from tools.limits import PACES, Room, room


@pytest.mark.parametrize(
    ("system", "headers", "meant"),
    [
        ("zendesk", {"ratelimit-limit": "700", "ratelimit-remaining": "699", "ratelimit-reset": "41"},
         Room(699, 700, 41)),
        ("salesforce", {"Sforce-Limit-Info": "api-usage=10018/100000"}, Room(89_982, 100_000)),
        ("salesforce", {"Sforce-Limit-Info": "api-usage=25/5000; per-app-api-usage=17/250(appName=sample)"},
         Room(4975, 5000)),
        ("salesforce", {"Sforce-Limit-Info": "api-usage=100200/100000"}, Room(0, 100_000)),
        ("hubspot", {"X-HubSpot-RateLimit-Max": "100", "X-HubSpot-RateLimit-Remaining": "3",
                     "X-HubSpot-RateLimit-Interval-Milliseconds": "10000", "X-HubSpot-RateLimit-Daily": "250000"},
         Room(3, 100, 10)),
        ("datadog", {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800",
                     "X-RateLimit-Name": "logs_public_search"},
         Room(0, 300, 1800, everything=False, name="logs_public_search")),
        ("jira", {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "9"}, Room(9, 100, None, everything=False)),
        ("zendesk", {}, None),
        ("salesforce", {}, None),
        ("jira", {"X-RateLimit-Remaining": "inf", "X-RateLimit-Limit": "100"}, None),
        ("stripe", {"ratelimit-limit": "700", "ratelimit-remaining": "699"}, None),
        ("unheard-of", {"ratelimit-limit": "700", "ratelimit-remaining": "699"}, None),
    ],
)  # fmt: skip
def test_what_is_left_is_read_as_the_vendor_says_it(system, headers, meant):
    assert room(system, httpx2.Headers(headers)) == meant


def test_jira_names_a_moment_of_the_clock_that_its_tools_go_by():
    """In a demo whose clock was turned, another month has begun."""
    then = datetime(2031, 3, 2, 9, tzinfo=UTC)
    reset = (then + timedelta(seconds=50)).isoformat()
    headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": reset}
    with moment.at(then):
        assert room("jira", httpx2.Headers(headers)) == Room(9, 100, 50, everything=False)


def test_a_pace_is_said_as_people_say_it():
    assert (str(PACES["zendesk"]), str(PACES["stripe"])) == ("200 times a minute", "25 times in 1 s")
