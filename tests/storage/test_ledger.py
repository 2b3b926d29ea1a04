"""The history is only ever appended to, and each stream by one at a time."""

import hashlib
import json

import pytest
import rfc8785
from databases import writing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lanes.core.canonical import canonical
from storage import ledger
from storage.ledger import GENESIS, New, StreamConflict, commitments, field_salt


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_was_appended_is_read_in_order(database, record, now):
    record("run:1", {"n": 1}, {"n": 2})
    record("run:2", {"n": "elsewhere"})
    head = record("run:1", {"n": 3})

    with database.connect() as connection:
        rows = ledger.read(connection, "run:1")
        assert [(row.version, row.body, row.at, row.kind) for row in rows] == [
            (n, {"n": n}, now, "thing.happened") for n in (1, 2, 3)
        ]
        assert (rows[-1].version, rows[-1].hash) == head
        assert [row.version for row in ledger.read(connection, "run:1", after=2)] == [3]
        assert ledger.read(connection, "run:9") == ()
        assert ledger.heads(connection, "run:1", "run:2") == (3, 1)
        assert ledger.heads(connection, "run:9") == (0, 0)


def test_streams_come_in_the_order_of_their_first_event_and_a_prefix_is_taken_literally(database, record):
    for stream in ("run:2", "run:1", "lane:a", "run_x", "run:2"):
        record(stream, {"n": 1})

    with database.connect() as connection:
        assert ledger.streams(connection) == ("run:2", "run:1", "lane:a", "run_x")
        assert ledger.streams(connection, "run:") == ("run:2", "run:1")
        assert ledger.streams(connection, "run_") == ("run_x",)


def test_the_second_to_append_behind_the_same_event_is_told(database, record, faults, now):
    seen = record("run:1", {"n": 1})
    record("run:1", {"n": 2})

    with writing(database) as connection:
        with pytest.raises(StreamConflict, match="run:1"), connection.begin_nested():
            ledger.append(connection, "run:1", seen, [New("thing.happened", now, {"n": "late"})])
        ledger.append(connection, "run:2", (0, GENESIS), [New("thing.happened", now, {"n": 1})])

    with database.connect() as connection:
        assert [row.body for row in ledger.read(connection, "run:1")] == [{"n": 1}, {"n": 2}]
        assert len(ledger.read(connection, "run:2")) == 1, "the transaction goes on after a conflict"
    assert faults() == []


def test_an_erased_body_leaves_a_history_that_verifies(database, record, faults):
    record("run:1", {"name": "Ada"}, {"name": "Ada"}, {"name": "Ada"})

    with writing(database) as connection:
        connection.execute(text("DELETE FROM body WHERE version = 2"))

    assert faults() == []
    with database.connect() as connection:
        assert [row.body for row in ledger.read(connection, "run:1")] == [{"name": "Ada"}, None, {"name": "Ada"}]


def test_one_field_can_be_shown_without_its_neighbours(database, record):
    record("run:1", {"amount": 3800, "email": "ada@example.com"})
    with database.connect() as connection:
        row = connection.execute(
            text("SELECT e.envelope, b.salt FROM event e JOIN body b USING (stream, version)")
        ).one()
    shown = field_salt(row.salt, "amount")

    fields = json.loads(row.envelope)["fields"]
    assert fields["amount"] == sha256(canonical([shown, "amount", 3800]))
    assert fields["amount"] != sha256(canonical([shown, "amount", 3900]))
    assert shown not in {row.salt, field_salt(row.salt, "email")}
    assert "3800" not in row.envelope
    assert "ada@" not in row.envelope  # hexadecimal digits spell "ada" now and then


def test_the_same_body_twice_leaves_different_marks(database, record):
    record("run:1", {"answer": "yes"}, {"answer": "yes"})

    with database.connect() as connection:
        salts = connection.execute(text("SELECT salt FROM body")).scalars().all()
        marks = [
            json.loads(one)["fields"]["answer"]
            for one in connection.execute(text("SELECT envelope FROM event")).scalars()
        ]
    assert len(set(salts)) == len(set(marks)) == 2
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)


names = st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4))


@given(values)
def test_our_canonical_form_is_rfc_8785(value):
    assert canonical(value).encode() == rfc8785.dumps(value)


fields = st.dictionaries(st.from_regex("[a-z_]{1,6}", fullmatch=True), values, max_size=4)


@given(fields, st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_a_commitment_is_made_of_salt_name_and_value_and_nothing_else(body, salt):
    made = commitments(salt, body)

    assert made == {
        name: hashlib.sha256(rfc8785.dumps([field_salt(salt, name), name, value])).hexdigest()
        for name, value in body.items()
    }
    other = commitments("01" * 16, body)
    assert all(made[name] != other[name] for name in body)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(body=fields)
def test_what_is_stored_is_rfc_8785_and_comes_back_the_same(database, body, now):
    with database.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
        ledger.append(connection, "run:1", (0, GENESIS), [New("thing.happened", now, body)])
        row = connection.execute(text("SELECT envelope, content FROM event JOIN body USING (stream, version)")).one()
        assert row.content.encode() == rfc8785.dumps(body)
        assert row.envelope.encode() == rfc8785.dumps(json.loads(row.envelope))
        assert ledger.read(connection, "run:1")[0].body == body
        assert list(ledger.verify(connection)) == []
        transaction.rollback()
