"""What came back after the work was done, and which records people have worked on: read from the facts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from storage.tables import Canary, Fact, ShadowCase

_FACT: Table = Fact.__table__  # type: ignore[attr-defined]
_CASE: Table = ShadowCase.__table__  # type: ignore[attr-defined]
_CANARY: Table = Canary.__table__  # type: ignore[attr-defined]
_AT_ONCE = 1_000  # rows held in memory while many are read
_DEED = "deed"


def reactions(
    connection: Connection, sources: Sequence[str], since: datetime, until: datetime
) -> Iterator[Row[Any]]:  # fmt: skip
    """Whatever is no deed, of these sources, from `since` on and before `until`, the oldest first."""
    query = select(_FACT).where(_FACT.c.at >= since, _FACT.c.at < until, _FACT.c.kind != _DEED)
    ordered = query.where(_FACT.c.source.in_(sources)).order_by(_FACT.c.at, _FACT.c.id)
    with connection.execution_options(yield_per=_AT_ONCE).execute(ordered) as rows:
        yield from rows


def worked_on(connection: Connection, lane: str, since: datetime, until: datetime) -> frozenset[str]:
    """The records of what people did in the cases of a lane, and what else these name."""
    query = select(_FACT.c.ref).join(_CASE, _CASE.c.fact == _FACT.c.id)
    rows = connection.execute(query.where(_CASE.c.lane == lane, _CASE.c.at >= since, _CASE.c.at < until))
    return frozenset(row.ref for row in rows)


def fact(connection: Connection, which: str) -> str | None:
    """A fact's content, JSON; None where it is not kept."""
    found = connection.execute(select(_FACT.c.content).where(_FACT.c.id == which)).one_or_none()
    return found.content if found else None


def canaries(connection: Connection, lane: str, since: datetime, until: datetime) -> tuple[Row[Any], ...]:
    """The drafts that were wrong on purpose and were shown from `since` on and before `until`."""
    query = select(_CANARY).where(_CANARY.c.lane == lane, _CANARY.c.shown >= since, _CANARY.c.shown < until)
    return tuple(connection.execute(query.order_by(_CANARY.c.shown)))


def canary_runs(connection: Connection, lane: str) -> frozenset[str]:
    """The runs whose draft was wrong on purpose: no work of the lane."""
    return frozenset(row.run for row in connection.execute(select(_CANARY.c.run).where(_CANARY.c.lane == lane)))
