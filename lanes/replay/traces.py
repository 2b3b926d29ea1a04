"""The trace of a run: its calls and its drafts in the order in which the model made them, told from its events."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.states import MOVES, State
from lanes.prompt import own_name
from lanes.replay.cases import Called, Drafted, Ruled, Step

ANSWER = "answer"  # what a run ends with is held against its choices, not among its calls


def trace_of(events: Iterable[RunEvent]) -> tuple[Step, ...]:
    """What a run did so far. A version that a person made of a draft stands right behind the one it replaced."""
    told = [*events]
    answered = {event.call: event for event in told if isinstance(event, e.CallAnswered)}
    drafts: dict[str, list[Drafted]] = defaultdict(list)
    for event in told:
        if isinstance(event, e.ActionDrafted) and not event.draft.undoes:
            drafts[event.call].append(_drafted(event, told))
    steps: list[Step] = []
    for turn in (event for event in told if isinstance(event, e.TurnTaken)):
        for call, name in calls(turn.content):
            if call in drafts:
                steps += drafts[call]
            elif call in answered and name != ANSWER:
                steps.append(_called(answered[call]))
    return tuple(steps)


def calls(content: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The calls of one turn: their ids and their tools."""
    return ((str(block["id"]), own_name(str(block["name"]))) for block in content if block["type"] == "tool_use")


def _called(answered: e.CallAnswered) -> Called:
    arguments = {name: value for name, value in answered.arguments.items() if name != "why"}
    if answered.ok:
        return Called(call=answered.tool, arguments=arguments)
    answer = json.loads(answered.answer)
    said = str(answer.get("message", "")) if isinstance(answer, dict) else ""
    return Called(call=answered.tool, arguments=arguments, failed=answered.code or "FAILED", said=said)


def _drafted(event: e.ActionDrafted, told: Iterable[RunEvent]) -> Drafted:
    """What became of one version. The ruling is the one it was drafted under: later ones can only tighten."""
    mine = [
        one for one in told
        if isinstance(one, e.OfAction) and (one.action, one.version) == (event.action, event.version)
    ]  # fmt: skip
    moves = [one for one in mine if one.kind in MOVES]
    ruling = next((one.ruling for one in moves if isinstance(one, _RULED)), None)
    last = moves[-1] if moves else None
    code, said = _words(last)
    return Drafted(
        draft=event.draft.tool, arguments=event.draft.arguments,
        ruling=Ruled(**ruling.model_dump(include={*Ruled.model_fields})) if ruling else _UNRULED,
        became=MOVES[last.kind] if last else State.DRAFTED,
        result=last.result if isinstance(last, e.ActionDone) else None, code=code, said=said,
    )  # fmt: skip


_UNRULED = Ruled(verdict="block", reasons=())
_RULED = (e.ActionHeld, e.ActionCleared, e.ActionBlocked, e.ActionShadowed)


def _words(last: RunEvent | None) -> tuple[str, str]:
    match last:
        case e.ActionRejected():
            return last.reason, last.note
        case e.ActionTakenOver():
            return "", last.note
        case e.ActionSuperseded():
            return last.reason, last.detail
        case e.ActionFailed() | e.ActionUncertain():
            return last.code, last.message
        case _:
            return "", ""
