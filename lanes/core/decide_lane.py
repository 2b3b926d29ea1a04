"""What a wish about a lane comes to: its mode, its kill switch, its drills. Leases: `leasing.py`."""

from datetime import datetime
from typing import assert_never

from lanes.core import lane_commands as lc
from lanes.core import lane_events as le
from lanes.core import leasing
from lanes.core.lane_events import LaneEvent
from lanes.core.lane_state import LaneState
from lanes.core.page import Lane, Mode
from lanes.core.refuse import JUSTIFIED
from tools.contract import Refused

DRILL = "drill of the kill switch"  # why a lane is stopped while the kill switch is tried


def decide_lane(state: LaneState, command: lc.LaneCommand, page: Lane | None, now: datetime) -> tuple[LaneEvent, ...]:
    """The events of a lane command. Raises `Refused`; `page` is None for every lane together."""
    match command:
        case lc.StopLane():
            known = state.stopped and (state.stopped.why != DRILL or command.why == DRILL)  # a drill hides no real stop
            return () if known else (le.LaneStopped(at=now, lane=command.lane, by=command.by, why=command.why),)
        case lc.ResumeLane():
            return (le.LaneResumed(at=now, lane=command.lane, by=command.by),) if state.stopped else ()
        case _ if page is None:
            raise Refused("NO_SUCH_LANE", f"there is no lane {command.lane}")
        case lc.SetMode():
            return _set_mode(state, command, page, now)
        case lc.AnnounceCanaries():
            needless = state.announced is not None or page.canaries is None
            return () if needless else (le.CanariesAnnounced(at=now, lane=command.lane),)
        case lc.HoldDrill():
            return _drilled(state, command, now)
        case (
            lc.ProposeLease() | lc.HangLease() | lc.SignLease() | lc.DeclineLease() | lc.WithdrawLease() | lc.EndLease()
            | lc.Demote()
        ):  # fmt: skip
            return leasing.decided(state, command, page, now)
        case _:
            assert_never(command)


def _drilled(state: LaneState, command: lc.HoldDrill, now: datetime) -> tuple[LaneEvent, ...]:
    """What came of a drill. The lane goes on where nothing but the drill had stopped it."""
    ours = state.stopped is not None and state.stopped.why == DRILL
    held = le.DrillHeld(at=now, **vars(command), resumed=ours)
    return (le.LaneResumed(at=now, lane=command.lane, by=command.by), held) if ours else (held,)


def _set_mode(state: LaneState, command: lc.SetMode, page: Lane, now: datetime) -> tuple[LaneEvent, ...]:
    _check(state, command, page, now)
    if command.mode is (state.mode or page.mode) and command.mode is not Mode.AUTONOMOUS:
        return ()
    changed = le.LaneModeChanged(
        at=now, lane=command.lane, mode=command.mode, by=command.by, lease=command.lease, why=command.why
    )
    return (changed,)


def _check(state: LaneState, command: lc.SetMode, page: Lane, now: datetime) -> None:
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
    leasing.check(lease, page, now)
    if page.promotion is None:
        return
    if not page.approvers.break_glass:
        raise Refused(
            "NOT_EARNED", f"{page.lane} earns its autonomy: `/lane promote {page.command}` says what is missing"
        )
    if len(command.why.strip()) < JUSTIFIED:
        raise Refused("NOT_JUSTIFIED", "signing what the lane has not earned needs a reason in writing, for everyone")
