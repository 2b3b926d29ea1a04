"""What people said of drafts, by what the drafts were about. Rows made from the ledger, with the events themselves."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, insert, select

from storage.clock import to_micros
from storage.prepared import Prepared
from storage.tables import Remembered

_PRECEDENT: Table = Remembered.__table__  # type: ignore[attr-defined]
_MOST = 3  # the newest say enough
_add = Prepared(insert(_PRECEDENT), ("lane", "about", "at", "content"), key="about")
_of = Prepared(
    select(_PRECEDENT.c.content)
    .where(
        _PRECEDENT.c.lane == bindparam("lane"), _PRECEDENT.c.about == bindparam("about"),
        _PRECEDENT.c.at >= bindparam("since"),
    )
    .order_by(_PRECEDENT.c.at.desc())
    .limit(_MOST),
    key="about",
)  # fmt: skip


def remember(connection: Connection, lane: str, about: Iterable[str], at: datetime, content: str) -> None:
    """Keep what was said (JSON) under everything that it is about."""
    rows = [{"lane": lane, "about": one, "at": to_micros(at), "content": content} for one in about]
    _add.many(connection, rows)


def precedents(connection: Connection, lane: str, about: str, since: datetime) -> tuple[str, ...]:
    """What was said since a moment of something like it, the newest first."""
    rows = _of.all(connection, {"lane": lane, "about": about, "since": to_micros(since)})
    return tuple(str(content) for (content,) in rows)
