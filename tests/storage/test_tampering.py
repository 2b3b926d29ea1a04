"""Whatever is changed in the tables behind our back, verification names it."""

import hashlib
import json
from collections.abc import Iterator

import pytest
from databases import writing
from sqlalchemy import bindparam, text

from lanes.core.canonical import canonical
from storage import ledger
from storage.clock import to_micros
from storage.ledger import GENESIS, commitments

WHOLE = ("envelope", "hash", "content", "salt")


def changed(value: str) -> Iterator[str]:
    """Every way to change one character: another letter, the other case, one less, a blank more."""
    for n, char in enumerate(value):
        for other in (chr(ord(char) ^ 1), chr(ord(char) ^ 0x20), "", " " + char):
            yield value[:n] + other + value[n + 1 :]


@pytest.mark.parametrize("column", WHOLE)
def test_no_character_can_be_changed(database, record, column):
    record("run:1", {"n": 1}, {"a": 38, "ü": "\x1f"}, {"n": 3})
    table = "event" if column in {"envelope", "hash"} else "body"
    update = text(f"UPDATE {table} SET {column} = :value WHERE version = 2").bindparams(bindparam("value"))

    with database.connect().execution_options(writes=True) as connection:
        before = connection.execute(text(f"SELECT {column} FROM {table} WHERE version = 2")).scalar_one()
        step = 7 if column in {"envelope", "hash"} else 1  # those are hashed whole: a sample does
        for value in list(changed(before))[::step]:
            connection.execute(update, {"value": value})
            found = list(ledger.verify(connection))
            assert found, f"{column} {value!r} for {before!r} went unnoticed"
            assert {(one.stream, one.version) for one in found} <= {("run:1", 2), ("run:1", 3)}
        connection.rollback()


def forge(stream: str, version: int, prev: str, body: dict, at: int) -> dict:
    """An event as an intruder with our code would make it."""
    salt = "ab" * 16
    fields = commitments(salt, body)
    envelope = canonical(
        {"stream": stream, "version": version, "kind": "thing.happened", "at": at, "prev": prev, "fields": fields}
    )
    seal = hashlib.sha256(envelope.encode()).hexdigest()
    return {"stream": stream, "version": version, "kind": "thing.happened", "at": at, "envelope": envelope,
            "hash": seal, "salt": salt, "content": canonical(body)}  # fmt: skip


INSERT = (
    "INSERT INTO event (stream, version, kind, at, envelope, hash)"
    " VALUES (:stream, :version, :kind, :at, :envelope, :hash)"
)
SHIFT = "UPDATE event SET version = version + 100 WHERE stream = 'run:1' AND version >= 2"
BACK = "UPDATE event SET version = version - 99 WHERE stream = 'run:1' AND version >= 100"
DEEDS = {
    "the kind is another": ["UPDATE event SET kind = 'other.thing' WHERE version = 2 AND stream = 'run:1'"],
    "the moment is a microsecond later": ["UPDATE event SET at = at + 1 WHERE version = 2 AND stream = 'run:1'"],
    "the moment is before all time": ["UPDATE event SET at = -9000000000000000000 WHERE version = 2"],
    "it stands in another stream": ["UPDATE event SET stream = 'run:9' WHERE version = 3 AND stream = 'run:1'"],
    "its number is another": ["UPDATE event SET version = 7 WHERE version = 3 AND stream = 'run:1'"],
    "the first is gone": ["DELETE FROM event WHERE version = 1 AND stream = 'run:1'"],
    "one in the middle is gone": ["DELETE FROM event WHERE version = 2 AND stream = 'run:1'"],
    "one in the middle is gone, and the rest moved up": [
        "DELETE FROM event WHERE version = 2 AND stream = 'run:1'",
        "UPDATE event SET version = 2 WHERE version = 3 AND stream = 'run:1'",
    ],
    "two have changed places": [
        "UPDATE event SET version = 100 WHERE version = 2 AND stream = 'run:1'",
        "UPDATE event SET version = 2 WHERE version = 3 AND stream = 'run:1'",
        "UPDATE event SET version = 3 WHERE version = 100 AND stream = 'run:1'",
    ],
    "two have changed bodies": [
        "UPDATE body SET version = 100 WHERE version = 2 AND stream = 'run:1'",
        "UPDATE body SET version = 2 WHERE version = 3 AND stream = 'run:1'",
        "UPDATE body SET version = 3 WHERE version = 100 AND stream = 'run:1'",
    ],
    "a body comes from another stream": [
        "DELETE FROM body WHERE version = 2 AND stream = 'run:1'",
        "UPDATE body SET stream = 'run:1' WHERE version = 2 AND stream = 'run:2'",
    ],
    "a body is not an object": ["UPDATE body SET content = '[]' WHERE version = 2 AND stream = 'run:1'"],
    "a body is not JSON": ["UPDATE body SET content = 'gone' WHERE version = 2 AND stream = 'run:1'"],
    "a body has a field more": ["UPDATE body SET content = '{\"m\":1,\"n\":2}' WHERE version = 2"],
    "a body has a field less": ["UPDATE body SET content = '{}' WHERE version = 2 AND stream = 'run:1'"],
    "an envelope is not JSON": ["UPDATE event SET envelope = 'gone' WHERE version = 2 AND stream = 'run:1'"],
    "an envelope is not an object": ["UPDATE event SET envelope = '[1]' WHERE version = 2 AND stream = 'run:1'"],
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_done_to_the_tables_is_named(database, record, faults, deed):
    record("run:1", {"n": 1}, {"n": 2}, {"n": 3})
    record("run:2", {"n": 1}, {"n": 2}, {"n": 3})
    assert faults() == []

    with writing(database) as connection:
        for statement in DEEDS[deed]:
            connection.exec_driver_sql(statement)

    found = faults()
    assert found, deed
    assert all(one.what for one in found)


@pytest.mark.parametrize("gone", [1, 2])
def test_a_missing_event_is_named_by_its_number(database, record, faults, gone):
    record("run:1", {"n": 1}, {"n": 2}, {"n": 3})
    with writing(database) as connection:
        connection.execute(text("DELETE FROM event WHERE version = :gone"), {"gone": gone})

    assert (gone + 1, f"event {gone} is missing") in [(one.version, one.what) for one in faults()]


def test_a_forged_event_in_the_middle_is_named(database, record, faults, now):
    record("run:1", {"n": 1}, {"n": 2}, {"n": 3})
    with writing(database) as connection:
        prev = ledger.read(connection, "run:1")[0].hash
        for statement in (SHIFT, BACK):
            connection.exec_driver_sql(statement)
        connection.execute(text(INSERT), forge("run:1", 2, prev, {"n": "forged"}, to_micros(now)))

    assert {one.version for one in faults()} >= {3, 4}, "what follows the forged one no longer fits"


def test_an_event_made_again_with_another_content_is_named_by_the_next(database, record, faults, now):
    record("run:1", {"n": 1}, {"n": 2}, {"n": 3})
    with writing(database) as connection:
        prev = ledger.read(connection, "run:1")[0].hash
        forged = forge("run:1", 2, prev, {"n": "forged"}, to_micros(now))
        for table in ("event", "body"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE version = 2")
        connection.execute(text(INSERT), forged)
        connection.execute(text("INSERT INTO body VALUES (:stream, :version, :salt, :content)"), forged)

    assert [(one.version, one.what) for one in faults()] == [(3, "it does not follow the event before it")]


def test_a_stream_that_does_not_begin_at_the_beginning_is_named(database, faults, now):
    with writing(database) as connection:
        connection.execute(text(INSERT), forge("run:1", 1, "f" * 64, {}, to_micros(now)))

    assert [one.what for one in faults()] == ["it does not follow the event before it"]
    assert GENESIS == "0" * 64
    assert json.loads(forge("run:1", 1, GENESIS, {}, 0)["envelope"])["prev"] == GENESIS
