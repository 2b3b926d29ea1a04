"""One writer: jobs of many threads, committed together; each alone in what it undoes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from databases import writing
from sqlalchemy import event, text

from storage import ledger, outbox, views
from storage.database import StorageUnusable
from storage.ledger import GENESIS, New, StreamConflict
from storage.outbox import Owed

THREADS = 6
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Gate:
    """A job that keeps the writer busy, so that those sent meanwhile share one transaction."""

    def __init__(self, writer):
        self._inside, self._open = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=writer.write, args=(self._wait,))
        self._thread.start()
        assert self._inside.wait(30)
        self._queue = writer._jobs

    def _wait(self, _connection):
        self._inside.set()
        assert self._open.wait(30)

    def release_after(self, waiting):
        """Open once so many wait."""
        while len(self._queue) < waiting:
            pass
        self._open.set()
        self._thread.join()


def together(writer, jobs):
    """Send jobs from threads of their own so that they share one transaction; what came of each."""

    def send(job):
        try:
            return writer.write(job)
        except Exception as error:  # noqa: BLE001
            return error

    gate = Gate(writer)
    with ThreadPoolExecutor(len(jobs)) as pool:
        sent = []
        for n, job in enumerate(jobs, 1):
            sent.append(pool.submit(send, job))
            while len(writer._jobs) < n:
                pass  # one after the other, so that their order is known
        gate.release_after(len(jobs))
        return [one.result() for one in sent]


@pytest.fixture
def writers(writer, join, database_url, write_with):
    """Two, as two processes have them, so that the database itself has to keep them apart."""
    return writer, write_with(join(database_url))


def read(database, stream):
    with database.connect() as connection:
        return ledger.read(connection, stream)


def test_one_stream_under_six_threads_is_neither_forked_nor_short(database, writers, load_and_append, faults):

    def hammer(which):
        for n in range(12):
            writers[which % 2].write(lambda c, n=n: load_and_append(c, "run:1", {"by": which, "n": n}))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(hammer, range(THREADS)))

    rows = read(database, "run:1")
    assert [row.version for row in rows] == list(range(1, 12 * THREADS + 1))
    for which in range(THREADS):
        assert [row.body["n"] for row in rows if row.body["by"] == which] == list(range(12)), "each in its own order"
    assert faults() == []


def test_six_streams_under_six_threads(database, writers, load_and_append, faults):

    def hammer(which):
        for n in range(12):
            writers[n % 2].write(lambda c, n=n: load_and_append(c, f"run:{which}", {"n": n}, {"n": n + 0.5}))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(hammer, range(THREADS)))

    for which in range(THREADS):
        assert [row.version for row in read(database, f"run:{which}")] == list(range(1, 25))
    assert faults() == []


def test_a_job_that_raises_undoes_itself_alone(database, writer, load_and_append, faults, now):
    def bad(connection):
        load_and_append(connection, "run:bad", {"n": 1})
        outbox.put(connection, [Owed("run:bad#1.0", "{}", now)])
        raise LookupError("on purpose")

    def good(stream):
        return lambda connection: load_and_append(connection, stream, {"n": 1})[0]

    commits = []
    event.listen(database, "before_cursor_execute", lambda *args: commits.extend(["COMMIT"] * (args[2] == "COMMIT")))
    answers = together(writer, [good("run:1"), bad, good("run:2")])

    assert answers[0] == answers[2] == 1
    assert isinstance(answers[1], LookupError)
    assert len(commits) == 2, "the gate's, and one for the three"
    assert read(database, "run:bad") == ()
    assert len(read(database, "run:1")) == len(read(database, "run:2")) == 1
    with database.connect() as connection:
        assert outbox.count(connection) == 0
    assert faults() == []


def test_a_job_finds_what_its_neighbour_in_the_batch_has_just_written(database, writer, load_and_append):
    """Rows wait for the end of the transaction; nobody who reads may notice, by a statement of ours or of his own."""

    def count(connection):
        return connection.execute(text("SELECT count(*) FROM event")).scalar_one()

    def first(connection):
        return load_and_append(connection, "run:1", {"n": 1})[0]

    assert together(writer, [first, count, first, first, count]) == [1, 1, 2, 3, 3]
    assert [row.body["n"] for row in read(database, "run:1")] == [1, 1, 1]


def test_what_a_neighbour_in_the_batch_has_reserved_counts(writer):
    """A cap that did not see it would let both go."""

    def reserve(connection):
        views.add_to_tallies(connection, "refunds", [(views.OPEN, "money:USD", 3800)])

    def reserved(connection):
        return views.tallies(connection, "refunds", "2026-03-02", ["money:USD", "alone"])

    assert together(writer, [reserve, reserved, reserve, reserved])[1::2] == [{"money:USD": 3800}, {"money:USD": 7600}]
    assert writer.write(reserved) == {"money:USD": 7600}
    assert together(writer, [reserve, reserved])[1] == {"money:USD": 11400}, "what stands, and what waits"


class NarrowTurn:
    """The writer's turn, given back in the very moment after somebody who has just come found it taken."""

    def __init__(self, turn, come):
        self._turn, self._come, self._refused = turn, come, threading.Event()

    def acquire(self, *, blocking=True):
        mine = self._turn.acquire(blocking)
        if not mine:
            self._refused.set()
        return mine

    def release(self):
        if not self._refused.is_set():
            self._come()
            assert self._refused.wait(30)
        self._turn.release()


def test_who_comes_in_the_moment_the_turn_is_given_back_is_not_forgotten(writer, monkeypatch):
    late = threading.Thread(target=writer.write, args=(lambda connection: None,), daemon=True)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "_turn", NarrowTurn(writer._turn, late.start))
        writer.write(lambda connection: None)
        late.join(5)

    assert not late.is_alive()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_table_is_written_once_for_all_jobs_of_a_batch(database, writer, load_and_append):
    written = []

    def listen(connection):
        connection.connection.dbapi_connection.set_trace_callback(written.append)

    jobs = [lambda connection, n=n: load_and_append(connection, f"run:{n}", {"n": n}) for n in range(4)]
    together(writer, [listen, *jobs])

    assert [row.version for n in range(4) for row in read(database, f"run:{n}")] == [1, 1, 1, 1]
    assert len([one for one in written if one.startswith("INSERT INTO event")]) == 1


def test_nobody_is_told_before_it_is_on_disk(database, join, database_url, writer, load_and_append):
    other = join(database_url)
    seen = []

    def send(n):
        writer.write(lambda connection: load_and_append(connection, f"run:{n}", {"n": n}))
        seen.append(len(read(other, f"run:{n}")))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(30)))
    assert seen == [1] * 30


def test_a_writer_that_is_interrupted_leaves_the_turn_to_the_next(database, writer, load_and_append, faults):
    """Ctrl-C may fall while the main thread writes: for itself, and for whoever shares its commit."""

    def interrupted(connection):
        load_and_append(connection, "run:1", {"n": "lost"})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writer.write(interrupted)

    assert writer.write(lambda connection: load_and_append(connection, "run:1", {"n": 1}))[0] == 1
    assert [row.body for row in read(database, "run:1")] == [{"n": 1}]
    assert faults() == []


def test_a_conflict_is_decided_again_with_what_is_there_now(database, join, database_url, writer, now):
    """Somebody else appends between a job's load and its append, as only a stale memory makes possible here."""
    loads = []

    def job(connection):
        rows = ledger.read(connection, "run:1") if loads else ()  # the first time from a memory that is empty
        loads.append(len(rows))
        after = (rows[-1].version, rows[-1].hash) if rows else (0, GENESIS)
        return ledger.append(connection, "run:1", after, [New("thing.happened", now, {"n": len(rows)})])[0]

    with writing(join(database_url)) as connection:
        ledger.append(connection, "run:1", (0, GENESIS), [New("thing.happened", now, {"n": "theirs"})])

    assert writer.write(job) == 2
    assert loads == [0, 1]


def test_a_conflict_without_end_reaches_the_one_who_asked(database, writer, load_and_append, now, faults):
    tried = []

    def stubborn(connection):
        tried.append(1)
        ledger.append(connection, "run:1", (0, GENESIS), [New("thing.happened", now, {})])

    writer.write(lambda connection: load_and_append(connection, "run:1", {"n": 1}))
    with pytest.raises(StreamConflict):
        writer.write(stubborn)

    assert 5 <= len(tried) <= 6
    writer.write(lambda connection: load_and_append(connection, "run:1", {"n": 2}))
    assert faults() == []


def test_two_writers_are_never_at_work_at_once(writers):
    """What one decides on (the day's totals, say) no other can change under its hands, even in another stream."""
    inside, overlapping, entered = [], [], threading.Event()

    def job(connection):
        connection.execute(text("SELECT 1"))
        overlapping.extend(inside)
        inside.append(1)
        entered.wait(0.3)  # long enough for the other to come in, if it can
        entered.set()
        inside.pop()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda writer: writer.write(job), writers))
    assert overlapping == []


def test_a_writer_that_cannot_have_its_turn_says_so(database, join, database_url, write_with, monkeypatch):
    monkeypatch.setattr("storage.database._BUSY_MS", 200)  # who is patient shall not make the suite slow
    late = write_with(join(database_url))
    with writing(database) as connection:
        connection.execute(text("DELETE FROM effect"))
        with pytest.raises(StorageUnusable, match="another process holds the database"):
            late.write(lambda connection: connection.execute(text("DELETE FROM effect")))
    late.write(lambda connection: connection.execute(text("DELETE FROM effect")))


class Disk:
    """How far the file may grow: what SQLite says beyond it is what it says on a full disk."""

    def __init__(self, database, writer):
        self._pages, self._writer = 1_000_000, writer
        event.listen(database, "connect", lambda connection, _: connection.execute(self._limit()).close())

    def _limit(self):
        return f"PRAGMA max_page_count={self._pages}"

    def fill(self):
        self._pages = self._writer.write(
            lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        )
        self._writer.write(lambda connection: connection.exec_driver_sql(self._limit()).close())

    def empty(self):
        self._pages = 1_000_000
        self._writer.write(lambda connection: connection.exec_driver_sql(self._limit()).close())


def test_a_rehearsal_leaves_nothing(database, writer, now):
    for _ in range(2):
        writer.write(lambda connection: outbox.rehearse(connection, now))
    with database.connect() as connection:
        assert outbox.count(connection) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_rehearsal_fails_where_a_write_would(writer, now):
    writer.write(lambda connection: connection.exec_driver_sql("PRAGMA query_only=ON").close())
    with pytest.raises(StorageUnusable):
        writer.write(lambda connection: outbox.rehearse(connection, now))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_fails_everybody_who_waits_and_leaves_nothing_half_there(
    database, writer, load_and_append, faults, now
):
    lost = []
    writer.when_lost(lambda: lost.append(1))
    writer.write(lambda connection: load_and_append(connection, "run:1", {"n": 1}))

    def job(n):
        def append(connection):
            outbox.put(connection, [Owed(f"effect-{n}", "{}", now)])
            return load_and_append(connection, f"run:{n}", {"text": "x" * 9_000})

        return append

    disk = Disk(database, writer)
    disk.fill()
    answers = together(writer, [job(n) for n in range(1, 6)])
    assert [type(answer) for answer in answers] == [StorageUnusable] * 5
    assert {str(answer) for answer in answers} == {
        "the disk is full: free some space and start again; everything acknowledged so far is kept"
    }
    assert lost
    with database.connect() as connection:
        assert ledger.streams(connection) == ("run:1",)
        assert outbox.count(connection) == 0
    assert len(read(database, "run:1")) == 1

    disk.empty()
    assert [type(answer) for answer in together(writer, [job(n) for n in range(1, 6)])] == [tuple] * 5
    assert [row.version for row in read(database, "run:1")] == [1, 2]
    assert faults() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lost_server_fails_everybody_who_waits_and_leaves_nothing_half_there(
    database, postgres, writer, load_and_append, faults
):
    lost = []
    writer.when_lost(lambda: lost.append(1))
    writer.write(lambda connection: load_and_append(connection, "run:1", {"n": 1}))

    def job(n):
        def append(connection):
            outbox.put(connection, [Owed(f"effect-{n}", "{}", NOW)])
            done = load_and_append(connection, f"run:{n}", {"n": n})
            if n == 3:
                postgres.end_connections()
            return done

        return append

    answers = together(writer, [job(n) for n in range(1, 6)])
    assert [type(answer) for answer in answers] == [StorageUnusable] * 5
    assert all(str(answer).startswith("the database does not answer: ") for answer in answers)
    assert lost
    with database.connect() as connection:
        assert ledger.streams(connection) == ("run:1",)
        assert outbox.count(connection) == 0

    writer.write(lambda connection: load_and_append(connection, "run:1", {"n": 2}))
    assert len(read(database, "run:1")) == 2
    assert faults() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_people_are_told_of_is_flushed_and_takes_its_neighbours_along(database, writer):
    def flushes(connection):
        return connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2

    assert writer.write(flushes)
    assert not writer.write(flushes, durable=False)
    assert writer.write(flushes)
    assert together(writer, [flushes, lambda connection: connection.execute(text("SELECT 1")).scalar()]) == [True, 1]


def test_a_performed_effect_is_dropped_with_the_next_transaction(database, writer, now):
    writer.write(lambda connection: outbox.put(connection, [Owed(name, "{}", now) for name in ("a", "b")]))
    writer.finished("a")
    writer.write(lambda connection: connection.execute(text("SELECT 1")))

    with database.connect() as connection:
        assert [one.id for one in outbox.all_due(connection, now)] == ["b"]


def test_closing_writes_what_waits(database, write_with, load_and_append, now):
    writer = write_with(database)
    writer.write(lambda connection: outbox.put(connection, [Owed("a", "{}", now)]))
    gate = Gate(writer)
    threads = [
        threading.Thread(target=writer.write, args=(lambda c, n=n: load_and_append(c, f"run:{n}", {}),))
        for n in range(3)
    ]
    for n, thread in enumerate(threads, 1):
        thread.start()
        while len(writer._jobs) < n:
            pass
    writer.finished("a")
    closing = threading.Thread(target=writer.close)
    closing.start()
    gate.release_after(3)
    for thread in (*threads, closing):
        thread.join(5)
        assert not thread.is_alive()

    with database.connect() as connection:
        assert len(ledger.streams(connection)) == 3
        assert outbox.count(connection) == 0
