"""Reads what a weekly report is made from, and makes it. Changes nothing.

The cases of the trend's weeks are read once, a thousand at a time. The evidence is not read here but asked for: it may
be older than the trend, and only the bar knows when it began anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core.page import Mode
from lanes.core.periods import Period, Weekly, period_at, period_named
from lanes.promotion.strata import Strata
from lanes.ready import ReadyLane
from lanes.report.deciding import CanaryShown
from lanes.report.felt import Came
from lanes.report.figures import Figures
from lanes.report.strata import Stratum
from lanes.report.weekly import WEEKS, Known, WeeklyReport, weekly
from lanes.shadow.cases import Case
from lanes.shadow.comparing import kinds_of
from lanes.shadow.kinds import Kind
from storage import cases, felt, figures
from tools.contract import WriteTool
from tools.truth import Reaction

_WEEK = Weekly(1, time())


@dataclass(frozen=True)
class Gathering:
    """`mode_of` tells a lane's mode now, `evidence` how far each of its segments has come."""

    database: Database
    lanes: Mapping[str, ReadyLane]
    mode_of: Callable[[str], Mode]
    evidence: Callable[[str], tuple[Stratum, ...]]
    zone: tzinfo

    def last_week(self, now: datetime) -> Period:
        """The newest week that is over."""
        return period_at(_WEEK, self.zone, period_at(_WEEK, self.zone, now).begin - timedelta(hours=1))

    def week(self, name: str) -> Period:
        """A week by its name. Raises ValueError, with a sentence."""
        return period_named(_WEEK, self.zone, name)

    def report(self, lane: str, week: Period) -> WeeklyReport:
        """A lane's report of a week."""
        ready = self.lanes[lane]
        weeks = self._weeks(week)
        with self.database.connect() as connection:
            canaries = felt.canary_runs(connection, lane)
            known = Known(ready.page, self.mode_of(lane), weeks, _choices(ready), self.evidence(lane))
            return weekly(
                known,
                (Case.of(row) for row in cases.of_lane(connection, lane, weeks[0].begin, week.end)),
                (run for run in self._figures(lane, weeks[0].begin, week.end) if run.run not in canaries),
                canaries=[CanaryShown(row.queue, row.shown, row.found) for row in self._canaries(lane, week)],
                reactions=self._reactions(ready, week),
                touched=felt.worked_on(connection, lane, weeks[0].begin, week.end),
            )

    def cases(self, lane: str, week: Period) -> Iterator[Case]:
        """The lane's cases of a week, one by one."""
        with self.database.connect() as connection:
            for row in cases.of_lane(connection, lane, week.begin, week.end):
                yield Case.of(row)

    def fact(self, which: str) -> str | None:
        """What is kept of a fact, JSON."""
        with self.database.connect() as connection:
            return felt.fact(connection, which)

    def _weeks(self, last: Period) -> tuple[Period, ...]:
        weeks = [last]
        while len(weeks) < WEEKS:
            weeks.append(period_at(_WEEK, self.zone, weeks[-1].begin - timedelta(hours=1)))
        weeks.reverse()
        assert all(one.end == other.begin for one, other in pairwise(weeks)), "weeks follow each other"
        return tuple(weeks)

    def _figures(self, lane: str, since: datetime, until: datetime) -> Iterator[Figures]:
        with self.database.connect() as connection:
            for row in figures.of_lane(connection, lane, since, until):
                yield Figures.model_validate_json(row.content)

    def _canaries(self, lane: str, week: Period) -> tuple[Any, ...]:
        with self.database.connect() as connection:
            return felt.canaries(connection, lane, week.begin, week.end)

    def _reactions(self, ready: ReadyLane, week: Period) -> Iterator[Came]:
        sources = ready.page.shadow.truth if ready.page.shadow else ()
        with self.database.connect() as connection:
            yield from _came(connection, sources, week)


def evidence(strata: Strata) -> Callable[[str], tuple[Stratum, ...]]:
    """Each segment's evidence, as the bar counts it."""

    def of(lane: str) -> tuple[Stratum, ...]:
        bar = strata.bar(lane)
        segments = bar.strata if bar else ()
        return tuple(
            Stratum(one.segment, one.record.proof, tuple(gate.name for gate in one.missing)) for one in segments
        )

    return of


def _came(connection: Connection, sources: tuple[str, ...], week: Period) -> Iterator[Came]:
    for row in felt.reactions(connection, sources, week.begin, week.end) if sources else ():
        one = Reaction.model_validate_json(row.content)
        yield Came(one.kind, frozenset({one.ref, *one.also}), one.at, one.value, row.ours or bool(one.key))


def _choices(ready: ReadyLane) -> dict[str, frozenset[str]]:
    """The fields of each write tool whose values come from a fixed list."""
    tools = (tool for tool in ready.tools.values() if isinstance(tool, WriteTool))
    return {
        tool.name: frozenset(name for name, kind in kinds_of(tool.arguments).items() if kind is Kind.CHOICE)
        for tool in tools
    }
