"""Worlds to die in: a few of them side by side, because most of a case is waiting."""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from outside import Launcher, Town

from storage.database import connect, migrate

SIDE_BY_SIDE = 4


class Towns:
    """Lends towns, and plays many cases in them at once."""

    def __init__(self, towns: list[Town]) -> None:
        self._free: queue.SimpleQueue[Town] = queue.SimpleQueue()
        for town in towns:
            self._free.put(town)

    @contextmanager
    def one(self):
        town = self._free.get()
        try:
            yield town
        finally:
            town.kill()
            self._free.put(town)

    def play(self, case: Callable[[Town, str], None], points: list[str]) -> dict[str, str]:
        """Play the case once for each point; what went wrong, by point."""

        def played(point: str) -> str:
            with self.one() as town:
                try:
                    case(town, point)
                except AssertionError as error:
                    return str(error) or repr(error)
            return ""

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return {point: wrong for point, wrong in zip(points, pool.map(played, points), strict=True) if wrong}


@pytest.fixture(scope="session")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("towns")
    with ExitStack() as stack:
        launcher = Launcher(folder)
        stack.callback(launcher.close)
        yield Towns([stack.enter_context(Town(launcher, folder / f"town{n}")) for n in range(SIDE_BY_SIDE)])


@pytest.fixture
def town(towns):
    with towns.one() as one:
        yield one


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Path:
    """A ledger with nothing in it."""
    file = tmp_path_factory.mktemp("ledger") / "lanekeeper.sqlite"
    database = connect(f"sqlite:///{file}")
    migrate(database)
    database.dispose()
    return file
