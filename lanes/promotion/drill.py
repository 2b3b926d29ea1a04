"""The kill switch, tried for real: the lane is stopped, a write is tried at the gate and right before the wire, and the
lane goes on if nothing else had stopped it.

The probe is a write of the lane's own tools, sent the way every write is sent, on a wire that leads nowhere: should the
kill switch fail, a drill must not be what does the harm.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lanes.core import lane_commands as lc
from lanes.core.canonical import fingerprint
from lanes.core.decide_lane import DRILL
from lanes.core.gate import NOTHING, Question, rule
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.executor import halted
from lanes.ready import ReadyLane
from lanes.sending import Halted, Sending
from tools.contract import Refused, Stake, WriteTool

KILLED = "KILL_SWITCH"
NOTHING_TO_WRITE = "NOTHING_TO_WRITE"  # the lane has no tool that writes


@dataclass
class Nowhere:
    """A wire that leads nowhere: whatever is sent on it got past the kill switch."""

    web: str = ""

    def call(self, method: str, path: str, **_: Any) -> Any:
        raise Refused("NOT_STOPPED", f"{method} {path} would have been sent")


@dataclass(frozen=True)
class Drill:
    """Thread-safe. `seconds` counts how long it took."""

    engine: Engine
    seconds: Callable[[], float] = time.monotonic

    def hold(self, lane: str, by: Person) -> None:
        """Try it. What came of it is told to the lane's channel; nothing else that waits is decided by it, but what had
        been approved and not begun is frozen, as by any stop, and needs a person to release it.
        """
        began = self.seconds()
        self.engine.handle_lane(lc.StopLane(lane, by, DRILL))
        stopped = self._ms(began)
        gate, wire = self.at_the_gate(lane), self.before_the_wire(lane)
        passed = KILLED in gate and wire in {KILLED, NOTHING_TO_WRITE}
        self.engine.handle_lane(lc.HoldDrill(lane, by, passed, gate, wire, stopped, self._ms(began)))

    def at_the_gate(self, lane: str) -> tuple[str, ...]:
        """Why the gate refuses a write of the lane; nothing where it lets it through or up to people."""
        ready = self.engine.lanes[lane]
        tool = _probe(ready)
        asked = Question(
            tool=tool.name if tool else "", arguments=dict(tool.example) if tool else {},
            stake=Stake(customer="nobody"), needs=frozenset(), retry=tool.retry if tool else "",
            has=ready.identity.scopes, done=frozenset(),
            elsewhere=False, spent=NOTHING, now=self.engine.clock(), conducted=self.engine.conducted(lane),
        )  # fmt: skip
        ruling = rule(asked, self.engine.regime(lane))
        return ruling.reasons if ruling.verdict == "block" else ()

    def before_the_wire(self, lane: str) -> str:
        """What stops a write that got past the gate; empty where nothing does."""
        tool = _probe(self.engine.lanes[lane])
        if tool is None:
            return NOTHING_TO_WRITE
        sending = Sending(
            tool, Nowhere(), tool.arguments.model_validate(tool.example), fingerprint(["drill", lane]), sent=False,
            age=timedelta, left=lambda: None, halted=lambda: halted(self.engine, lane),
        )  # fmt: skip
        try:
            sending.carry()
        except Halted:
            return KILLED
        except Refused:
            return ""
        return ""

    def _ms(self, began: float) -> int:
        return round(1000 * (self.seconds() - began))


def _probe(ready: ReadyLane) -> WriteTool[Any, Any] | None:
    return ready.writes[0] if ready.writes else None
