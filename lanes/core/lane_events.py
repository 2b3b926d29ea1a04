"""What has happened to a lane: its mode, its kill switch, what it earned and lost. The rules of `events.py` hold."""

from typing import Literal

from lanes.core.happened import Happened
from lanes.core.page import Mode
from lanes.core.values import Earned, Lease, Person, Place


class LaneModeChanged(Happened):
    kind: Literal["lane.mode_changed"] = "lane.mode_changed"
    lane: str
    mode: Mode
    by: Person
    lease: Lease | None = None
    why: str = ""  # in writing, where somebody signed what the lane had not earned


class LaneStopped(Happened):
    kind: Literal["lane.stopped"] = "lane.stopped"
    lane: str  # "*" is every lane
    by: Person
    why: str = ""


class LaneResumed(Happened):
    kind: Literal["lane.resumed"] = "lane.resumed"
    lane: str
    by: Person


class LeaseProposed(Happened):
    """The evidence suffices: people are asked whether these writes may go alone."""

    kind: Literal["lease.proposed"] = "lease.proposed"
    lane: str
    proposal: str
    lease: Lease
    earned: tuple[Earned, ...]
    quorum: int  # different people who sign, the lane's owner among them


class OfLease(Happened):
    lane: str
    proposal: str


class LeasePosted(OfLease):
    """Where its card hangs."""

    kind: Literal["lease.posted"] = "lease.posted"
    place: Place


class LeaseSigned(OfLease):
    kind: Literal["lease.signed"] = "lease.signed"
    by: Person
    standing: str
    delivery: str = ""


class LeaseDeclined(OfLease):
    kind: Literal["lease.declined"] = "lease.declined"
    by: Person
    why: str
    delivery: str = ""


class LeaseWithdrawn(OfLease):
    """What was proposed stands no more: what it rested on has changed before enough people had signed."""

    kind: Literal["lease.withdrawn"] = "lease.withdrawn"
    why: str  # a code


class LeaseEnded(Happened):
    """Its last day is over."""

    kind: Literal["lease.ended"] = "lease.ended"
    lane: str
    mode: Mode  # from now on


class LaneDemoted(Happened):
    """The machine took a lane's freedom back, one mode, at once."""

    kind: Literal["lane.demoted"] = "lane.demoted"
    lane: str
    mode: Mode  # from now on
    reasons: tuple[str, ...]
    evidence: tuple[str, ...]  # what it rests on; none of it is ever held against the lane again
    told: tuple[str, ...] = ()  # the same for people, a line each, with values of the systems in it
    severe: bool = False
    runs: tuple[str, ...] = ()  # in which it was seen, where it was seen in some and not in all of them


class DrillHeld(Happened):
    """Somebody tried the kill switch, and what it did with a write that nobody would have missed."""

    kind: Literal["drill.held"] = "drill.held"
    lane: str
    by: Person
    passed: bool
    gate: tuple[str, ...]  # reasons for which the gate refused the write
    wire: str  # what stopped it behind the gate, right before the first request; empty: nothing did
    stopped_ms: int  # from the word to a lane that is stopped
    refused_ms: int  # to the refusal right before the wire
    resumed: bool  # it was not stopped before, so it writes again


class CanariesAnnounced(Happened):
    """The approvers are told that practice drafts will come, before the first does."""

    kind: Literal["canaries.announced"] = "canaries.announced"
    lane: str


LaneEvent = (
    LaneModeChanged | LaneStopped | LaneResumed | LeaseProposed | LeasePosted | LeaseSigned | LeaseDeclined
    | LeaseWithdrawn | LeaseEnded | LaneDemoted | DrillHeld | CanariesAnnounced
)  # fmt: skip
LaneNews = (  # what the channel is told
    LaneModeChanged | LaneStopped | LaneResumed | LeaseEnded | DrillHeld | CanariesAnnounced
)  # fmt: skip
