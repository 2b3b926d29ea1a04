"""Carrying a cleared action out, exactly once: look again, ask the gate again, commit the intent, touch the wire, read
back, commit the outcome.

    state when it starts       what it does
    cleared                    look at the target, ask for the wire (gate and pin, again), then write
    executing                  somebody was killed here: read back first; write again only as the tool's class allows
    anything else              nothing

A lost answer is never "failed": it is read back, and if that does not tell, the action is uncertain.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from lanes.core import commands as c
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.engine import Engine
from tools.contract import Frozen, Refused, Retry, Unavailable, Uncertain, Wire, WriteTool

_TRIES = 3  # writes under one key in one performance; the dispatcher comes again later
_PAUSE = 0.2  # seconds before the second try, doubled for the third
ABSENT_AFTER = timedelta(minutes=2)  # presence proves at once; absence only when no request can be under way any more
_LOOK_AGAIN = 30.0  # seconds between two looks for a lost write
Wires = Callable[[str, str], Wire]


@dataclass(frozen=True)
class Executor:
    """Performs `execute` and `settle`. Thread-safe; one run's writes are performed one after the other."""

    engine: Engine
    wires: Wires

    def execute(self, name: str, which: str, version: int) -> None:
        """Carry an action out if that is still to be done. Raises `Unavailable` when nothing was sent."""
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        if run is None or action is None or action.version != version:
            return
        if action.state is State.CLEARED:
            job = self._job(run, action)
            if job.begin():
                job.write(fresh=True)
        elif action.state is State.EXECUTING:
            self._job(run, action).write(fresh=False)

    def settle(self, name: str, which: str, version: int) -> None:
        """Find out what became of an uncertain action. Raises `Unavailable` while that cannot be told."""
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        if run is None or action is None or action.version != version or action.state is not State.UNCERTAIN:
            return
        job = self._job(run, action)
        found = job.found()
        if found is not None:
            job.done(found)
        elif action.began_at and self.engine.clock() - action.began_at < ABSENT_AFTER:
            raise Unavailable("NOT_SEEN_YET", "the request may still be under way", _LOOK_AGAIN)
        else:
            job.report("failed", "NOT_APPLIED", "the system was asked, and it did not happen")

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
                self.engine.handle(c.Report(name, which, version, "uncertain", code="NO_ANSWER", message=why))
            case State.UNCERTAIN if not run.finished:
                ended = self.engine.handle(c.Finish(name, "uncertain", detail=action.code))
                if not ended.events:
                    raise Unavailable("STILL_OPEN", "another draft of this run is still open")
            case _:
                return

    def _job(self, run: Run, action: Action) -> "_Job":
        ready = self.engine.lanes[run.lane]
        tool = ready.tools.get(action.draft.tool)
        assert isinstance(tool, WriteTool), "the gate clears only writes of the lane"
        wire = self.wires(ready.identity.name, tool.system)
        arguments = tool.arguments.model_validate(action.draft.arguments)
        return _Job(self.engine, run.id, run.lane, action, tool, wire, arguments, time.monotonic())


@dataclass(frozen=True)
class _Job:
    """One action, its tool and its wire, for as long as one performance lasts."""

    engine: Engine
    run: str
    lane: str
    action: Action
    tool: WriteTool  # type: ignore[type-arg]
    wire: Wire
    arguments: Frozen
    began: float

    def begin(self) -> bool:
        """Look at the target again and ask for the wire; true when the intent is committed."""
        try:
            target = self.tool.look(self.wire, self.arguments)
        except Refused as refused:
            withdrawn = c.Withdraw(self.run, self.action.id, self.action.version, "content_changed", refused.message)
            self.engine.handle(withdrawn)
            return False
        asked = c.Begin(
            self.run, self.action.id, self.action.version, self.tool.scopes, self.tool.retry, target.pinned,
            self.tool.version, self.tool.preview(self.arguments, target).body,
        )  # fmt: skip
        return any(event.kind == "execution.started" for event in self.engine.handle(asked).events)

    def write(self, *, fresh: bool) -> None:
        """Write under the key, as often as its class allows, and record what came of it.

        `fresh`: nothing has been sent under this key yet; otherwise the system is asked before anything is sent.
        Raises `Unavailable` when it is known that nothing was sent: then it may be tried again later.
        """
        maybe_sent = not fresh
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            try:
                found = self.found() if maybe_sent else None
                if found is None and self._halted():
                    self._halt(maybe_sent=maybe_sent)
                    return
                if found is None and (not maybe_sent or self._may_send_again(after_crash=attempt == 0)):
                    found = self.tool.write(self.wire, self.arguments, self.action.draft.key)
            except Refused as refused:
                self.report("failed", refused.code, refused.message)
                return
            except Uncertain as error:
                maybe_sent, lost = True, error.message
                continue
            except Unavailable as error:
                if attempt == _TRIES - 1 and not maybe_sent:
                    raise
                lost = error.message
                continue
            if found is not None:
                self.done(found)
                return
            lost = "the system was asked and shows no trace of it yet"
        self.report("uncertain", "NO_ANSWER", lost)

    def _halted(self) -> bool:
        """The kill switch is asked once more, before every single request that writes."""
        regime = self.engine.regime(self.lane)
        return regime.stopped or regime.mode in {Mode.SHADOW, Mode.READ_ONLY}

    def _halt(self, *, maybe_sent: bool) -> None:
        if maybe_sent:
            self.report("uncertain", "KILL_SWITCH", "the lane was stopped; it may have been sent before that")
        else:
            self.report("failed", "KILL_SWITCH", "the lane was stopped before this was sent")

    def _may_send_again(self, *, after_crash: bool) -> bool:
        """A key or a natural key may be sent again at any time. A mark that is absent proves little while the first
        request may still be under way: only after a restart, never in the same breath.
        """
        if self.tool.retry is Retry.CHECK_FIRST:
            return after_crash
        return self.tool.retry in {Retry.NATIVE_KEY, Retry.NATURAL_KEY}

    def found(self) -> Frozen | None:
        """What this action left behind, None when it is known to have left nothing. Raises `Unavailable`.

        A read-back that is refused says nothing about the write: it is taken as "cannot be told now".
        """
        found: Frozen | None
        try:
            found = self.tool.read_back(self.wire, self.arguments, self.action.draft.key)
        except (Refused, Uncertain) as error:
            raise Unavailable(error.code, error.message) from error
        return found

    def done(self, result: Frozen) -> None:
        """It happened; whether it is what was asked for is read from the system, not from its first answer."""
        try:
            found = self.found() or result
        except Unavailable:
            found = result
        if not self.tool.holds(self.arguments, found):
            self.report("uncertain", "NOT_AS_ASKED", f"{self.tool.name} answered, but the system shows something else")
            return
        reported = c.Report(
            self.run, self.action.id, self.action.version, "done", found.model_dump(mode="json"), ms=self._ms()
        )
        self.engine.handle(reported)

    def report(self, outcome: Literal["failed", "uncertain"], code: str, message: str) -> None:
        reported = c.Report(
            self.run, self.action.id, self.action.version, outcome, code=code, message=message, ms=self._ms()
        )
        self.engine.handle(reported)

    def _ms(self) -> int:
        return round((time.monotonic() - self.began) * 1000)
