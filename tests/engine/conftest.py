"""Engines on a database: as many as there are processes."""

from collections.abc import Callable

import engine_examples as x
import pytest
from sqlalchemy import Engine as Database

from lanes.engine import Engine
from storage.writer import Writer


@pytest.fixture
def clock() -> x.Clock:
    return x.Clock()


@pytest.fixture
def open_engine(
    database_url: str, join: Callable[[str], Database], write_with: Callable[[Database], Writer], clock: x.Clock
) -> Callable[[], Engine]:
    """One more engine on the same database, with its own writer and memory, as another process has it."""

    def opened() -> Engine:
        database = join(database_url)
        return Engine(database, write_with(database), x.LANES, team=x.HOME, model="m", clock=clock)

    return opened


@pytest.fixture
def engine(database: Database, writer: Writer, clock: x.Clock) -> Engine:
    return Engine(database, writer, x.LANES, team=x.HOME, model="m", clock=clock)
