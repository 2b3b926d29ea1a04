"""From a run on record to a case: what it was asked, what it read, what people said, what came of it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.page import Mode
from lanes.core.run import Run, fold
from lanes.core.states import State
from lanes.core.values import Draft, Lease
from lanes.ready import ReadyLane
from lanes.replay.cases import Case, Change, Exchange, Expected, Failed, Looked, Told
from lanes.replay.differences import MICRO
from lanes.replay.traces import ANSWER, trace_of
from tools.contract import Refused

_NOT_THE_LANES = frozenset({"cancelled", "model_refused", "CALL_ID_REUSED", "PRICE_UNKNOWN"})  # ends that say nothing
_OF_THE_CALL = frozenset({"MALFORMED", "TOO_MANY"})  # codes of calls that never reached their tool
_NOT_HERE = "not-in-slack"  # an owner whom Slack did not know
_SILENT = "slack-silent"  # one of whom Slack did not say
_MORE = 2  # turns that another model may take beyond those of the recording
_DEARER = 1.5  # times what the recording cost, that a run may cost


def keep(
    events: Sequence[RunEvent], ready: ReadyLane, name: str = "", about: str = "", *,
    lease: Lease | None = None, spent: Mapping[str, int] | None = None, wire: Sequence[Exchange] = (),
    people: Mapping[str, str | None] | None = None,
) -> Case:  # fmt: skip
    """A case of a run. With `wire` its reads are told by their requests, else by what the ledger says of each call.

    Raises `Refused` with a sentence for a run that nothing can be held against.
    """
    run = fold(events)
    assert run is not None, "a run on record has begun"
    _check(run)
    told, looked, owners = ((), (), {}) if wire else _told(events, run)
    return Case(
        case=name or _named(run), about=about, lane=run.lane, subject=run.started.subject, at=run.started.at,
        run=run.id, mode=run.started.mode, by=run.started.by.user, inputs=run.started.inputs,
        message=run.started.message, precedents=run.started.precedents,
        lease=lease if run.started.mode is Mode.AUTONOMOUS else None, people={**owners, **(people or {})},
        spent=spent or {}, prior=tuple(_prior(events)), readings=_readings(run, ready),
        expect=_expected(events, run, ready), wire=tuple(wire), told=told, looked=looked,
    )  # fmt: skip


def _check(run: Run) -> None:
    if run.finished is None and not run.actions:
        raise Refused(
            "NOT_YET", f"run {run.id} has drafted nothing and has not ended: there is nothing to hold against"
        )
    if run.practice:
        raise Refused(
            "PRACTICE", f"run {run.id} is a practice draft, wrong on purpose: no lane is to be held against it"
        )
    said = {run.finished.outcome, *run.finished.reasons} if run.finished else set()
    if said & _NOT_THE_LANES or (run.finished and run.finished.outcome == "model_unavailable" and not run.turns):
        raise Refused("NO_OUTCOME", f"run {run.id} was ended from outside ({', '.join(sorted(said))}), not by its lane")
    if any(a.state in {State.EXECUTING, State.CLEARED, State.FROZEN, State.DRAFTED} for a in run.actions.values()):
        raise Refused("UNDER_WAY", f"run {run.id} is at work right now; keep it when it has come to rest")


def _expected(events: Sequence[RunEvent], run: Run, ready: ReadyLane) -> Expected:
    ended, budget = run.finished, ready.page.budget
    usd = run.cost * _DEARER / MICRO
    given = ended.answer if ended else None
    choices = {name: value for name, value in given.items() if name != "summary"} if given else None
    return Expected(
        trace=trace_of(events), outcome=ended.outcome if ended else "", reasons=ended.reasons if ended else (),
        answer=choices, steps=min(len(run.turns) + _MORE, max(budget.steps, len(run.turns))),
        usd=round(usd, 6) if usd else budget.usd,
    )  # fmt: skip


def _readings(run: Run, ready: ReadyLane) -> dict[str, Mapping[str, Any]]:
    """What the systems showed at the end, where that is not what the writes had answered."""
    left: dict[str, Mapping[str, Any] | None] = {}
    for action in run.actions.values():
        if action.state is State.DONE and action.draft.tool in ready.tools:
            left[ready.writer(action.draft).noun] = action.result
    shown = run.finished.readings if run.finished else {}
    return {noun: reading for noun, reading in shown.items() if reading and reading != left.get(noun)}


def _prior(events: Sequence[RunEvent]) -> Iterator[Change]:
    """The same changes elsewhere that the drafts knew of; those of the run itself come about again."""
    seen = set()
    for draft in _drafts(events):
        for one in draft.prior:
            key = (draft.change, one.run, one.action)
            if key not in seen and draft.change and one.run != _id(events):
                seen.add(key)
                yield Change(change=draft.change, by=one)


def _told(events: Sequence[RunEvent], run: Run) -> tuple[tuple[Told, ...], tuple[Looked, ...], dict[str, str | None]]:
    told = tuple(_answer(one) for one in run.answers.values() if one.tool != ANSWER and one.code not in _OF_THE_CALL)
    looked, owners = [], {}
    for draft in _drafts(events):
        owner = _owner(draft)
        if owner:
            owners[owner] = {_NOT_HERE: "", _SILENT: None}.get(owner, owner)
        looked.append(Looked(tool=draft.tool, arguments=draft.arguments, target=draft.target, owner=owner))
    return told, tuple(looked), owners


def _owner(draft: Draft) -> str:
    """A name for whoever owns the record; the ledger keeps their Slack id, and no address."""
    if draft.record_owner:
        return draft.record_owner
    return {"not_in_slack": _NOT_HERE, "unanswered": _SILENT}.get(draft.owner_missing, "")


def _answer(one: e.CallAnswered) -> Told:
    arguments = {name: value for name, value in one.arguments.items() if name != "why"}
    answer = json.loads(one.answer, parse_float=Decimal)
    if one.ok:
        return Told(tool=one.tool, arguments=arguments, answer=answer)
    kind = "unavailable" if one.code == "UNAVAILABLE" else "refused"
    message = str(answer.get("message", "")) if isinstance(answer, dict) else ""
    return Told(tool=one.tool, arguments=arguments, failed=Failed.model_validate(
        {"kind": kind, "code": one.code, "message": message}
    ))  # fmt: skip


def _drafts(events: Sequence[RunEvent]) -> Iterator[Draft]:
    return (one.draft for one in events if isinstance(one, e.ActionDrafted) and not one.draft.undoes)


def _id(events: Sequence[RunEvent]) -> str:
    return next(one.run for one in events if isinstance(one, e.RunStarted))


def _named(run: Run) -> str:
    """A name of the subject and the run, as a file may have it."""
    words = re.sub(r"[^a-z0-9]+", "-", run.started.subject.casefold()).strip("-")[:24]
    return f"kept-{words}-{run.id[:8]}".replace("--", "-")
