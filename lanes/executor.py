"""Carrying a cleared action out, exactly once: look again, ask the gate again, commit the intent, touch the wire, read
back, commit the outcome.

    state when it starts       what it does
    cleared                    look at the target, ask for the wire (gate and pin, again), then write
    executing                  somebody was killed here: read back first; write again only as the tool's class allows
    anything else              nothing

A lost answer is never "failed": it is read back, and if that does not tell, the action is uncertain. What no read-back
can settle is left to a person.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog

from lanes.core import commands as c
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.engine import Engine
from lanes.ready import ReadyLane
from lanes.sending import ABSENT_AFTER, Halted, Sending
from tools.contract import PRACTICE, Evidence, Frozen, NotYet, Refused, Target, Unavailable, Uncertain, Wire, WriteTool

log = structlog.get_logger("executor")
_LOOK_AGAIN = 30.0  # seconds between two looks for a lost write, or at one the system is still at work on
Wires = Callable[[str, str], Wire]
Left = Callable[[Run, Action], frozenset[str]]  # who cleared it and, as far as is known, may not decide any more


@dataclass(frozen=True)
class Executor:
    """Performs `execute` and `settle`. Thread-safe; one run's writes are performed one after the other."""

    engine: Engine
    wires: Wires
    left_since: Left
    up_since: datetime = field(init=False)  # what an earlier process sent had left by then
    left: dict[str, datetime] = field(default_factory=dict)  # by key, until its outcome is stored: last sent, no answer

    def __post_init__(self) -> None:
        object.__setattr__(self, "up_since", self.engine.clock())

    def execute(self, name: str, which: str, version: int) -> None:
        """Carry an action out if that is still to be done. Raises `Unavailable` when nothing was sent."""
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        if run is None or action is None or action.version != version or forbidden(run, action):
            return
        if action.state is State.CLEARED:
            job = self._job(run, action)
            if job.begin():
                job.write(fresh=not action.released)
        elif action.state is State.EXECUTING:
            self._job(run, action).write(fresh=False)

    def settle(self, name: str, which: str, version: int) -> None:
        """Find out what became of an uncertain action. Raises `Unavailable` while that cannot be told."""
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        if run is None or action is None or action.version != version or action.state is not State.UNCERTAIN:
            return
        job = self._job(run, action)
        undecided = job.settle()
        if undecided:
            self._ask_people(run, action, undecided)

    def give_up(self, name: str, which: str, version: int, why: str) -> None:
        """It could not be begun, or not be settled, for too long."""
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        if run is None or action is None:
            return
        match action.state:
            case State.CLEARED:
                self.engine.handle(c.Withdraw(name, which, version, "target_unavailable", why))
            case State.EXECUTING:
                lost = c.Report(name, which, version, "uncertain", code="NO_ANSWER", message=why)
                self.record(lost, action.draft.key)
            case State.UNCERTAIN:
                self._ask_people(run, action, why)
            case _:
                return

    def record(self, reported: c.Report, key: str) -> None:
        """Commit an outcome. From then on the ledger says since when an answer is missing."""
        self.engine.handle(reported)
        self.left.pop(key, None)

    def _ask_people(self, run: Run, action: Action, why: str) -> None:
        """Only a person can tell now; the run waits for nobody, unless something else of it is still open."""
        tool = self.engine.lanes[run.lane].writer(action.draft)
        arguments = tool.arguments.model_validate(action.draft.arguments)
        undoable = tool.undo_within is not None and tool.undo(arguments, action.draft.target, None) is not None
        self.engine.handle(c.EndSettling(run.id, action.id, action.version, why, undoable))
        self.engine.handle(c.Finish(run.id, "uncertain", detail=action.code))

    def _job(self, run: Run, action: Action) -> "_Job":
        ready = self.engine.lanes[run.lane]
        tool = ready.writer(action.draft)
        wire = self.wires(ready.identity.name, tool.system)
        arguments = tool.arguments.model_validate(action.draft.arguments)
        return _Job(self, run.id, ready, action, tool, wire, arguments, time.monotonic())


def forbidden(run: Run, action: Action) -> bool:
    """A practice, or drafted in silence: nothing of it may ever be carried out. Nothing lets it come here; it is asked
    anyway.
    """
    practice = run.practice or action.draft.key.startswith(PRACTICE)
    if practice or run.silent:
        log.error("practice_not_executed" if practice else "silent_not_executed", run=run.id, action=action.id)
    return practice or run.silent


@dataclass(frozen=True)
class _Job:
    """One action, its tool and its wire, for as long as one performance lasts."""

    executor: Executor
    run: str
    ready: ReadyLane
    action: Action
    tool: WriteTool[Any, Any]
    wire: Wire
    arguments: Frozen
    began: float

    @property
    def engine(self) -> Engine:
        return self.executor.engine

    def begin(self) -> bool:
        """Look at the target again and ask for the wire; true when the intent is committed."""
        try:
            target = self.tool.look(self.wire, self.arguments)
        except Refused as refused:
            withdrawn = c.Withdraw(self.run, self.action.id, self.action.version, "content_changed", refused.message)
            self.engine.handle(withdrawn)
            return False
        asked = c.Begin(
            self.run, self.action.id, self.action.version, self.tool.needs(self.arguments), self.tool.retry,
            target.pinned, self.tool.version, self.tool.preview(self.arguments, target).body,
            self.tool.business_key(self.arguments), self.tool.same_within, self._left_since(), self._by_others(target),
        )  # fmt: skip
        return any(event.kind == "execution.started" for event in self.engine.handle(asked).events)

    def _by_others(self, target: Target) -> tuple[Evidence, ...]:
        """What somebody else's hand has done; of a ledger that was brought back from a copy, it may be this very write
        that it does not know: the system shows that under its key.
        """
        if target.already and self._sending(sent=True).found() is not None:
            return ()
        return target.already

    def write(self, *, fresh: bool) -> None:
        """Write under the key and record what came of it.

        `fresh`: nothing has been sent under this key yet; otherwise the system is asked before anything is sent.
        Raises `Unavailable` when it is known that nothing was sent: then it may be tried again later.
        """
        sending = self._sending(sent=not fresh)
        try:
            result = sending.carry()
        except Refused as refused:
            self.report("failed", refused.code, refused.message)
        except Halted:
            self._halt(maybe_sent=sending.sent)
        except Uncertain as error:
            self.report("uncertain", "NO_ANSWER", error.message)
        except NotYet:
            if fresh:
                self.report("uncertain", "NO_ANSWER", "the system was asked and shows no trace of it yet")
                return
            raise
        else:
            self.done(result)

    def settle(self) -> str:
        """Record what the system shows by now; why nobody but a person can tell, where that is so. Raises `NotYet`."""
        found, age = self._sending(sent=True).found(), self._age()
        if found is None:
            if age < ABSENT_AFTER:
                raise NotYet("NOT_SEEN_YET", "the request may still be under way", _LOOK_AGAIN)
            self.report("failed", "NOT_APPLIED", "the system was asked, and it did not happen")
        elif self.tool.pending(found):
            if age < self.tool.settles_within:
                raise NotYet("PENDING", "the system is still at work on it", _LOOK_AGAIN)
            return "the system is still at work on it, for longer than it should be"
        elif self.tool.holds(self.arguments, found) or self.tool.failure(found):
            self.done(found)
        else:
            return "the system shows something else than what was asked for"
        return ""

    def done(self, result: Frozen) -> None:
        """It was taken; whether it is what was asked for is read from the system, not from its first answer."""
        try:
            found = self._sending(sent=True).found() or result
        except Unavailable:
            found = result
        if said := self.tool.failure(found):
            self.report("failed", "CAME_TO_NOTHING", said)
        elif self.tool.pending(found):
            self.report("uncertain", "PENDING", f"{self.tool.system} has taken it and is still at work on it")
        elif not self.tool.holds(self.arguments, found):
            self.report("uncertain", "NOT_AS_ASKED", f"{self.tool.name} answered, but the system shows something else")
        else:
            self._report_done(found)

    def report(self, outcome: Literal["failed", "uncertain"], code: str, message: str) -> None:
        reported = c.Report(
            self.run, self.action.id, self.action.version, outcome, code=code, message=message, ms=self._ms()
        )
        self.executor.record(reported, self.action.draft.key)

    def _report_done(self, found: Frozen) -> None:
        back = self.tool.undo(self.arguments, self.action.draft.target, found)
        reported = c.Report(
            self.run, self.action.id, self.action.version, "done", found.model_dump(mode="json"), ms=self._ms(),
            undo_within=self.tool.undo_within if back and not self.action.draft.undoes else None,
        )  # fmt: skip
        self.executor.record(reported, self.action.draft.key)

    def _sending(self, *, sent: bool) -> Sending:
        return Sending(
            self.tool, self.wire, self.arguments, self.action.draft.key, sent, self._age, self._left, self._halted
        )

    def _age(self) -> timedelta:
        """For how long surely nothing has left; in the performance that has just committed the intent, nothing."""
        action, ours = self.action, self.executor
        if action.began_at is None:
            return timedelta()
        last = action.lost_at or max(action.began_at, ours.up_since, ours.left.get(action.draft.key, action.began_at))
        return self.engine.clock() - last

    def _left_since(self) -> frozenset[str]:
        run = self.engine.run(self.run)
        return self.executor.left_since(run, self.action) if run else frozenset()

    def _left(self) -> None:
        self.executor.left[self.action.draft.key] = self.engine.clock()

    def _halted(self) -> bool:
        return halted(self.engine, self.ready.page.lane)

    def _halt(self, *, maybe_sent: bool) -> None:
        if maybe_sent:
            self.report("uncertain", "KILL_SWITCH", "the lane was stopped; it may have been sent before that")
        else:
            self.report("failed", "KILL_SWITCH", "the lane was stopped before this was sent")

    def _ms(self) -> int:
        return round((time.monotonic() - self.began) * 1000)


def halted(engine: Engine, lane: str) -> bool:
    """The kill switch is asked once more, before every single request that writes."""
    regime = engine.regime(lane)
    return regime.stopped or regime.mode in {Mode.SHADOW, Mode.READ_ONLY}
