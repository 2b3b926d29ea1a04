"""How a run ends: what came of its actions, and the lane's success test, make an outcome with reasons.

A rejection needs nobody else: whoever rejected knows. Only where the agent gives up because draft after draft did not
stand (cause "redrafts") does the work go to people; the outcome stays what became of the drafts, and the page counts it
as a failure.
"""

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.page import Lane
from lanes.core.practice import ENDED
from lanes.core.run import Action, Run
from lanes.core.states import State

_OWN_CAUSE = frozenset({"uncertain", "budget", "refusal", "no_evidence"})  # outcomes a page names as they are
_GAVE_UP = "redrafts"  # the cause of an agent whose drafts did not stand
_NEEDS_NOBODY = frozenset(  # people know, or there is nothing left to do
    {"succeeded", "rejected", "taken_over", "cancelled", "shadowed"}
)
_WORST_FIRST = (
    (State.UNCERTAIN, "uncertain"),
    (State.FAILED, "failed"),
    (State.REJECTED, "rejected"),
    (State.TAKEN_OVER, "taken_over"),
    (State.EXPIRED, "expired"),
    (State.BLOCKED, "blocked"),
    (State.SHADOWED, "shadowed"),
)


def finish(run: Run, command: c.Finish, facts: Facts) -> tuple[RunEvent, ...]:
    """The end of a run, once."""
    if run.finished:
        return ()
    still_open = [a for a in run.actions.values() if a.open and a.state is not State.UNCERTAIN]
    if still_open:
        return ()
    if run.practice:
        return (e.RunFinished(at=facts.now, outcome=ENDED),)
    outcome, reasons = _outcome(run, command, facts.regime.lane)
    ended = e.RunFinished(
        at=facts.now, outcome=outcome, reasons=reasons, summary=command.summary, answer=command.answer,
        readings=command.readings or {},
        handed_over=not run.silent and _cause(outcome, command.cause) in facts.regime.lane.fallback.on,
    )  # fmt: skip
    return (ended,)


def _cause(outcome: str, ended_by: str) -> str | None:
    """What a page calls this in `fallback: on`; an outcome nobody thought of counts as a failure."""
    if (outcome, ended_by) == ("rejected", _GAVE_UP):
        return "failed"
    if outcome in _NEEDS_NOBODY:
        return None
    return outcome if outcome in _OWN_CAUSE else "failed"


def _redrafted(run: Run, action: Action) -> bool:
    """A later draft of the same tool, made after this one had ended, speaks for it."""
    later = (one for one in run.actions.values() if one.draft.tool == action.draft.tool)
    return any(action.finished_at and one.drafted_at > action.finished_at for one in later)


def _outcome(run: Run, command: c.Finish, lane: Lane) -> tuple[str, tuple[str, ...]]:
    if command.cause not in {"end_turn", _GAVE_UP}:
        return command.cause, (command.detail,) if command.detail else ()
    last = [action for action in run.actions.values() if not _redrafted(run, action)]
    states = {action.state for action in last}
    for state, outcome in _WORST_FIRST:
        if state in states:
            worst = (action for action in last if action.state is state)
            codes = (a.code or (a.ruling.reasons[0] if a.ruling else "") for a in worst)
            return outcome, tuple(code for code in codes if code)
    if not run.actions and lane.answer is None:
        return "no_evidence", ()
    readings = dict(command.readings or {})
    if command.answer:
        readings["answer"] = command.answer
    met, shortfalls = lane.success.judge(readings)
    return ("succeeded", ()) if met else ("fell_short", shortfalls)
