"""What the ledger knows of a lane beside its page: today's mode, the lease, what is proposed, the kill switch."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from lanes.core import lane_events as le
from lanes.core.lane_events import LaneEvent
from lanes.core.page import Mode
from lanes.core.values import Lease, Person, Place

EVERY_LANE = "*"


@dataclass(frozen=True)
class Proposal:
    """A lease that people are asked to sign, and what became of it: open while `ended` is empty."""

    proposed: le.LeaseProposed
    place: Place | None = None
    signed: tuple[le.LeaseSigned, ...] = ()
    ended: str = ""  # signed, withdrawn, declined, demoted
    why: str = ""  # of whoever declined, or a code
    by: Person | None = None  # who declined
    at: datetime | None = None  # it ended

    @property
    def id(self) -> str:
        return self.proposed.proposal

    @property
    def lease(self) -> Lease:
        return self.proposed.lease

    @property
    def signers(self) -> tuple[str, ...]:
        """Slack ids."""
        return tuple(one.by.user for one in self.signed)


@dataclass(frozen=True)
class LaneState:
    """`mode` None: never changed, the page's own counts."""

    version: int = 0
    mode: Mode | None = None
    lease: Lease | None = None
    stopped: le.LaneStopped | None = None
    leased_at: datetime | None = None  # `lease` was signed
    first_lease: datetime | None = None  # before it nothing ever went alone
    leased: Mapping[str, datetime] = field(default_factory=dict)  # when a segment last got a lease
    proposal: Proposal | None = None  # the newest
    demoted: le.LaneDemoted | None = None  # the last time
    held_against: frozenset[str] = frozenset()  # evidence that has cost the lane its freedom already
    drill: le.DrillHeld | None = None  # the newest that passed
    announced: datetime | None = None  # that practice drafts will come
    signed: frozenset[str] = frozenset()  # deliveries of signatures and refusals


def evolve(state: LaneState, event: LaneEvent) -> LaneState:  # noqa: C901, PLR0911, PLR0912 - one line an event
    """The lane after one more event."""
    state = replace(state, version=state.version + 1)
    match event:
        case le.LaneModeChanged():
            return _mode_changed(state, event)
        case le.LaneStopped():
            return replace(state, stopped=event)
        case le.LaneResumed():
            return replace(state, stopped=None)
        case le.LeaseProposed():
            return replace(state, proposal=Proposal(event))
        case le.LeaseEnded():
            return replace(state, mode=event.mode, lease=None, leased_at=None)
        case le.LaneDemoted():
            used = state.held_against | {*event.evidence}
            state = replace(state, mode=event.mode, lease=None, leased_at=None, demoted=event, held_against=used)
            return _ended(state, "demoted", event.at)
        case le.DrillHeld():
            return replace(state, drill=event if event.passed else state.drill)
        case le.CanariesAnnounced():
            return replace(state, announced=event.at)
        case le.LeasePosted():
            return _with(state, event, lambda one: replace(one, place=event.place))
        case le.LeaseSigned():
            heard = replace(state, signed=state.signed | {event.delivery})
            return _with(heard, event, lambda one: replace(one, signed=(*one.signed, event)))
        case le.LeaseDeclined():
            heard = replace(state, signed=state.signed | {event.delivery})
            return _ended(heard, "declined", event.at, event.why, event.by)
        case le.LeaseWithdrawn():
            return _ended(state, "withdrawn", event.at, event.why)
        case _:
            assert_never(event)


def fold(events: Iterable[LaneEvent], state: LaneState = LaneState()) -> LaneState:
    """A lane from its history."""
    for event in events:
        state = evolve(state, event)
    return state


def _mode_changed(state: LaneState, event: le.LaneModeChanged) -> LaneState:
    lease = event.lease
    since = dict.fromkeys(lease.segments, event.at) if lease else {}
    kept = {name: at for name, at in state.leased.items() if state.lease and name in state.lease.segments}
    if lease and state.lease and lease.until == state.lease.until:
        since |= kept  # the lease took in more, and what it held already goes on as it was
    state = replace(
        state,
        mode=event.mode,
        lease=lease,
        leased_at=event.at if lease else None,
        leased={**state.leased, **since},
        first_lease=state.first_lease or (event.at if lease else None),
    )
    return _ended(state, "signed", event.at) if state.proposal and lease == state.proposal.lease else state


def _with(state: LaneState, event: le.OfLease, change: Callable[[Proposal], Proposal]) -> LaneState:
    mine = state.proposal is not None and state.proposal.id == event.proposal
    return replace(state, proposal=change(state.proposal)) if state.proposal and mine else state


def _ended(state: LaneState, how: str, at: datetime, why: str = "", by: Person | None = None) -> LaneState:
    if state.proposal is None or state.proposal.ended:
        return state
    return replace(state, proposal=replace(state.proposal, ended=how, at=at, why=why, by=by))
