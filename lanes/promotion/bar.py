"""The bar: every gate between a segment of a lane and a lease, with what it asks, what is there, and whether it is met.

The rules, before the code:

1. No evidence is no pass: where nothing was measured the figure is None and the gate is not met.
2. Evidence is of one segment under one configuration. It begins anew when the configuration changes, when the lane is
   demoted, and when the segment gets a lease: what a lane did under its last freedom is asked about its next.
3. What was shadowed from the past (backfill) shows how good a lane may be; it earns nothing.
4. While a lease lasts, what the lane did alone and people audited counts, and nothing else. Without one, silent drafts
   count, and whatever was audited.
5. One rung at a time: a lane whose writes people approve may come to act alone; one that drafts in silence may not.
6. The tolerance is the page's, or what the lane's money allows, whichever is less. Where acting alone never pays there
   is nothing to prove.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lanes.core.proving import Baseline, Promotion
from lanes.core.values import Earned
from lanes.evidence.economics import Review, tolerance, tolerance_from_money
from lanes.evidence.intervals import Share
from lanes.evidence.promotion import Bar, Proof

GateName = Literal[
    "evidence", "days", "settled", "severe", "queue", "pays",  # of a segment
    "replay", "drill", "owner", "canaries", "ready", "rung",  # of the lane
]  # fmt: skip
Why = Literal["configuration", "demotion", "lease"]


@dataclass(frozen=True)
class Gate:
    """`figure` is None without evidence. `more`: how many clean cases, days or cases are still missing."""

    name: GateName
    needed: float
    figure: float | None
    met: bool
    more: int = 0


@dataclass(frozen=True)
class Reset:
    """When the evidence began anew, and why."""

    why: Why
    at: datetime


@dataclass(frozen=True)
class Record:
    """What is known of one segment under the current configuration, since it last began anew."""

    proof: Proof | None  # None: acting alone never pays, so there is no tolerance to prove against
    cases: int = 0  # drafts that could have been settled by now
    settled: int = 0
    severe: int = 0  # settled as wrong
    queue: int = 0  # disagreements that nobody has looked at
    first: datetime | None = None  # of the settled ones
    last: datetime | None = None
    backfilled: int = 0  # cases shadowed from the past; they count for nothing here
    reset: Reset | None = None

    @property
    def days(self) -> int:
        """From the first settled case to the last."""
        return (self.last - self.first).days if self.first and self.last else 0


@dataclass(frozen=True)
class OfLane:
    """What holds for all segments of a lane."""

    now: datetime
    owner: str  # Slack id of the person on the hook
    replayed: Share | None  # cases that passed in the newest replay under this configuration; None: there was none
    drilled: datetime | None  # the kill switch was last tried, and worked
    canaries: Share | None  # that were found; None: the lane asks for none
    approving: bool = True  # people commit its writes, or it acts alone already
    not_ready: int = 0  # rows of the readiness table that are not met and are no gate by themselves


@dataclass(frozen=True)
class Stratum:
    """One segment with its gates."""

    segment: str
    tool: str
    record: Record
    gates: tuple[Gate, ...]

    @property
    def met(self) -> bool:
        return all(gate.met for gate in self.gates)

    @property
    def missing(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.met)

    @property
    def earned(self) -> Earned:
        """As a proposal keeps it. Raises where there is nothing to keep."""
        proof = self.record.proof
        assert proof is not None, "what never pays is never proposed"
        return Earned(
            segment=self.segment, cases=proof.cases, loss=round(1000 * proof.loss), days=self.record.days,
            evidence=int(min(proof.value, 10**12)), needed=round(proof.needed),
            tolerance=round(1_000_000 * proof.bar.tolerance),
        )  # fmt: skip


@dataclass(frozen=True)
class LaneBar:
    """A lane's whole bar."""

    lane: str
    configuration: str
    strata: tuple[Stratum, ...]
    shared: tuple[Gate, ...]

    @property
    def earned(self) -> tuple[Stratum, ...]:
        """What may be proposed: the segments that meet every gate of theirs and of the lane."""
        return tuple(one for one in self.strata if one.met) if all(gate.met for gate in self.shared) else ()


def question(promotion: Promotion, baseline: Baseline | None, configuration: str) -> Bar | None:
    """What a segment has to show, for the e-process. None: acting alone never pays."""
    allowed = tolerance(promotion.tolerance, _allowed(promotion, baseline) if baseline else None)
    return Bar(configuration=configuration, tolerance=allowed, alpha=promotion.alpha) if allowed else None


def _allowed(promotion: Promotion, baseline: Baseline) -> float:
    """The error rate up to which acting alone is cheaper than being approved. Whoever approves errs as people do, an
    audit takes as long as an approval, and what waiting costs is left out: it was not measured, and would allow more.
    """
    review = Review(baseline.review_minutes, baseline.wage_usd_per_hour)
    return tolerance_from_money(
        review, approval_error=baseline.error_rate, loss_per_error=baseline.loss_per_error_usd,
        audit_share=promotion.lease.audit, audit_cost=review.cost,
    )  # fmt: skip


def stratum(segment: str, tool: str, record: Record, promotion: Promotion) -> Stratum:
    """A segment held against the bar."""
    return Stratum(segment, tool, record, (*_proved(record), *_covered(record, promotion)))


def of_lane(known: OfLane, promotion: Promotion, target: float) -> tuple[Gate, ...]:
    """What the lane as a whole is held against; `target` of the canaries must be found, at the lower bound."""
    replayed, found = known.replayed, known.canaries
    failed = None if replayed is None or not replayed.of else replayed.of - replayed.hits
    within = promotion.drill_within
    since = None if known.drilled is None else known.now - known.drilled
    gates = [
        Gate("replay", 0, failed, met=failed == 0),
        Gate("drill", within.days, None if since is None else since.days, met=since is not None and since <= within),
        Gate("owner", 1, int(bool(known.owner)), met=bool(known.owner)),
        Gate("rung", 1, int(known.approving), met=known.approving),
        Gate("ready", 0, known.not_ready, met=not known.not_ready),
    ]
    if found is not None:
        low = found.wilson.low if found.of else None
        gates.append(Gate("canaries", target, low, met=low is not None and low >= target))
    return tuple(gates)


def _proved(record: Record) -> Sequence[Gate]:
    proof = record.proof
    if proof is None:
        return (Gate("pays", 1, 0, met=False),)
    figure = proof.value if proof.cases else None
    return (
        Gate("evidence", proof.needed, figure, met=proof.sufficient, more=proof.clean_cases_missing),
        Gate("severe", 0, record.severe if record.cases else None, met=record.cases > 0 and not record.severe),
    )


def _covered(record: Record, promotion: Promotion) -> Sequence[Gate]:
    share = record.settled / record.cases if record.cases else None
    unsettled = record.cases - record.settled
    return (
        Gate("days", promotion.min_days, record.days if record.settled else None,
             met=record.days >= promotion.min_days, more=max(promotion.min_days - record.days, 0)),
        Gate("settled", promotion.settled, share, met=share is not None and share >= promotion.settled, more=unsettled),
        Gate("queue", 0, record.queue if record.cases else None, met=record.cases > 0 and not record.queue,
             more=record.queue),
    )  # fmt: skip
