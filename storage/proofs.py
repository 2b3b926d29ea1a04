"""What a bar is held against beside the cases themselves: replays, canaries, which evidence there is at all."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, Table, cast, func, select

from storage.tables import Canary, Fact, ReplayResult, RunRow, ShadowCase

_CASE: Table = ShadowCase.__table__  # type: ignore[attr-defined]
_CANARY: Table = Canary.__table__  # type: ignore[attr-defined]
_REPLAY: Table = ReplayResult.__table__  # type: ignore[attr-defined]
_FACT: Table = Fact.__table__  # type: ignore[attr-defined]
_RUN: Table = RunRow.__table__  # type: ignore[attr-defined]


def strata(connection: Connection, lane: str, segment: str) -> tuple[Row[Any], ...]:
    """By configuration and source: how many cases a segment has (`cases`), the `first` and the `last` of them."""
    found = select(
        _CASE.c.configuration, _CASE.c.source, func.count().label("cases"), func.min(_CASE.c.at).label("first"),
        func.max(_CASE.c.at).label("last"),
    )  # fmt: skip
    mine = found.where(_CASE.c.lane == lane, _CASE.c.segment == segment)
    return tuple(connection.execute(mine.group_by(_CASE.c.configuration, _CASE.c.source)).all())


def newest_replay(connection: Connection, lane: str, configuration: str) -> Row[Any] | None:
    """What the newest replay of a lane's suite under one configuration came to."""
    mine = (_REPLAY.c.lane == lane) & (_REPLAY.c.configuration == configuration)
    return connection.execute(
        select(_REPLAY).where(mine).order_by(_REPLAY.c.at.desc(), _REPLAY.c.id.desc()).limit(1)
    ).first()


def canaries(connection: Connection, lane: str, since: datetime) -> tuple[int, int]:
    """Of the canaries shown since a moment and decided on: how many were found, and how many there were."""
    mine = (_CANARY.c.lane == lane) & (_CANARY.c.shown >= since) & _CANARY.c.found.is_not(None)
    found = func.sum(cast(_CANARY.c.found, Integer))
    row = connection.execute(select(func.coalesce(found, 0), func.count()).where(mine)).one()
    return int(row[0]), int(row[1])


def canaries_since(connection: Connection, lane: str, since: datetime) -> tuple[Row[Any], ...]:
    """The same, one by one."""
    mine = (_CANARY.c.lane == lane) & (_CANARY.c.shown >= since) & _CANARY.c.found.is_not(None)
    return tuple(connection.execute(select(_CANARY).where(mine).order_by(_CANARY.c.shown)).all())


def facts(connection: Connection, kinds: Iterable[str], since: datetime, read: datetime) -> tuple[Row[Any], ...]:
    """What came back, or was done, since a moment, of these kinds, and came to light since `read`; the oldest first."""
    mine = _FACT.c.kind.in_([*kinds]) & (_FACT.c.at >= since) & (_FACT.c.read >= read)
    return tuple(connection.execute(select(_FACT).where(mine).order_by(_FACT.c.at, _FACT.c.id)).all())


def begun(connection: Connection, lane: str, since: datetime) -> tuple[Row[Any], ...]:
    """A lane's runs that were started since a moment, the oldest first."""
    mine = (_RUN.c.lane == lane) & (_RUN.c.started >= since)
    return tuple(connection.execute(select(_RUN).where(mine).order_by(_RUN.c.started)).all())
