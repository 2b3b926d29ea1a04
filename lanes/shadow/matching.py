"""Which of the agent's actions goes with which of the people's, on one subject. The rules, before the code:

1. Only calls of one tool go together, and each goes with at most one.
2. Calls with equal arguments go together first, the earliest with the earliest.
3. Of what is left, as many calls as possible that mean the same (`comparing.py`) go together; then the others, so that
   the sum of their differences is least. What differs in an id weighs most, then money, then everything else; of
   equals, the nearer in time.
4. Calls further apart in time than `within` never go together. Nor do `strangers`, calls that share no value but the
   subject's own name, unless the caller wants every call paired that can be.
5. Ties are broken by the calls' content, so neither the order of the input nor which side is whose changes who goes
   with whom.
6. Above `FEW` calls of one tool on a side, rule 3 holds within groups that share the value of one argument, then of
   the next; so the cost grows with the number of calls and not with its cube.

Then, of each pair or single call: both mean the same: agree. Both, not the same: differ. Only the person acted: missed.
Only the agent would have: overreach. Until the subject is settled only an agreement is certain, so the rest is
unsettled.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Self

from lanes.shadow.assignment import assign
from lanes.shadow.comparing import Comparing, Comparison, Path, leaves, written
from lanes.shadow.kinds import Kind

FEW = 32  # calls of one tool on one side: pairing them takes a hundredth of a second
_CHUNK = 8  # of more calls than that with nothing to tell them apart by
_WEIGHTS: Mapping[Kind, int] = {Kind.ID: 4, Kind.PERSON: 4, Kind.MONEY: 2}  # of a difference; others weigh 1
_MINUTES = 10_000  # time decides only between equal differences, so it is cut off below the smallest of them
_OTHERWISE = 10**9  # more than any sum of differences: pairs that mean the same come first
_NEVER = 10**15  # more than any number of those


Groups = list[tuple[list["Act"], list["Act"]]]
Grouping = Callable[[list["Act"], list["Act"]], Groups]


class Outcome(StrEnum):
    """What a pair or a single call comes to."""

    AGREE = "agree"
    DIFFER = "differ"
    MISSED = "missed"
    OVERREACH = "overreach"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Act:
    """One call that was drafted or made. `id` and `at` say which; the arguments are kept as text, which is small."""

    tool: str
    text: str  # the arguments, as `written` writes them
    at: datetime | None = None
    id: str = ""

    @classmethod
    def of(cls, tool: str, arguments: Mapping[str, Any], at: datetime | None = None, id: str = "") -> Self:  # noqa: A002
        return cls(tool, written(arguments), at, id)

    @property
    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass(frozen=True, slots=True)
class Pair:
    """Two calls that go together, or one that goes with none."""

    suggested: Act | None
    actual: Act | None
    comparison: Comparison | None  # None: there is only one call, or the two are equal

    @property
    def tool(self) -> str:
        either = self.suggested or self.actual
        assert either is not None
        return either.tool

    @property
    def both(self) -> bool:
        return self.suggested is not None and self.actual is not None

    @property
    def exact(self) -> bool:
        return self.both and (self.comparison is None or self.comparison.exact)

    @property
    def same(self) -> bool:
        """Do both mean the same?"""
        return self.both and (self.comparison is None or self.comparison.same)

    def outcome(self, *, settled: bool = True) -> Outcome:
        if self.same:
            return Outcome.AGREE
        if not settled:
            return Outcome.UNSETTLED
        if self.both:
            return Outcome.DIFFER
        return Outcome.MISSED if self.actual else Outcome.OVERREACH


@dataclass(frozen=True)
class Matching:
    """The rules with their settings. `subject` is given where its name stands among the arguments of its calls."""

    comparing: Comparing = field(default_factory=Comparing)
    within: timedelta | None = None
    strangers: bool = False

    def pairs(self, suggested: Sequence[Act], actual: Sequence[Act], subject: str = "") -> tuple[Pair, ...]:
        """Every call exactly once: pairs first, then what the person did alone, then what the agent would have; by tool
        and content.
        """
        if len(suggested) == len(actual) == 1 and _alike(suggested[0], actual[0], self.within):
            return (Pair(suggested[0], actual[0], None),)  # the usual case, at once
        found: list[Pair] = []
        for tool in sorted({act.tool for act in (*suggested, *actual)}):
            ours, theirs = (_in_order([act for act in side if act.tool == tool]) for side in (suggested, actual))
            equals, ours, theirs = self._equals(ours, theirs)
            found += equals
            found += self._others(ours, theirs, subject)
        return tuple(found)

    def _equals(self, ours: list[Act], theirs: list[Act]) -> tuple[list[Pair], list[Act], list[Act]]:
        """Pairs of equal arguments, and what is left of both sides, in order."""
        waiting: dict[str, list[Act]] = defaultdict(list)
        for act in reversed(theirs):
            waiting[act.text].append(act)
        pairs, left = [], []
        for act in ours:
            mine = waiting.get(act.text, [])
            while mine and _apart(act, mine[-1], self.within) and _before(mine[-1], act):
                mine.pop()  # too early for this one, so for every later one
            if mine and not _apart(act, mine[-1], self.within):
                pairs.append(Pair(act, mine.pop(), None))
            else:
                left.append(act)
        taken = {id(pair.actual) for pair in pairs}
        return pairs, left, [act for act in theirs if id(act) not in taken]

    def _others(self, ours: list[Act], theirs: list[Act], subject: str) -> Iterator[Pair]:
        for groups in _ways(ours, theirs):
            paired: set[int] = set()
            for some, others in groups(ours, theirs):
                for pair in self._least(some, others, subject):
                    paired |= {id(pair.suggested), id(pair.actual)}
                    yield pair
            ours, theirs = ([act for act in side if id(act) not in paired] for side in (ours, theirs))
        yield from (Pair(None, act, None) for act in theirs)
        yield from (Pair(act, None, None) for act in ours)

    def _least(self, ours: list[Act], theirs: list[Act], subject: str) -> Iterator[Pair]:
        """The pairs of least cost. Which side is the rows' is decided by content, so that sides may be swapped."""
        if not ours or not theirs:
            return
        compared = [[self._compare(one, other, subject) for other in theirs] for one in ours]
        costs = [[cost for cost, _ in row] for row in compared]
        turned = ([len(theirs), *map(_order, theirs)]) < ([len(ours), *map(_order, ours)])
        if turned:
            costs = [list(column) for column in zip(*costs, strict=True)]
        for row, column in enumerate(assign(costs)):
            mine, his = (column, row) if turned else (row, column)
            cost, comparison = compared[mine][his]
            if cost < _NEVER:
                yield Pair(ours[mine], theirs[his], comparison)

    def _compare(self, one: Act, other: Act, subject: str) -> tuple[int, Comparison]:
        found = self.comparing.compare(one.tool, one.arguments, other.arguments, subject)
        if _apart(one, other, self.within) or not (found.same or found.in_common or self.strangers):
            return _NEVER, found
        weighed = sum(_WEIGHTS.get(each.kind, 1) * each.distance for each in found.differences)
        minutes = min(int(_between(one, other).total_seconds() // 60), _MINUTES - 1)
        return (0 if found.same else _OTHERWISE * _MINUTES) + weighed * _MINUTES + minutes, found


def _in_order(acts: list[Act]) -> list[Act]:
    return sorted(acts, key=_order) if len(acts) > 1 else acts


def _order(act: Act) -> tuple[str, str, str]:
    """Equal arguments stand together, the earliest first."""
    return act.text, act.at.astimezone(UTC).isoformat() if act.at else "", act.id


def _between(one: Act, other: Act) -> timedelta:
    return abs(one.at - other.at) if one.at and other.at else timedelta()


def _before(one: Act, other: Act) -> bool:
    return bool(one.at and other.at and one.at < other.at)


def _alike(one: Act, other: Act, within: timedelta | None) -> bool:
    return one.tool == other.tool and one.text == other.text and not _apart(one, other, within)


def _apart(one: Act, other: Act, within: timedelta | None) -> bool:
    return within is not None and _between(one, other) > within


def _ways(ours: list[Act], theirs: list[Act]) -> Iterator[Grouping]:
    """How to go through both sides: whole where they are few; else by the value of one argument after another, the one
    that tells the most calls apart first, and the rest in their order.
    """
    if max(len(ours), len(theirs)) <= FEW:
        yield lambda one, other: [(one, other)]
        return
    values = {
        act.text: {path: written(value) for path, value in leaves(act.arguments).items()} for act in ours + theirs
    }
    seen: dict[Path, set[str]] = defaultdict(set)
    for held in values.values():
        for path, value in held.items():
            seen[path].add(value)
    for path in sorted(seen, key=lambda path: (-len(seen[path]), str(path))):
        yield partial(_sharing, path, values)
    yield _chunks


def _sharing(path: Path, values: Mapping[str, Mapping[Path, str]], ours: list[Act], theirs: list[Act]) -> Groups:
    """The calls of each value of one argument, where they are few."""
    found: dict[str, tuple[list[Act], list[Act]]] = defaultdict(lambda: ([], []))
    for side, acts in enumerate((ours, theirs)):
        for act in acts:
            if path in values[act.text]:
                found[values[act.text][path]][side].append(act)
    return [group for group in found.values() if max(map(len, group)) <= FEW]


def _chunks(ours: list[Act], theirs: list[Act]) -> Groups:
    most = max(len(ours), len(theirs))
    return [(ours[n : n + _CHUNK], theirs[n : n + _CHUNK]) for n in range(0, most, _CHUNK)]
