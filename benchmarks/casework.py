"""How long the nightly job takes that holds silent drafts against people's deeds, and the weekly report of its cases.

    python benchmarks/casework.py [--pairs 50000 100000]

Generated rows stand in a fresh SQLite file: a silent run for each pair over eight weeks, with one draft, the records it
read, and what a person did an hour later, four times in five the same. Measured in a process of its own is what the app
does: the runs and facts are read from the file, matched, and written as cases in batches; then the lane's report of the
last week with the trend of all eight and the evidence of its segments, for which every case is read.
Bar: match and report of 100,000 pairs under 30 s and 300 MB together, and the time a pair the same at each size.
"""

import sys

sys.path.pop(0)  # this folder: its statistics.py would hide the standard library's from whoever imports that

import argparse
import gc
import json
import os
import random
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import insert

from lanes.core.page import Mode
from lanes.engine import Engine
from lanes.jobs import Progress
from lanes.loading import load_lanes
from lanes.promotion.strata import Strata
from lanes.report.gathering import Gathering, evidence
from lanes.shadow.casework import Casework
from lanes.shadow.harvesting import HARVEST
from storage import facts
from storage.database import connect, migrate
from storage.facts import Found, Reading
from storage.tables import SilentRun
from storage.writer import Writer
from tools.registry import TOOLS
from tools.truth import By, Deed

ROOT = Path(__file__).parents[1]
LANE, BEGAN, LASTS = "support-refunds", datetime(2026, 3, 2, tzinfo=UTC), timedelta(weeks=8)  # of which a trend is
NOW = BEGAN + LASTS + timedelta(days=6)  # all is settled, and the last of the weeks the newest that is over
SAME = 0.8  # of the deeds are as they were drafted
_AT_ONCE = 2_000


def fill(writer: Writer, pairs: int, configuration: str) -> None:
    chance = random.Random(pairs)
    table = SilentRun.__table__  # type: ignore[attr-defined]
    for begin in range(0, pairs, _AT_ONCE):
        runs, found = [], []
        for n in range(begin, min(begin + _AT_ONCE, pairs)):
            at = BEGAN + n * LASTS / pairs
            minor = chance.randint(100, 9_000)
            arguments = {"charge": f"ch_{n:07}", "amount": {"minor": minor, "currency": "USD"}, "reason": "duplicate"}
            draft = {"action": "a1", "tool": "stripe.create_refund", "ref": f"stripe.charge ch_{n:07}",
                     "at": at.isoformat(), "arguments": arguments}  # fmt: skip
            read = [f"zendesk u{n}@example.com", f"stripe ch_{n:07}", f"stripe cus_{n}", f"stripe pi_{n}"]
            runs.append({
                "run": f"r{n:07}", "lane": LANE, "subject": f"ZD-{n}", "via": "webhook", "configuration": configuration,
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


def wired(url: str) -> tuple[Database, Writer, Engine]:
    """A lane as the app has it."""
    database = connect(url)
    migrate(database)
    writer = Writer(database)
    lanes = load_lanes(ROOT / "lanes" / "catalog", TOOLS)
    return database, writer, Engine(database, writer, lanes, team="", model="offline", clock=lambda: NOW)


def work(url: str) -> None:
    """What the app does: match, then report; prints the seconds of each, and the processor's of both."""
    database, writer, engine = wired(url)
    gc.freeze()  # as the app has it (`bot.app.spare_the_collector`)
    gc.set_threshold(10_000, 20, 20)
    began, idle = time.perf_counter(), time.process_time()
    casework = Casework(database, writer, {LANE: engine.lanes[LANE]}, TOOLS, lambda: NOW)
    settled = casework.match(Progress({}, lambda _: None)).settled
    matched = time.perf_counter()
    gathering = Gathering(database, engine.lanes, lambda _: Mode.SHADOW, evidence(Strata(engine, database)), UTC)
    told = gathering.report(LANE, gathering.last_week(NOW))
    reported, spent = time.perf_counter(), time.process_time() - idle
    writer.close()
    database.dispose()
    if not settled == sum(one.live.of for one in told.trend):
        raise SystemExit(f"{settled} runs are settled, the report tells of {[one.live.of for one in told.trend]}")
    print(matched - began, reported - matched, spent)


@dataclass(frozen=True)
class Took:
    """Seconds, processor seconds of both, and megabytes of the whole process."""

    match: float
    report: float
    cpu: float
    memory: float


def measure(pairs: int) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.sqlite"
        database, writer, engine = wired(url)
        fill(writer, pairs, engine.conducted(LANE))
        writer.close()
        database.dispose()
        process = subprocess.Popen([sys.executable, __file__, "--work", url], stdout=subprocess.PIPE, text=True)
        said = process.stdout.read().splitlines()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"the work ended with status {process.returncode}")
        match, report, cpu = map(float, said[-1].split())
        return Took(match, report, cpu, usage.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[50_000, 100_000])
    parser.add_argument("--work", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work)
        return
    print("    pairs   match s   report s    sum s  of it CPU   CPU µs a pair       MB", flush=True)
    found = {}
    for pairs in sorted(asked.pairs):
        one = found[pairs] = measure(pairs)
        print(f"{pairs:>9,} {one.match:>9.1f} {one.report:>10.1f} {one.match + one.report:>8.1f} {one.cpu:>10.1f} "
              f"{one.cpu / pairs * 1e6:>15.0f} {one.memory:>8.0f}", flush=True)  # fmt: skip
    most, least = max(found), min(found)
    whole, part = found[most], found[least]
    ratio = (whole.cpu / most) / (part.cpu / least)
    print(f"{most:,} pairs: match and report {whole.match + whole.report:.1f} s, {whole.cpu:.1f} s of CPU, "
          f"{whole.memory:.0f} MB; a pair costs {ratio:.2f} times what it does at {least:,}")  # fmt: skip


if __name__ == "__main__":
    main()
