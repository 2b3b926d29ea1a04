"""What the runs of the made-up weeks are about, and who errs in which of them, by rates that are known.

Of a hundred cases that an agent shadows, so many are what the name says; in all others both sides do the same:

    agent      the agent's draft is wrong, the person's work is right
    people     the person's work is wrong, the agent's draft is right
    overreach  nobody did anything, and nothing was due
    missed     a person did something, the agent proposed nothing

`grave` says of what is wrong whether the money or the date is (a wrong case), or a lesser field (rework).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

Who = Literal["both", "agent", "people", "overreach", "missed"]


@dataclass(frozen=True)
class Rates:
    """Shares of all cases, from 0 to 1."""

    agent: float
    people: float
    overreach: float = 0.0
    missed: float = 0.0

    def who(self, lot: float) -> Who:
        """Who errs, where `lot` is evenly spread from 0 to 1."""
        shares: tuple[tuple[Who, float], ...] = (
            ("agent", self.agent), ("people", self.people), ("overreach", self.overreach), ("missed", self.missed)
        )  # fmt: skip
        for who, share in shares:
            lot -= share
            if lot < 0:
                return who
        return "both"


# By lane: what belongs to the segment of its page that may earn autonomy, and all the rest.
RATES: Mapping[str, tuple[Rates, Rates]] = {
    "support-refunds": (Rates(0.0, 0.03, missed=0.03), Rates(0.03, 0.04, overreach=0.01, missed=0.04)),
    "renewals": (Rates(0.0, 0.04, missed=0.02), Rates(0.06, 0.04, missed=0.04)),
    "support-priority": (Rates(0.02, 0.05, missed=0.02), Rates(0.04, 0.05, missed=0.02)),
}

_FIRST = (
    "Ada", "Ben", "Carla", "Dave", "Elena", "Felix", "Grace", "Hannah", "Ivo", "Jana", "Kenji", "Liam", "Mara", "Nina",
    "Omid", "Paul", "Rosa", "Sven", "Tara", "Uma", "Victor", "Wanda", "Yara", "Zoe",
)  # fmt: skip
_LAST = (
    "Abel", "Brandt", "Costa", "Dubois", "Eriksen", "Fox", "Greco", "Harper", "Ito", "Jansen", "Khan", "Lopez",
    "Moyo", "Novak", "Okoro", "Petrov", "Quinn", "Reyes", "Silva", "Tanaka",
)  # fmt: skip
_TRADES = ("Foods", "Freight", "Labs", "Media", "Mills", "Optics", "Paper", "Robotics", "Solar", "Textiles")
_PLANS = ("Starter plan", "Pro plan", "Storage add-on", "Team seat", "Workshop", "Annual plan")
SPEAKS: Mapping[str, tuple[str, ...]] = {  # by priority: what a customer may have written
    "low": ("How do I share a board with a guest?", "Could you add week numbers to the timeline?"),
    "normal": ("The export shows an error for one of our boards.", "My invoice shows the wrong address."),
    "high": ("Urgent: two of us are locked out and have a deadline at noon.", "We are blocked, the import is stuck."),
    "urgent": ("Everything is down for our whole office since ten minutes ago.",),
}


@dataclass(frozen=True)
class Customer:
    """Nobody you could meet. `number` is used once, so that what was done for one is never taken for another's."""

    number: int
    name: str

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}.{self.number}@example.com"

    @property
    def stripe(self) -> str:
        return f"cus_Gen{self.number}"

    @property
    def charges(self) -> tuple[str, str]:
        return f"ch_3Gen{self.number}A", f"ch_3Gen{self.number}B"

    @property
    def ticket(self) -> str:
        return f"ZD-{self.number}"


def customer(number: int, rand: Random) -> Customer:
    return Customer(number, f"{rand.choice(_FIRST)} {rand.choice(_LAST)}")


def company(rand: Random) -> str:
    return f"{rand.choice(_LAST)} {rand.choice(_TRADES)}"


def plan(rand: Random) -> str:
    return rand.choice(_PLANS)


def small(rand: Random) -> int:
    """Cents of a refund inside the segment."""
    return rand.choice((500, 700, 900, 1200, 1500, 1900, 2400, 2500))


def large(rand: Random) -> int:
    """Cents of one that is not."""
    return rand.choice((3800, 4900, 7900, 9900, 14900, 18900, 24900, 39900))


def spread(rand: Random, many: int, days: int) -> Iterator[tuple[int, float]]:
    """So many moments over the first working days of a week, as day and hour, in order; people sleep, and eat."""
    found = sorted(
        (rand.randrange(days), rand.choice((9, 10, 11, 13, 14, 15, 16)) + rand.random()) for _ in range(many)
    )
    yield from found
