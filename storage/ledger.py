"""The append-only history: one hash chain a stream, and the bodies beside it.

What is hashed is the envelope: stream, version, kind, moment, the hash before it, and a salted commitment for each
field of the body (SD-JWT's disclosure shape, RFC 9901: SHA-256 over [salt, name, value]). The body lies in its own
table, so it can be erased, and the chain still proves that, when and in which order something was recorded.
Each field's salt is derived from the row's own 128-bit salt: one field can be disclosed without its neighbours.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, bindparam, func, insert, or_, select, type_coerce

from storage.batch import Batch
from storage.clock import from_micros, to_micros
from storage.prepared import Prepared
from storage.tables import Body, Event

GENESIS = "0" * 64  # what the first event of a stream follows


class StreamConflict(Exception):
    """Somebody else appended to this stream first."""


@dataclass(frozen=True)
class Recorded:
    """One event as it stands in its stream; `body` is None once it was erased."""

    stream: str
    version: int
    kind: str
    at: datetime
    body: Mapping[str, Any] | None
    hash: str


@dataclass(frozen=True)
class New:
    """One event to append."""

    kind: str
    at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """What a verification found wrong, and where."""

    stream: str
    version: int
    what: str


_EVENT, _BODY = Event.__table__, Body.__table__  # type: ignore[attr-defined]
_add_events = Prepared(
    insert(_EVENT), ("stream", "version", "kind", "at", "envelope", "hash"),
    key="stream", clash=StreamConflict,
)  # fmt: skip
_add_bodies = Prepared(insert(_BODY), ("stream", "version", "salt", "content"), key="stream")
_read = Prepared(
    select(_EVENT.c.version, _EVENT.c.kind, _EVENT.c.at, _EVENT.c.hash, _BODY.c.content)
    .outerjoin(_BODY, (_BODY.c.stream == _EVENT.c.stream) & (_BODY.c.version == _EVENT.c.version))
    .where(_EVENT.c.stream == bindparam("stream"), _EVENT.c.version > bindparam("after"))
    .order_by(_EVENT.c.version),
    key="stream",
)
_newest = Prepared(
    select(_EVENT.c.stream, func.max(_EVENT.c.version))
    .where(or_(_EVENT.c.stream == bindparam("stream"), _EVENT.c.stream == bindparam("other")))
    .group_by(_EVENT.c.stream)
)


def append(connection: Connection, stream: str, after: tuple[int, str], news: Sequence[New]) -> tuple[int, str]:
    """Add events behind `after`, the (version, hash) last seen; answers the new one.

    Raises `StreamConflict`, in a batch at its end.
    """
    version, last = after
    events, bodies = [], []
    salts = secrets.token_hex(16 * len(news))  # each asking of the kernel costs as much as hashing an event
    for n, new in enumerate(news):
        version += 1
        salt, at = salts[32 * n : 32 * n + 32], to_micros(new.at)
        fields = {name: orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for name, value in new.body.items()}
        envelope = _encode({
            "stream": stream, "version": version, "kind": new.kind, "at": at, "prev": last,
            "fields": _commitments(salt, fields),
        })  # fmt: skip
        last = _hash(envelope)
        row = {"stream": stream, "version": version, "kind": new.kind, "at": at}
        events.append({**row, "envelope": envelope.decode(), "hash": last})
        content = _encode(new.body).decode()
        bodies.append({"stream": stream, "version": version, "salt": salt, "content": content})
    _add_events.many(connection, events)
    _add_bodies.many(connection, bodies)
    batch = Batch.of(connection)
    if batch is not None:
        batch.heads[stream] = version
    return version, last


def commitments(salt: str, body: Mapping[str, Any]) -> dict[str, str]:
    """A commitment for each field of a body: SHA-256 of the canonical JSON of [field's salt, name, value]."""
    return _commitments(salt, {name: _encode(value) for name, value in body.items()})


def _commitments(salt: str, fields: Mapping[str, bytes]) -> dict[str, str]:
    """In one loop and with `field_salt` spelled out: a run has a hundred fields."""
    key, made = bytes.fromhex(salt), {}
    for field, value in fields.items():
        name = field.encode()
        own = blake2b(name, key=key, digest_size=16).hexdigest()
        made[field] = sha256(b'["%b","%b",%b]' % (own.encode(), name, value)).hexdigest()
    return made


def field_salt(salt: str, name: str) -> str:
    """The salt of one field, 32 hex digits (BLAKE2b keyed with the row's salt); it tells nothing of the others."""
    return blake2b(name.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def read(connection: Connection, stream: str, after: int = 0) -> tuple[Recorded, ...]:
    """A stream's events in order, those behind version `after`."""
    return tuple(
        Recorded(stream, version, kind, from_micros(at), orjson.loads(content) if content is not None else None, hashed)
        for version, kind, at, hashed, content in _read.all(connection, {"stream": stream, "after": after})
    )


def heads(connection: Connection, stream: str, other: str = "") -> tuple[int, int]:
    """The newest versions of two streams; 0 for one without events."""
    batch = Batch.of(connection)
    known = batch.heads if batch is not None else {}
    if stream not in known or other not in known:
        known |= {stream: 0, other: 0, **dict(_newest.all(connection, {"stream": stream, "other": other}))}
    return known[stream], known[other]


def streams(connection: Connection, prefix: str = "") -> tuple[str, ...]:
    """All streams whose name starts with `prefix`, in order of their first event."""
    rows = connection.execute(
        select(_EVENT.c.stream).where(_EVENT.c.version == 1, _EVENT.c.stream.startswith(prefix, autoescape=True))
        .order_by(_EVENT.c.id)
    )  # fmt: skip
    return tuple(row.stream for row in rows)


def names(connection: Connection, after: str, limit: int) -> tuple[str, ...]:
    """The streams whose names come after `after`, in the order of names."""
    query = select(_EVENT.c.stream).where(_EVENT.c.stream > after).distinct().order_by(_EVENT.c.stream).limit(limit)
    return tuple(connection.execute(query).scalars())


def verify(connection: Connection, after: str = "", upto: str | None = None) -> Iterator[Problem]:
    """Read the whole history and name everything that does not fit: a changed row, a gap, a fork, a changed body.

    A part of it: the streams whose names come after `after`, up to `upto`.
    """
    asked = _EVENT.c.stream > after if upto is None else (_EVENT.c.stream > after) & (_EVENT.c.stream <= upto)
    micros = type_coerce(_EVENT.c.at, BigInteger).label("at")  # as it stands: whatever was put there can be compared
    query = (
        select(_EVENT.c.stream, _EVENT.c.version, _EVENT.c.kind, micros, _EVENT.c.envelope, _EVENT.c.hash)
        .add_columns(_BODY.c.salt, _BODY.c.content)
        .outerjoin(_BODY, (_BODY.c.stream == _EVENT.c.stream) & (_BODY.c.version == _EVENT.c.version))
        .where(asked)
        .order_by(_EVENT.c.stream, _EVENT.c.version)
    )
    stream, version, last = None, 0, GENESIS
    with connection.execute(query.execution_options(yield_per=500)) as rows:
        for row in rows:
            if row.stream != stream:
                stream, version, last = row.stream, 0, GENESIS
            for what in _complaints(row, version, last):
                yield Problem(row.stream, row.version, what)
            version, last = row.version, row.hash


def _complaints(row: Any, version: int, last: str) -> Iterator[str]:
    if row.version != version + 1:
        yield f"event {version + 1} is missing"
    if _hash(row.envelope.encode()) != row.hash:
        yield "the envelope does not match its hash"
    try:
        envelope = orjson.loads(row.envelope)
        said = (envelope["stream"], envelope["version"], envelope["kind"], envelope["at"])
        before, fields = envelope["prev"], envelope["fields"]
    except (ValueError, KeyError, TypeError):
        yield "the envelope cannot be read"
        return
    if said != (row.stream, row.version, row.kind, row.at):
        yield "the columns do not match the envelope"
    if before != last:
        yield "it does not follow the event before it"
    if row.content is not None and not _committed(row.salt, row.content, fields):
        yield "the body does not match its commitments"


def _committed(salt: str, content: str, fields: object) -> bool:
    """To the letter: another spelling of the same salt or the same JSON has been changed, too."""
    try:
        body = orjson.loads(content)
        spelled = bytes.fromhex(salt).hex() == salt and _encode(body).decode() == content
        return spelled and commitments(salt, body) == fields
    except (ValueError, AttributeError):
        return False


def _hash(text: bytes) -> str:
    return sha256(text).hexdigest()


def _encode(value: Any) -> bytes:
    """Canonical JSON: RFC 8785 for values without floating-point numbers whose keys are ASCII."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
