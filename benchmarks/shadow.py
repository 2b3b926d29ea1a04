"""How long `lanekeeper shadow compare` takes and how much memory, at 10,000, 50,000 and 100,000 pairs of actions.

    python benchmarks/shadow.py [--pairs 10000 50000 100000]

Each figure is one run of the real command line, with its start and with a result file that holds every case. Four
shapes: a case has one action a side; or four, of two tools; or every argument differs a little, so that nothing is
settled by equality; or all actions stand in one case, which the matcher must not take the cube of.
Bar: 100,000 pairs under 30 s and 300 MB, and the time a pair the same at each size. The last shape is no work that
anybody has; it shows that the time stays linear, at about 300 MB.

Then the weekly report of as many cases, read from their table: its time and memory.

At the end: precision and recall of the matcher on generated work where it is known which calls belong together.
"""

import sys

sys.path.pop(0)  # this folder: its statistics.py would hide the standard library's from whoever imports that

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "shadow"))

from generated import subject

from lanes.shadow.matching import Matching

ROOT = Path(__file__).parents[1]
SIZES = (10_000, 50_000, 100_000)
AGREE = 0.8  # of the pairs are equal in the ordinary shapes
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
SHAPES = {"one a case": 1, "four a case": 4, "all differ": 2, "one large case": 0}


def actions(shape: str, pairs: int, chance: random.Random) -> Iterator[tuple[dict, dict]]:
    size = SHAPES[shape] or pairs
    for n in range(pairs):
        tool = ("billing.refund", "desk.tag")[n % 2]
        arguments = {
            "charge": f"ch_{n:08}", "amount": {"minor": chance.randint(100, 90_000), "currency": "USD"},
            "reason": chance.choice(REASONS), "note": f"Charged twice on day {n % 28 + 1}, see the ticket.",
        }  # fmt: skip
        done = dict(arguments)
        if shape == "all differ" or chance.random() > AGREE:
            done["amount"] = {"minor": arguments["amount"]["minor"] + chance.randint(1, 900), "currency": "USD"}
            done["note"] = "The customer was charged twice and gets one of the two back."
        case = f"T-{n // size:07}"
        yield {"id": case, "tool": tool, "arguments": arguments}, {"id": case, "tool": tool, "arguments": done}


def write(folder: Path, shape: str, pairs: int) -> tuple[Path, Path]:
    chance = random.Random(pairs)
    suggested, actual = folder / "suggested.jsonl", folder / "actual.jsonl"
    with suggested.open("w") as ours, actual.open("w") as theirs:
        for one, other in actions(shape, pairs, chance):
            ours.write(json.dumps(one) + "\n")
            theirs.write(json.dumps(other) + "\n")
    return suggested, actual


def measure(suggested: Path, actual: Path, mode: str) -> tuple[float, float, float]:
    """Seconds, processor seconds and megabytes of one run."""
    command = [sys.executable, "-m", "bot.cli", "shadow", "compare", "--suggested", suggested, "--actual", actual,
               "--matching", mode, "--out", suggested.with_name("result.json")]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the command ended with status {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


_REPORT = """
import sys, time
from lanes.report.weekly import weekly
from lanes.shadow.cases import Case
from storage import cases
from storage.database import connect
import weeks
began = time.perf_counter()
with connect(sys.argv[1]).connect() as connection:
    rows = cases.of_lane(connection, weeks.LANE, weeks.WEEKS[0].begin, weeks.WEEK.end)
    told = weekly(weeks.known(), (Case.of(row) for row in rows), ())
print(sum(one.live.of for one in told.trend), time.perf_counter() - began)
"""


def report(folder: Path, count: int) -> tuple[float, float]:
    """Seconds and megabytes of a report of so many cases of eight weeks, in a process of its own."""
    sys.path.append(str(ROOT / "tests" / "report"))
    import weeks  # noqa: PLC0415 - loads every lane's page, which the shapes above do without

    from lanes.shadow.matching import Outcome  # noqa: PLC0415
    from storage import cases  # noqa: PLC0415
    from storage.database import connect, migrate  # noqa: PLC0415

    url = f"sqlite:///{folder / f'{count}.sqlite'}"
    database = connect(url)
    migrate(database)
    with database.begin() as connection:
        for start in range(0, count, 5_000):
            made = (
                weeks.wrong_amount(n, at=weeks.WEEKS[n // 7 % 8].begin)
                if n % 7 == 0
                else weeks.case(n, Outcome.MISSED if n % 7 == 1 else Outcome.AGREE, at=weeks.WEEKS[n // 7 % 8].begin)
                for n in range(start, min(count, start + 5_000))
            )
            cases.put(connection, [one.row() for one in made])
    database.dispose()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'report'}"}
    process = subprocess.Popen([sys.executable, "-c", _REPORT, url], env=environment, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read().split()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or int(said[0]) != count:
        raise SystemExit(f"the report ended with status {process.returncode}, of {said}")
    return float(said[1]), usage.ru_maxrss / 1024


def truth() -> None:
    print("\ncalls a subject   subjects   precision   recall   (a third of the calls noisy, a tenth a side alone)")
    for least, most, subjects in ((1, 6, 2_000), (10, 30, 200), (1_300, 1_300, 2)):
        chance = random.Random(most)
        right = paired = true = 0
        for _ in range(subjects):
            suggested, actual, known = subject(chance, chance.randint(least, most))
            pairs = Matching().pairs(suggested, actual, "ZD-1")
            found = {(pair.suggested.id, pair.actual.id) for pair in pairs if pair.both}
            right, paired, true = right + len(found & known), paired + len(found), true + len(known)
        print(f"{f'{least} to {most}':<15} {subjects:>10,} {right / paired:>11.1%} {right / true:>8.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().pairs
    print("shape            matching      pairs   seconds  of it CPU   CPU µs a pair       MB")
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            for pairs in sizes:
                files = write(Path(folder), shape, pairs)
                for mode in ("exact", "typed"):
                    took, work, memory = measure(*files, mode)
                    print(f"{shape:<16} {mode:<9} {pairs:>9,} {took:>9.1f} {work:>10.1f} {work / pairs * 1e6:>15.0f} "
                          f"{memory:>8.0f}", flush=True)  # fmt: skip
        print("\nweekly report      cases   seconds       MB")
        for count in sizes:
            took, memory = report(Path(folder), count)
            print(f"{'':<15} {count:>8,} {took:>9.1f} {memory:>8.0f}", flush=True)
    truth()


if __name__ == "__main__":
    main()
