"""What finished runs were measured to be: one row a run, read by week."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Event, RunFigures, RunRow

_FIGURES: Table = RunFigures.__table__  # type: ignore[attr-defined]
_RUN: Table = RunRow.__table__  # type: ignore[attr-defined]
_EVENT: Table = Event.__table__  # type: ignore[attr-defined]
_AT_ONCE = 1_000  # rows held in memory while many are read
Place = tuple[datetime, str]  # a finished run: when, and its id


def unmeasured(connection: Connection, after: Place | None, many: int) -> tuple[tuple[str, str, datetime], ...]:
    """Runs that have ended and were not measured, in the order in which they ended: run, lane, finished."""
    unknown = ~select(_FIGURES.c.run).where(_FIGURES.c.run == _RUN.c.run).exists()
    query = select(_RUN.c.run, _RUN.c.lane, _RUN.c.finished).where(_RUN.c.finished.is_not(None), unknown)
    if after:
        at, run = after
        query = query.where(or_(_RUN.c.finished > at, and_(_RUN.c.finished == at, _RUN.c.run > run)))
    rows = connection.execute(query.order_by(_RUN.c.finished, _RUN.c.run).limit(many))
    return tuple((row.run, row.lane, row.finished) for row in rows)


def taken_back_later(connection: Connection, since: datetime) -> tuple[tuple[str, str], ...]:
    """Runs that ended and were measured since a moment, in which something was done after they had ended: run, lane."""
    mine = _EVENT.c.stream == literal("run:") + _FIGURES.c.run
    later = select(_EVENT.c.id).where(mine, _EVENT.c.kind == "action.done", _EVENT.c.at > _FIGURES.c.finished)
    query = select(_FIGURES.c.run, _FIGURES.c.lane).where(_FIGURES.c.finished >= since, later.exists())
    return tuple((row.run, row.lane) for row in connection.execute(query))


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was measured, in place of what was measured of the same run before."""
    if not rows:
        return
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    statement = dialect.insert(_FIGURES)
    changed = {"content": statement.excluded.content}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["run"], set_=changed), [dict(row) for row in rows]
    )


def of_lane(connection: Connection, lane: str, since: datetime, until: datetime) -> Iterator[Row[Any]]:
    """What was measured of a lane's runs that ended from `since` on and before `until`, the oldest first."""
    query = select(_FIGURES).where(_FIGURES.c.lane == lane, _FIGURES.c.finished >= since, _FIGURES.c.finished < until)
    ordered = query.order_by(_FIGURES.c.finished, _FIGURES.c.run)
    with connection.execution_options(yield_per=_AT_ONCE).execute(ordered) as rows:
        yield from rows
