"""The one writer: jobs of many threads, committed together.

Context: a synchronous commit costs a disk flush; one for every job leaves the disk the bottleneck. Decision: whoever
comes while nobody writes takes whatever jobs are waiting, his own among them, runs them in one transaction, writes
their rows together (see batch.py), commits once, only then tells the others, and hands the turn to the first who has
come meanwhile. Alone he commits at once, and no other thread has to be woken. When a job raises, or a row cannot stand,
all are undone and run again, each inside its own savepoint: a job is pure but for the database. On SQLite a batch
without a durable job skips the flush: it survives a kill, and the next durable commit flushes it too.
What we gave up: a slow job delays its neighbours, so jobs compute and write, and never talk to the world.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from storage import outbox
from storage.batch import Batch
from storage.database import StorageUnusable, sentence, take_turn
from storage.ledger import StreamConflict
from storage.prepared import run, tell

T = TypeVar("T")
Job = Callable[[Connection], T]
_MOST = 128  # jobs a transaction: bounds how long the first one waits for its commit
_TRIES = 5  # loads and decides again when another process appended first
_IDLE = 0.5  # seconds after which performed effects are swept out although nobody writes


class _Asked:
    """One job, and the thread that waits for what comes of it."""

    def __init__(self, job: Job[Any], *, durable: bool) -> None:
        self.job, self.durable = job, durable
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False
        self._heard: SimpleQueue[bool] = SimpleQueue()  # a Future does the same for ten times as much

    def tell(self, error: BaseException | None = None) -> None:
        self.error, self.done = error, True
        self._heard.put(False)

    def call(self) -> None:
        """Hand him the turn."""
        self._heard.put(True)

    def called(self) -> bool:
        """Wait: true when it is his turn to write, false when his job is done."""
        return self._heard.get()


class Writer:
    """Runs jobs one after the other, in transactions that many share."""

    def __init__(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", _write_first)
        self._engine = engine
        self._connection: Connection | None = None
        self._flushes: bool | None = None  # what SQLite was last told
        self._jobs: deque[_Asked] = deque()
        self._finished: deque[str] = deque()
        self._turn = threading.Lock()  # held by whoever writes
        self._closing = threading.Event()
        self._when_lost: Callable[[], None] = lambda: None
        self._sweeper = threading.Thread(target=self._sweep_when_idle, name="sweeper", daemon=True)
        self._sweeper.start()

    def write(self, job: Job[T], *, durable: bool = True) -> T:
        """Run `job` and wait until it is committed: flushed to the disk if `durable`, else safe from a kill only.

        Raises what the job raised, or `StorageUnusable`.
        """
        asked = _Asked(job, durable=durable)
        self._jobs.append(asked)
        mine = self._turn.acquire(blocking=False)
        while mine or not asked.done:
            if mine:
                self._lead()
            mine = not asked.done and asked.called()
        if asked.error is not None:
            raise asked.error
        answer: T = asked.answer
        return answer

    def when_lost(self, hear: Callable[[], None]) -> None:
        """Call `hear` after a transaction was lost, before the next one begins, on the thread that writes."""
        self._when_lost = hear

    def finished(self, effect: str) -> None:
        """Note an effect as performed; the next transaction drops it. Losing this note does no harm."""
        self._finished.append(effect)

    def close(self) -> None:
        """Write what is waiting and stop."""
        self._closing.set()
        self._sweeper.join()
        with self._turn:
            if self._finished:
                self._commit([])
            self._let_go()

    def _sweep_when_idle(self) -> None:
        while not self._closing.wait(_IDLE):
            if self._finished and self._turn.acquire(blocking=False):
                self._lead()

    def _lead(self) -> None:
        """With the turn: commit what waits, then hand the turn to whoever waits by then."""
        try:
            batch = [self._jobs.popleft() for _ in range(min(len(self._jobs), _MOST))]
            if batch or self._finished:
                self._commit(batch)
        finally:
            self._hand_on()

    def _hand_on(self) -> None:
        while True:
            if self._jobs:
                self._jobs[0].call()
                return
            self._turn.release()
            if not self._jobs or not self._turn.acquire(blocking=False):  # who came before the release found it taken
                return

    def _commit(self, batch: list[_Asked]) -> None:
        swept, waiting = self._sweep(), list(batch)
        try:
            durable = any(asked.durable for asked in batch)
            connection = self._begin(durable=durable)
            if not self._all(connection, batch, swept):
                waiting = self._one_by_one(self._begin(durable=durable), batch, swept)
            tell(connection, "COMMIT")
        except BaseException as error:  # whoever waits must hear of it
            self._let_go()
            self._when_lost()
            self._finished.extend(swept)
            _fail(waiting, error)
            if not isinstance(error, Exception):
                raise
        else:
            for asked in waiting:
                asked.tell()

    def _begin(self, *, durable: bool) -> Connection:
        if self._connection is None:
            fresh = self._engine.connect()
            by_hand = {"isolation_level": "AUTOCOMMIT"} if fresh.dialect.name != "sqlite" else {"begins_by_hand": True}
            self._connection, self._flushes = fresh.execution_options(**by_hand), None
        connection = self._connection
        if connection.dialect.name == "sqlite":
            if self._flushes is not durable:
                tell(connection, f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._flushes = durable
            run(connection, "BEGIN IMMEDIATE")
        else:
            run(connection, "BEGIN")
            take_turn(connection)
        return connection

    def _all(self, connection: Connection, batch: list[_Asked], swept: list[str]) -> bool:
        """Run every job and write their rows; false when one raised, and nothing of any is left."""
        try:
            with Batch(connection):
                outbox.done(connection, swept)
                for asked in batch:
                    asked.answer = asked.job(connection)
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001 - it is raised again by the job it belongs to, and told to its caller
            connection.exec_driver_sql("ROLLBACK")
            self._when_lost()
            return False
        return True

    def _one_by_one(self, connection: Connection, batch: list[_Asked], swept: list[str]) -> list[_Asked]:
        """Run each job inside its own savepoint; those that stand."""
        outbox.done(connection, swept)
        return [asked for asked in batch if self._one(connection, asked)]

    def _one(self, connection: Connection, asked: _Asked) -> bool:
        for attempt in range(1, _TRIES + 1):
            connection.exec_driver_sql("SAVEPOINT job")
            try:
                with Batch(connection):
                    asked.answer = asked.job(connection)
            except OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - it belongs to the one who sent the job
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
                self._when_lost()
                if isinstance(error, StreamConflict) and attempt < _TRIES:
                    continue
                asked.tell(error)
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
        return [self._finished.popleft() for _ in range(len(self._finished))]


def _write_first(connection: Connection, *_: object) -> None:
    """A job that has a statement of its own finds what this batch has to write where it would have been."""
    batch = Batch.of(connection)
    if batch is not None:
        batch.write()


def _fail(waiting: list[_Asked], error: BaseException) -> None:
    said = error
    if isinstance(error, OperationalError):
        said = StorageUnusable(sentence(error))
        said.__cause__ = error
    for asked in waiting:
        if not asked.done:
            asked.tell(said)
