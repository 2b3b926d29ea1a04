"""Which periods of which jobs were fired, and what came of them: one row a period, so that a second firing is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Firing as Row

CLOCK = "clock"  # who fires what nobody fires by hand
_FIRING: Table = Row.__table__  # type: ignore[attr-defined]
_SAID = 1_000  # characters kept of what came of it: an error may repeat a whole page


@dataclass(frozen=True)
class Firing:
    """A job's period as its row stands. `outcome`: done, failed, passed_over; None while it is still owed."""

    job: str
    period: str
    due: datetime
    fired: datetime
    by: str
    looked_after: bool
    started: datetime | None
    finished: datetime | None
    attempts: int
    outcome: str | None
    said: str
    detail: Mapping[str, Any]
    ms: int | None


def fire(connection: Connection, job: str, period: str, due: datetime, *, now: datetime, by: str) -> bool:
    """Note a firing; False when the period was fired before."""
    row = {"job": job, "period": period, "due": due, "fired": now, "by": by, "looked_after": by == CLOCK}
    new = _add(connection, row)
    if not new and by == CLOCK:
        connection.execute(update(_FIRING).where(_one(job, period)).values(looked_after=True))
    return new


def fire_anew(connection: Connection, job: str, period: str, now: datetime, by: str) -> bool:
    """Note that a period shall be tried anew, from where it stopped; False unless it failed or was passed over."""
    undone = _one(job, period) & _FIRING.c.outcome.in_(["failed", "passed_over"])
    anew = {"fired": now, "by": by, "started": None, "finished": None, "attempts": 0, "outcome": None, "ms": None}
    return bool(connection.execute(update(_FIRING).where(undone).values(anew)).rowcount)


def pass_over(connection: Connection, job: str, period: str, due: datetime, now: datetime) -> None:
    """Note the period before a job's first: it, and what is older, is nobody's loss."""
    row = {"job": job, "period": period, "due": due, "fired": now, "by": CLOCK, "finished": now}
    if not _add(connection, {**row, "outcome": "passed_over", "looked_after": True}):
        fire(connection, job, period, due, now=now, by=CLOCK)


def looked_after(connection: Connection, job: str) -> datetime | None:
    """Up to which due moment the clock has looked after a job; None when it never has."""
    mine = (_FIRING.c.job == job) & _FIRING.c.looked_after
    found: datetime | None = connection.execute(select(func.max(_FIRING.c.due)).where(mine)).scalar_one()
    return found


def under_way(connection: Connection, job: str) -> bool:
    """Is some period of a job fired and not finished?"""
    mine = (_FIRING.c.job == job) & _FIRING.c.finished.is_(None)
    return connection.execute(select(_FIRING.c.period).where(mine).limit(1)).first() is not None


def find(connection: Connection, job: str, period: str) -> Firing | None:
    return _read(connection, _one(job, period))


def newest(connection: Connection, job: str) -> Firing | None:
    """What was fired last of a job, by the clock or by hand."""
    return _read(connection, _FIRING.c.job == job)


def begin(connection: Connection, *, job: str, period: str, now: datetime) -> Firing | None:
    """Note one more attempt; None when there is nothing left to do."""
    tried = {"started": now, "attempts": _FIRING.c.attempts + 1}
    begun = connection.execute(update(_FIRING).where(_open(job, period)).values(tried)).rowcount
    return find(connection, job, period) if begun else None


def keep(connection: Connection, *, job: str, period: str, detail: Mapping[str, Any]) -> None:
    """Keep how far it is."""
    connection.execute(update(_FIRING).where(_open(job, period)).values(detail=orjson.dumps(detail).decode()))


def stumble(connection: Connection, *, job: str, period: str, said: str, ms: int) -> None:
    """Note why an attempt failed; it is still owed."""
    connection.execute(update(_FIRING).where(_open(job, period)).values(said=said[:_SAID], ms=ms))


def finish(
    connection: Connection, *, job: str, period: str, outcome: str, said: str, now: datetime, ms: int | None = None
) -> bool:
    """Note what came of it; False when that was noted before. `ms`: None leaves the newest attempt's."""
    ended: dict[str, Any] = {"outcome": outcome, "said": said[:_SAID], "finished": now}
    took = {} if ms is None else {"ms": ms}
    return bool(connection.execute(update(_FIRING).where(_open(job, period)).values(ended | took)).rowcount)


def sweep(connection: Connection, before: datetime) -> int:
    """Forget firings that were due before a moment, but each job's newest; how many."""
    other = _FIRING.alias()
    behind = select(other.c.period).where(other.c.job == _FIRING.c.job, other.c.due > _FIRING.c.due).exists()
    old = and_(_FIRING.c.due < before, _FIRING.c.finished.is_not(None), behind)
    return connection.execute(delete(_FIRING).where(old)).rowcount


def _add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """A row where there is none; False where there is one."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    whole = {"attempts": 0, "said": "", "detail": "{}", **row}
    added = dialect.insert(_FIRING).values(whole).on_conflict_do_nothing().returning(_FIRING.c.job)
    return connection.execute(added).first() is not None  # the rows an INSERT counts are not told on every driver


def _one(job: str, period: str) -> ColumnElement[bool]:
    return (_FIRING.c.job == job) & (_FIRING.c.period == period)


def _open(job: str, period: str) -> ColumnElement[bool]:
    return _one(job, period) & _FIRING.c.finished.is_(None)


def _read(connection: Connection, which: ColumnElement[bool]) -> Firing | None:
    order = (_FIRING.c.fired.desc(), _FIRING.c.due.desc())
    row = connection.execute(select(_FIRING).where(which).order_by(*order).limit(1)).mappings().first()
    return Firing(**{**row, "detail": orjson.loads(row["detail"])}) if row else None
