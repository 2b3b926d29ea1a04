"""Kill -9 while a job is under way: started again, it is finished once, and its failure is told once to each."""

import sqlite3
from contextlib import closing

import pytest
from walks import refund_walk

from bot.scheduler import jobs_of
from bot.settings import Settings
from lanes.engine import utc_now
from lanes.timetable import Timetable
from storage.database import connect
from storage.writer import Writer

POINTS = (
    "commit-after:begin#1",  # the attempt is noted, nothing is read yet
    "commit-before:keep#1",
    "commit-after:keep#1",  # it has said how far it is
    "commit-before:RunJob#1",  # it is done, and nobody has noted it
    "commit-after:RunJob#1",
    "effect-after:run_job#1",
)
TELLING = ("commit-after:RunJob#1", "effect-before:tell_job_failed#1", "effect-after:tell_job_failed#1")
OWNERS = ("D0OWNER", "D0ONCALL", "D0REVOPS")


def by_hand(town, question):
    """Beside the running Lanekeeper, as the command line is."""
    database = connect(town.database_url)
    writer = Writer(database)
    try:
        return question(Timetable(database, writer, jobs_of(Settings(_env_file=None).zone), utc_now))
    finally:
        writer.close()
        database.dispose()


def fire(town):
    """Have the history verified, and wait until that is over."""
    fired = by_hand(town, lambda table: table.fire_by_hand("verify_ledger", "", "cli:ada"))
    town.until(lambda: not town.owed(), "the job did not end")
    return by_hand(town, lambda table: table.firing("verify_ledger", fired.firing.period))


def never_wrong(wrong):
    assert not wrong, "\n\n".join(f"{point}: {what[:3000]}" for point, what in wrong.items())


@pytest.mark.timeout(300)
def test_killed_while_it_is_under_way_it_is_finished_once(towns, empty):
    def case(town, point):
        town.fresh(f"job {point}", empty, point)
        refund_walk(town)
        row = fire(town)
        assert town.struck == 1, town.points()
        assert (row.outcome, row.said) == ("done", "1 stream verified"), row
        assert row.attempts == (1 if point in POINTS[4:] else 2), row
        again = by_hand(town, lambda table: table.fire_by_hand("verify_ledger", row.period, "cli:bob"))
        assert not again.fired

    never_wrong(towns.play(case, list(POINTS)))


@pytest.mark.timeout(300)
def test_killed_while_the_failure_is_told_everybody_hears_of_it_once(towns, empty):
    def case(town, point):
        town.fresh(f"telling {point}", empty, point)
        refund_walk(town)
        with closing(sqlite3.connect(town.database_url.removeprefix("sqlite:///"))) as file, file:
            file.execute("UPDATE body SET content = replace(content, 'ZD-4821', 'ZD-4822') WHERE version = 1")
        row = fire(town)
        assert town.struck == 1, town.points()
        assert row.outcome == "failed"
        for owner in OWNERS:
            told = [m["text"] for m in town.messages(owner) if "verify_ledger" in m["text"]]
            assert len(told) == 1, (owner, told)
            assert "the body does not match its commitments" in told[0]

    never_wrong(towns.play(case, list(TELLING)))
