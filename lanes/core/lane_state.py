"""What the ledger knows of a lane beside its page: today's mode, the lease, the kill switch."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lanes.core import events as e
from lanes.core.events import LaneEvent
from lanes.core.page import Mode
from lanes.core.values import Lease

EVERY_LANE = "*"


@dataclass(frozen=True)
class LaneState:
    """`mode` None: never changed, the page's own counts."""

    version: int = 0
    mode: Mode | None = None
    lease: Lease | None = None
    stopped: e.LaneStopped | None = None


def evolve(state: LaneState, event: LaneEvent) -> LaneState:
    """The lane after one more event."""
    state = replace(state, version=state.version + 1)
    match event:
        case e.LaneModeChanged():
            return replace(state, mode=event.mode, lease=event.lease)
        case e.LaneStopped():
            return replace(state, stopped=event)
        case e.LaneResumed():
            return replace(state, stopped=None)


def fold(events: Iterable[LaneEvent], state: LaneState = LaneState()) -> LaneState:
    """A lane from its history."""
    for event in events:
        state = evolve(state, event)
    return state
