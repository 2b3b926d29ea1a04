"""Practice runs: whose draft is wrong on purpose, one row each, and how many cards have come since the last."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, literal, select, update

from storage.tables import Canary, Event, RunRow

_CANARY: Table = Canary.__table__  # type: ignore[attr-defined]
_RUN: Table = RunRow.__table__  # type: ignore[attr-defined]
_EVENT: Table = Event.__table__  # type: ignore[attr-defined]


def begun(connection: Connection, *, run: str, lane: str, queue: str, flaw: str, at: datetime) -> None:
    """A practice run has begun."""
    row = {"run": run, "lane": lane, "queue": queue, "flaw": flaw, "shown": at}
    connection.execute(_CANARY.insert().values(row))


def ended(connection: Connection, run: str, at: datetime, *, found: bool | None) -> None:
    """It was told for what it is; the first end is the one that counts."""
    mine = (_CANARY.c.run == run) & _CANARY.c.decided.is_(None)
    connection.execute(update(_CANARY).where(mine).values(decided=at, found=found))


def last(connection: Connection, lane: str) -> Row[Any] | None:
    """The newest of a lane."""
    return connection.execute(
        select(_CANARY).where(_CANARY.c.lane == lane).order_by(_CANARY.c.shown.desc()).limit(1)
    ).one_or_none()


def runs(connection: Connection, lane: str) -> frozenset[str]:
    """All of a lane."""
    return frozenset(connection.execute(select(_CANARY.c.run).where(_CANARY.c.lane == lane)).scalars())


def cards_since(connection: Connection, lane: str, since: datetime) -> int:
    """How many runs of a lane that began since then have asked people for something, practice left out."""
    asked = (
        select(_EVENT.c.id)
        .where(_EVENT.c.stream == literal("run:") + _RUN.c.run, _EVENT.c.kind == "action.held")
        .exists()
    )
    practice = select(_CANARY.c.run).where(_CANARY.c.lane == lane)
    mine = (_RUN.c.lane == lane) & (_RUN.c.started >= since) & _RUN.c.run.not_in(practice)
    return connection.execute(select(func.count()).select_from(_RUN).where(mine, asked)).scalar_one()
