"""What people do around a card without deciding: take it, let it go, put it off, be reminded of it, end the run."""

from datetime import timedelta

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.commands import Standing
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.finish import finish
from lanes.core.practice import ended, seems_asked_by
from lanes.core.refuse import barring
from lanes.core.run import Run, fold
from lanes.core.states import State
from lanes.core.values import Person

CLAIM = timedelta(minutes=15)  # long enough to read a case, short enough that a forgotten claim holds nobody up
_STILL = frozenset({State.HELD, State.CLEARED})


def claim(run: Run, command: c.Claim, facts: Facts) -> tuple[RunEvent, ...]:
    """Nobody else decides for a while."""
    if command.delivery in run.handled:
        return ()
    held, voice = run.claimed(facts.now), command.voice
    code = barring(voice, facts)
    if code is None and not run.held:
        code = "NOT_WAITING"
    if code is None and voice.by == seems_asked_by(run):
        code = "REQUESTER"
    if code is None and voice.standing is not Standing.MEMBER:
        code = "NOT_AN_APPROVER" if voice.standing is Standing.NOT_MEMBER else "CANNOT_VERIFY"
    if code is None and voice.on_behalf == seems_asked_by(run).user:
        code = "FOR_THE_REQUESTER"
    if code is None and held and held.by != voice.by:
        code = "CLAIMED"
    if code:
        return _refused(voice.by, code, command, facts, held.by if held and code == "CLAIMED" else None)
    return (e.CardClaimed(at=facts.now, by=voice.by, until=facts.now + CLAIM, delivery=command.delivery),)


def let_go(run: Run, command: c.LetGo, facts: Facts) -> tuple[RunEvent, ...]:
    """Whoever has the card gives it back; so may the lane's owner, for somebody who went to lunch."""
    held = run.claimed(facts.now)
    if held is None or command.delivery in run.handled:
        return ()
    if command.by != held.by and command.by.user != facts.regime.lane.owner.person:
        return ()
    return (e.CardLetGo(at=facts.now, by=command.by, delivery=command.delivery),)


def snooze(run: Run, command: c.Snooze, facts: Facts) -> tuple[RunEvent, ...]:
    if command.delivery in run.handled or not run.waiting or command.until <= facts.now:
        return ()
    return (e.CardSnoozed(at=facts.now, by=command.by, until=command.until, delivery=command.delivery),)


def remind(run: Run, command: c.Remind, facts: Facts) -> tuple[RunEvent, ...]:
    """Nobody has decided yet. The last reminder goes to those above the approvers as well, where the page names any."""
    action = run.actions.get(command.action)
    if action is None or action.version != command.version or action.state is not State.HELD:
        return ()
    if command.step <= action.reminded:
        return ()
    approvers = facts.regime.lane.approvers
    last = command.step >= len(approvers.remind)
    return (
        e.Reminded(
            at=facts.now, action=action.id, version=action.version, step=command.step,
            escalated=last and bool(approvers.escalate_to),
        ),
    )  # fmt: skip


def cancel(run: Run, command: c.Cancel, facts: Facts) -> tuple[RunEvent, ...]:
    """End a run: what waits is taken off the table; what is under way comes to its own end first."""
    if command.delivery in run.handled or run.cancelled:
        return ()
    voice = c.Voice(command.by, command.standing)
    code = barring(voice, facts)
    if code is None and run.finished:
        code = "ALREADY_ENDED"
    if code is None and command.by != run.started.by and command.standing is not Standing.MEMBER:
        code = "NOT_YOURS_TO_CANCEL"
    if code:
        return _refused(command.by, code, command, facts)
    events: tuple[RunEvent, ...] = (
        e.CancelAsked(at=facts.now, by=command.by, delivery=command.delivery), *_off_the_table(run, command.by, facts)
    )  # fmt: skip
    if run.practice:
        return (events[0], *(one for held in run.held for one in ended(held, facts, found=None, by=command.by)))
    after = fold(events, run)
    assert after is not None
    return (*events, *finish(after, c.Finish(run.id, "cancelled"), facts))


def _off_the_table(run: Run, by: Person, facts: Facts) -> tuple[RunEvent, ...]:
    out: list[RunEvent] = []
    for action in run.actions.values():
        where = {"at": facts.now, "action": action.id, "version": action.version}
        if action.state in _STILL:
            out.append(e.ActionSuperseded(**where, reason="cancelled", detail="the run was cancelled"))
        elif action.state is State.FROZEN:
            out.append(e.ActionRejected(**where, by=by, reason="cancelled", note=""))
    return tuple(out)


def _refused(
    by: Person, code: str, command: c.Claim | c.Cancel, facts: Facts, winner: Person | None = None
) -> tuple[RunEvent, ...]:
    wish = "claim" if isinstance(command, c.Claim) else "cancel"
    no = e.DecisionRefused(
        at=facts.now, action="", version=0, decision=wish, by=by, code=code, winner=winner, surface="card",
        channel=command.channel, delivery=command.delivery,
    )  # fmt: skip
    return (no,)
