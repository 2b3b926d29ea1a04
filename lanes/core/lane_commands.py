"""Wishes about a lane: its mode, its kill switch, its lease."""

from dataclasses import dataclass

from lanes.core.commands import Voice
from lanes.core.page import Mode
from lanes.core.values import Earned, Lease, Person, Place


@dataclass(frozen=True)
class SetMode:
    lane: str
    mode: Mode
    by: Person
    lease: Lease | None = None
    why: str = ""  # in writing, to sign what the lane has not earned


@dataclass(frozen=True)
class ProposeLease:
    """The bar is met. `asked`: somebody wants it on the table again though it was declined."""

    lane: str
    lease: Lease
    earned: tuple[Earned, ...]
    asked: bool = False


@dataclass(frozen=True)
class HangLease:
    lane: str
    proposal: str
    place: Place


@dataclass(frozen=True)
class SignLease:
    lane: str
    proposal: str
    voice: Voice
    delivery: str


@dataclass(frozen=True)
class DeclineLease:
    lane: str
    proposal: str
    voice: Voice
    why: str
    delivery: str


@dataclass(frozen=True)
class WithdrawLease:
    lane: str
    proposal: str
    why: str


@dataclass(frozen=True)
class EndLease:
    """Its time is over, if it is."""

    lane: str


@dataclass(frozen=True)
class Sign:
    """That a lane errs: why, by what, and in words. `evidence` names it, for ever; `runs` are those it was seen in."""

    reason: str
    evidence: str
    told: str = ""
    severe: bool = False
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Demote:
    """Take a lane's freedom back. What was held against it before is no reason any more."""

    lane: str
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class HoldDrill:
    lane: str
    by: Person
    passed: bool
    gate: tuple[str, ...]
    wire: str
    stopped_ms: int
    refused_ms: int


@dataclass(frozen=True)
class AnnounceCanaries:
    lane: str


@dataclass(frozen=True)
class StopLane:
    lane: str
    by: Person
    why: str = ""


@dataclass(frozen=True)
class ResumeLane:
    lane: str
    by: Person


LaneCommand = (
    SetMode | StopLane | ResumeLane | ProposeLease | HangLease | SignLease | DeclineLease | WithdrawLease | EndLease
    | Demote | HoldDrill | AnnounceCanaries
)  # fmt: skip
