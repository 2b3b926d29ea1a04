"""How often the agent and how often people were right, as somebody said who did not know whose side is whose.

All disagreements are looked at, and of the agreements a known share: the rate over all cases weighs each kind by how
many cases of it there are, because a plain share of what was looked at would be a rate of disagreements.

    rate = sum over kinds of (cases of the kind / all cases) * (errors / looked at, within the kind)

Its interval is made of the Wilson ends of the kinds, weighted alike: wider than need be, never narrower. What was
missed counts as the agent's error where its doing nothing was called one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lanes.evidence.intervals import Interval, Share
from lanes.evidence.severity import Verdict
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome

APART, ALIKE = "disagreements", "agreements"


@dataclass(frozen=True)
class Side:
    """One side's errors. `by_kind` are the plain shares of what was looked at; `rate` is None without evidence."""

    by_kind: Mapping[str, Share]
    rate: float | None
    interval: Interval


@dataclass(frozen=True)
class Scores:
    """Both sides against the same labels."""

    agent: Side
    person: Side
    cases: Mapping[str, int]  # settled ones, by kind
    looked_at: int
    could_not_tell: int


class Scoring:
    """Takes one case of a lane after another; audits are judged alone, and are left out."""

    def __init__(self) -> None:
        self._count, self._looked = Counter[str](), Counter[str]()
        self._errors: dict[str, Counter[str]] = {"agent": Counter(), "person": Counter()}
        self._unsure = 0

    def add(self, case: Case) -> None:
        kind = _kind(case)
        if kind is None:
            return
        self._count[kind] += 1
        if case.labelled is None:
            return
        if case.label is None or case.person_label is None:
            self._unsure += 1
            return
        self._looked[kind] += 1
        for side, verdict in (("agent", case.label), ("person", case.person_label)):
            self._errors[side][kind] += verdict is not Verdict.CORRECT

    @property
    def scores(self) -> Scores:
        agent, person = (_side(self._count, self._looked, self._errors[side]) for side in ("agent", "person"))
        return Scores(agent, person, dict(self._count), self._looked.total(), self._unsure)


def _kind(case: Case) -> str | None:
    if case.source in {"audit", "taken_over"} or case.settled is None:
        return None
    match case.outcome:
        case Outcome.AGREE:
            return ALIKE
        case Outcome.DIFFER | Outcome.MISSED | Outcome.OVERREACH:
            return APART
        case Outcome.UNSETTLED:
            return None


def _side(count: Mapping[str, int], looked: Mapping[str, int], errors: Mapping[str, int]) -> Side:
    shares = {kind: Share(errors.get(kind, 0), looked.get(kind, 0)) for kind in (APART, ALIKE)}
    every = sum(count.values())
    weights = {kind: count.get(kind, 0) / every if every else 0.0 for kind in shares}
    known = every and all(shares[kind].of for kind, weight in weights.items() if weight)
    rate = sum(weight * (shares[kind].value or 0.0) for kind, weight in weights.items()) if known else None
    if not every:
        return Side(shares, None, Interval(0.0, 1.0))
    low = sum(weight * shares[kind].wilson.low for kind, weight in weights.items())
    high = sum(weight * shares[kind].wilson.high for kind, weight in weights.items())
    return Side(shares, rate, Interval(low, min(high, 1.0)))
