"""Looks for signs that a lane errs, and takes its freedom back at once where there are any.

It reads everything anew each time and keeps nothing: what was held against a lane stands in its own stream, so a look
that was killed, or is repeated, demotes nobody twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core import lane_commands as lc
from lanes.core import proof_effects as pf
from lanes.core.lane_commands import Sign
from lanes.core.lane_state import LaneState
from lanes.core.page import Mode
from lanes.core.proving import Promotion
from lanes.core.run import Run
from lanes.core.states import State
from lanes.engine import Engine
from lanes.promotion import signs
from lanes.promotion.audits import Alone, audited, went_alone
from lanes.promotion.bar import question
from lanes.promotion.signs import REVERSALS, Undo
from lanes.ready import ReadyLane
from lanes.shadow.cases import Case
from storage import cases, proofs
from tools.truth import Deed, Reaction

BACK = timedelta(days=60)  # before the lease: what went alone under the one before may still come back


@dataclass(frozen=True)
class Watching:
    """Performs `watch_lane`. Thread-safe."""

    engine: Engine
    database: Database

    def watch(self, effect: pf.WatchLane, again: bool) -> None:
        self.look(effect.lane)

    def all(self, *, drift: bool = False) -> int:
        """Look at every lane that acts alone; how many lost their freedom."""
        return sum(self.look(lane, drift=drift) for lane in self.engine.lanes)

    def look(self, lane: str, *, drift: bool = False) -> bool:
        """End a lease that is over, and demote where there is a sign. `drift`: look at the inputs as well, which
        reads all the evidence again.
        """
        state = self.engine.handle_lane(lc.EndLease(lane))
        ready = self.engine.lanes[lane]
        if state.mode is not Mode.AUTONOMOUS or state.lease is None or state.leased_at is None:
            return False
        with self.database.connect() as connection:
            looked = _Look(self.engine, connection, ready, state, state.leased_at, self.engine.clock())
            found = tuple(looked.signs(drift=drift))
        return bool(found) and self.engine.handle_lane(lc.Demote(lane, found)).mode is not Mode.AUTONOMOUS


@dataclass(frozen=True)
class _Look:
    """One look at one lane."""

    engine: Engine
    connection: Connection
    ready: ReadyLane
    state: LaneState
    since: datetime  # the lease was signed
    now: datetime

    def signs(self, *, drift: bool) -> Iterator[Sign]:
        page, lease = self.ready.page, self.state.lease
        assert lease is not None, "only a lane with a lease is looked at"
        conducted = self.engine.conducted(page.lane)
        if lease.configuration not in {"", conducted}:
            said = "people signed for another page, prompt, set of tools or model"
            yield Sign("CONFIGURATION_CHANGED", f"configuration {conducted} since {self.since.isoformat()}", said)
        runs = self._runs()
        under = [run for run in runs if run.started.at >= self.since]
        yield from signs.never_twice(under, page, self.now, self.state.held_against)
        yield from signs.over_budget(under, self.now, self.state.held_against)
        yield from signs.schema_drift(under)
        yield from signs.taken_back(runs)
        if page.canaries:
            rows = proofs.canaries_since(self.connection, page.lane, self.since)
            missed = [row.run for row in rows if not row.found]
            yield from signs.missed_canaries(len(rows) - len(missed), missed, page.canaries.target)
        alone, audits = went_alone(runs, page.promotion), self._audits()
        yield from signs.severe(audits)
        yield from self._reversed(alone)
        if page.promotion:
            yield from self._by_segment(alone, audits, page.promotion, drift=drift)

    def _by_segment(
        self, alone: Sequence[Alone], audits: Sequence[Case], promotion: Promotion, *, drift: bool
    ) -> Iterator[Sign]:
        bar = question(promotion, self.ready.page.baseline, self.engine.conducted(self.ready.page.lane))
        tolerance = bar.tolerance if bar else promotion.tolerance
        now = audited(alone, self.state)
        by_action = {(case.run, case.action): case for case in audits}
        yield from signs.detected(now, by_action, {one.segment: tolerance for one in now}, self.now)
        if drift:
            yield from self._drift(now, promotion)

    def _reversed(self, alone: Sequence[Alone]) -> Iterator[Sign]:
        """By what the systems of record say has come to light since the lease was signed."""
        if not alone:
            return
        fresh = proofs.facts(self.connection, [*REVERSALS, "deed"], alone[0].began, self.since)
        reactions = [Reaction.model_validate_json(row.content) for row in fresh if row.kind != "deed"]
        yield from signs.came_back(reactions, alone, self.ready.page.subject.kind)
        deeds = [Deed.model_validate_json(row.content) for row in fresh if row.kind == "deed" and not row.ours]
        yield from signs.undone_by_hand(deeds, [undo for one in alone if (undo := self._undo(one))])

    def _undo(self, one: Alone) -> Undo | None:
        """What would take an action back, as its tool says."""
        action, tool = one.action, self.ready.writer(one.action.draft)
        if action.state is not State.DONE:
            return None
        try:
            arguments = tool.arguments.model_validate(action.draft.arguments)
            result = tool.result.model_validate(action.result) if action.result else None
        except ValidationError:  # of an older version of the tool
            return None
        call = tool.undo(arguments, action.draft.target, result)
        return Undo(one, call.tool) if call else None

    def _drift(self, alone: Sequence[Alone], promotion: Promotion) -> Iterator[Sign]:
        for segment in promotion.segments:
            rows: Iterator[Any] = cases.of_lane(
                self.connection, self.ready.page.lane, until=self.since, segment=segment.name,
                configuration=self.engine.conducted(self.ready.page.lane),
            )  # fmt: skip
            before = [case.suggested for row in rows if (case := Case.of(row)).suggested is not None]
            lately = [one.action.draft.arguments for one in alone if one.segment == segment.name]
            yield from signs.input_drift(segment.name, self.since, before, lately)

    def _audits(self) -> list[Case]:
        """Of what went alone, what people or the systems have said about it."""
        rows = cases.of_lane(self.connection, self.ready.page.lane, self.since - BACK)
        known = (Case.of(row) for row in rows if row.source == "audit")
        return [one for one in known if one.at >= self.since or (one.labelled and one.labelled >= self.since)]

    def _runs(self) -> list[Run]:
        """The lane's runs that began under this lease or not long before it."""
        first = self.state.first_lease or self.since
        rows = proofs.begun(self.connection, self.ready.page.lane, max(self.since - BACK, first))
        found = (self.engine.run(row.run) for row in rows)
        return [run for run in found if run]
