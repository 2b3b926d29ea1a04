"""`lanekeeper inbox` and `lanekeeper decide`: the queue from the command line, beside a running Lanekeeper.

The command line proves no Slack identity, so nothing is let out from here: a draft can be rejected, or taken over by
hand. Whoever can open the ledger may do that, under the name this machine knows them by; every card settles.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.cli.switch import beside, somebody
from bot.settings import CannotStart, Settings
from bot.slack.mrkdwn import visible
from bot.words.refused import refused
from lanes.core import commands as c
from lanes.core.commands import Standing, Voice
from lanes.core.events import DecisionRefused
from lanes.core.refuse import COMMAND_LINE
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.engine import Engine
from lanes.library import Library

ByHand = Literal["reject", "take_over"]
DID = {"reject": "rejected", "take_over": "taken over: it is yours to do by hand"}


def inbox(library: Library) -> Iterator[str]:
    """What waits for people, in every lane, the soonest deadline first: what `decide` takes, and what it would do."""
    for row in library.waiting():
        run = library.run(row.run)
        for action in run.waiting if run else ():
            yield _line(run, action) if run else ""


@dataclass(frozen=True)
class Said:
    """A decision: on which run and action, and why."""

    run: str
    action: str
    decision: ByHand
    reason: str = ""
    note: str = ""


def decide(settings: Settings, library: Library, said: Said) -> str:
    """Reject a draft or take it over; answers what to tell the person. Raises `CannotStart` with why it cannot be."""
    run = library.run(said.run)
    action = run.actions.get(said.action) if run else None
    if run is None or action is None:
        known = ", ".join(run.actions) if run else ""
        raise CannotStart(f"run {said.run} has no action {said.action}" + (f"; it has {known}" if known else ""))
    with beside(settings) as engine:
        _check(engine, run, said)
        outcome = engine.handle(c.Decide(
            run=run.id, action=action.id, version=action.version, digest=action.draft.digest,
            voice=Voice(somebody(), Standing.MEMBER), surface=COMMAND_LINE, delivery=f"cli:{uuid.uuid4()}",
            decision=said.decision, reason=said.reason, note=said.note,
        ))  # fmt: skip
    no = next((event for event in outcome.events if isinstance(event, DecisionRefused)), None)
    if no:
        raise CannotStart(refused(no.code, no.winner.user if no.winner else ""))
    return f"{run.id} {action.id} is {DID[said.decision]}"


def _check(engine: Engine, run: Run, said: Said) -> None:
    reasons = engine.lanes[run.lane].page.rejections
    if said.decision == "reject" and said.reason not in reasons:
        raise CannotStart(f"say why with --reason, one of: {', '.join(reasons)}")


def _line(run: Run, action: Action) -> str:
    until = f"until {action.until:%Y-%m-%d %H:%M} UTC" if action.state is State.HELD and action.until else action.state
    sentence = visible(" ".join(action.draft.preview.sentence.split()))
    return f"{run.id} {action.id}  {run.lane}  {run.started.subject}  {until}  {sentence}"
