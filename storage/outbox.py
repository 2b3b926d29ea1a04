"""Work that is owed. It is written in the same transaction as the events that call for it, so neither exists alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from storage.clock import to_micros
from storage.prepared import Prepared
from storage.tables import Effect

_EFFECT = Effect.__table__  # type: ignore[attr-defined]
_add = Prepared(insert(_EFFECT), ("id", "content", "due", "attempts"))
_drop = Prepared(delete(_EFFECT).where(text("id IN (VALUES (:done))").bindparams(bindparam("done"))))
_later = (
    update(_EFFECT).where(_EFFECT.c.id == bindparam("which")).values(due=bindparam("then"), attempts=bindparam("tried"))
)


@dataclass(frozen=True)
class Owed:
    """One piece of work: `content` is JSON, `id` makes a second copy the same one."""

    id: str
    content: str
    due: datetime
    attempts: int = 0


def put(connection: Connection, owed: Sequence[Owed]) -> None:
    """Owe it, from the end of this transaction on."""
    if owed:
        _add.many(connection, [{**vars(one), "due": to_micros(one.due)} for one in owed])


def owed(connection: Connection, which: str) -> bool:
    """Is a piece of work by this id still to be done?"""
    return connection.execute(select(_EFFECT.c.id).where(_EFFECT.c.id == which)).first() is not None


def done(connection: Connection, ids: Iterable[str]) -> None:
    """It is no longer owed."""
    rows = [{"done": one} for one in ids]
    if rows:
        _drop.many(connection, rows)


def rehearse(connection: Connection, now: datetime) -> None:
    """Owe something and take it back: nothing is left of it, but it fails as every write would."""
    put(connection, [Owed("rehearsal", "{}", now)])
    done(connection, ["rehearsal"])


def postpone(connection: Connection, which: str, due: datetime, attempts: int) -> None:
    """It failed for now: not before `due`."""
    connection.execute(_later, {"which": which, "then": due, "tried": attempts})


def all_due(connection: Connection, now: datetime, limit: int = 100_000) -> tuple[Owed, ...]:
    """What may start now, oldest first."""
    rows = connection.execute(select(_EFFECT).where(_EFFECT.c.due <= now).order_by(_EFFECT.c.due).limit(limit))
    return tuple(Owed(r.id, r.content, r.due, r.attempts) for r in rows)


def count(connection: Connection) -> int:
    """How much is owed in all, later work included."""
    return len(connection.execute(select(_EFFECT.c.id)).all())
