"""A made-up week: what lanes drafted in it, what people did, and what came back. The lanes have files of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo.acting import Acting, Walking
from bot.demo.cases import Customer, Who, customer
from bot.workspace.seed import TEAM
from lanes.core.canonical import fingerprint
from lanes.core.values import Person
from lanes.core.ways_in import unasked
from lanes.engine import Engine
from lanes.evidence.severity import Verdict
from storage.facts import Found
from tools.truth import By, Deed, Reaction

SLACK = str(TEAM["id"])
REP, LENA, SAM, OWNER = (Person(user=user, team=SLACK) for user in ("U0REP", "U0LEAD1", "U0LEAD2", "U0OWNER"))
RITA, THEO = (Person(user=user, team=SLACK) for user in ("U0REVOPS", "U0SALES"))
_HANDS = {
    "zendesk": By(id="9001", name="Riley Chen", email="riley@northwind.example"),
    "stripe": By(),  # Stripe does not say whose hand it was
    "hubspot": By(id="8001", name="Theo Lindqvist", email="theo@northwind.example"),
}
_GOLDEN = 0.6180339887498949  # its multiples fill the circle evenly: Weyl's theorem, and Hurwitz's on how evenly
_FIRST_NUMBER, _A_WEEK = 20_000, 400  # of tickets and customers; those that the sandboxes hold are far below


@dataclass(frozen=True)
class Verdicts:
    """What is true of a silent run: what a third person who looks will call each side, and why they differ."""

    agent: Verdict
    person: Verdict
    reason: str


@dataclass
class Week:
    """`index` counts from 0, `begin` is its Monday at midnight, UTC. The same seed makes the same week."""

    seed: str
    index: int
    begin: datetime
    engine: Engine
    clock: Walking
    facts: list[Found] = field(default_factory=list)
    known: dict[str, Verdicts] = field(default_factory=dict)  # by run
    alone: list[tuple[str, str]] = field(default_factory=list)  # run and action that went without a person

    def rand(self, what: str) -> Random:
        return Random(f"{self.seed}/{self.index}/{what}")  # noqa: S311 - it makes up stories, and no secrets

    def lot(self, place: int) -> float:
        """From 0 to 1, more evenly spread than chance would have it: so that rates come out as they are put in."""
        return (self.index * _A_WEEK + place) * _GOLDEN % 1

    def at(self, day: int, hour: float) -> datetime:
        return self.begin + timedelta(days=day, hours=hour)

    def customer(self, place: int, rand: Random) -> Customer:
        return customer(_FIRST_NUMBER + self.index * _A_WEEK + place, rand)

    def acting(self, lane: str, subject: str, at: datetime, rand: Random, what: str = "") -> Acting:
        """A run that begins then; `what` sets it apart from another one about the same. Its name tells nothing."""
        self.clock.now = at
        name = "r" + fingerprint([self.seed, self.index, lane, subject, what])[:10]
        return Acting(self.engine, self.clock, rand, name, lane, subject)

    def silent(self, lane: str, subject: str, at: datetime, rand: Random) -> Acting:
        """A run that drafts beside people who do the work."""
        found = self.acting(lane, subject, at, rand)
        source = "schedule" if lane == "renewals" else "zendesk"
        found.start(unasked(source, SLACK), "", "schedule" if lane == "renewals" else "webhook", silent=True)
        return found

    def did(  # noqa: PLR0917 - a deed has that many sides
        self, name: str, source: str, ref: str, tool: str, arguments: Mapping[str, Any], at: datetime,
        also: tuple[str, ...] = (), key: str = "",
    ) -> None:  # fmt: skip
        """Somebody did it, as the source will tell; with a key, it was an agent's hand."""
        deed = Deed(
            id=name, ref=ref, also=also, tool=tool, arguments=arguments, by=_HANDS[source.partition(".")[0]], at=at,
            save=name, ours="mark" if key else "", key=key,
        )  # fmt: skip
        self.facts.append(Found(name, source, "deed", ref, also, tool, bool(key), at, deed.model_dump_json()))

    def felt(
        self,
        kind: Any,
        source: str,
        ref: str,
        number: int,
        at: datetime,
        *,
        value: str = "",
        also: tuple[str, ...] = (),
    ) -> None:
        """A customer came back."""
        name = f"{source} {kind} {number}"
        one = Reaction(id=name, kind=kind, ref=ref, also=also, at=at, value=value)
        self.facts.append(Found(name, source, kind, ref, also, "", False, at, one.model_dump_json()))

    def knows(self, run: str, who: Who, *, grave: bool) -> None:
        """Note what is true of a run's one draft."""
        wrong = Verdict.WRONG if grave else Verdict.REWORK
        agent = wrong if who in {"agent", "overreach"} else Verdict.CORRECT
        person = wrong if who == "people" else Verdict.CORRECT
        reason = "" if who == "both" else "information_missing" if who in {"agent", "overreach"} else "mistake"
        self.known[run] = Verdicts(agent, person, reason)


def usd(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD"}
