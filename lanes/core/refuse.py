"""Why somebody may not decide. The order matters: who they are, what they clicked on, whether it still waits, and only
then whether they are among the approvers; the requester is refused before the approvers are even looked at.

Breaking the glass passes over four things, and nothing else: that they asked for it themselves, that somebody else has
the card, that others have to say yes as well, and that they wrote what goes out. It asks for a written reason. Who
stands in for somebody breaks it neither on their own request nor on that person's.
"""

from collections.abc import Mapping

from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.deciders import asker
from lanes.core.facts import Facts
from lanes.core.gate import passes
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Person

Refusal = tuple[str, Person | None]  # a code, and who was first, or has it, where somebody has

SAME_DIGEST = 16  # hex digits of a digest that a card of several runs carries; 64 bits nobody meets by chance
COMMAND_LINE = "command_line"  # a surface that proves no Slack identity
JUSTIFIED = 20  # characters; less says nothing to whoever reads it afterwards

STANDING: Mapping[Standing, str] = {
    Standing.NOT_MEMBER: "NOT_AN_APPROVER",
    Standing.UNKNOWN: "CANNOT_VERIFY",
    Standing.GUEST: "GUEST",
    Standing.STRANGER: "OTHER_WORKSPACE",
    Standing.BOT: "BOT",
    Standing.DEACTIVATED: "DEACTIVATED",
}
NEVER_DECIDE = frozenset({Standing.GUEST, Standing.STRANGER, Standing.BOT, Standing.DEACTIVATED})
_WAITS_FOR: Mapping[str, frozenset[State]] = {
    "approve": frozenset({State.HELD}),
    "break_glass": frozenset({State.HELD}),
    "edit": frozenset({State.HELD}),
    "take_over": frozenset({State.HELD}),
    "ask": frozenset({State.HELD}),
    "reject": frozenset({State.HELD, State.FROZEN}),
    "release": frozenset({State.FROZEN}),
    "happened": frozenset({State.UNCERTAIN}),
    "did_not_happen": frozenset({State.UNCERTAIN}),
}
_WHILE_STOPPED = frozenset({"reject", "take_over", "happened", "did_not_happen"})  # what has happened has happened
_FROM_THE_COMMAND_LINE = frozenset({"reject", "take_over"})  # nothing goes out by either
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


def refusal(action: Action | None, command: c.OnDraft, wish: str, run: Run, facts: Facts) -> Refusal | None:  # noqa: PLR0911
    """None: they may. `wish` is the decision, or "ask"."""
    if barred := barring(command.voice, facts):
        return barred, None
    if command.surface == COMMAND_LINE and wish not in _FROM_THE_COMMAND_LINE:
        return "NO_IDENTITY", None
    if action is None:
        return "UNKNOWN_ACTION", None
    if over := _over(action, command, wish, facts):
        return over
    asked_by = asker(run, action)
    if wish == "break_glass":
        return _behind_glass(command, asked_by, facts)
    if command.by == asked_by:
        return "REQUESTER", None
    if command.voice.standing is not Standing.MEMBER:
        return STANDING[command.voice.standing], None
    if command.voice.on_behalf == asked_by.user:
        return "FOR_THE_REQUESTER", None
    claim = run.claimed(facts.now)
    if claim and claim.by != command.by:
        return "CLAIMED", claim.by
    return _in_the_way(action, command, wish, facts)


def barring(voice: c.Voice, facts: Facts) -> str | None:
    """Why somebody has no say here whatever they ask."""
    if voice.by.team != facts.team:
        return "OTHER_WORKSPACE"
    return STANDING[voice.standing] if voice.standing in NEVER_DECIDE else None


def _over(action: Action, command: c.OnDraft, wish: str, facts: Facts) -> Refusal | None:
    """Why what they clicked on does not wait for that any more."""
    if command.version != action.version or not _same(command.digest, action.draft.digest):
        return "STALE_VERSION", None
    if action.unsettled and not _waits(action, wish):
        return "NOT_WAITING", None  # it waits for somebody who looks, and for nothing else
    if not _waits(action, wish):
        return _ENDED.get(action.state, "ALREADY_DECIDED"), action.decided[-1].by if action.decided else None
    if action.state is State.HELD and action.until is not None and facts.now >= action.until:
        return "EXPIRED", None
    return None


def _same(shown: str, digest: str) -> bool:
    return len(shown) >= SAME_DIGEST and digest.startswith(shown)


def _waits(action: Action, wish: str) -> bool:
    if action.state is State.UNCERTAIN and not action.unsettled:
        return False  # the system is still being asked
    return action.state in _WAITS_FOR[wish]


def _behind_glass(command: c.OnDraft, asked_by: Person, facts: Facts) -> Refusal | None:
    page = facts.regime.lane
    note = command.note if isinstance(command, c.Decide) else ""
    if not page.approvers.break_glass:
        return "NO_BREAK_GLASS", None
    if command.by.user != page.owner.person:  # the owner's right is their own, whoever they stand in for
        if command.voice.standing is not Standing.MEMBER:
            return STANDING[command.voice.standing], None
        if command.voice.on_behalf and command.by == asked_by:
            return "REQUESTER", None
        if command.voice.on_behalf == asked_by.user:
            return "FOR_THE_REQUESTER", None
    if facts.regime.stopped:
        return "KILL_SWITCH", None
    return ("NOT_JUSTIFIED", None) if len(note.strip()) < JUSTIFIED else None


def _in_the_way(action: Action, command: c.OnDraft, wish: str, facts: Facts) -> Refusal | None:
    if wish == "reject" and isinstance(command, c.Decide):
        return None if command.reason in facts.regime.lane.rejections else ("UNKNOWN_REASON", None)
    if facts.regime.stopped and wish not in _WHILE_STOPPED:
        return "KILL_SWITCH", None
    if wish == "edit" and action.draft.undoes:
        return "UNDO_AS_IT_IS", None
    return _not_this_voice(action, command, facts) if wish == "approve" else None


def _not_this_voice(action: Action, command: c.OnDraft, facts: Facts) -> Refusal | None:
    """Why this yes would not count: one person's counts once, whoever says it, and for the group that is asked now."""
    whose = {command.by.user, command.voice.on_behalf}
    if action.draft.edit and whose & {one.user for one in action.draft.edit.made_by}:
        return "WROTE_IT", None
    if command.by in action.approvals:
        return "ALREADY_SAID", None
    counted = {one.by.user for one in action.yes} | {one.on_behalf for one in action.yes if one.on_behalf}
    if counted & whose:
        return "SAID_FOR_THEM", None
    if command.voice.stage != action.stage:
        return "OTHER_GROUPS_TURN", None
    return ("CAP_APPROVER", None) if _over_their_cap(action, facts) else None


def _over_their_cap(action: Action, facts: Facts) -> bool:
    """Would they let through more money today than one person may?"""
    amount, bound = action.draft.stake.amount, facts.regime.lane.budget.money_per_approver
    if amount is None or bound is None:
        return False
    so_far = facts.spent.approver_money.get(amount.currency, 0)
    return amount.currency != bound.currency or passes(so_far + amount.minor, bound)
