"""Runs that draft in silence, one row each: what they would have done, and how far they are held against people."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.clock import to_micros
from storage.prepared import Prepared
from storage.tables import ShadowCase, SilentRun

_RUN: Table = SilentRun.__table__  # type: ignore[attr-defined]
_CASE: Table = ShadowCase.__table__  # type: ignore[attr-defined]
_CHANGES = ("finished", "drafts", "read")
_COLUMNS = ("run", "lane", "subject", "via", "configuration", "since", "finished", "drafts", "read", "state")
_put = {
    name: Prepared(
        made.on_conflict_do_update(index_elements=["run"], set_={one: made.excluded[one] for one in _CHANGES}), _COLUMNS
    )
    for name, made in (("sqlite", sqlite.insert(_RUN)), ("postgresql", postgresql.insert(_RUN)))
}
_mark = Prepared(update(_RUN).where(_RUN.c.run == bindparam("one")).values(state=bindparam("now")), ("state",))
_OF_THE_PAST = "backfill"
OPEN, NOTED, UNSETTLED, SETTLED = "", "noted", "unsettled", "settled"  # `noted`: its drafts are cases that wait


def put(connection: Connection, row: dict[str, Any]) -> None:
    """Keep a run as it stands; how far it is held against people stays as it is. Part of what appends its events."""
    ended = row["finished"]
    moments = {"since": to_micros(row["since"]), "finished": to_micros(ended) if ended else None}
    _put[connection.dialect.name].many(connection, [{**row, **moments, "state": OPEN}])


def waiting(
    connection: Connection, lane: str, begun_before: datetime, after: tuple[datetime, str] | None, many: int
) -> Sequence[Row[Any]]:
    """Runs of a lane that are not settled, the oldest first: those begun up to a moment, and younger ones that have
    ended and were never looked at. `after`: (started, run) of the last one seen.
    """
    old = _RUN.c.since <= begun_before
    fresh = (_RUN.c.state == OPEN) & _RUN.c.finished.is_not(None)
    query = select(_RUN).where(_RUN.c.lane == lane, _RUN.c.state.in_([OPEN, NOTED, UNSETTLED]), old | fresh)
    if after:
        at, run = after
        query = query.where((_RUN.c.since > at) | ((_RUN.c.since == at) & (_RUN.c.run > run)))
    return connection.execute(query.order_by(_RUN.c.since, _RUN.c.run).limit(many)).all()


def about(
    connection: Connection, lane: str, subjects: Sequence[str], since: datetime, until: datetime
) -> Sequence[str]:
    """The names of a lane's runs about these subjects begun from `since` up to `until`, the oldest first."""
    mine = (_RUN.c.lane == lane) & _RUN.c.subject.in_(subjects) & (_RUN.c.since >= since) & (_RUN.c.since <= until)
    return connection.execute(select(_RUN.c.run).where(mine).order_by(_RUN.c.since, _RUN.c.run)).scalars().all()


def named(connection: Connection, runs: Sequence[str]) -> Sequence[Row[Any]]:
    """These runs, in no order."""
    return connection.execute(select(_RUN).where(_RUN.c.run.in_(runs))).all() if runs else ()


def facts_of(connection: Connection, runs: Sequence[str]) -> dict[str, set[str]]:
    """By run, the deeds that its cases hold."""
    found: dict[str, set[str]] = {}
    held = (_CASE.c.run.in_(runs)) & (_CASE.c.fact != "")
    for run, fact in connection.execute(select(_CASE.c.run, _CASE.c.fact).where(held)) if runs else ():
        found.setdefault(run, set()).add(fact)
    return found


def mark(connection: Connection, runs: Sequence[str], state: str) -> None:
    """Note how far these runs are."""
    if runs:
        _mark.many(connection, [{"one": run, "now": state} for run in runs])


def oldest_waiting(connection: Connection, lane: str) -> datetime | None:
    """When the oldest run began that is not settled yet, those of past periods left out."""
    mine = (_RUN.c.lane == lane) & _RUN.c.state.in_([OPEN, NOTED, UNSETTLED]) & (_RUN.c.via != _OF_THE_PAST)
    found: datetime | None = connection.execute(select(func.min(_RUN.c.since)).where(mine)).scalar_one()
    return found


def counts(connection: Connection, lane: str) -> dict[tuple[str, str], int]:
    """How many silent runs of a lane there are, by way in and state."""
    query = select(_RUN.c.via, _RUN.c.state, func.count()).where(_RUN.c.lane == lane).group_by(_RUN.c.via, _RUN.c.state)
    return {(via, state): count for via, state, count in connection.execute(query)}


def known(connection: Connection, runs: Sequence[str]) -> Iterator[str]:
    """Which of these runs there are."""
    yield from connection.execute(select(_RUN.c.run).where(_RUN.c.run.in_(runs))).scalars()


def unfinished(connection: Connection, runs: Sequence[str]) -> int:
    """How many of these runs have not ended."""
    mine = _RUN.c.run.in_(runs) & _RUN.c.finished.is_(None)
    return int(connection.execute(select(func.count()).where(mine)).scalar_one())
