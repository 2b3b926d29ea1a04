"""One dispatcher beside one database: a second process that would perform the same work is refused at its start.

The hold ends with the process, however it ends: a file lock on SQLite, a session's advisory lock on PostgreSQL.
"""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from storage.database import StorageUnusable

_HOLD = 1_279_348_294  # the name of PostgreSQL's lock for it: one behind "LANE" in ASCII
_SECOND = "another Lanekeeper is running on this database; stop it first"


def hold(engine: Engine) -> Callable[[], None]:
    """Be the only one; answers how to let go. Raises `StorageUnusable`."""
    return _file(engine) if engine.dialect.name == "sqlite" else _session(engine)


def _file(engine: Engine) -> Callable[[], None]:
    lock = FileLock(Path(f"{engine.url.database}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StorageUnusable(_SECOND) from None
    except OSError as error:
        raise StorageUnusable(f"{lock.lock_file} cannot be written: {error.strerror}") from error
    return lock.release


def _session(engine: Engine) -> Callable[[], None]:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_HOLD})").scalar():
        connection.close()
        raise StorageUnusable(_SECOND)

    def release() -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_HOLD})")
        connection.close()

    return release
