"""Where the processor's time of an approved run goes, by floor.

    python benchmarks/where.py [--runs 300]

One thread does all the work of a run (see `Person`), so that nothing waits for another thread, and the process is
sampled by its own processor time, at most every millisecond. A sample counts for the first line of FLOORS that
names a function it stands in. What the disk takes is not processor time; it is what the wall clock shows beyond it.
"""

import argparse
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent))

from workload import Person

FLOORS = (  # what it is called, in which file, in which function ("": any); the innermost floor is asked first
    ("storage: COMMIT, pages written to the log", "storage/prepared.py", "tell work"),
    ("storage: hash chain and commitments", "storage/ledger.py", "append"),
    ("storage: rows, each a statement of SQLite", "storage/prepared.py", ""),
    ("storage: rows put aside until the commit", "storage/batch.py", ""),
    ("core: decide, gate, fold, react", "lanes/core/", ""),
    ("lanes: events and effects as JSON", "lanes/engine.py", "_news _owe"),
    ("lanes: projection", "lanes/projection.py", ""),
    ("lanes: agent and executor", "lanes/agent.py lanes/executor.py lanes/proposing.py lanes/sending.py", ""),
    ("lanes: engine", "lanes/engine.py", ""),
    ("storage: writer", "storage/writer.py", ""),
    ("bot: what Slack delivered, who may", "/bot/", ""),
    ("the benchmark's own", "benchmarks/", ""),
)
EVERY = 0.001  # seconds of processor time between two samples


def floor(frame: FrameType | None) -> str:
    """Where a sample stands: the innermost frame that is of a floor."""
    while frame is not None:
        code = frame.f_code
        for name, files, functions in FLOORS:
            here = any(file in code.co_filename for file in files.split())
            if here and (not functions or code.co_name in functions.split()):
                return name
        frame = frame.f_back
    return "other"


def measure(folder: Path, runs: int) -> tuple[Counter[str], float, float]:
    """Samples by floor; microseconds of processor and by the clock, each a run."""
    person = Person(folder / "where.sqlite", alone=True)
    for _ in range(30):
        person.one_run()
    found = Counter[str]()
    before, began = _spent(), time.perf_counter()
    signal.signal(signal.SIGPROF, lambda _, frame: found.update([floor(frame)]))
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    for _ in range(runs):
        person.one_run()
    signal.setitimer(signal.ITIMER_PROF, 0)
    spent, took = _spent() - before, time.perf_counter() - began
    person.close()
    return found, spent / runs * 1e6, took / runs * 1e6


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def report(runs: int, folder: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        found, spent, took = measure(Path(inside), runs)
    print(f"where a run's time goes, one thread     {spent:,.0f} µs of processor, {took - spent:,.0f} µs waiting")
    for name, count in found.most_common():
        share = count / found.total()
        print(f"  {name:<45} {spent * share:7.0f} µs  {share:4.0%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    report(parser.parse_args().runs)
