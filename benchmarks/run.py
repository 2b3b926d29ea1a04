"""How fast an approved run is, beside the least that could be done: one committed row a step, in raw sqlite3.

    python benchmarks/run.py [--runs 640] [--walks 24] [--folder DIR]

The loop commits the eight steps that a person would name; our run records more events than that, so that a second ratio
is held against a loop with a row for each of them. Both sides commit with synchronous=FULL to the same disk, in turns,
in one run of this program. Figures are medians of the rounds. Absolute ones drift with the machine, and the ratios
depend on its disk: the loop flushes oftener than we do and does nothing else. So both sides are measured once more with
every flush held up, as a slower disk would, and beside each ratio stands what a committed row took.
"""

import argparse
import json
import resource
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import where
import wire
from sqlalchemy import Engine as Database
from sqlalchemy import event
from workload import Person

STEPS = ("start", "read", "read", "read", "held", "approve", "write", "answer")  # what the raw loop commits, a row each
AT_ONCE = 64
ROUNDS = 3
SLOWER = (0.1, 0.3, 0.8, 2.0)  # milliseconds that a flush is held up


class Disk:
    """The disk both sides write to, as fast as it is, or slower."""

    def __init__(self) -> None:
        self.held_up = 0.0  # seconds a flush
        self._flushes = True  # what SQLite was told last

    def flushed(self) -> None:
        if self.held_up:
            time.sleep(self.held_up)

    def watch(self, database: Database) -> None:
        """Hold up what this database flushes: its commits, but for those that only have to outlive a kill."""

        @event.listens_for(database, "after_cursor_execute")
        def committed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("PRAGMA synchronous="):
                self._flushes = statement.endswith("FULL")
            elif statement == "COMMIT" and self._flushes:
                self.flushed()


class Raw:
    """The least: a table, a row a step, a commit a row; one connection a thread, one writer at a time."""

    def __init__(self, file: Path, disk: Disk) -> None:
        self._file, self._disk = file, disk
        self._lock = threading.Lock()
        self._local = threading.local()
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE step (id INTEGER PRIMARY KEY, run INT, kind TEXT, at REAL, body TEXT)")

    def one_run(self) -> None:
        connection = self._connection()
        number = threading.get_ident()
        for kind in STEPS:
            body = json.dumps({"kind": kind, "text": "A customer says they were charged twice. " * 4})
            with self._lock:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO step (run, kind, at, body) VALUES (?, ?, ?, ?)",
                                   (number, kind, time.time(), body))  # fmt: skip
                connection.execute("COMMIT")
                self._disk.flushed()

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA synchronous=FULL")
            self._local.connection = connection
        return self._local.connection


def rate(work: Callable[[], object], runs: int, at_once: int) -> float:
    """Runs a second, `at_once` of them under way at any time."""
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        for done in [pool.submit(work) for _ in range(runs)]:
            done.result()
    return runs / (time.perf_counter() - began)


def _since(before: resource.struct_rusage, runs: int) -> tuple[float, float]:
    """A run's microseconds of processor, and how often it had to wait for its turn."""
    now = resource.getrusage(resource.RUSAGE_SELF)
    processor = now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
    return processor / runs * 1e6, (now.ru_nvcsw + now.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw) / runs


def _slower(disk: Disk, raw: Raw, ours: Person, milliseconds: float, runs: int) -> tuple[float, float, float]:
    """On a slower disk: what a committed row takes, in microseconds, and both ratios."""
    disk.held_up = milliseconds / 1000
    singly = rate(raw.one_run, runs // 4, 1)
    row = 1e6 / singly / len(STEPS)
    alone, together = rate(ours.one_run, runs // 4, 1) / singly, rate(ours.one_run, runs, AT_ONCE)
    together /= rate(raw.one_run, runs, AT_ONCE)
    disk.held_up = 0.0
    return row, alone, together


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=640, help="runs a round at 64 at once; a quarter of it singly")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure (default: a temporary one)")
    parser.add_argument("--walks", type=int, default=wire.WALKS, help="of the whole house, see wire.py; 0: none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        measure(Path(folder), arguments.runs)
    where.report(arguments.runs // 2, arguments.folder)
    if arguments.walks:
        print("\nThe whole house, see wire.py")
        wire.report(arguments.walks, arguments.folder)


def measure(folder: Path, runs: int) -> None:
    disk = Disk()
    raw, ours = Raw(folder / "raw.sqlite", disk), Person(folder / "ours.sqlite")
    disk.watch(ours.database)
    rate(raw.one_run, 20, 1)
    rate(ours.one_run, 20, 1)  # a warm-up, not counted
    figures: dict[str, list[float]] = {"raw 1": [], "ours 1": [], "raw 64": [], "ours 64": []}
    latencies: list[float] = []
    spent: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        figures["raw 1"].append(rate(raw.one_run, runs // 4, 1))
        before = set(ours.clicked)
        figures["ours 1"].append(rate(ours.one_run, runs // 4, 1))
        latencies += [(ours.write.called[s] - ours.clicked[s]) * 1000 for s in set(ours.clicked) - before]
        figures["raw 64"].append(rate(raw.one_run, runs, AT_ONCE))
        used = resource.getrusage(resource.RUSAGE_SELF)
        figures["ours 64"].append(rate(ours.one_run, runs, AT_ONCE))
        spent.append(_since(used, runs))
    slower = [_slower(disk, raw, ours, held_up, max(runs // 4, 4)) for held_up in SLOWER]
    done = len(ours.clicked)
    ours.close()
    with closing(sqlite3.connect(folder / "ours.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        events = connection.execute("SELECT count(*) FROM event WHERE stream LIKE 'run:%'").fetchone()[0] / done
    median = {name: percentile(values, 0.5) for name, values in figures.items()}
    for said, at_once, bar in (("one at a time   ", 1, 0.5), ("64 at once      ", AT_ONCE, 1.0)):
        raws, mine = median[f"raw {at_once}"], median[f"ours {at_once}"]
        print(f"approved runs a second, {said}raw {raws:7.0f}   ours {mine:7.0f}   ratio {mine / raws:.2f}   "
              f"of a loop with a row for each of our {events:.0f} events {mine / raws * events / len(STEPS):.2f}   "
              f"(bar {bar:.2f})")  # fmt: skip
        print(f"{'':40}a run every {1e6 / mine:,.0f} µs; the bar is every {1e6 / raws / bar:,.0f} µs on this disk")
    processor, switches = (percentile([one[n] for one in spent], 0.5) for n in (0, 1))
    print(f"a run of them takes                     {processor:,.0f} µs of processor, {switches:.0f} changes of thread")
    print(f"a committed row of the raw loop           {1e6 / median['raw 1'] / len(STEPS):,.0f} µs")
    for row, singly, together in slower:
        print(f"  if it took                              {row:,.0f} µs: one at a time ratio {singly:.2f}, "
              f"64 at once ratio {together:.2f}")  # fmt: skip
    print(f"stored click → tool's call, singly      p50 {percentile(latencies, 0.5):.1f} ms   "
          f"p99 {percentile(latencies, 0.99):.1f} ms  (bar 10 ms)")  # fmt: skip
    print(f"bytes a run                             {(folder / 'ours.sqlite').stat().st_size / done:,.0f}")
    print(
        f"memory, this whole process              {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
    )


if __name__ == "__main__":
    main()
