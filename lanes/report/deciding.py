"""How the approvals of a week went: how many, how long they waited, what people changed, why they said no, and whether
they saw the drafts that were wrong on purpose. By group, never by person.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lanes.evidence.intervals import NOTHING, Share
from lanes.report.compared import Gap, Sums
from lanes.report.figures import ActionFigures, Figures

TIMED = timedelta(minutes=30)  # nobody reads a draft for longer: who opened it before that was called away


@dataclass(frozen=True)
class CanaryShown:
    """A draft that was wrong on purpose; `found` is None while nobody has decided on it."""

    queue: str
    shown: datetime
    found: bool | None


@dataclass(frozen=True)
class Spread:
    """How long things took: the middle one, and what nine in ten stayed below. None: there were none."""

    count: int = 0
    median: timedelta | None = None
    most: timedelta | None = None  # the ninetieth percentile

    @classmethod
    def of(cls, spans: Sequence[timedelta]) -> "Spread":
        if not spans:
            return cls()
        ordered = sorted(spans)
        return cls(len(ordered), middle(ordered), ordered[min(len(ordered) - 1, (9 * len(ordered)) // 10)])


@dataclass(frozen=True)
class Decided:
    """The drafts that waited for people and whose runs ended in the week."""

    asked: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)  # approve, reject … ; "expired": nobody decided
    wait: Spread = Spread()
    by_group: Mapping[str, Spread] = field(default_factory=dict)
    looked: Spread = Spread()  # from opening the details to the decision
    edited: Share = NOTHING  # of what was decided
    edited_fields: float | None = None  # of an edit, on average
    moved: tuple[Gap, ...] = ()  # by edits: the person's amount less the agent's
    rejects: Mapping[str, int] = field(default_factory=dict)  # by reason
    alone: int = 0  # went without a person
    undone: int = 0
    canaries: Share = NOTHING  # found, of those decided
    canaries_of: Mapping[str, Share] = field(default_factory=dict)  # by queue


def decided(figures: Iterable[Figures], canaries: Iterable[CanaryShown]) -> Decided:
    """Add up the drafts of these runs, but those that take something back, which people asked for."""
    actions = [one for run in figures for one in run.actions if not one.undoes]
    asked = [one for one in actions if one.held]
    answered = [one for one in asked if one.decision]
    edits = [one for one in answered if one.edited]
    moved = Sums()
    for one in edits:
        moved.add(one.moved)
    found = _canaries(canaries)
    return Decided(
        asked=len(asked),
        decisions=dict(Counter(map(_end, asked)).most_common()),
        wait=_waits(asked),
        by_group={group: _waits([one for one in asked if one.group == group]) for group in sorted(_groups(asked))},
        looked=Spread.of([one.looked for one in answered if one.looked is not None and one.looked <= TIMED]),
        edited=Share(len(edits), len(answered)),
        edited_fields=sum(one.edited for one in edits) / len(edits) if edits else None,
        moved=moved.gaps,
        rejects=dict(Counter(one.reason for one in asked if one.reason).most_common()),
        alone=sum(one.alone for one in actions),
        undone=sum(one.undone for one in actions),
        canaries=_together(found.values()),
        canaries_of=found,
    )


def middle(ordered: Sequence[timedelta]) -> timedelta:
    """The median of what is in order."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _end(action: ActionFigures) -> str:
    """An edit that was let go is an edit; what nobody answered is what became of it."""
    if not action.decision:
        return action.came_to
    return "edit" if action.decision == "approve" and action.edited else action.decision


def _groups(actions: Iterable[ActionFigures]) -> set[str]:
    return {one.group for one in actions if one.decision}


def _waits(actions: Iterable[ActionFigures]) -> Spread:
    return Spread.of([one.waited for one in actions if one.waited is not None])


def _canaries(shown: Iterable[CanaryShown]) -> dict[str, Share]:
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in shown:
        if one.found is not None:
            counted[one.queue][0] += one.found
            counted[one.queue][1] += 1
    return {queue: Share(found, of) for queue, (found, of) in sorted(counted.items())}


def _together(shares: Iterable[Share]) -> Share:
    listed = list(shares)
    return Share(sum(one.hits for one in listed), sum(one.of for one in listed))
