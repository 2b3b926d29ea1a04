"""Which runs share a card. A card is noted before it is posted, so that a kill in between posts it once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, insert, select, update

from storage.tables import BatchLine, CardBatch, RunRow

_BATCH: Table = CardBatch.__table__  # type: ignore[attr-defined]
_LINE: Table = BatchLine.__table__  # type: ignore[attr-defined]
_RUN: Table = RunRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Kind:
    """What lies together. `audience`: a record's owner, "@" and a group, or empty."""

    lane: str
    tool: str
    audience: str


@dataclass(frozen=True)
class Hung:
    """A card with its runs, in the order in which they joined. Without `ts` it has not been posted."""

    id: str
    lane: str
    tool: str
    audience: str
    opened: datetime
    channel: str
    ts: str
    reminded_step: int
    reminded_at: datetime | None
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Newest:
    """The newest card of its kind at a glance; `waits`: one of its runs waits for people."""

    id: str
    opened: datetime
    count: int
    waits: bool


def of_run(connection: Connection, run: str) -> str:
    """The card a run is on; empty when it is on none."""
    found = connection.execute(select(_LINE.c.batch).where(_LINE.c.run == run)).scalar()
    return str(found or "")


def newest(connection: Connection, kind: Kind) -> Newest | None:
    mine = [_BATCH.c[name] == value for name, value in vars(kind).items()]
    row = connection.execute(select(_BATCH.c.id, _BATCH.c.opened).where(*mine).order_by(_BATCH.c.opened.desc())).first()
    if row is None:
        return None
    lines = select(func.count(), func.max(_RUN.c.waiting)).join_from(_LINE, _RUN, _LINE.c.run == _RUN.c.run)
    count, waiting = connection.execute(lines.where(_LINE.c.batch == row.id)).one()
    return Newest(row.id, row.opened, count, bool(waiting))


def open_one(connection: Connection, which: str, kind: Kind, now: datetime) -> None:
    """Note a card that is to be posted."""
    posted = {"channel": "", "ts": "", "reminded_step": 0}
    connection.execute(insert(_BATCH).values(**vars(kind), id=which, opened=now, **posted))


def add(connection: Connection, which: str, run: str) -> None:
    """Put a run on a card; it is on none yet."""
    taken = select(func.count()).where(_LINE.c.batch == which).scalar_subquery()
    connection.execute(insert(_LINE).values(run=run, batch=which, nth=taken))


def find(connection: Connection, which: str) -> Hung | None:
    row = connection.execute(select(_BATCH).where(_BATCH.c.id == which)).mappings().first()
    if row is None:
        return None
    runs = connection.execute(select(_LINE.c.run).where(_LINE.c.batch == which).order_by(_LINE.c.nth)).scalars()
    return Hung(**row, runs=tuple(runs))


def hang(connection: Connection, which: str, channel: str, ts: str) -> None:
    """Note where it hangs."""
    connection.execute(update(_BATCH).where(_BATCH.c.id == which).values(channel=channel, ts=ts))


def reminded(connection: Connection, which: str, step: int, at: datetime) -> None:
    """Note the last reminder."""
    connection.execute(update(_BATCH).where(_BATCH.c.id == which).values(reminded_step=step, reminded_at=at))
