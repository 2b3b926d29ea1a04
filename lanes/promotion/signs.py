"""What costs a lane its freedom. Values in, signs out; each names its evidence, so that it counts once.

SEVERE_ERROR           an action that went alone was found to be wrong
REVERSED               a person took back what it did alone, or a customer came back on it
DETECTED               the audits' detector is over its limit (lanes/evidence/demotion.py)
NEVER_TWICE            what the page says never, tried twice within a day
OVER_BUDGET            more than a tenth of its runs of a week ended over budget
SCHEMA_DRIFT           a system answered in a form that its tool does not know
CONFIGURATION_CHANGED  the lane works under something else than people signed for
CANARIES_MISSED        of the canaries shown to its approvers fewer were found than the page asks, for sure
INPUT_DRIFT            a field of what it does is distributed otherwise than in the evidence
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lanes.core.decide_case import PATIENCE
from lanes.core.lane_commands import Sign
from lanes.core.page import Lane
from lanes.core.react import DRIFT
from lanes.core.run import Run
from lanes.core.states import State
from lanes.evidence.demotion import Watch
from lanes.evidence.drift import Level, binned, drift, edges
from lanes.evidence.intervals import Share
from lanes.evidence.severity import LOSS, Verdict
from lanes.promotion.audits import Alone
from lanes.shadow.cases import Case
from tools.money import Money
from tools.truth import Deed, Reaction

REVERSALS = frozenset({"reopened", "followed_up", "disputed", "refund_failed"})  # reactions that take something back
DAY, WEEK = timedelta(days=1), timedelta(days=7)
_BREACHES = 0.10  # of a week's runs; a budget is made so that hardly any run needs all of it
_FEWEST = 3  # breaches: one slow afternoon of a model is no sign
_KINDS = 20  # different values that a field of choices has at the most
_CANARIES = 5  # fewer say nothing about people


@dataclass(frozen=True)
class Undo:
    """The call that would take an action back: whoever makes it by hand has taken it back."""

    alone: Alone
    tool: str


def severe(cases: Iterable[Case]) -> Iterator[Sign]:
    """Audited, and wrong."""
    for case in cases:
        if case.source == "audit" and case.verdict is Verdict.WRONG:
            told = f"{case.tool} about {case.subject} was looked at and found wrong"
            yield Sign("SEVERE_ERROR", f"case {case.id}", told, severe=True, runs=(case.run,))


def taken_back(runs: Iterable[Run]) -> Iterator[Sign]:
    """A person wants something undone that nobody had been asked about."""
    for run in runs:
        for action in run.actions.values():
            meant = run.actions.get(action.draft.undoes)
            if meant and meant.alone and not meant.approvals:
                said = f"somebody asked to take back: {meant.draft.preview.sentence} ({run.started.subject})"
                yield Sign("REVERSED", f"undo {run.id}/{action.id}", said, runs=(run.id,))


def came_back(reactions: Iterable[Reaction], alone: Sequence[Alone], kind: str) -> Iterator[Sign]:
    """A customer, or the system, came back on something that went alone; `kind` is that of the lane's subjects."""
    by_key = {one.action.draft.key: one for one in alone}
    for one in reactions:
        if one.kind not in REVERSALS:
            continue
        meant = by_key.get(one.key) if one.key else _about({one.ref, *one.also}, one.at, alone, kind)
        if meant:
            said = f"{one.kind.replace('_', ' ')}, after it did this alone: {meant.action.draft.preview.sentence}"
            yield Sign("REVERSED", f"fact {one.id}", said, runs=(meant.run.id,))


def undone_by_hand(deeds: Iterable[Deed], undos: Sequence[Undo]) -> Iterator[Sign]:
    """Somebody did in the system what would take a write of ours back."""
    for deed in deeds:
        if deed.ours or deed.by.kind != "person":
            continue
        for undo in undos:
            ours = undo.alone
            same = deed.tool == undo.tool and deed.ref == ours.action.draft.target.ref and deed.at > ours.began
            if same and not _as_we_left_it(deed, ours):
                said = f"somebody took back by hand: {ours.action.draft.preview.sentence}"
                yield Sign("REVERSED", f"fact {deed.id}", said, runs=(ours.run.id,))


def never_twice(runs: Iterable[Run], page: Lane, now: datetime, used: frozenset[str]) -> Iterator[Sign]:
    """What the page says never, tried again within a day."""
    reasons = {one.reason for one in page.never}
    tried = [
        Sign(
            "NEVER_TWICE", f"never {run.id}/{action.id}", f"it drafted: {action.draft.preview.sentence}", runs=(run.id,)
        )
        for run in runs
        for action in run.actions.values()
        if action.state is State.BLOCKED and action.finished_at and action.finished_at > now - DAY
        if action.ruling and reasons & {*action.ruling.reasons}
    ]
    fresh = [one for one in tried if one.evidence not in used]
    yield from fresh if len(fresh) > 1 else ()


def over_budget(runs: Iterable[Run], now: datetime, used: frozenset[str]) -> Iterator[Sign]:
    """Too large a part of a week's runs ended over budget."""
    ended = [run for run in runs if run.finished and run.finished.at > now - WEEK and f"budget {run.id}" not in used]
    over = [run for run in ended if run.finished and run.finished.outcome == "budget"]
    if len(over) >= _FEWEST and len(over) > _BREACHES * len(ended):
        said = f"{len(over)} of {len(ended)} runs of a week ended over budget"
        yield from (Sign("OVER_BUDGET", f"budget {run.id}", said, runs=(run.id,)) for run in over)


def schema_drift(runs: Iterable[Run]) -> Iterator[Sign]:
    for run in runs:
        read = [one.tool for one in run.answers.values() if one.code == DRIFT]
        written = [one.draft.tool for one in run.actions.values() if one.code == DRIFT]
        for tool in dict.fromkeys((*read, *written)):
            said = f"{tool} was answered in a form it does not know"
            yield Sign("SCHEMA_DRIFT", f"schema {run.id} {tool}", said, runs=(run.id,))


def missed_canaries(found: int, missed: Sequence[str], target: float) -> Iterator[Sign]:
    """Even at the upper bound, approvers find fewer than they must. `missed` are the runs of those let through, which
    the signs do not name as theirs: people would read in them who it was.
    """
    share = Share(found, found + len(missed))
    if share.of >= _CANARIES and share.wilson.high < target:
        said = f"{len(missed)} of {share.of} canaries were let through"
        yield from (Sign("CANARIES_MISSED", f"canary {run}", said) for run in missed)


def detected(
    alone: Sequence[Alone], cases: Mapping[tuple[str, str], Case], tolerances: Mapping[str, float], now: datetime
) -> Iterator[Sign]:
    """The detector of each segment over what went alone, the oldest first. What was drawn for an audit is left out
    until somebody has said what it was, and counts as wrong once nobody has for `PATIENCE`: who looks away
    hides no failure. What was not drawn counts as not looked at.
    """
    for segment, tolerance in tolerances.items():
        watch, unanswered, wrong = Watch(tolerance=tolerance), 0, list[str]()
        for one in (each for each in alone if each.segment == segment):
            case = cases.get((one.run.id, one.action.id))
            late = one.drawn and now - one.began >= PATIENCE
            if case is None and not one.drawn:
                watch = watch.after(None, one.chance)
            elif case is not None and case.loss is not None:
                watch = watch.after(case.loss, case.chance)
                wrong += [one.run.id] if case.loss else []
            elif late:
                watch, unanswered = watch.after(LOSS[Verdict.UNSETTLED], one.chance), unanswered + 1
                wrong.append(one.run.id)
            if watch.alarmed:
                said = _detected(segment, watch, unanswered)
                yield Sign("DETECTED", f"detector {one.id}", said, runs=tuple(wrong))
                break


def _detected(segment: str, watch: Watch, unanswered: int) -> str:
    audits = f"{watch.audited} audits of {watch.actions} actions ({segment})"
    open_ones = f", {unanswered} of them unanswered for {PATIENCE.days} days" if unanswered else ""
    return f"{audits}{open_ones}: more error than {100 * watch.tolerance:.2g} %"


def input_drift(
    segment: str, since: datetime, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[Sign]:
    """Is a field of what it does distributed otherwise than in the evidence? Amounts, and fields of few choices."""
    for name in sorted({field for one in before for field in one}):
        then, lately = [one.get(name) for one in before], [one.get(name) for one in now]
        found = drift(*(_amounts(then, lately) or _choices(then, lately) or ({}, {})))
        if found.level is Level.DEMOTE and found.index is not None:
            said = f"{name} of what it does is not what it was in the evidence (PSI {found.index:.2f})"
            yield Sign("INPUT_DRIFT", f"drift {segment} {name} {since.isoformat()}", said)


def _about(refs: set[str], at: datetime, alone: Sequence[Alone], kind: str) -> Alone | None:
    """The newest thing it did alone to one of these, or about one of them, before that moment."""
    earlier = (one for one in reversed(alone) if one.began <= at)
    about = ((one, {one.action.draft.target.ref, f"{kind} {one.run.started.subject}"}) for one in earlier)
    return next((one for one, its in about if its & refs), None)


def _as_we_left_it(deed: Deed, ours: Alone) -> bool:
    """Does the deed only say again what our write said?"""
    arguments = ours.action.draft.arguments
    return ours.action.draft.tool == deed.tool and all(arguments.get(k) == v for k, v in deed.arguments.items())


def _amounts(then: Sequence[Any], lately: Sequence[Any]) -> tuple[Mapping[str, int], Mapping[str, int]] | None:
    numbers = [[one for value in side if (one := _minor(value)) is not None] for side in (then, lately)]
    if not numbers[0]:
        return None
    cuts = edges(numbers[0])
    return binned(numbers[0], cuts), binned(numbers[1], cuts)


def _choices(then: Sequence[Any], lately: Sequence[Any]) -> tuple[Mapping[str, int], Mapping[str, int]] | None:
    said = [[value for value in side if isinstance(value, str)] for side in (then, lately)]
    if not said[0] or len({*said[0]}) > _KINDS:
        return None
    return _counted(said[0]), _counted(said[1])


def _counted(values: Iterable[str]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def _minor(value: Any) -> int | None:
    try:
        return Money.model_validate(value).minor
    except ValueError:
        return None
