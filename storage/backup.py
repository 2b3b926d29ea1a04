"""A copy of a SQLite ledger taken while Lanekeeper runs, and bringing one back.

The copy is SQLite's own online backup: the state of one moment, whatever is written meanwhile. PostgreSQL has tools
that do more than we could (pg_dump, WAL archiving), so there we say so and do nothing.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import make_url

from storage.database import StorageUnusable, private

_PAGES = 512  # copied at a time, 2 MB: writers wait for no longer than that takes


def back_up(url: str, to: Path) -> int:
    """Copy the ledger at `url` into `to`, which must not be there yet; its size in bytes. Raises `StorageUnusable`."""
    source = _file(url)
    if not source.is_file():
        raise StorageUnusable(f"{source} is not there, so there is nothing to copy")
    if to.exists():
        raise StorageUnusable(f"{to} is there already; name a file that is not, so that no older copy is lost")
    draft = to.with_name(f"{to.name}.unfinished")
    try:
        draft.unlink(missing_ok=True)
        private(draft)
        with closing(sqlite3.connect(source)) as ledger, closing(sqlite3.connect(draft)) as copy:
            ledger.backup(copy, pages=_PAGES)
            _check(copy, draft)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        os.replace(draft, to)  # noqa: PTH105 - whole or not at all
    except (sqlite3.Error, OSError) as error:
        draft.unlink(missing_ok=True)
        raise StorageUnusable(f"the copy could not be made: {error}") from error
    return to.stat().st_size


def bring_back(url: str, copy: Path, prepare: Callable[[str], object]) -> Path | None:
    """Put a copy in the ledger's place; where the present one was set aside, None where there was none.

    `prepare` is called with the URL of the new ledger before it takes its place. Raises `StorageUnusable`.
    """
    ledger = _file(url)
    if not copy.is_file():
        raise StorageUnusable(f"{copy} is not there")
    try:
        with FileLock(f"{ledger}.lock").acquire(timeout=0):
            draft = ledger.with_name(f"{ledger.name}.restoring")
            draft.unlink(missing_ok=True)
            private(draft)
            with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(draft)) as target:
                _check(source, copy)
                source.backup(target)
            prepare(f"sqlite:///{draft.resolve()}")
            aside = _set_aside(ledger)
            if aside:
                shutil.copymode(aside, draft)  # whoever might read the one before may read this one
            _fold_log(draft)
            os.replace(draft, ledger)  # noqa: PTH105 - whole or not at all
    except Timeout:
        raise StorageUnusable(
            "Lanekeeper is running on this database; stop it first, then bring the copy back"
        ) from None
    except (sqlite3.Error, OSError) as error:
        raise StorageUnusable(f"the copy could not be brought back: {error}") from error
    return aside


def _check(database: sqlite3.Connection, file: Path) -> None:
    try:
        said = database.execute("PRAGMA integrity_check").fetchone()[0]
        database.execute("SELECT 1 FROM event LIMIT 1")
    except sqlite3.DatabaseError as error:
        raise StorageUnusable(f"{file} is no ledger of Lanekeeper: {error}") from error
    if said != "ok":
        raise StorageUnusable(f"{file} is damaged: {said}")


def _set_aside(ledger: Path) -> Path | None:
    """Keep what is there now under another name, its log folded in."""
    if not ledger.exists():
        return None
    _fold_log(ledger)
    aside = ledger.with_name(f"{ledger.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    ledger.rename(aside)
    return aside


def _fold_log(file: Path) -> None:
    """Write what stands in the write-ahead log into the file itself, so that the file is all there is."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")


def _file(url: str) -> Path:
    made = make_url(url)
    if made.get_backend_name() != "sqlite" or not made.database:
        raise StorageUnusable(
            "only a SQLite ledger is copied by this command; for PostgreSQL use pg_dump or your archive"
        )
    return Path(made.database)
