"""Once a day, and whenever somebody asks: a bar that is met becomes a lease that people may sign.

A lease that runs is renewed near its end, on what the lane did alone since it was signed. A segment that earns its
place meanwhile joins the lease that runs, which ends when it would have ended.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from lanes.core import lane_commands as lc
from lanes.core.lane_state import LaneState, Proposal
from lanes.core.page import Lane
from lanes.core.proving import Promotion
from lanes.core.values import Lease
from lanes.engine import Engine
from lanes.promotion.bar import LaneBar, Stratum
from lanes.promotion.readiness import Readiness

RENEWED = timedelta(days=7)  # before its end: a week for people to look at what it rests on
NoMore = Literal["", "CONFIGURATION_CHANGED", "EVIDENCE_CHANGED", "LEASE_ENDED"]


@dataclass(frozen=True)
class Offer:
    """What may be proposed, and on what it rests."""

    lease: Lease
    strata: tuple[Stratum, ...]


@dataclass(frozen=True)
class Review:
    """Thread-safe. Reviewed twice, a lane is where it was after the first time."""

    engine: Engine
    readiness: Readiness

    def look(self, lane: str, *, asked: bool = False) -> LaneBar | None:
        """Bring what is proposed up to what is earned; the bar it was held against. `asked`: by a person, who may
        want again what was declined.
        """
        self.engine.handle_lane(lc.EndLease(lane))
        bar = self.readiness.bar(lane)
        page, state, now = self.engine.lanes[lane].page, self.engine.lane_state(lane), self.engine.clock()
        if bar is None or page.promotion is None:
            return None
        if state.proposal and (why := no_more(state.proposal, bar, state, now)):
            self.engine.handle_lane(lc.WithdrawLease(lane, state.proposal.id, why))
        if offered := offer(bar, page, state, now):
            earned = tuple(one.earned for one in offered.strata)
            self.engine.handle_lane(lc.ProposeLease(lane, offered.lease, earned, asked))
        return bar

    def all(self) -> int:
        """Look at every lane that may earn something; how many proposals are open afterwards."""
        lanes = [name for name, ready in self.engine.lanes.items() if ready.page.promotion]
        for name in lanes:
            self.look(name)
        proposals = (self.engine.lane_state(name).proposal for name in lanes)
        return sum(one is not None and not one.ended for one in proposals)


def offer(bar: LaneBar, page: Lane, state: LaneState, now: datetime) -> Offer | None:
    """The lease that the evidence bears now, if it bears more than what runs already."""
    promotion, running = page.promotion, _running(state, now)
    if promotion is None or not bar.earned:
        return None
    if running is None or running.until - now <= RENEWED or running.configuration != bar.configuration:
        names = tuple(one.segment for one in bar.earned)
        return Offer(_lease(promotion, bar, names, _end(now, promotion)), bar.earned)
    more = tuple(one for one in bar.earned if one.segment not in running.segments)
    if not more:
        return None
    names = (*running.segments, *(one.segment for one in more))
    return Offer(_lease(promotion, bar, names, running.until), more)


def no_more(one: Proposal, bar: LaneBar, state: LaneState, now: datetime) -> NoMore:
    """Why an open proposal stands no more; empty where it does, or is settled."""
    if one.ended:
        return ""
    if one.lease.configuration != bar.configuration:
        return "CONFIGURATION_CHANGED"
    if now >= one.lease.until:
        return "LEASE_ENDED"
    running = _running(state, now)
    joins = running is not None and running.until == one.lease.until
    asked = {*one.lease.segments} - ({*running.segments} if running and joins else set())
    return "" if asked <= {s.segment for s in bar.earned} else "EVIDENCE_CHANGED"


def _running(state: LaneState, now: datetime) -> Lease | None:
    """A lease that was earned, and has not ended."""
    lease = state.lease
    return lease if lease and lease.segments and now < lease.until else None


def _lease(promotion: Promotion, bar: LaneBar, names: tuple[str, ...], until: datetime) -> Lease:
    terms = promotion.lease
    tools = dict.fromkeys(one.tool for one in promotion.segments if one.name in names)
    return Lease(
        tools=tuple(tools), per_action=terms.per_action, per_day=terms.per_day, until=until, segments=names,
        configuration=bar.configuration, audit=round(100 * terms.audit),
    )  # fmt: skip


def _end(now: datetime, promotion: Promotion) -> datetime:
    """The end of its last day, UTC."""
    day = (now + timedelta(days=promotion.lease.days)).date()
    return datetime.combine(day, time(23, 59, 59), now.tzinfo)
