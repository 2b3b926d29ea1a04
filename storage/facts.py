"""What the systems of record say that people did and what came back: each fact once, what it is about, and how far
each source was read. A page's facts and the place after it are kept in one transaction, or neither.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Fact, FactAbout
from storage.tables import Reading as ReadingRow

_FACT: Table = Fact.__table__  # type: ignore[attr-defined]
_ABOUT: Table = FactAbout.__table__  # type: ignore[attr-defined]
_READING: Table = ReadingRow.__table__  # type: ignore[attr-defined]
_REFS = 500  # asked about at once
_DEED = "deed"


@dataclass(frozen=True)
class Found:
    """A fact as a source tells it. `kind` is "deed" or the kind of a reaction, `content` its JSON."""

    id: str
    source: str
    kind: str
    ref: str
    also: tuple[str, ...]
    tool: str
    ours: bool
    at: datetime
    content: str


@dataclass(frozen=True)
class Reading:
    """How far a source was read for a purpose: everything before `read_until` is told. `cursor` is where a reading
    under way, of what came since `since`, goes on; None: none is.
    """

    source: str
    identity: str
    purpose: str
    since: datetime
    cursor: str | None = None
    read_until: datetime | None = None
    facts: int = 0  # new ones, of all readings


def system_ref(ref: str) -> str:
    """The same record without its kind: "stripe.charge ch_1" → "stripe ch_1"."""
    kind, _, name = ref.partition(" ")
    return f"{kind.partition('.')[0]} {name}"


def keep_page(connection: Connection, found: Sequence[Found], reading: Reading, now: datetime) -> int:
    """Keep a page and the place after it; how many of its facts were not known yet."""
    new = keep(connection, found, now)
    _put_reading(connection, replace(reading, facts=reading.facts + new))
    return new


def keep(connection: Connection, found: Sequence[Found], now: datetime) -> int:
    """Keep these facts; one that is known already stays as it was first told. How many are new."""
    one_each = {one.id: one for one in found}
    if not one_each:
        return 0
    known = set(connection.execute(select(_FACT.c.id).where(_FACT.c.id.in_(one_each))).scalars())
    new = [one for one in one_each.values() if one.id not in known]
    if not new:
        return 0
    rows = [{**{name: getattr(one, name) for name in _PLAIN}, "read": now} for one in new]
    about = [{"ref": ref, "fact": one.id} for one in new for ref in _refs(one)]
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    connection.execute(dialect.insert(_FACT).on_conflict_do_nothing(), rows)
    connection.execute(dialect.insert(_ABOUT).on_conflict_do_nothing(), about)
    return len(new)


def about(
    connection: Connection, refs: Sequence[str], since: datetime, until: datetime, *, deeds: bool | None = None
) -> Iterator[tuple[str, Any]]:
    """Facts from `since` up to `until` about any of these records, each with the name by which it was found: a fact
    about two of them comes twice. `deeds`: only what people did, or only what came back.
    """
    columns = (_ABOUT.c.ref, _FACT.c.id, _FACT.c.source, _FACT.c.tool, _FACT.c.ours, _FACT.c.at, _FACT.c.content)
    query = select(*columns).join(_FACT, _FACT.c.id == _ABOUT.c.fact)
    query = query.where(_FACT.c.at >= since, _FACT.c.at <= until).order_by(_FACT.c.at, _FACT.c.id)
    if deeds is not None:
        query = query.where(_FACT.c.kind == _DEED if deeds else _FACT.c.kind != _DEED)
    for n in range(0, len(refs), _REFS):
        for row in connection.execute(query.where(_ABOUT.c.ref.in_(refs[n : n + _REFS]))).all():
            yield row.ref, row


def of_tools(
    connection: Connection, tools: Sequence[str], since: datetime, until: datetime
) -> Iterator[Row[Any]]:  # fmt: skip
    """What was done with these tools from `since` and before `until`, the oldest first."""
    within = (_FACT.c.at >= since) & (_FACT.c.at < until) & _FACT.c.tool.in_(tools)
    query = select(_FACT).where(within).order_by(_FACT.c.at, _FACT.c.id)
    with connection.execution_options(yield_per=_REFS).execute(query) as rows:
        yield from rows


def reading(connection: Connection, source: str, identity: str, purpose: str) -> Reading | None:
    mine = (_READING.c.source == source) & (_READING.c.identity == identity) & (_READING.c.purpose == purpose)
    row = connection.execute(select(_READING).where(mine)).mappings().one_or_none()
    return Reading(**row) if row else None


def readings(connection: Connection) -> tuple[Reading, ...]:
    """Every reading there is, by source."""
    order = (_READING.c.source, _READING.c.identity, _READING.c.purpose)
    return tuple(Reading(**row) for row in connection.execute(select(_READING).order_by(*order)).mappings())


def counts(connection: Connection) -> dict[str, tuple[int, int]]:
    """By source: how many facts are kept, and how many of them are an agent's own writes."""
    ours = func.sum(func.cast(_FACT.c.ours, _READING.c.facts.type))
    query = select(_FACT.c.source, func.count(), ours).group_by(_FACT.c.source)
    return {source: (count, int(own or 0)) for source, count, own in connection.execute(query)}


_PLAIN = ("id", "source", "kind", "ref", "tool", "ours", "at", "content")


def _refs(one: Found) -> set[str]:
    whole = {one.ref, *one.also}
    return whole | {system_ref(ref) for ref in whole}


def _put_reading(connection: Connection, reading: Reading) -> None:
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    made = dialect.insert(_READING)
    changed = {name: made.excluded[name] for name in ("since", "cursor", "read_until", "facts")}
    keys = ["source", "identity", "purpose"]
    connection.execute(made.on_conflict_do_update(index_elements=keys, set_=changed), [vars(reading)])
