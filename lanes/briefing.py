"""What a wish is decided by, read in the transaction that decides it: money spent, runs like it, what was said before.

Only what the command asks for is read: most commands write nothing, and need no totals of the day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lanes.core import commands as c
from lanes.core.drafting import like
from lanes.core.facts import Facts
from lanes.core.gate import NOTHING, Regime, Spent
from lanes.core.page import Mode
from lanes.core.run import Run
from lanes.projection import counted, let_through, precedents, prior, spent, started_today
from lanes.ready import ReadyLane
from storage import views

_REMEMBER = timedelta(days=90)  # what people said of a draft like this one; after a quarter the rules are others
_SAME_REQUEST = timedelta(minutes=10)  # who asks the same again within it has most likely not seen the first answer


@dataclass(frozen=True)
class Briefing:
    """Gathers the facts for one team's lanes, which all work with the model of this name."""

    lanes: Mapping[str, ReadyLane]
    team: str
    model: str

    def facts(
        self, connection: Connection, command: c.RunCommand, run: Run | None, regime: Regime, now: datetime
    ) -> Facts:
        """What is so for a command on a lane's run; `run` is None before its first event."""
        lane = regime.lane.lane
        ready = self.lanes[lane]
        return Facts(
            now=now, regime=regime, scopes=ready.identity.scopes, team=self.team,
            spent=_spent(connection, lane, now, command, run),
            configuration=ready.configuration, model=self.model, prior=prior(connection, _changes(command)),
            precedents=precedents(connection, lane, _like(command), now - _REMEMBER),
            running=_running(connection, command, now, regime.mode), started=_started(connection, command, now),
        )  # fmt: skip


def _spent(connection: Connection, lane: str, now: datetime, command: c.RunCommand, run: Run | None) -> Spent:
    """The day's totals that this command's writes are held against; nothing for a command that writes nothing."""
    match command:
        case c.TakeTurn() if command.proposals:
            stakes = [(one.tool, one.stake) for one in command.proposals]
        case c.Decide(decision="approve") if run and command.action in run.actions:
            theirs = let_through(command.by.user, run.actions[command.action].draft.stake)
            return spent(views.tallies(connection, lane, now.date().isoformat(), theirs))
        case c.TakeBack(proposal=proposal) | c.Decide(revision=c.Revision(proposal=proposal)):
            stakes = [(proposal.tool, proposal.stake)]
        case c.Begin() if run and command.action in run.actions:
            draft = run.actions[command.action].draft
            stakes = [(draft.tool, draft.stake)]
        case _:
            return NOTHING
    what = {name for tool, stake in stakes for name in counted(tool, stake)}
    return spent(views.tallies(connection, lane, now.date().isoformat(), what))


def _changes(command: c.RunCommand) -> set[str]:
    """The business keys a command asks about."""
    match command:
        case c.TakeTurn():
            return {one.change for one in command.proposals}
        case c.Begin():
            return {command.change}
        case c.Decide(revision=c.Revision(proposal=proposal)):
            return {proposal.change}
        case _:
            return set()


def _like(command: c.RunCommand) -> set[str]:
    """What earlier decisions a command wants to know of."""
    match command:
        case c.StartRun():
            return {command.subject}
        case c.TakeTurn():
            return {like(one) for one in command.proposals}
        case _:
            return set()


def _running(connection: Connection, command: c.RunCommand, now: datetime, mode: Mode) -> str:
    """The run that a new one would only repeat; a silent one repeats silent ones only."""
    if not isinstance(command, c.StartRun) or command.anew:
        return ""
    within = _SAME_REQUEST if command.same_within is None else command.same_within
    silent = command.silent or mode is Mode.SHADOW
    return views.run_about(connection, command.lane, command.subject, now - within, silent=silent)


def _started(connection: Connection, command: c.RunCommand, now: datetime) -> dict[str, int]:
    """How many runs have begun today that count for the same as this one would."""
    if not isinstance(command, c.StartRun) or not command.caps:
        return {}
    return started_today(connection, command.lane, command.caps, now)
