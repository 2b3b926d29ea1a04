"""Taking back what was done: the tool names the call that does it, people decide on it like on any other write."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lanes.core import commands as c
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Person
from lanes.engine import Engine, Outcome
from lanes.executor import Wires
from lanes.proposing import ByEmail, propose
from lanes.ready import ReadyLane
from tools.contract import Refused, Undo, WriteTool


@dataclass(frozen=True)
class Undoing:
    """Drafts the undoing of actions. Thread-safe."""

    engine: Engine
    wires: Wires
    by_email: ByEmail

    def draft(self, run: Run, action: Action, by: Person, delivery: str) -> Outcome:
        """Put the undoing on the run's card. Raises `Refused` with a sentence where that cannot be, `Unavailable`."""
        self._check(run, action)
        ready = self.engine.lanes[run.lane]
        call = compensation(ready, action)
        tool = ready.known.get(call.tool) if call else None
        if call is None or not isinstance(tool, WriteTool):
            raise Refused("NO_UNDO", "this cannot be taken back: " + why_not(ready, action))
        wire = self.wires(ready.identity.name, tool.system)
        proposal = propose(
            tool, wire, call.arguments, call=f"undo:{action.id}", why="", run=run, ready=ready, by_email=self.by_email
        )
        return self.engine.handle(c.TakeBack(run.id, action.id, by, proposal, delivery))

    def _check(self, run: Run, action: Action) -> None:
        if action.state is not State.DONE or action.draft.undoes:
            raise Refused("NOT_DONE", "only what was done can be taken back")
        if action.undo_until is None:
            raise Refused("NO_UNDO", "this cannot be taken back: " + why_not(self.engine.lanes[run.lane], action))
        if self.engine.clock() >= action.undo_until:
            raise Refused("TOO_LATE", "the time in which this could be taken back is over")
        earlier = run.taken_back(action.id)
        if earlier and earlier.open:
            raise Refused("ALREADY_ASKED", "taking this back is already on the card; it waits for an approver")
        if earlier and earlier.state is State.DONE:
            raise Refused("ALREADY_UNDONE", "this was taken back already")


def undoable(run: Run) -> list[Action]:
    """What of a run might be taken back, oldest first."""
    done = (a for a in run.actions.values() if a.state is State.DONE and a.undo_until and not a.draft.undoes)
    return [
        a for a in done if not (again := run.taken_back(a.id)) or (not again.open and again.state is not State.DONE)
    ]


def window(ready: ReadyLane, action: Action) -> timedelta | None:
    """How long a write can be taken back, though its answer may be lost; None where it cannot."""
    return ready.writer(action.draft).undo_within if compensation(ready, action) else None


def compensation(ready: ReadyLane, action: Action) -> Undo | None:
    """The call that takes an action back, None where its tool knows none."""
    tool: WriteTool[Any, Any] = ready.writer(action.draft)
    if tool.undo_within is None:
        return None
    result = tool.result.model_validate(action.result) if action.result else None
    return tool.undo(tool.arguments.model_validate(action.draft.arguments), action.draft.target, result)


def why_not(ready: ReadyLane, action: Action) -> str:
    """The tool's own reason."""
    return ready.writer(action.draft).missing.get("undo", "its tool knows no way back from here")
