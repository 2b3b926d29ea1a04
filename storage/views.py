"""Rows made for looking things up. Each can be made again from the ledger; what they mean is decided upstairs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

import orjson
from sqlalchemy import Connection, Table, bindparam, case, delete, exists, func, literal, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.clock import to_micros
from storage.prepared import Prepared
from storage.tables import Delivery, Mention, RunRow, SilentRun, Tally, Visitor

_RUN: Table = RunRow.__table__  # type: ignore[attr-defined]
_SILENT: Table = SilentRun.__table__  # type: ignore[attr-defined]
_TALLY: Table = Tally.__table__  # type: ignore[attr-defined]
_MENTION: Table = Mention.__table__  # type: ignore[attr-defined]
_DELIVERY: Table = Delivery.__table__  # type: ignore[attr-defined]
_VISITOR: Table = Visitor.__table__  # type: ignore[attr-defined]
PRACTICE = "auto:canary:%"  # the requester of a practice run, see lanes/core/practice.py: no work of the lane
PRACTISED = "practice"  # and its outcome
_GLANCE = ("waiting", "waiting_until", "waits", "finished", "outcome")  # what changes of a run
_put_run = {
    name: Prepared(
        made.on_conflict_do_update(index_elements=["run"], set_={one: made.excluded[one] for one in _GLANCE}),
        ("run", "lane", "subject", "requester", "started", *_GLANCE),
        key="subject",
    )
    for name, made in (("sqlite", sqlite.insert(_RUN)), ("postgresql", postgresql.insert(_RUN)))
}
_silent = exists().where(_SILENT.c.run == _RUN.c.run)
_run_about = {
    silent: Prepared(
        select(_RUN.c.run)
        .where(
            _RUN.c.lane == bindparam("lane"), _RUN.c.subject == bindparam("subject"), _silent if silent else ~_silent,
            _RUN.c.requester.not_like(bindparam("practice")),
            or_(_RUN.c.finished.is_(None), _RUN.c.started >= bindparam("since")),
        )
        .order_by(_RUN.c.started.desc())
        .limit(1),
        key="subject",
    )
    for silent in (False, True)
}  # fmt: skip
_add_tally = {
    name: Prepared(
        made.on_conflict_do_update(
            index_elements=["lane", "day", "what"], set_={"total": _TALLY.c.total + made.excluded.total}
        ),
        ("lane", "day", "what", "total"),
    )
    for name, made in (("sqlite", sqlite.insert(_TALLY)), ("postgresql", postgresql.insert(_TALLY)))
}
_add_mention = {
    "sqlite": Prepared(sqlite.insert(_MENTION).on_conflict_do_nothing(), ("term", "stream")),
    "postgresql": Prepared(postgresql.insert(_MENTION).on_conflict_do_nothing(), ("term", "stream")),
}
_delivery = Prepared(select(_DELIVERY.c.content).where(_DELIVERY.c.id == bindparam("id")))
_add_delivery = {
    "sqlite": Prepared(sqlite.insert(_DELIVERY).on_conflict_do_nothing(), ("id", "content", "received")),
    "postgresql": Prepared(postgresql.insert(_DELIVERY).on_conflict_do_nothing(), ("id", "content", "received")),
}
_each = {  # the texts of a JSON list, one a row
    "sqlite": "SELECT value FROM json_each(:what)",
    "postgresql": "SELECT json_array_elements_text(CAST(:what AS json))",
}
_tallies = {
    name: Prepared(
        select(_TALLY.c.what, func.sum(_TALLY.c.total))
        .where(
            _TALLY.c.lane == bindparam("lane"),
            text(f"what IN ({each})").bindparams(bindparam("what")),
            or_(_TALLY.c.day == bindparam("open"), _TALLY.c.day == bindparam("day")),
        )
        .group_by(_TALLY.c.what)
    )
    for name, each in _each.items()
}
OPEN = "open"  # the day of a tally that is a reservation


def upsert(connection: Connection, table: Any) -> Any:
    """INSERT … ON CONFLICT, which both databases spell alike and SQLAlchemy keeps in two places."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def put_run(connection: Connection, row: Mapping[str, Any]) -> None:
    """A run at a glance, new or changed: run, lane, subject, requester, started, waiting, waiting_until, waits,
    finished, outcome; of a run that is there, the last five.
    """
    moments = {name: to_micros(row[name]) if row[name] else None for name in ("started", "waiting_until", "finished")}
    _put_run[connection.dialect.name].many(connection, [{**row, **moments}])


def add_to_tallies(connection: Connection, lane: str, changes: Sequence[tuple[str, str, int]]) -> None:
    """Add (day, what, amount) to the lane's running totals."""
    amounts = Counter[tuple[str, ...]]()
    for day, what, amount in changes:
        amounts[lane, day, what] += amount
    _add_tally[connection.dialect.name].add_up(connection, amounts)


def tallies(connection: Connection, lane: str, day: str, what: Iterable[str]) -> dict[str, int]:
    """What is reserved and what was used on `day`, added up, for those of `what` that were ever counted."""
    named = [*what]
    asked = {"lane": lane, "open": OPEN, "day": day, "what": orjson.dumps(named).decode()}
    totals = {name: int(total) for name, total in _tallies[connection.dialect.name].all(connection, asked)}
    waiting = _add_tally[connection.dialect.name].waiting(connection)
    for key in product((lane,), (OPEN, day), named):
        if key in waiting:
            totals[key[2]] = totals.get(key[2], 0) + waiting[key]
    return totals


def mention(connection: Connection, stream: str, terms: Iterable[str]) -> None:
    """Note that a stream speaks of these terms."""
    rows = [{"term": term.casefold(), "stream": stream} for term in terms if term]
    if rows:
        _add_mention[connection.dialect.name].many(connection, rows)


def streams_about(connection: Connection, term: str, limit: int) -> tuple[str, ...]:
    """Streams that speak of a term, the newest run first."""
    rows = connection.execute(
        select(_MENTION.c.stream)
        .join(_RUN, literal("run:") + _RUN.c.run == _MENTION.c.stream)
        .where(_MENTION.c.term == term.casefold())
        .order_by(_RUN.c.started.desc())
        .limit(limit)
    )
    return tuple(row.stream for row in rows)


def stream_called(connection: Connection, term: str, prefix: str) -> str | None:
    """The stream of a kind that speaks of a term no other of them does; None where there is none."""
    query = select(_MENTION.c.stream).where(_MENTION.c.term == term.casefold())
    found = connection.execute(query.where(_MENTION.c.stream.startswith(prefix, autoescape=True)))
    return found.scalars().first()


def runs(
    connection: Connection, *, lane: str | None = None, waiting: bool = False, unfinished: bool = False, limit: int = 20
) -> tuple[Any, ...]:
    """Runs at a glance: those that wait come soonest deadline first, else newest first."""
    query = select(_RUN).limit(limit)
    if lane is not None:
        query = query.where(_RUN.c.lane == lane)
    if unfinished:
        query = query.where(_RUN.c.finished.is_(None))
    if waiting:
        query = query.where(_RUN.c.waiting > 0).order_by(_RUN.c.waiting_until)
    return tuple(connection.execute(query.order_by(_RUN.c.started.desc())).all())


def find_run(connection: Connection, start: str) -> tuple[str, ...]:
    """Runs whose id starts so; two at the most, so that an ambiguous start shows."""
    rows = connection.execute(select(_RUN.c.run).where(_RUN.c.run.startswith(start, autoescape=True)).limit(2))
    return tuple(row.run for row in rows)


def run_about(connection: Connection, lane: str, subject: str, since: datetime, *, silent: bool = False) -> str:
    """The newest run of a lane about a subject that is under way, or was asked for since a moment; empty: none. Silent
    runs and others know nothing of each other.
    """
    asked = {"lane": lane, "subject": subject, "practice": PRACTICE, "since": to_micros(since)}
    found = _run_about[silent].all(connection, asked)
    return str(found[0][0]) if found else ""


def counts(connection: Connection, lane: str, since: datetime) -> dict[str, int]:
    """Runs of a lane since a moment, by outcome; what is not finished is counted as "open"."""
    outcome = case((_RUN.c.finished.is_(None), "open"), else_=_RUN.c.outcome)
    rows = connection.execute(
        select(outcome, func.count())
        .where(_RUN.c.lane == lane, or_(_RUN.c.started >= since, _RUN.c.finished.is_(None)))
        .group_by(outcome)
    )
    return {str(name): int(count) for name, count in rows if name != PRACTISED}


def store_delivery(connection: Connection, delivery: str, content: str, now: datetime) -> bool:
    """Keep it; False when the same one is kept already."""
    row = {"id": delivery, "content": content, "received": to_micros(now)}
    return _add_delivery[connection.dialect.name].once(connection, row)


def delivery(connection: Connection, which: str) -> str | None:
    """What was delivered, None once it was answered and swept away."""
    found = _delivery.all(connection, {"id": which})
    return found[0][0] if found else None


def answer_once(connection: Connection, which: str, now: datetime) -> bool:
    """Mark a delivery as answered; False when it was, or is not kept."""
    unanswered = (_DELIVERY.c.id == which) & _DELIVERY.c.answered.is_(None)
    marked = connection.execute(update(_DELIVERY).where(unanswered).values(answered=now))
    return bool(marked.rowcount)


def sweep_deliveries(connection: Connection, before: datetime) -> int:
    """Forget deliveries older than a moment; how many."""
    return connection.execute(delete(_DELIVERY).where(_DELIVERY.c.received < before)).rowcount


def seen(connection: Connection, user: str, now: datetime) -> None:
    """Somebody opened App Home."""
    statement = upsert(connection, _VISITOR).values(user=user, seen=now)
    connection.execute(statement.on_conflict_do_update(index_elements=["user"], set_={"seen": now}))


def visitors(connection: Connection, since: datetime) -> tuple[str, ...]:
    """Who has opened App Home since a moment."""
    rows = connection.execute(select(_VISITOR.c.user).where(_VISITOR.c.seen >= since))
    return tuple(row.user for row in rows)
