"""How long the nightly job takes that holds silent drafts against people's deeds, and a pass over all its cases.

    python benchmarks/casework.py [--pairs 25000 100000]

Generated rows stand in a fresh SQLite file: a silent run for each pair, with one draft, the records it read, and what a
person did an hour later, four times in five the same. Measured in a process of its own is what the job does: the runs
and facts are read from the file, matched, written as cases in batches, and all cases are read and added up.
Bar: 100,000 pairs under 30 s and 300 MB, and the time a pair the same at each size.
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
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from lanes.jobs import Progress
from lanes.loading import load_lanes
from lanes.shadow.cases import Case
from lanes.shadow.casework import Casework
from lanes.shadow.harvesting import HARVEST
from storage import cases, facts
from storage.database import connect, migrate
from storage.facts import Found, Reading
from storage.tables import SilentRun
from storage.writer import Writer
from tools.registry import TOOLS
from tools.truth import By, Deed

ROOT = Path(__file__).parents[1]
LANE, BEGAN = "support-refunds", datetime(2026, 3, 2, tzinfo=UTC)
NOW = BEGAN + timedelta(days=100)
SAME = 0.8  # of the deeds are as they were drafted
_AT_ONCE = 2_000


def fill(writer: Writer, pairs: int) -> None:
    chance = random.Random(pairs)
    table = SilentRun.__table__  # type: ignore[attr-defined]
    for begin in range(0, pairs, _AT_ONCE):
        runs, found = [], []
        for n in range(begin, min(begin + _AT_ONCE, pairs)):
            at = BEGAN + timedelta(seconds=60 * n)
            minor = chance.randint(100, 9_000)
            arguments = {"charge": f"ch_{n:07}", "amount": {"minor": minor, "currency": "USD"}, "reason": "duplicate"}
            draft = {"action": "a1", "tool": "stripe.create_refund", "ref": f"stripe.charge ch_{n:07}",
                     "at": at.isoformat(), "arguments": arguments}  # fmt: skip
            read = [f"zendesk u{n}@example.com", f"stripe ch_{n:07}", f"stripe cus_{n}", f"stripe pi_{n}"]
            runs.append({
                "run": f"r{n:07}", "lane": LANE, "subject": f"ZD-{n}", "via": "webhook", "configuration": "c",
                "since": at, "finished": at, "drafts": json.dumps([draft]), "read": json.dumps(read), "state": "",
            })  # fmt: skip
            if chance.random() > SAME:
                arguments = {**arguments, "amount": {"minor": minor + chance.randint(1, 900), "currency": "USD"}}
            deed = Deed(
                id=f"d{n}", ref=f"stripe.charge ch_{n:07}", also=(f"stripe.customer cus_{n}",),
                tool="stripe.create_refund", arguments=arguments, by=By(id="9001"), at=at + timedelta(hours=1),
            )  # fmt: skip
            found.append(Found(deed.id, "stripe.refunds", "deed", deed.ref, deed.also, deed.tool, False, deed.at,
                               deed.model_dump_json()))  # fmt: skip
        writer.write(lambda connection, runs=runs: connection.execute(insert(table), runs), durable=False)
        writer.write(lambda connection, found=found: facts.keep(connection, found, NOW), durable=False)
    for source in load_lanes(ROOT / "lanes" / "catalog", TOOLS)[LANE].truths:
        place = Reading(source.name, "svc-truth", HARVEST, NOW, read_until=NOW)
        writer.write(lambda connection, place=place: facts.keep_page(connection, [], place, NOW), durable=False)


def work(url: str) -> None:
    """What the job does, then a pass over the cases."""
    database = connect(url)
    writer = Writer(database)
    lanes = load_lanes(ROOT / "lanes" / "catalog", TOOLS)
    Casework(database, writer, {LANE: lanes[LANE]}, TOOLS, lambda: NOW).match(Progress({}, lambda _: None))
    outcomes: Counter[str] = Counter()
    with database.connect() as connection:
        for row in cases.of_lane(connection, LANE):
            case = Case.of(row)
            outcomes[case.outcome.value] += 1
            assert case.loss is not None
    writer.close()
    database.dispose()
    print(", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[25_000, 100_000])
    parser.add_argument("--work", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work)
        return
    print("    pairs   seconds  of it CPU   CPU µs a pair       MB", flush=True)
    for pairs in asked.pairs:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/ledger.sqlite"
            database = connect(url)
            migrate(database)
            writer = Writer(database)
            fill(writer, pairs)
            writer.close()
            database.dispose()
            began = time.perf_counter()
            process = subprocess.Popen([sys.executable, __file__, "--work", url], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"the work ended with status {process.returncode}")
            took, spent = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
            each = spent / pairs * 1e6
            print(f"{pairs:>9,} {took:>9.1f} {spent:>10.1f} {each:>15.0f} {usage.ru_maxrss / 1024:>8.0f}",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
