"""The readiness table of a lane: what it is measured against, by area. Every row is computed; none is written by hand.

A row without a figure was never measured, and is not met. The rows of tool safety and governance are part of the bar
(`asked`), unless a gate of its own asks the same; cost and observability are shown and do not block.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core.page import Lane
from lanes.engine import Engine
from lanes.evidence.economics import People
from lanes.promotion.bar import GateName, LaneBar
from lanes.promotion.strata import Strata
from lanes.ready import ReadyLane
from lanes.report.figures import Figures
from storage import facts, figures, firings
from tools.contract import Retry, WriteTool
from tools.lock import unlocked

Area = Literal["outcome quality", "tool safety", "governance", "cost", "observability"]
RowName = Literal[
    "evidence", "severe", "days", "settled", "pays", "repeatable", "undoable", "locked", "drift", "replay", "owner",
    "deciders", "on_call", "queue", "canaries", "drill", "spend", "over_budget", "verified", "harvested", "reported",
]  # fmt: skip
_MONTH = timedelta(days=30)
_OVER = 0.10  # of a month's runs may end over budget
_FRESH = timedelta(hours=48)  # what comes every night, and was missed once
_WANTED: dict[GateName, tuple[Area, RowName]] = {
    "evidence": ("outcome quality", "evidence"), "severe": ("outcome quality", "severe"),
    "days": ("outcome quality", "days"), "settled": ("outcome quality", "settled"), "pays": ("cost", "pays"),
    "queue": ("governance", "queue"), "replay": ("tool safety", "replay"), "drill": ("governance", "drill"),
    "owner": ("governance", "owner"), "canaries": ("governance", "canaries"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """`figure` None: never measured. `asked`: the bar counts it, and no gate of its own does."""

    area: Area
    name: RowName
    needed: float
    figure: float | None
    met: bool
    owner: str  # Slack id of who answers for it
    segment: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Readiness:
    """Thread-safe; it remembers nothing."""

    engine: Engine
    database: Database
    strata: Strata

    def table(self, lane: str) -> tuple[Row, ...]:
        """Every row, by area."""
        own = (*self._own(lane),)
        bar = self.strata.bar(lane, _unmet(own))
        rows = [*own, *_of_bar(bar, self.engine.lanes[lane].page.owner.person)] if bar else [*own]
        order = ("outcome quality", "tool safety", "governance", "cost", "observability")
        return tuple(sorted(rows, key=lambda row: order.index(row.area)))

    def bar(self, lane: str) -> LaneBar | None:
        """The lane's bar with what this table adds to it."""
        return self.strata.bar(lane, _unmet((*self._own(lane),)))

    def _own(self, lane: str) -> Iterator[Row]:
        ready, now = self.engine.lanes[lane], self.engine.clock()
        owner = ready.page.owner.person
        yield from _tools(ready, owner)
        with self.database.connect() as connection:
            month = [Figures.model_validate_json(row.content) for row in _ended(connection, lane, now)]
            yield from _ran(month, ready.page, owner)
            yield from _looked_after(connection, ready, now)
        deciders = {*ready.page.approvers.fallback, owner}
        quorum = ready.page.promotion.quorum if ready.page.promotion else 1
        enough = len(deciders) >= quorum
        yield Row("governance", "deciders", quorum, len(deciders), enough, owner, asked=True)
        if ready.page.promotion:
            called = int(bool(ready.page.owner.on_call))
            yield Row("governance", "on_call", 1, called, bool(called), owner, asked=True)
        reports = int(bool(ready.page.channels.reports))
        yield Row("observability", "reported", 1, reports, bool(reports), owner)


def _unmet(rows: tuple[Row, ...]) -> int:
    return sum(1 for row in rows if row.asked and not row.met)


def _of_bar(bar: LaneBar, owner: str) -> Iterator[Row]:
    """The gates, as rows."""
    for segment, gates in [*((one.segment, one.gates) for one in bar.strata), ("", bar.shared)]:
        for gate in gates:
            if gate.name in _WANTED:
                area, name = _WANTED[gate.name]
                yield Row(area, name, gate.needed, gate.figure, gate.met, owner, segment)


def _tools(ready: ReadyLane, owner: str) -> Iterator[Row]:
    """Of the tools that policy would let go without a person."""
    named = {row.may for row in ready.page.policy if row.then == "auto"}
    auto = [tool for name, tool in ready.tools.items() if name in named and isinstance(tool, WriteTool)]
    unsafe = sum(tool.retry is Retry.UNSAFE for tool in auto)
    final = sum(tool.undo_within is None and "undo" not in tool.missing for tool in auto)
    loose = len(unlocked([*ready.reads, *ready.writes]))
    yield Row("tool safety", "repeatable", 0, unsafe, not unsafe, owner, asked=True)
    yield Row("tool safety", "undoable", 0, final, not final, owner, asked=True)
    yield Row("tool safety", "locked", 0, loose, not loose, owner, asked=True)


def _ended(connection: Connection, lane: str, now: datetime) -> Iterator[Any]:
    return figures.of_lane(connection, lane, now - _MONTH, now + timedelta(seconds=1))


def _ran(month: list[Figures], page: Lane, owner: str) -> Iterator[Row]:
    """Of the last month's runs, as they were measured."""
    drifted = sum("SCHEMA_DRIFT" in {action.code for action in run.actions} for run in month)
    yield Row("tool safety", "drift", 0, drifted if month else None, bool(month) and not drifted, owner)
    over = sum(run.outcome == "budget" for run in month) / len(month) if month else None
    yield Row("cost", "over_budget", _OVER, over, over is not None and over <= _OVER, owner)
    if page.baseline is None:
        return
    line = page.baseline
    people = People(line.minutes, line.wage_usd_per_hour, line.error_rate, line.loss_per_error_usd, line.success_rate)
    theirs = people.cost.a_success
    well = sum(run.outcome in {"succeeded", "shadowed"} for run in month)
    spend = sum(run.cost for run in month) / 1_000_000 / well if well else None
    if theirs is not None:
        yield Row("cost", "spend", theirs, spend, spend is not None and spend <= theirs, owner)


def _looked_after(connection: Connection, ready: ReadyLane, now: datetime) -> Iterator[Row]:
    """What comes every night, and when it last did."""
    owner, hours = ready.page.owner.person, _FRESH.total_seconds() / 3600
    verified = firings.newest(connection, "verify_ledger")
    done = verified.finished if verified and verified.outcome == "done" else None
    yield Row("observability", "verified", hours, _age(done, now), _fresh(done, now), owner)
    if ready.page.shadow:
        named = {source.name for source in ready.truths}
        read = {one.source: one.read_until for one in facts.readings(connection) if one.source in named}
        known = [read.get(name) for name in named]
        oldest = min((at for at in known if at), default=None) if all(known) else None
        yield Row("observability", "harvested", hours, _age(oldest, now), _fresh(oldest, now), owner)


def _age(at: datetime | None, now: datetime) -> float | None:
    """In hours."""
    return round((now - at).total_seconds() / 3600, 1) if at else None


def _fresh(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at <= _FRESH
