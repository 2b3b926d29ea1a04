"""One run as one JSON record: what was asked, decided, called, what it cost and how long it took."""

from datetime import timedelta
from typing import Any

from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.run import Action, fold


def trace(events: tuple[RunEvent, ...]) -> dict[str, Any]:
    """The trace record of a run. Durations are in milliseconds, money in micro-dollars and minor units."""
    run = fold(events)
    assert run is not None, "a trace is of a run"
    started, ended = run.started, run.finished
    last = events[-1].at
    return {
        "run": run.id,
        "request": started.delivery,
        "lane": run.lane,
        "subject": started.subject,
        "mode": started.mode,
        "user": started.by.model_dump(),
        "configuration": started.configuration,
        "model": started.model,
        "started": started.at.isoformat(),
        "finished": ended.at.isoformat() if ended else None,
        "outcome": ended.outcome if ended else None,
        "reasons": list(ended.reasons) if ended else [],
        "handed_over": bool(ended and ended.handed_over),
        "cost_micro_usd": run.cost,
        "latency_ms": _ms(last - started.at),
        "worked_ms": _ms(run.worked),
        "turns": [_turn(turn) for turn in run.turns],
        "calls": [_call(answer) for answer in run.answers.values()],
        "actions": [_action(action, events) for action in run.actions.values()],
        "refused_decisions": [_refused(one) for one in events if isinstance(one, e.DecisionRefused)],
        "events": run.version,
    }


def _refused(one: e.DecisionRefused) -> dict[str, Any]:
    return {
        "by": one.by.user,
        "action": one.action,
        "decision": one.decision,
        "code": one.code,
        "at": one.at.isoformat(),
    }


def _turn(turn: e.TurnTaken) -> dict[str, Any]:
    calls = [str(block["name"]) for block in turn.content if block["type"] == "tool_use"]
    return {
        "turn": turn.turn, "model": turn.model, "stop": turn.stop, "usage": dict(turn.usage), "calls": calls,
        "cost_micro_usd": turn.cost, "latency_ms": turn.ms, "request": turn.request,
    }  # fmt: skip


def _call(answer: e.CallAnswered) -> dict[str, Any]:
    status = "ok" if answer.ok else answer.code
    return {"tool": answer.tool, "call": answer.call, "status": status, "latency_ms": answer.ms}


def _action(action: Action, events: tuple[RunEvent, ...]) -> dict[str, Any]:
    mine = [one for one in events if isinstance(one, e.OfAction) and one.action == action.id]
    waited = next((one.at - action.drafted_at for one in mine if isinstance(one, e.DecisionRecorded)), None)
    opened = next((one.at for one in mine if isinstance(one, e.DetailsOpened)), None)
    ruling = action.ruling
    return {
        "action": action.id,
        "tool": action.draft.tool,
        "target": action.draft.target.ref,
        "amount": action.draft.stake.amount.model_dump() if action.draft.stake.amount else None,
        "state": action.state,
        "code": action.code,
        "ruling": ruling.model_dump(mode="json") if ruling else None,
        "key": action.draft.key,
        "digest": action.draft.digest,
        "alone": action.alone,
        "requested_at": action.drafted_at.isoformat(),
        "details_opened_at": opened.isoformat() if opened else None,
        "decisions": [
            {"by": d.by.user, "decision": d.decision, "reason": d.reason, "at": d.at.isoformat(), "surface": d.surface}
            for d in action.decided
        ],
        "first_decision_after_ms": _ms(waited) if waited is not None else None,
        "execution_ms": sum(
            one.ms for one in mine if isinstance(one, e.ActionDone | e.ActionFailed | e.ActionUncertain)
        ),
    }


_ENDS = e.ActionDone | e.ActionFailed | e.ActionUncertain


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
