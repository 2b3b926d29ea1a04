"""What a command comes to. Facts in, events out; nothing is asked of anybody.

A command that comes too late (its effect was performed twice, somebody else was first) yields no events, unless a
person sent it: then the refusal is an event of its own, because it is shown to them and is part of the record.
"""

from typing import assert_never

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.carrying import begin, end_settling, expire, freeze, recall, report, withdraw
from lanes.core.claiming import cancel, claim, let_go, remind, snooze
from lanes.core.deciding import answered, asked, decision, details
from lanes.core.drafting import take_back, turn
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.finish import finish
from lanes.core.page import Mode
from lanes.core.run import Run


def decide(run: Run | None, command: c.RunCommand, facts: Facts) -> tuple[RunEvent, ...]:  # noqa: C901, PLR0911, PLR0912 - one line a command
    """The events a command comes to, for a run as it stands (None: not started)."""
    if isinstance(command, c.StartRun):
        return () if run else _start(command, facts)
    if run is None:
        return ()
    match command:
        case c.TakeTurn():
            return turn(run, command, facts)
        case c.Decide():
            return decision(run, command, facts)
        case c.Ask():
            return asked(run, command, facts)
        case c.AnswerQuestion():
            return answered(run, command, facts)
        case c.Claim():
            return claim(run, command, facts)
        case c.LetGo():
            return let_go(run, command, facts)
        case c.Snooze():
            return snooze(run, command, facts)
        case c.Cancel():
            return cancel(run, command, facts)
        case c.Remind():
            return remind(run, command, facts)
        case c.OpenDetails():
            return details(run, command, facts)
        case c.Begin():
            return begin(run, command, facts)
        case c.Report():
            return report(run, command, facts)
        case c.EndSettling():
            return end_settling(run, command, facts)
        case c.TakeBack():
            return take_back(run, command, facts)
        case c.Withdraw():
            return withdraw(run, command, facts)
        case c.Expire():
            return expire(run, command, facts)
        case c.Freeze():
            return freeze(run, facts)
        case c.Recall():
            return recall(run, facts)
        case c.Finish():
            return finish(run, command, facts)
        case c.HangCard():
            return _hung(run, command, facts)
        case c.OpenThread():
            opened = e.ThreadOpened(at=facts.now, place=command.place, progress=command.progress)
            return () if run.thread else (opened,)
        case _:
            assert_never(command)


def _hung(run: Run, command: c.HangCard, facts: Facts) -> tuple[RunEvent, ...]:
    """A card in another room than before: what hung there is not deleted, and shows again when the room comes back."""
    before = run.card if run.card and run.card.channel != command.place.channel else None
    posted = e.CardPosted(
        at=facts.now, place=command.place, batch=command.batch, moved=command.moved, instead_of=before
    )
    return () if run.card == command.place else (posted,)


def _start(command: c.StartRun, facts: Facts) -> tuple[RunEvent, ...]:
    """A run, unless the same was asked for a moment ago and nobody says that it is meant again, or the day is full."""
    if facts.running and not command.anew:
        return ()
    if any(facts.started.get(name, 0) >= most for name, most in command.caps.items()):
        return ()
    return (
        e.RunStarted(
            at=facts.now, run=command.run, lane=command.lane, subject=command.subject, by=command.by,
            channel=command.channel, mode=Mode.SHADOW if command.silent else facts.regime.mode,
            configuration=facts.configuration, model=facts.model,
            delivery=command.delivery, via=command.via, inputs=command.inputs, message=command.message,
            precedents=facts.precedents.get(command.subject, ()), thread=command.thread, counts=tuple(command.caps),
            practice=command.practice,
            past=command.past,
        ),
    )  # fmt: skip
