"""Cases kept from the ledger, and what replays came to. What a case holds: `lanes/replay/cases.py`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select

from storage.tables import ReplayCase, ReplayResult

_CASE: Table = ReplayCase.__table__  # type: ignore[attr-defined]
_RESULT: Table = ReplayResult.__table__  # type: ignore[attr-defined]


def keep(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Keep a case; false when one of this id is kept already."""
    if connection.execute(select(_CASE.c.id).where(_CASE.c.id == row["id"])).one_or_none():
        return False
    connection.execute(insert(_CASE).values(dict(row)))
    return True


def drop(connection: Connection, case: str) -> bool:
    """Forget a case; false when there is none of that id."""
    return bool(connection.execute(delete(_CASE).where(_CASE.c.id == case)).rowcount)


def kept(connection: Connection, lane: str) -> tuple[Row[Any], ...]:
    """The cases of a lane, the oldest first."""
    return tuple(connection.execute(select(_CASE).where(_CASE.c.lane == lane).order_by(_CASE.c.added, _CASE.c.id)))


def put_result(connection: Connection, row: Mapping[str, Any]) -> None:
    connection.execute(insert(_RESULT).values(dict(row)))


def newest(connection: Connection, lane: str) -> Row[Any] | None:
    """What the lane's last replay came to, under whatever configuration."""
    mine = select(_RESULT).where(_RESULT.c.lane == lane).order_by(_RESULT.c.at.desc(), _RESULT.c.id.desc())
    return connection.execute(mine.limit(1)).one_or_none()
