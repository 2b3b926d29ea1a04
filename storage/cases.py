"""Drafts beside what people did, one row a case. What a case is and what it weighs: `lanes/shadow/cases.py`."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.clock import to_micros
from storage.prepared import Prepared
from storage.tables import Fact, Instant, ShadowCase

_CASE: Table = ShadowCase.__table__  # type: ignore[attr-defined]
_FACT: Table = Fact.__table__  # type: ignore[attr-defined]
_SAID = ("asked", "label", "person_label", "reason", "labelled")  # by people; matching again changes nothing of it
_MOMENTS = ("at", "settled", "labelled")
_AT_ONCE = 1_000  # rows held in memory while many are read
_COLUMNS = [one.name for one in _CASE.columns]
_CHANGES = [name for name in _COLUMNS if name not in {"id", *_SAID}]
_put = {
    name: Prepared(
        made.on_conflict_do_update(index_elements=["id"], set_={one: made.excluded[one] for one in _CHANGES}), _COLUMNS
    )
    for name, made in (("sqlite", sqlite.insert(_CASE)), ("postgresql", postgresql.insert(_CASE)))
}


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep these cases; one that is kept already is as the new row says, but for what people said of it."""
    if rows:
        made = [{**row, **{name: _micros(row[name]) for name in _MOMENTS}, "asked": None} for row in rows]
        _put[connection.dialect.name].many(connection, made)


def _micros(at: datetime | None) -> int | None:
    return to_micros(at) if at else None


def find(connection: Connection, case: str) -> Row[Any] | None:
    """One case; None when there is none of that id."""
    return connection.execute(select(_CASE).where(_CASE.c.id == case)).one_or_none()


def of_lane(
    connection: Connection, lane: str, since: datetime | None = None, until: datetime | None = None, *,
    segment: str | None = None, configuration: str | None = None,
) -> Iterator[Row[Any]]:  # fmt: skip
    """Cases of a lane, the oldest first, from `since` on and before `until`; of one stratum where it is named.

    Rows are read as they are asked for: a hundred thousand of them need no more memory than a thousand.
    """
    query = select(_CASE).where(_CASE.c.lane == lane).order_by(_CASE.c.at, _CASE.c.id)
    query = query.where(_CASE.c.at >= since) if since else query
    query = query.where(_CASE.c.at < until) if until else query
    query = query.where(_CASE.c.segment == segment) if segment is not None else query
    query = query.where(_CASE.c.configuration == configuration) if configuration is not None else query
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as rows:
        yield from rows


def say(
    connection: Connection, case: str, *, label: str, person_label: str, reason: str, at: datetime
) -> bool:  # fmt: skip
    """Keep what somebody who looked at a case calls the agent's side and the person's; False when that was said.

    With it a case is settled that was not yet.
    """
    unsaid = (_CASE.c.id == case) & _CASE.c.labelled.is_(None)
    said = {
        "label": label, "person_label": person_label, "reason": reason, "labelled": at,
        "settled": func.coalesce(_CASE.c.settled, literal(at, Instant())),
    }  # fmt: skip
    return bool(connection.execute(update(_CASE).where(unsaid).values(said)).rowcount)


def ask(connection: Connection, case: str, at: datetime) -> None:
    """People are asked about a case from now on."""
    connection.execute(update(_CASE).where(_CASE.c.id == case).values(asked=at))


def asked(connection: Connection, lane: str) -> int:
    """How many of a lane's cases wait for somebody who looks at them."""
    waits = (_CASE.c.lane == lane) & _CASE.c.asked.is_not(None) & _CASE.c.labelled.is_(None)
    return connection.execute(select(func.count()).where(waits)).scalar_one()


def asked_before(connection: Connection, lane: str, moment: datetime) -> Sequence[str]:
    """Which of a lane's cases have waited since before that moment for somebody who looks at them."""
    waits = (_CASE.c.lane == lane) & (_CASE.c.asked < moment) & _CASE.c.labelled.is_(None)
    return connection.execute(select(_CASE.c.id).where(waits).order_by(_CASE.c.asked)).scalars().all()


def unasked(connection: Connection, lane: str, now: datetime) -> Generator[Any]:
    """Id, source and outcome of what stands by now and nobody was asked about: drawn audits first, then the oldest.

    Whoever does not read it to its end closes it, as a statement that is left half read keeps its connection in the
    past: the next one to use it would not see what was committed since.
    """
    audit = _CASE.c.source == "audit"
    query = (
        select(_CASE.c.id, _CASE.c.source, _CASE.c.outcome)
        .where(_CASE.c.lane == lane, _CASE.c.asked.is_(None), _CASE.c.labelled.is_(None))
        .where(or_(audit, (_CASE.c.settled <= now) & (_CASE.c.outcome != "unsettled")))
        .order_by(audit.desc(), _CASE.c.at, _CASE.c.id)
    )
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as rows:
        yield from rows


def deed(connection: Connection, fact: str) -> str | None:
    """What a case's fact says, JSON; None where there is none."""
    return connection.execute(select(_FACT.c.content).where(_FACT.c.id == fact)).scalar_one_or_none()


def counts(connection: Connection, lane: str) -> dict[tuple[str, str, bool], int]:
    """How many cases of a lane there are, by source, outcome and whether they are settled."""
    columns = (_CASE.c.source, _CASE.c.outcome, _CASE.c.settled.is_not(None).label("settled"))
    query = select(*columns, func.count()).where(_CASE.c.lane == lane).group_by(*columns)
    return {(source, outcome, bool(settled)): count for source, outcome, settled, count in connection.execute(query)}
