"""A ledger with something in it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from databases import writing
from sqlalchemy import Connection, Engine

from storage import ledger
from storage.ledger import GENESIS, New

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def add(connection: Connection, stream: str, *bodies: Mapping[str, Any]) -> tuple[int, str]:
    """Load and append, as a decision does."""
    rows = ledger.read(connection, stream)
    after = (rows[-1].version, rows[-1].hash) if rows else (0, GENESIS)
    return ledger.append(connection, stream, after, [New("thing.happened", NOW, body) for body in bodies])


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def record(database: Engine) -> Callable[..., tuple[int, str]]:
    """Append bodies to a stream, in a transaction of its own."""

    def append(stream: str, *bodies: Mapping[str, Any]) -> tuple[int, str]:
        with writing(database) as connection:
            return add(connection, stream, *bodies)

    return append


@pytest.fixture
def load_and_append() -> Callable[..., tuple[int, str]]:
    return add


@pytest.fixture
def faults(database: Engine) -> Callable[[], list[ledger.Problem]]:
    """What a verification finds wrong."""

    def verify() -> list[ledger.Problem]:
        with database.connect() as connection:
            return list(ledger.verify(connection))

    return verify
