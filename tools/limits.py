"""How often each vendor may be asked, and how its answers say what is left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tools.moment import now


@dataclass(frozen=True)
class Pace:
    """At most `calls` requests within any `seconds`."""

    calls: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.calls} times {'a minute' if self.seconds == 60 else f'in {self.seconds} s'}"


@dataclass(frozen=True)
class Room:
    """What an answer says of a limit: `left` of `of` requests, filled up again in `seconds` (None: it does not say).

    `everything`: the limit is on all requests of the account; otherwise on some that the vendor counts together.
    """

    left: int
    of: int
    seconds: float | None = None
    everything: bool = True
    name: str = ""  # the vendor's, where it has several


Headers = Mapping[str, str]

# What a vendor grants the smallest plan that has an API: a larger one is said in LANEKEEPER_RATE_LIMITS. The account's
# other integrations draw on the same limit, so what the answers say counts beside this.
PACES: Mapping[str, Pace] = {
    "zendesk": Pace(200, 60),  # Team; developer.zendesk.com, "Rate limits"
    "stripe": Pace(25, 1),  # a sandbox; live keys may ask 100 times; docs.stripe.com, "Rate limits"
    "salesforce": Pace(100, 60),  # 100,000 a day leave 69 a minute around the clock, and nobody works around it;
    # Salesforce Developer Limits and Allocations Quick Reference, "API Request Limits and Allocations"
    "hubspot": Pace(100, 10),  # Free and Starter; developers.hubspot.com, "API usage guidelines"
    "jira": Pace(10, 1),  # the rate its page reckons with for one app; developer.atlassian.com, "Rate limiting"
    "datadog": Pace(60, 60),  # it has one for each endpoint, in its answers only; docs.datadoghq.com, "Rate Limits"
}
UNKNOWN = Pace(60, 60)  # of a vendor that is not in the list: one a second disturbs nobody


def _zendesk(headers: Headers) -> Room | None:
    """Requests of the account in this minute; "Rate limits"."""
    return _room(headers, "ratelimit-limit", "ratelimit-remaining", _number(headers.get("ratelimit-reset")))


def _salesforce(headers: Headers) -> Room | None:
    """Sforce-Limit-Info: api-usage=10018/100000, of rolling 24 hours; REST API Developer Guide, "Limit Info Header"."""
    usage = headers.get("Sforce-Limit-Info", "").partition("api-usage=")[2].partition(";")[0].partition(",")[0]
    used, _, of = (_number(part) for part in usage.partition("/")) if "/" in usage else (None, None, None)
    return None if used is None or not of else Room(max(0, int(of - used)), int(of))


def _hubspot(headers: Headers) -> Room | None:
    """Requests of the app in the current interval, whose beginning is not said; "API usage guidelines"."""
    interval = _number(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds"))
    seconds = None if interval is None else interval / 1000
    return _room(headers, "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Remaining", seconds)


def _jira(headers: Headers) -> Room | None:
    """X-RateLimit-Reset is a moment in ISO 8601, and each endpoint counts for itself; "Rate limiting"."""
    try:
        reset = datetime.fromisoformat(headers.get("X-RateLimit-Reset", ""))
        seconds = max(0.0, (reset.replace(tzinfo=reset.tzinfo or UTC) - now()).total_seconds())
    except ValueError:
        seconds = None
    return _room(headers, "X-RateLimit-Limit", "X-RateLimit-Remaining", seconds, everything=False)


def _datadog(headers: Headers) -> Room | None:
    """X-RateLimit-Reset is in seconds, and X-RateLimit-Name says what is counted together; "Rate Limits"."""
    seconds, name = _number(headers.get("X-RateLimit-Reset")), headers.get("X-RateLimit-Name", "")
    return _room(headers, "X-RateLimit-Limit", "X-RateLimit-Remaining", seconds, everything=False, name=name)


ROOMS: Mapping[str, Callable[[Headers], Room | None]] = {  # Stripe says nothing before it refuses
    "zendesk": _zendesk,
    "salesforce": _salesforce,
    "hubspot": _hubspot,
    "jira": _jira,
    "datadog": _datadog,
}


def room(system: str, headers: Headers) -> Room | None:
    """What an answer of `system` says is left of its limit; None where it says nothing that makes sense."""
    read = ROOMS.get(system)
    return read(headers) if read else None


def _room(
    headers: Headers, of: str, left: str, seconds: float | None, *, everything: bool = True, name: str = ""
) -> Room | None:
    most, remaining = _number(headers.get(of)), _number(headers.get(left))
    return Room(int(remaining), int(most), seconds, everything, name) if most and remaining is not None else None


def _number(text: str | None) -> float | None:
    """A number that is not below zero."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
