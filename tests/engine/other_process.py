"""A second process on the same database: `other_process.py URL DEED NAME`, beginning when a line comes in.

Its six threads send what the first process sends at the same time, through an engine of its own.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import engine_examples as x
from job_examples import JOBS, WEEKS

from lanes.engine import Engine
from lanes.timetable import Timetable
from storage.database import connect
from storage.writer import Writer

CLICKS, RUNS = 40, 25


def clicks(engine: Engine, name: str) -> None:
    """The same deliveries from both processes, and as many of one's own, all on one run."""
    commands = [x.stray(f"both-{n}") for n in range(CLICKS)] + [x.stray(f"{name}-{n}") for n in range(CLICKS)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(engine.handle, commands))


def refunds(engine: Engine, name: str) -> None:
    """Each run proposes a refund; all count against one lane's day."""

    def propose(n: int) -> None:
        run = f"{name}-{n}"
        engine.handle(x.start(run))
        engine.handle(x.turn(run, x.proposal("150.00 USD", f"cus_{run}")))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(propose, range(RUNS)))


def firings(engine: Engine, name: str) -> None:
    """Every week's jobs, week by week."""
    fire_side_by_side(Timetable(engine._database, engine._writer, JOBS, engine.clock), engine.clock)


def fire_side_by_side(table: Timetable, clock: x.Clock) -> None:
    """Turn the clock week by week; each week six timetables that remember nothing fire what is due."""
    for _ in range(WEEKS):
        clock.advance(days=7)
        tables = [Timetable(table._database, table._writer, table.jobs.values(), clock) for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(Timetable.fire_due, tables))


DEEDS = {"clicks": clicks, "refunds": refunds, "firings": firings}

if __name__ == "__main__":
    url, deed, name = sys.argv[1:]
    database = connect(url)
    writer = Writer(database)
    engine = Engine(database, writer, x.LANES, team=x.HOME, model="m", clock=x.Clock())
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    DEEDS[deed](engine, name)
    writer.close()
    database.dispose()
