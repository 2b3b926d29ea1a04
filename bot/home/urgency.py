"""In which order a person's decisions stand: by what it is expected to cost to leave each for later.

    loss = stake × chance + hours × delay                                    in US dollars

    stake    what stands to be lost when nobody decides in time: the money the drafts move, and `AGAIN` for drafting
             and reading the case once more, USD
    chance   that it expires before anybody looks: exp(−remaining ÷ LOOK). Approvers look at their queue at random, on
             average every `LOOK`; the time to the next look is then exponential, and this is the chance that it is
             longer than what remains. 1 at the deadline, 0 for what does not expire
    hours    since the case was asked for: the customer waits for it at least that long, h
    delay    what an hour of waiting costs, USD per hour

Below what is somebody's own to do come the cases that somebody else is on, and below those what the person has put off;
within each of the three by loss, then by deadline, then by name, so that two looks show one order.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lanes.core.waiting import Waits
from lanes.queue import Waiting
from tools.money import Money

LOOK = timedelta(hours=1)  # between two looks of an approver who does other work, too
AGAIN_USD = 5.0  # nine minutes of somebody at 34 USD an hour: the baseline of the first lane
DELAY_USD_PER_HOUR = 0.60  # of a customer who waits; the same page's figure
WORTH_USD = {"USD": 1.0, "EUR": 1.1, "GBP": 1.3, "CHF": 1.2, "CAD": 0.7, "AUD": 0.65, "JPY": 0.0065, "INR": 0.012}
OTHER_WORTH_USD = 0.1  # of one unit of any other currency; the order of magnitude is all that a sorting needs
_NEVER = datetime.max.replace(tzinfo=UTC)


def loss(waits: Waits, asked: datetime, now: datetime) -> float:
    """The expected loss of leaving a case for later, in US dollars; `asked` is when it was asked for."""
    stake = AGAIN_USD + sum(_usd(draft.amount) for draft in waits.drafts if draft.amount)
    hours = max((now - asked) / timedelta(hours=1), 0.0)
    return stake * chance(waits.until, now) + hours * DELAY_USD_PER_HOUR


def chance(until: datetime | None, now: datetime) -> float:
    """That it expires before anybody looks, 0 to 1."""
    return math.exp(-max(until - now, timedelta()) / LOOK) if until else 0.0


def snoozed(waits: Waits, user: str, now: datetime) -> datetime | None:
    """Until when somebody has put a case off; None: they have not, or that time is over."""
    until = waits.snoozed.get(user)
    return until if until and until > now else None


def taken(waits: Waits, user: str, now: datetime) -> str:
    """Who else works on a case right now, by Slack id; empty: nobody."""
    one = waits.taken
    return one.user if one and one.until > now and one.user != user else ""


def in_order(cases: Iterable[Waiting], user: str, now: datetime) -> list[Waiting]:
    """A person's cases, the most pressing first."""

    def place(case: Waiting) -> tuple[int, float, datetime, str]:
        rank = 2 if snoozed(case.waits, user, now) else 1 if taken(case.waits, user, now) else 0
        return rank, -loss(case.waits, case.started, now), case.waits.until or _NEVER, case.run

    return sorted(cases, key=place)


def _usd(amount: Money) -> float:
    return float(amount.major * Decimal(WORTH_USD.get(amount.currency, OTHER_WORTH_USD)))
