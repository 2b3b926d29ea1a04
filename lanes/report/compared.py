"""Drafts beside what people did, added up: how far they agree, where they differ, what stands between them in money.

1. Cases are taken one after another and forgotten: what is kept grows with fields and segments, not with cases.
2. Agreement is of everything that is settled: agreed, differed, missed, overreached, and what could not be settled in
   its time, so that waiting hides nothing. What may still be settled is counted beside it.
3. What was shadowed from history, and what was audited of an autonomous lane, are sums of their own: never mixed in.
4. Money apart is the draft less what people moved, a currency at a time: the sum says which way, `apart` how far.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lanes.evidence.agreement import Agreement, agreement
from lanes.evidence.intervals import NOTHING, Share
from lanes.evidence.severity import Verdict
from lanes.shadow.cases import Case
from lanes.shadow.kinds import is_nothing
from lanes.shadow.matching import Outcome
from lanes.shadow.scoring import Scores, Scoring
from tools.money import Money

WORST = 5  # cases of a kind that are named
_CATEGORIES = 12  # of a field, above which a table of who chose what tells nobody anything
_COUNTED = (Outcome.AGREE, Outcome.DIFFER, Outcome.MISSED, Outcome.OVERREACH, Outcome.UNSETTLED)
Field = tuple[str, str]  # tool, argument


@dataclass(frozen=True)
class Gap:
    """Money of one currency between drafts and deeds, in its smallest unit."""

    net: Money  # drafts less deeds
    apart: Money  # the same without the signs
    cases: int


@dataclass(frozen=True)
class FieldGap:
    """One argument of one tool: in how many of the pairs both sides differ, and by how much where it is money."""

    tool: str
    field: str
    differs: Share  # of the pairs of that tool
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Who chose what for a field with a fixed list: how far both agree, allowing for chance, with the raw table."""

    tool: str
    field: str
    agreement: Agreement


@dataclass(frozen=True)
class Judged:
    """What somebody said who looked without knowing whose side is whose: how often each side was right in what was
    looked at, and why they differed, by code. `scores`: how often each errs over all cases.
    """

    agent: Share = NOTHING
    people: Share = NOTHING
    reasons: Mapping[str, int] = field(default_factory=dict)
    scores: Scores | None = None


NOBODY_LOOKED = Judged()


@dataclass(frozen=True)
class Named:
    """A case worth a look."""

    case: str
    outcome: Outcome
    run: str
    subject: str
    tool: str
    fact: str
    at: datetime
    amount: Money | None  # what is at stake
    apart: tuple[str, ...] = ()  # fields in which both sides differ


@dataclass(frozen=True)
class Compared:
    """So many cases, added up."""

    counts: Mapping[Outcome, int]
    waiting: int  # not settled, and their time is not over
    gaps: tuple[Gap, ...] = ()
    of_outcome: Mapping[Outcome, tuple[Gap, ...]] = field(default_factory=dict)
    fields: tuple[FieldGap, ...] = ()  # those that differ most first
    choices: tuple[Choice, ...] = ()
    judged: Judged = NOBODY_LOOKED
    missed: tuple[Named, ...] = ()  # the most money first
    overreach: tuple[Named, ...] = ()
    differ: tuple[Named, ...] = ()

    @property
    def settled(self) -> int:
        return sum(self.counts.values())

    @property
    def agreement(self) -> Share:
        return Share(self.counts.get(Outcome.AGREE, 0), self.settled)

    @property
    def total(self) -> int:
        return self.settled + self.waiting

    def count(self, outcome: Outcome) -> int:
        return self.counts.get(outcome, 0)


class Sums:
    """Adds money up, a currency at a time."""

    def __init__(self) -> None:
        self._sums: dict[str, list[int]] = {}

    def add(self, gap: Money | None) -> None:
        if gap is None or not gap.minor:
            return
        sums = self._sums.setdefault(gap.currency, [0, 0, 0])
        sums[0] += gap.minor
        sums[1] += abs(gap.minor)
        sums[2] += 1

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The most money first."""
        made = (
            Gap(Money(minor=net, currency=name), Money(minor=apart, currency=name), cases)
            for name, (net, apart, cases) in self._sums.items()
        )
        return tuple(sorted(made, key=lambda one: (-one.apart.major, one.apart.currency)))


class Worst:
    """Keeps the few cases with the most money, the newer ones of equals."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, datetime, str, Named]] = []

    def add(self, case: Case) -> None:
        amount = Money(minor=abs(case.gap.minor), currency=case.gap.currency) if case.gap else None
        order = (float(amount.major) if amount else 0.0, case.at, case.id)
        if len(self._heap) == WORST and order < self._heap[0][:3]:
            return
        fields = tuple(one.field for one in case.apart)
        named = Named(case.id, case.outcome, case.run, case.subject, case.tool, case.fact, case.at, amount, fields)
        heapq.heappush(self._heap, (*order, named))
        if len(self._heap) > WORST:
            heapq.heappop(self._heap)

    @property
    def named(self) -> tuple[Named, ...]:
        return tuple(one for *_, one in sorted(self._heap, reverse=True, key=lambda kept: kept[:3]))


class Comparing:
    """Takes one case after another. `choices` are the fields of each tool whose values come from a fixed list."""

    def __init__(self, choices: Mapping[str, frozenset[str]]) -> None:
        self._choices = choices
        self._counts: Counter[Outcome] = Counter()
        self._waiting = 0
        self._pairs: Counter[str] = Counter()  # by tool
        self._differs: Counter[Field] = Counter()
        self._sums, self._of_outcome = Sums(), defaultdict[Outcome, Sums](Sums)
        self._of_field = defaultdict[Field, Sums](Sums)
        self._chosen = defaultdict[Field, Counter[tuple[str, str]]](Counter)
        self._worst = defaultdict[Outcome, Worst](Worst)
        self._judged: list[Counter[bool]] = [Counter(), Counter()]  # agent, people: was it right?
        self._reasons: Counter[str] = Counter()
        self._scoring = Scoring()

    def add(self, case: Case) -> None:
        self._judge(case)
        if not is_settled(case):
            self._waiting += 1
            return
        self._counts[case.outcome] += 1
        self._sums.add(case.gap)
        self._of_outcome[case.outcome].add(case.gap)
        if case.outcome is Outcome.AGREE or case.outcome is Outcome.DIFFER:
            self._pair(case)
        if case.outcome is not Outcome.AGREE:
            self._worst[case.outcome].add(case)

    def _judge(self, case: Case) -> None:
        self._scoring.add(case)
        for counted, label in zip(self._judged, (case.label, case.person_label), strict=True):
            if label:
                counted[label is Verdict.CORRECT] += 1
        if case.labelled and case.reason:
            self._reasons[case.reason] += 1

    def _pair(self, case: Case) -> None:
        self._pairs[case.tool] += 1
        for one in case.apart:
            self._differs[case.tool, one.field] += 1
            self._of_field[case.tool, one.field].add(one.gap)
        for name in self._choices.get(case.tool, ()):
            ours, theirs = (_chosen(side, name) for side in (case.suggested, case.actual))
            if ours or theirs:
                self._chosen[case.tool, name][ours, theirs] += 1

    @property
    def compared(self) -> Compared:
        return Compared(
            {one: self._counts[one] for one in _COUNTED},
            self._waiting,
            self._sums.gaps,
            {one: sums.gaps for one, sums in self._of_outcome.items()},
            tuple(sorted(map(self._field, self._differs), key=lambda one: (-one.differs.hits, one.tool, one.field))),
            tuple(one for of in sorted(self._chosen) if (one := self._choice(of))),
            self._judgements(),
            *(self._worst[one].named for one in (Outcome.MISSED, Outcome.OVERREACH, Outcome.DIFFER)),
        )

    def _judgements(self) -> Judged:
        agent, people = (Share(one[True], one.total()) for one in self._judged)
        return Judged(agent, people, dict(self._reasons.most_common()), self._scoring.scores)

    def _field(self, of: Field) -> FieldGap:
        return FieldGap(*of, Share(self._differs[of], self._pairs[of[0]]), self._of_field[of].gaps)

    def _choice(self, of: Field) -> Choice | None:
        """None where everybody chose the same, or nearly everybody something else: such a table says nothing."""
        counted = self._chosen[of]
        if not 1 < len({said for pair in counted for said in pair}) <= _CATEGORIES:
            return None
        return Choice(*of, agreement(counted.elements()))


def is_settled(case: Case) -> bool:
    """Is its outcome one that stands?"""
    return case.outcome is not Outcome.UNSETTLED or case.settled is not None


def _chosen(arguments: Mapping[str, Any] | None, path: str) -> str:
    value: Any = arguments
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if is_nothing(value) else str(value)
