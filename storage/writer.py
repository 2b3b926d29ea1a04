"""The one writer: jobs of many threads, committed together.

Context: a synchronous commit costs a disk flush; one for every job leaves the disk the bottleneck. Decision: a single
thread takes whatever jobs are waiting, runs them in one transaction, commits once, and only then tells the callers.
When a job raises, all are undone and run again, each inside its own savepoint: a job is pure but for the database.
When nobody else waits, the commit comes at once. On SQLite a batch without a durable job skips the flush: it survives
a kill, and the next durable commit flushes it too.
What we gave up: a slow job delays its neighbours, so jobs compute and write, and never talk to the world.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from storage import outbox
from storage.database import StorageUnusable, sentence, take_turn
from storage.ledger import StreamConflict

T = TypeVar("T")
Job = Callable[[Connection], T]
_MOST = 128  # jobs a transaction: bounds how long the first one waits for its commit
_TRIES = 5  # loads and decides again when another process appended first
_IDLE = 0.5  # seconds after which an idle writer sweeps the outbox


@dataclass
class _Asked:
    job: Job[Any]
    durable: bool
    future: Future[Any] = field(default_factory=Future)
    answer: Any = None


class Writer:
    """Runs jobs one after the other, in transactions that many share."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._flushes: bool | None = None  # what SQLite was last told
        self._jobs: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._when_lost: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, job: Job[T], *, durable: bool = True) -> T:
        """Run `job` and wait until it is committed: flushed to the disk if `durable`, else safe from a kill only.

        Raises what the job raised, or `StorageUnusable`.
        """
        asked = _Asked(job, durable)
        self._jobs.put(asked)
        answer: T = asked.future.result()
        return answer

    def when_lost(self, hear: Callable[[], None]) -> None:
        """Call `hear` on the writer's thread after a transaction was lost, before the next one begins."""
        self._when_lost = hear

    def finished(self, effect: str) -> None:
        """Note an effect as performed; the next transaction drops it. Losing this note does no harm."""
        self._finished.put(effect)

    def close(self) -> None:
        """Write what is waiting and stop."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            batch, last = self._next()
            if batch or not self._finished.empty():
                self._commit(batch)
        self._let_go()

    def _next(self) -> tuple[list[_Asked], bool]:
        """Wait for a job, then take all that wait with it. Idle, it wakes to sweep out performed effects."""
        batch: list[_Asked] = []
        try:
            one = self._jobs.get(timeout=_IDLE)
            while one is not None:
                batch.append(one)
                if len(batch) == _MOST:
                    return batch, False
                one = self._jobs.get_nowait()
        except queue.Empty:
            return batch, False
        return batch, True

    def _commit(self, batch: list[_Asked]) -> None:
        swept: list[str] = []
        try:
            connection = self._begin(durable=any(asked.durable for asked in batch))
            swept = self._sweep()
            outbox.done(connection, swept)
            done = self._all(connection, batch) or self._one_by_one(connection, batch)
            connection.exec_driver_sql("COMMIT")
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            self._let_go()
            self._when_lost()
            for effect in swept:
                self._finished.put(effect)
            _fail(batch, error)
        else:
            for asked in done:
                asked.future.set_result(asked.answer)

    def _begin(self, *, durable: bool) -> Connection:
        if self._connection is None:
            fresh = self._engine.connect()
            by_hand = {"isolation_level": "AUTOCOMMIT"} if fresh.dialect.name != "sqlite" else {"begins_by_hand": True}
            self._connection, self._flushes = fresh.execution_options(**by_hand), None
        connection = self._connection
        if connection.dialect.name == "sqlite":
            if self._flushes is not durable:
                connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._flushes = durable
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")
            take_turn(connection)
        return connection

    def _all(self, connection: Connection, batch: list[_Asked]) -> list[_Asked]:
        """Run every job; when one raises, undo them all and answer nothing: they are run again one by one."""
        connection.exec_driver_sql("SAVEPOINT batch")
        try:
            for asked in batch:
                asked.answer = asked.job(connection)
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001 - it is raised again by the job it belongs to, and told to its caller
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT batch")
            self._when_lost()
            return []
        return batch

    def _one_by_one(self, connection: Connection, batch: list[_Asked]) -> list[_Asked]:
        """Run each job inside its own savepoint; those that stand."""
        return [asked for asked in batch if self._one(connection, asked)]

    def _one(self, connection: Connection, asked: _Asked) -> bool:
        for attempt in range(1, _TRIES + 1):
            connection.exec_driver_sql("SAVEPOINT job")
            try:
                asked.answer = asked.job(connection)
            except OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - it belongs to the one who sent the job
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
                self._when_lost()
                if isinstance(error, StreamConflict) and attempt < _TRIES:
                    continue
                asked.future.set_exception(error)
                return False
            connection.exec_driver_sql("RELEASE SAVEPOINT job")
            return True
        raise AssertionError("the last attempt returns or raises")

    def _let_go(self) -> None:
        """Give up the connection: whatever it had not committed is undone by the database."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.exec_driver_sql("ROLLBACK")
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None

    def _sweep(self) -> list[str]:
        out: list[str] = []
        while not self._finished.empty():
            out.append(self._finished.get())
        return out


def _fail(batch: list[_Asked], error: Exception) -> None:
    said: Exception = error
    if isinstance(error, OperationalError):
        said = StorageUnusable(sentence(error))
        said.__cause__ = error
    for asked in batch:
        if not asked.future.done():
            asked.future.set_exception(said)
