"""From a cleared action to its outcome: asked again before the wire, begun once, settled when the answer is lost.

Whose yes cleared it is asked again as well. Who has left the group since, or the company, counts no more, and the
action goes back to people. Where Slack does not answer at that moment the yes stands: membership was verified when it
was given, "not known" is no news about anybody, and an outage of Slack must not undo the work of a morning. What fails
closed is the decision itself; what this gives up is the leaver whose group changed in the very minute Slack was down.
"""

from collections.abc import Mapping
from datetime import timedelta

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.drafting import ask, counting, silent
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.gate import enough
from lanes.core.page import Mode
from lanes.core.practice import ended
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Prior, Ruling
from tools.contract import Evidence

GROWN_OLD = timedelta(days=1)  # behind its deadline, what was approved (then frozen, or held up) is asked about anew


def begin(run: Run, command: c.Begin, facts: Facts) -> tuple[RunEvent, ...]:
    action = _cleared(run, command.action, command.version)
    if action is None or run.practice:
        return ()
    draft = action.draft
    others = facts.spent.without_stake(
        draft.tool, draft.stake, alone=action.alone
    )  # at the wire it must not count itself
    ruling = ask(run, draft, command, others, facts)
    if "KILL_SWITCH" in ruling.reasons:
        return (e.ActionFrozen(at=facts.now, action=action.id, version=action.version, ruling=ruling),)
    overtaken = _overtaken(run, action, command, ruling, facts)
    if overtaken:
        return _superseded(action, *overtaken, facts)
    started = e.ExecutionStarted(at=facts.now, action=action.id, version=action.version, key=draft.key, ruling=ruling)
    return (started,)


def _overtaken(run: Run, action: Action, command: c.Begin, ruling: Ruling, facts: Facts) -> tuple[str, str] | None:
    """Why what was cleared may not be begun as it stands: a reason and its detail. It can only tighten."""
    draft = action.draft
    drift = _drift(draft.target.pinned, command.pinned, _own_changes(run, draft.target.ref))
    made = _made_meanwhile(action, command, facts) or _done_by_hand(run, action, command)
    reasons = (
        (command.tool_version != draft.tool_version, "tool_changed", f"{draft.tool} is version {command.tool_version}"),
        (_grown_old(action, facts), "expired", "it was approved too long ago"),
        (bool(drift), "content_changed", drift),
        (bool(made), "content_changed", made),
        (command.body != draft.preview.body, "content_changed", "the words that would be sent are others now"),
        (silent(run, facts), "ruled_again", "MODE_SHADOW"),
        (not _let_through(ruling, action), "ruled_again", ", ".join(ruling.reasons)),
        (not _let_through(ruling, action, command.left), "ruled_again", "APPROVER_LEFT"),
    )
    return next(((reason, detail) for holds, reason, detail in reasons if holds), None)


def _let_through(ruling: Ruling, action: Action, left: frozenset[str] = frozenset()) -> bool:
    """Do the voices that cleared it still suffice, without those of who has `left`? Who broke the glass passed over
    the quorum, not over a block.
    """
    if action.broke_glass:
        return ruling.verdict != "block" and any(one.by.user not in left for one in action.broke)
    return enough(ruling, len({one for one in action.approvals if one.user not in left}))


def _made_meanwhile(action: Action, command: c.Begin, facts: Facts) -> str:
    """The same change, made by somebody else after this draft was: nobody who approved it knew."""
    known = {(one.run, one.action) for one in action.draft.prior if one.done}
    fresh = [one for one in _others(action, command, facts) if one.done and (one.run, one.action) not in known]
    return "; ".join(f"run {one.run} of {one.lane} has done the same meanwhile" for one in fresh)


def _done_by_hand(run: Run, action: Action, command: c.Begin) -> str:
    """The same change, made by somebody's own hand after this draft was. What this run itself has left on the target
    stood on the same card.
    """
    if _own_changes(run, action.draft.target.ref):
        return ""
    known = {_deed(one) for one in action.draft.target.already}
    fresh = [one for one in command.already if _deed(one) not in known]
    return "; ".join(f"{one.label} “{one.quote}”" if one.quote else one.label for one in fresh)


def _deed(told: Evidence) -> str:
    """What tells one deed from another: where it can be looked at, or else its words."""
    return told.url or f"{told.label} {told.quote}"


def _others(action: Action, command: c.Begin, facts: Facts) -> tuple[Prior, ...]:
    if action.draft.undoes:
        return ()
    same = facts.prior.get(command.change, ())
    return counting(tuple(one for one in same if one.action != action.id or one.run != command.run),
                    command.same_within, facts.now)  # fmt: skip


def _grown_old(action: Action, facts: Facts) -> bool:
    return action.until is not None and facts.now > action.until + GROWN_OLD


def _drift(pinned: Mapping[str, object], found: Mapping[str, object], ours: Mapping[str, object]) -> str:
    """What is no longer as it was pinned, unless it is exactly what this run itself has made of it."""
    changed = [
        name for name in pinned
        if name not in found or found[name] not in ((pinned[name], ours[name]) if name in ours else (pinned[name],))
    ]  # fmt: skip
    return "; ".join(f"{name} was {pinned[name]!s}, is {found.get(name)!s}" for name in changed)


def _own_changes(run: Run, target: str) -> Mapping[str, object]:
    """What the drafts already carried out on this target left there: they stood on the same card."""
    done = (a for a in run.actions.values() if a.state is State.DONE and a.draft.target.ref == target)
    return {name: value for action in done for name, value in (action.result or {}).items()}


def _superseded(action: Action, reason: str, detail: str, facts: Facts) -> tuple[RunEvent, ...]:
    gone = e.ActionSuperseded(at=facts.now, action=action.id, version=action.version, reason=reason, detail=detail)
    return (gone,)


def withdraw(run: Run, command: c.Withdraw, facts: Facts) -> tuple[RunEvent, ...]:
    action = _cleared(run, command.action, command.version)
    return _superseded(action, command.reason, command.detail, facts) if action else ()


def _cleared(run: Run, name: str, version: int) -> Action | None:
    action = run.actions.get(name)
    return action if action and action.version == version and action.state is State.CLEARED else None


def report(run: Run, command: c.Report, facts: Facts) -> tuple[RunEvent, ...]:
    action = run.actions.get(command.action)
    if action is None or action.version != command.version:
        return ()
    if action.state not in {State.EXECUTING, State.UNCERTAIN}:
        return ()
    at, name, version, ms = facts.now, action.id, action.version, command.ms
    match command.outcome:
        case "done":
            until = at + command.undo_within if command.undo_within else None
            done = e.ActionDone(
                at=at, action=name, version=version, result=command.result or {}, ms=ms, undo_until=until
            )
            return (done,)
        case "failed":
            failed = e.ActionFailed(
                at=at, action=name, version=version, code=command.code, message=command.message, ms=ms
            )
            return (failed,)
        case "uncertain":
            if action.state is State.UNCERTAIN:
                return ()
            lost = e.ActionUncertain(
                at=at, action=name, version=version, code=command.code, message=command.message, ms=ms
            )
            return (lost,)


def end_settling(run: Run, command: c.EndSettling, facts: Facts) -> tuple[RunEvent, ...]:
    """The systems could not tell; from now on people may."""
    action = run.actions.get(command.action)
    if action is None or action.version != command.version or action.state is not State.UNCERTAIN or action.unsettled:
        return ()
    ended = e.SettlingEnded(
        at=facts.now, action=action.id, version=action.version, detail=command.detail, undoable=command.undoable
    )
    return (ended,)


def expire(run: Run, command: c.Expire, facts: Facts) -> tuple[RunEvent, ...]:
    action = run.actions.get(command.action)
    if action is None or action.version != command.version or action.state is not State.HELD:
        return ()
    if action.until is None or facts.now < action.until:
        return ()
    if run.practice:
        return ended(action, facts, found=None)
    return (e.ActionExpired(at=facts.now, action=action.id, version=action.version),)


def recall(run: Run, facts: Facts) -> tuple[RunEvent, ...]:
    """What was cleared without a person and has not begun waits for one: the same draft, its next version."""
    if facts.regime.mode is not Mode.APPROVAL or silent(run, facts):
        return ()
    alone = [a for a in run.actions.values() if a.state is State.CLEARED and a.alone and not a.approvals]
    return tuple(event for action in alone for event in _recalled(action, facts))


def _recalled(action: Action, facts: Facts) -> tuple[RunEvent, ...]:
    assert action.ruling is not None, "what is cleared has been ruled on"
    at, name, version = facts.now, action.id, action.version + 1
    ruling = Ruling(verdict="approve", reasons=("DEMOTED", *action.ruling.reasons), quorum=1, rule=action.ruling.rule)
    return (
        e.ActionSuperseded(at=at, action=name, version=action.version, reason="ruled_again", detail="DEMOTED"),
        e.ActionDrafted(at=at, action=name, version=version, call=action.call, draft=action.draft),
        e.ActionHeld(
            at=at, action=name, version=version, ruling=ruling, until=at + facts.regime.lane.approvers.expires
        ),
    )


def freeze(run: Run, facts: Facts) -> tuple[RunEvent, ...]:
    if not facts.regime.stopped:
        return ()
    ruling = Ruling(verdict="block", reasons=("KILL_SWITCH",))
    return tuple(
        e.ActionFrozen(at=facts.now, action=action.id, version=action.version, ruling=ruling)
        for action in run.actions.values()
        if action.state is State.CLEARED
    )
