"""Reads a lane's evidence: each segment's cases under the current configuration, and what holds for the lane."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core.lane_state import LaneState
from lanes.core.page import Lane, Mode
from lanes.core.proving import Promotion, Segment
from lanes.engine import Engine
from lanes.evidence.intervals import Share
from lanes.evidence.promotion import Proof
from lanes.evidence.severity import Verdict
from lanes.promotion.bar import LaneBar, OfLane, Record, Reset, Stratum, of_lane, question, stratum
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome
from storage import cases, proofs

CANARIES_OF = timedelta(days=90)  # people change; whoever looked a quarter ago need not be who looks today
_PAST = "backfill"
_BEFORE = frozenset({"shadow", "audit"})  # sources that count without a lease
_UNDER = frozenset({"audit"})  # while one lasts


@dataclass(frozen=True)
class Strata:
    """Thread-safe; it remembers nothing, so that what it says is what the record says."""

    engine: Engine
    database: Database

    def bar(self, lane: str, not_ready: int = 0) -> LaneBar | None:
        """The lane's bar as it stands now; None where its page has no `promotion`."""
        page = self.engine.lanes[lane].page
        if page.promotion is None:
            return None
        state, configuration, now = self.engine.lane_state(lane), self.engine.conducted(lane), self.engine.clock()
        with self.database.connect() as connection:
            looks = _Looks(connection, page, page.promotion, state, configuration, now)
            segments = tuple(looks.stratum(one) for one in page.promotion.segments)
            known = replace(looks.of_lane(), not_ready=not_ready)
        target = page.canaries.target if page.canaries else 0.0
        return LaneBar(lane, configuration, segments, of_lane(known, page.promotion, target))


@dataclass(frozen=True)
class _Looks:
    """One look at one lane."""

    connection: Connection
    page: Lane
    promotion: Promotion
    state: LaneState
    configuration: str
    now: datetime

    def stratum(self, segment: Segment) -> Stratum:
        counted = proofs.strata(self.connection, self.page.lane, segment.name)
        since = self._began_anew(segment.name, counted)
        rows = cases.of_lane(
            self.connection, self.page.lane, since.at if since else None,
            segment=segment.name, configuration=self.configuration,
        )  # fmt: skip
        sources = _UNDER if self._under_lease(segment.name) else _BEFORE
        record = self._record(row for row in rows if row.source in sources)
        backfilled = sum(row.cases for row in counted if row.source == _PAST)
        mine = replace(record, backfilled=backfilled, reset=since)
        return stratum(segment.name, segment.tool, mine, self.promotion)

    def of_lane(self) -> OfLane:
        replay = proofs.newest_replay(self.connection, self.page.lane, self.configuration)
        found, of = proofs.canaries(self.connection, self.page.lane, self.now - CANARIES_OF)
        return OfLane(
            now=self.now, owner=self.page.owner.person,
            approving=(self.state.mode or self.page.mode) in {Mode.APPROVAL, Mode.AUTONOMOUS},
            replayed=Share(replay.passed, replay.passed + replay.failed) if replay else None,
            drilled=self.state.drill.at if self.state.drill else None,
            canaries=Share(found, of) if self.page.canaries else None,
        )  # fmt: skip

    def _under_lease(self, segment: str) -> bool:
        lease = self.state.lease
        return lease is not None and segment in lease.segments and self.now < lease.until

    def _began_anew(self, segment: str, counted: Iterable[Any]) -> Reset | None:
        """The newest of what lets evidence begin anew."""
        resets = []
        if self.state.demoted:
            resets.append(Reset("demotion", self.state.demoted.at))
        if at := self.state.leased.get(segment):
            resets.append(Reset("lease", at))
        others = [r.last for r in counted if r.configuration != self.configuration and r.source in _BEFORE]
        if others:
            resets.append(Reset("configuration", max(others)))
        return max(resets, key=lambda one: one.at, default=None)

    def _record(self, rows: Iterable[Any]) -> Record:
        """The losses are only counted here: their product is the same in any order."""
        late = self.page.shadow.settle_after if self.page.shadow else timedelta()
        seen = settled = severe = queue = 0
        first = last = None
        losses: Counter[float] = Counter()
        for row in rows:
            due = row.settled is not None and row.settled <= self.now
            if row.outcome == Outcome.MISSED or (not due and row.at + late > self.now):
                continue  # nothing was drafted, or its time is not over
            seen += 1
            case = None if _clean(row) else Case.of(row)
            loss = case.loss if case else 0.0
            if not due or loss is None:
                continue
            losses[loss] += 1
            severe += case is not None and case.verdict is Verdict.WRONG
            queue += case is not None and _disputed(case)
            if case is None or case.verdict is not Verdict.UNSETTLED:
                settled += 1
                first, last = first or row.at, row.at
        return Record(self._proof(losses), seen, settled, severe, queue, first, last)

    def _proof(self, losses: Mapping[float, int]) -> Proof | None:
        bar = question(self.promotion, self.page.baseline, self.configuration)
        proof = Proof(bar=bar) if bar else None
        for loss, times in losses.items():
            proof = proof.after(loss, times) if proof else None
        return proof


def _clean(row: Any) -> bool:
    """Did both sides agree, and was nobody asked what it was? Most cases are so, and need not be read whole."""
    return bool(row.outcome == Outcome.AGREE and row.labelled is None)


def _disputed(case: Case) -> bool:
    """Do the two sides differ, and has nobody looked yet who does not know whose side is whose?"""
    return case.labelled is None and case.outcome in {Outcome.DIFFER, Outcome.OVERREACH}
