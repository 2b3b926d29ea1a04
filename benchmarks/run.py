"""How fast an approved run is, beside the least that could be done: one committed row a step, in raw sqlite3.

    python benchmarks/run.py [--runs 640] [--walks 24] [--folder DIR]

Both sides commit with synchronous=FULL to the same disk, in turns, in one run of this program. Figures are medians of
the rounds; compare the ratios, since absolute figures drift with the machine. What a figure means stands beside it.
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import wire
from workload import Person

STEPS = ("start", "read", "read", "read", "held", "approve", "write", "answer")  # what the raw loop commits, a row each
AT_ONCE = 64
ROUNDS = 3


class Raw:
    """The least: a table, a row a step, a commit a row; one connection a thread, one writer at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
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
    if arguments.walks:
        print("\nThe whole house, see wire.py")
        wire.report(arguments.walks, arguments.folder)


def measure(folder: Path, runs: int) -> None:
    raw, ours = Raw(folder / "raw.sqlite"), Person(folder / "ours.sqlite")
    rate(raw.one_run, 20, 1)
    rate(ours.one_run, 20, 1)  # a warm-up, not counted
    figures: dict[str, list[float]] = {"raw 1": [], "ours 1": [], "raw 64": [], "ours 64": []}
    latencies: list[float] = []
    for _ in range(ROUNDS):
        figures["raw 1"].append(rate(raw.one_run, runs // 4, 1))
        before = set(ours.clicked)
        figures["ours 1"].append(rate(ours.one_run, runs // 4, 1))
        latencies += [(ours.write.called[s] - ours.clicked[s]) * 1000 for s in set(ours.clicked) - before]
        figures["raw 64"].append(rate(raw.one_run, runs, AT_ONCE))
        figures["ours 64"].append(rate(ours.one_run, runs, AT_ONCE))
    done = len(ours.clicked)
    ours.close()
    with sqlite3.connect(folder / "ours.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    median = {name: percentile(values, 0.5) for name, values in figures.items()}
    print(f"approved runs a second, one at a time   raw {median['raw 1']:7.0f}   ours {median['ours 1']:7.0f}   "
          f"ratio {median['ours 1'] / median['raw 1']:.2f}  (bar 0.50)")  # fmt: skip
    print(f"approved runs a second, 64 at once      raw {median['raw 64']:7.0f}   ours {median['ours 64']:7.0f}   "
          f"ratio {median['ours 64'] / median['raw 64']:.2f}  (bar 1.00)")  # fmt: skip
    print(f"stored click → tool's call, singly      p50 {percentile(latencies, 0.5):.1f} ms   "
          f"p99 {percentile(latencies, 0.99):.1f} ms  (bar 10 ms)")  # fmt: skip
    print(f"bytes a run                             {(folder / 'ours.sqlite').stat().st_size / done:,.0f}")
    print(
        f"memory, this whole process              {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
    )


if __name__ == "__main__":
    main()
