"""Two real processes on one database."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import engine_examples as x
import pytest
from other_process import CLICKS, DEEDS, RUNS
from sqlalchemy import text

from lanes.core.states import State
from lanes.library import Library

OTHER = Path(__file__).parent / "other_process.py"


@pytest.fixture
def beside(database_url, engine):
    """Do a deed here and, at the same time, in another process."""

    def go(deed):
        command = (sys.executable, str(OTHER), database_url, deed, "other")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as other:  # fmt: skip
            assert other.stdout.readline() == "ready\n", other.stderr.read()
            other.stdin.write("go\n")
            other.stdin.flush()
            try:
                DEEDS[deed](engine, "here")
            finally:
                said = other.communicate(timeout=60)[1]
        assert (said, other.returncode) == ("", 0)

    return go


def test_one_run_in_two_processes_is_not_forked_and_each_click_counts_once(database, engine, beside):
    engine.handle(x.start())
    beside("clicks")

    events = Library(database).events("R1")
    counted = Counter(one.delivery for one in events if one.kind == "decision.refused")
    assert set(counted.values()) == {1}
    assert len(counted) == 3 * CLICKS
    assert len(events) == 1 + 3 * CLICKS
    assert Library(database).verify() == ([], 1)
    with database.connect() as connection:
        told = connection.execute(text("SELECT count(*) FROM effect WHERE content LIKE '%tell_refusal%'")).scalar_one()
    assert told == 3 * CLICKS, "what is owed is owed once"


def test_two_processes_never_reserve_past_the_cap_together(database, beside):
    beside("refunds")

    runs = [Library(database).run(row.run) for row in Library(database).latest(1_000)]
    held = [one for run in runs for one in run.actions.values() if one.state is State.HELD]
    assert len(runs) == 2 * RUNS
    assert len(held) == 13  # 13 × 150 is the most that fits under 2,000
    assert Library(database).verify() == ([], 2 * RUNS)
