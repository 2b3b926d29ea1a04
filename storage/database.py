"""One database by URL: SQLite for one machine, PostgreSQL for more. Nothing else knows which.

Context: Python's sqlite3 opens a transaction only at the first write, so two writers can both read before either
writes; that forks a hash chain. Decision: connections in autocommit, and an explicit BEGIN IMMEDIATE for the writer.
Commits are synchronous=FULL, except where the writer knows that nobody is told of them yet (see writer.py).
"""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlmodel import SQLModel

from storage import tables  # noqa: F401 - naming the module registers its tables


class StorageUnusable(Exception):
    """The database cannot be used; the message says why and what to do."""


_TURN = 1_279_348_293  # the name of PostgreSQL's lock for it: "LANE" in ASCII
_TEXTS = 1_000  # statements a connection keeps compiled: a dozen of them, each for every number of rows (prepared.py)
_BUSY_MS = 10_000  # how long a connection waits for another process's transaction


def connect(url: str) -> Engine:
    """An engine for `url` ("sqlite:////data/lanekeeper.sqlite", "postgresql+psycopg://…"). Raises `StorageUnusable`."""
    made = _read(url)
    if made.get_backend_name() != "sqlite":
        server = _server(made)
        event.listen(server, "begin", _begin_postgresql)
        return server
    if not made.database or made.database == ":memory:":
        raise StorageUnusable(
            "an in-memory database forgets everything; name a file, such as sqlite:///lanekeeper.sqlite"
        )
    folder = Path(made.database).resolve().parent
    if not folder.is_dir():
        raise StorageUnusable(
            f"the folder {folder} does not exist; create it, or name another file in the database URL"
        )
    arguments = {"check_same_thread": False, "cached_statements": _TEXTS}
    engine = create_engine(made, pool_size=20, max_overflow=20, connect_args=arguments)
    event.listen(engine, "do_connect", partial(_private_sqlite, Path(made.database)))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def private(file: Path) -> None:
    """Make a file that only this user may read: what customers wrote will stand in it. Raises `FileExistsError`."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def exists(url: str) -> bool:
    """Is there anything to read at `url`? A SQLite file would come into being by being asked."""
    made = _read(url)
    return made.get_backend_name() != "sqlite" or Path(made.database or "").is_file()


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    return _read(url).render_as_string(hide_password=True)


def _read(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # their own words repeat the URL
        raise StorageUnusable(
            "this is not a database URL (it is not repeated here, it may hold a password); write "
            "sqlite:///lanekeeper.sqlite or postgresql+psycopg://user@host/name"
        ) from None


def _server(made: URL) -> Engine:
    try:
        return create_engine(made, pool_pre_ping=True, pool_size=10)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageUnusable(
            f"no driver for {made.drivername}; PostgreSQL needs psycopg (the extra pg) and postgresql+psycopg://…"
        ) from error


def _private_sqlite(file: Path, *_: object) -> None:
    """SQLite would let everybody read a file it makes; the logs beside it are as private as the file is."""
    with suppress(OSError):  # it is there, or SQLite will say why it cannot be
        private(file)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if not options.get("begins_by_hand", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


def _begin_postgresql(connection: Any) -> None:
    if connection.get_execution_options().get("writes", False):
        take_turn(connection)


def take_turn(connection: Connection) -> None:
    """What BEGIN IMMEDIATE is on SQLite: from here to the end of this transaction, no other process writes.

    A decision reads more than its own stream (the day's totals, the kill switch), and two that read at once could add
    up past a cap; two batches that touch the same rows in another order would deadlock.
    """
    connection.exec_driver_sql(
        f"SELECT set_config('lock_timeout', '{_BUSY_MS}ms', true), pg_advisory_xact_lock({_TURN})"
    )


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version; does nothing when it is there. Raises `StorageUnusable`."""
    from alembic import command  # noqa: PLC0415 - alembic takes 0.8 s to import and is needed once
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    try:
        with engine.connect().execution_options(writes=True) as connection:
            if MigrationContext.configure(connection).get_current_revision() != newest:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            connection.commit()
    except DatabaseError as error:
        raise StorageUnusable(sentence(error)) from error


def is_current(engine: Engine) -> bool:
    """Has this database our tables at all?"""
    return has_table(engine, "event")


def has_table(engine: Engine, table: str) -> bool:
    """One that an older version wrote may lack it until it is migrated."""
    with engine.connect() as connection:
        return bool(engine.dialect.has_table(connection, table))


def sentence(error: DatabaseError) -> str:
    """What a person can do about a database that does not answer."""
    said = str(error.orig)
    if "full" in said:
        return "the disk is full: free some space and start again; everything acknowledged so far is kept"
    if "disk I/O" in said:
        return "the disk refuses to write (full or failing); make room and start again; what is stored is kept"
    if "readonly" in said or "unable to open" in said:
        return "the database file cannot be written; check who owns it and its folder"
    if "not a database" in said or "malformed" in said:
        return "the file is not a database, or it is damaged; name another file, or bring back a copy"
    if "locked" in said or "lock timeout" in said:
        return "another process holds the database; stop it, or wait until it has finished"
    return f"the database does not answer: {said.splitlines()[0]}"


def metadata() -> Any:
    """All tables, for migrations and the test that compares both."""
    return SQLModel.metadata
