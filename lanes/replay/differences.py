"""What changed between a recorded run and its replay, in the order in which a run goes: the first difference first.

The rules, before the code:

1. Drafts are held against each other in their order: tool, arguments by kind (money to the cent), ruling, what became.
2. What is read before a draft counts as a set. In which order a model looks, and how often, is its own affair.
3. Then the end: outcome, reasons, the chosen answer. Then the ceilings: turns and cost.
4. Where the replay stopped, because it asked for what was never recorded, that is the last thing that is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from lanes.core.run import Run
from lanes.replay.cases import Called, Case, Drafted, Step
from lanes.replay.stage import Played
from lanes.replay.traces import trace_of
from lanes.shadow.comparing import ABSENT, Comparing
from tools.money import Money

MICRO = 1_000_000  # millionths of a dollar in one


class What(StrEnum):
    """What is different."""

    NOT_CALLED = "not_called"
    CALLED_TOO = "called_too"
    CALL_FAILED = "call_failed"  # or failed then, and does not now
    ARGUMENT = "argument"
    NOT_DRAFTED = "not_drafted"
    DRAFTED_TOO = "drafted_too"
    RULING = "ruling"
    BECAME = "became"
    OUTCOME = "outcome"
    REASONS = "reasons"
    ANSWER = "answer"
    STEPS = "steps"
    COST = "cost"
    READS_ELSE = "reads_else"  # and the replay ends there


@dataclass(frozen=True)
class Difference:
    """One of them. `where` is a tool, where it is one's; `field` an argument or a choice; both sides as texts."""

    what: What
    where: str
    field: str
    expected: str
    found: str


Segment = tuple[tuple[Called, ...], Drafted | None]  # what is read, and the draft it leads to


def differences(case: Case, played: Played, comparing: Comparing) -> tuple[Difference, ...]:
    """Nothing: the case passes."""
    expected, found = _segments(case.expect.trace), _segments(trace_of(played.events))
    held = _Held(case.subject, comparing)
    if played.diverged:
        return (*held.until(expected, found), _reads_else(played))
    return (*held.segments(expected, found), *_of_the_end(case, played.run))


def _segments(trace: Sequence[Step]) -> list[Segment]:
    out: list[Segment] = []
    reads: list[Called] = []
    for step in trace:
        if isinstance(step, Called):
            reads.append(step)
        else:
            out.append((tuple(reads), step))
            reads = []
    return [*out, (tuple(reads), None)]


@dataclass(frozen=True)
class _Held:
    """Two traces, held against each other."""

    subject: str
    comparing: Comparing

    def until(self, expected: Sequence[Segment], found: Sequence[Segment]) -> Iterator[Difference]:
        """As far as the replay came: what it has not done is not known to be left out."""
        for ours, theirs in zip(expected, [segment for segment in found if segment[1]], strict=False):
            yield from self._reads([ours], theirs[0])
            yield from self._drafts(ours[1], theirs[1])

    def segments(self, expected: Sequence[Segment], found: Sequence[Segment]) -> Iterator[Difference]:
        """Segments go together by the tools that they draft with; what lies between two of those counts as one."""
        ours, theirs = ([one[1].draft if one[1] else "" for one in side] for side in (expected, found))
        gone: list[Segment] = []
        more: list[Segment] = []
        for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            if kind != "equal":
                gone += expected[a:b]
                more += found[c:d]
                continue
            for one, other in zip(expected[a:b], found[c:d], strict=True):
                yield from self._reads([*gone, one], [read for side in (*more, other) for read in side[0]])
                drafted = (segment[1] for segment in more if segment[1])
                yield from (
                    Difference(What.DRAFTED_TOO, too.draft, "", "", _in_short(too.arguments)) for too in drafted
                )
                yield from self._drafts(one[1], other[1])
                gone, more = [], []

    def _reads(self, ours: Sequence[Segment], theirs: Sequence[Called]) -> Iterator[Difference]:
        """What was read up to the draft of the last segment; the drafts of those before it are gone."""
        every = [read for segment in ours for read in segment[0]]
        more = [one for one in theirs if not any(self._same(one, other) for other in every)]
        for reads, lost in (*ours[:-1], (ours[-1][0], None)):
            for one in reads:
                yield from self._read(one, theirs, more)
            if lost:
                yield _lost(lost, more)
        for other in more:
            said = f"{_in_short(other.arguments)} {other.failed}".strip()
            yield Difference(What.CALLED_TOO, other.call, "", "", said)

    def _read(self, one: Called, theirs: Sequence[Called], more: list[Called]) -> Iterator[Difference]:
        """One call; the same with other arguments stands for it, and is `more` no longer."""
        alike = [other for other in theirs if self._same(one, other)]
        instead = alike or [other for other in more if other.call == one.call]
        if not instead:
            yield Difference(What.NOT_CALLED, one.call, "", _in_short(one.arguments), "")
            return
        if not alike:
            more.remove(instead[0])
            yield from self._arguments(one.call, one.arguments, instead[0].arguments)
        if not any(one.failed == other.failed for other in instead):
            yield Difference(What.CALL_FAILED, one.call, "", one.failed, instead[0].failed)

    def _drafts(self, one: Drafted | None, other: Drafted | None) -> Iterator[Difference]:
        if one is None or other is None:
            return
        yield from self._arguments(one.draft, one.arguments, other.arguments)
        if one.ruling != other.ruling:
            yield Difference(What.RULING, one.draft, "", _ruling(one), _ruling(other))
        if one.became != other.became:
            said = f"{other.became} {other.said or other.code}".strip()
            yield Difference(What.BECAME, one.draft, "", one.became, said)

    def _arguments(self, tool: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[Difference]:
        for one in self.comparing.compare(tool, ours, theirs, self.subject).differences:
            if not one.same:
                sides = ("" if side is ABSENT else _value(side) for side in (one.suggested, one.actual))
                yield Difference(What.ARGUMENT, tool, one.field, *sides)

    def _same(self, one: Called, other: Called) -> bool:
        return (
            one.call == other.call
            and self.comparing.compare(one.call, one.arguments, other.arguments, self.subject).same
        )


def _lost(draft: Drafted, more: list[Called]) -> Difference:
    """A draft that is gone; a call of its tool that fails says why, and is no other difference."""
    why = next((one for one in more if one.call == draft.draft and one.failed), None)
    if why:
        more.remove(why)
    said = f"{why.failed}: {why.said}" if why else ""
    return Difference(What.NOT_DRAFTED, draft.draft, "", _in_short(draft.arguments), said)


def _of_the_end(case: Case, run: Run) -> Iterator[Difference]:
    expect, ended = case.expect, run.finished
    outcome = ended.outcome if ended else ""
    if expect.outcome != outcome:
        yield Difference(What.OUTCOME, "", "", expect.outcome, outcome)
    elif ended and expect.reasons != ended.reasons:
        yield Difference(What.REASONS, "", "", ", ".join(expect.reasons), ", ".join(ended.reasons))
    chosen = dict(ended.answer or {}) if ended else {}
    for name, value in (expect.answer or {}).items():
        if chosen.get(name, "") != value:
            yield Difference(What.ANSWER, "", name, value, chosen.get(name, ""))
    if len(run.turns) > expect.steps:
        yield Difference(What.STEPS, "", "", str(expect.steps), str(len(run.turns)))
    if run.cost > expect.usd * MICRO:
        yield Difference(What.COST, "", "", f"{expect.usd:.4f}", f"{run.cost / MICRO:.4f}")


def _reads_else(played: Played) -> Difference:
    assert played.diverged is not None
    of_system = [name for name in played.asked if name.partition(".")[0] == played.diverged.system]
    return Difference(What.READS_ELSE, " or ".join(dict.fromkeys(of_system)), "", "", played.diverged.asked)


def _ruling(one: Drafted) -> str:
    asked = f" by {one.ruling.quorum}" if one.ruling.verdict == "approve" else ""
    stages = f" of {', then '.join(one.ruling.stages)}" if one.ruling.stages else ""
    return f"{one.ruling.verdict}{asked}{stages} ({', '.join(one.ruling.reasons)})"


def _in_short(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in arguments.items() if value not in (None, "", []))


def _value(value: Any) -> str:
    match value:
        case {"minor": int(minor), "currency": str(currency)}:
            return str(Money(minor=minor, currency=currency))
        case _:
            return str(value)
