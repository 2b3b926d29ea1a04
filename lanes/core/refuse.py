"""Why somebody may not decide. The order matters: who they are, what they clicked on, whether it still waits, and only
then whether they are among the approvers; the requester is refused before the approvers are even looked at.
"""

from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.facts import Facts
from lanes.core.gate import passes
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Person

Refusal = tuple[str, Person | None]  # a code, and who was first where somebody was

_STANDING = {
    Standing.NOT_MEMBER: "NOT_AN_APPROVER",
    Standing.UNKNOWN: "CANNOT_VERIFY",
    Standing.GUEST: "GUEST",
    Standing.STRANGER: "OTHER_WORKSPACE",
    Standing.BOT: "BOT",
    Standing.DEACTIVATED: "DEACTIVATED",
}
_NEVER_DECIDE = frozenset({Standing.GUEST, Standing.STRANGER, Standing.BOT, Standing.DEACTIVATED})
_WAITS_FOR = {
    "approve": State.HELD,
    "reject": State.HELD,
    "release": State.FROZEN,
    "happened": State.UNCERTAIN,
    "did_not_happen": State.UNCERTAIN,
}
_SAID = frozenset({"happened", "did_not_happen"})
_ENDED = {
    State.EXPIRED: "EXPIRED",
    State.SUPERSEDED: "STALE_VERSION",
    State.FROZEN: "FROZEN",
    State.BLOCKED: "NOT_WAITING",
    State.SHADOWED: "NOT_WAITING",
    State.DRAFTED: "NOT_WAITING",
    State.UNCERTAIN: "STILL_ASKING",
    State.HELD: "NOT_WAITING",  # for a decision, not for a release
}


def refusal(action: Action | None, command: c.Decide, run: Run, facts: Facts) -> Refusal | None:  # noqa: PLR0911
    """None: they may."""
    if command.by.team != facts.team:
        return "OTHER_WORKSPACE", None
    if command.standing in _NEVER_DECIDE:
        return _STANDING[command.standing], None
    if action is None:
        return "UNKNOWN_ACTION", None
    if (command.version, command.digest) != (action.version, action.draft.digest):
        return "STALE_VERSION", None
    if not _waits(action, command):
        return _ENDED.get(action.state, "ALREADY_DECIDED"), action.decided[-1].by if action.decided else None
    if action.state is State.HELD and action.until is not None and facts.now >= action.until:
        return "EXPIRED", None
    if command.by == (action.draft.asked_by or run.started.by):
        return "REQUESTER", None
    if command.standing is not Standing.MEMBER:
        return _STANDING[command.standing], None
    return _in_the_way(action, command, facts)


def _waits(action: Action, command: c.Decide) -> bool:
    if command.decision == "reject" and action.state is State.FROZEN:
        return True
    if action.state is State.UNCERTAIN and not action.unsettled:
        return False  # the system is still being asked
    return action.state is _WAITS_FOR[command.decision]


def _in_the_way(action: Action, command: c.Decide, facts: Facts) -> Refusal | None:
    if command.decision == "reject":
        return None if command.reason in facts.regime.lane.rejections else ("UNKNOWN_REASON", None)
    if command.decision in _SAID:
        return None  # what has happened has happened, whatever is stopped now
    if facts.regime.stopped:
        return "KILL_SWITCH", None
    if command.decision != "approve":
        return None
    if command.by in action.approvals:
        return "ALREADY_SAID", None
    return ("CAP_APPROVER", None) if _over_their_cap(action, facts) else None


def _over_their_cap(action: Action, facts: Facts) -> bool:
    """Would they let through more money today than one person may?"""
    amount, bound = action.draft.stake.amount, facts.regime.lane.budget.money_per_approver
    if amount is None or bound is None:
        return False
    so_far = facts.spent.approver_money.get(amount.currency, 0)
    return amount.currency != bound.currency or passes(so_far + amount.minor, bound)
