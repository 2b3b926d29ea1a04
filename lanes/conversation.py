"""A run's events as the conversation a model continues. Made anew from the events each time, stored nowhere else."""

from typing import Any

from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.prompt import opening, result


def conversation(run: Run) -> list[dict[str, Any]]:
    """All messages so far, ready to be sent. A run at rest has an answer for every call."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": opening(run.started)}]
    by_call = {action.call: action for action in run.actions.values()}
    for turn in run.turns:
        if not turn.content:
            continue
        messages.append({"role": "assistant", "content": [dict(block) for block in turn.content]})
        calls = [block["id"] for block in turn.content if block["type"] == "tool_use"]
        answers = [_answer(run, by_call, call) for call in calls]
        if answers:
            messages.append({"role": "user", "content": answers})
    return messages


def _answer(run: Run, by_call: dict[str, Action], call: str) -> dict[str, Any]:
    answered = run.answers.get(call)
    if answered:
        return result(call, answered.answer, ok=answered.ok)
    return result(call, outcome(by_call[call]), ok=by_call[call].state is not State.FAILED)


def outcome(action: Action) -> dict[str, Any]:
    """What a model is told of its draft: an outcome code, and what was sent instead where a person changed it."""
    said: dict[str, Any] = {"outcome": action.state.value}
    if action.draft.edit:
        said["a_person_changed_it_to"] = dict(action.draft.arguments)
    match action.state:
        case State.DONE:
            return {**said, "result": dict(action.result or {})}
        case State.REJECTED:
            return {**said, "reason": action.code, "note": action.message}
        case State.SUPERSEDED:
            return {**said, "reason": action.code, "changed": action.message}
        case State.FAILED | State.UNCERTAIN:
            return {**said, "code": action.code, "message": action.message}
        case State.BLOCKED:
            return {**said, "reasons": list(action.ruling.reasons) if action.ruling else []}
        case _:
            return said
