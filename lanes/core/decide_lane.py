"""What a wish about a lane comes to: its mode, its lease, its kill switch."""

from datetime import datetime

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.events import LaneEvent
from lanes.core.lane_state import LaneState
from lanes.core.page import Lane, Mode
from tools.contract import Refused


def decide_lane(state: LaneState, command: c.LaneCommand, page: Lane | None, now: datetime) -> tuple[LaneEvent, ...]:
    """The events of a lane command. Raises `Refused`; `page` is None for every lane together."""
    match command:
        case c.StopLane():
            return () if state.stopped else (e.LaneStopped(at=now, lane=command.lane, by=command.by, why=command.why),)
        case c.ResumeLane():
            return (e.LaneResumed(at=now, lane=command.lane, by=command.by),) if state.stopped else ()
        case c.SetMode():
            if page is None:
                raise Refused("NO_SUCH_LANE", f"there is no lane {command.lane}")
            _check(state, command, page, now)
            if command.mode is (state.mode or page.mode) and command.mode is not Mode.AUTONOMOUS:
                return ()
            changed = e.LaneModeChanged(
                at=now, lane=command.lane, mode=command.mode, by=command.by, lease=command.lease
            )
            return (changed,)


def _check(state: LaneState, command: c.SetMode, page: Lane, now: datetime) -> None:
    """More freedom is the owner's to sign; less is anybody's to ask for, who may speak for the lane at all."""
    order = list(Mode)
    more = order.index(command.mode) > order.index(state.mode or page.mode)
    if (more or command.mode is Mode.AUTONOMOUS) and command.by.user != page.owner.person:
        raise Refused("NOT_THE_OWNER", f"only the lane's owner, <@{page.owner.person}>, can give it more freedom")
    if command.mode is not Mode.AUTONOMOUS:
        return
    lease = command.lease
    if lease is None:
        raise Refused("LEASE_MISSING", "autonomy needs a lease: which tools, up to how much, how often, until when")
    if lease.until <= now:
        raise Refused("LEASE_IN_THE_PAST", "the lease ends before it begins; name a later end date")
    auto = {row.may for row in page.policy if row.then == "auto"}
    beyond = [tool for tool in lease.tools if tool not in auto]
    if beyond or not lease.tools:
        raise Refused("LEASE_TOO_WIDE", f"policy lets nothing of {', '.join(beyond) or 'this'} go without a person")
