"""The kill switch, tried: what a drill finds where it works, and where it does not."""

import pytest

from lanes.core import lane_commands as lc
from lanes.promotion.drill import Drill

LANE = "support-refunds"


@pytest.fixture
def lena(sqlite_record):
    return sqlite_record.person("U0LEAD1")


def test_a_switch_that_works_is_on_record_and_the_lane_goes_on(sqlite_record, lena):
    ticks = iter((1.0, 1.002, 1.010))
    Drill(sqlite_record.engine, lambda: next(ticks)).hold(LANE, lena)
    held = sqlite_record.state.drill
    assert (held.passed, held.gate, held.wire) == (True, ("KILL_SWITCH",), "KILL_SWITCH")
    assert (held.stopped_ms, held.refused_ms, held.resumed) == (2, 10, True)
    assert sqlite_record.state.stopped is None


def test_a_lane_that_only_reads_has_nothing_to_write_and_is_refused_at_the_gate(sqlite_record, lena):
    Drill(sqlite_record.engine).hold("support-triage", lena)
    held = sqlite_record.engine.lane_state("support-triage").drill
    assert (held.passed, held.wire) == (True, "NOTHING_TO_WRITE")


class Deaf:
    """An engine to which nobody can say stop."""

    def __init__(self, engine):
        self.engine = engine

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def handle_lane(self, command, delivery=""):
        return self.engine.lane_state(LANE) if isinstance(command, lc.StopLane) else self.engine.handle_lane(command)


def test_a_switch_that_does_not_work_is_said_so_and_counts_for_nothing(sqlite_record, lena):
    Drill(Deaf(sqlite_record.engine)).hold(LANE, lena)
    state = sqlite_record.state
    assert state.drill is None
    held = sqlite_record.engine.lane_event(LANE, state.version)
    assert (held.kind, held.passed, held.wire) == ("drill.held", False, "")
    assert "drill" in sqlite_record.gates()


def test_somebody_who_stops_the_lane_during_a_drill_has_stopped_it(sqlite_record, lena):
    engine = sqlite_record.engine
    sam = sqlite_record.person("U0LEAD2")
    ticks = iter((1.0, 1.1, 1.2))

    def seconds():
        now = next(ticks)
        if now == 1.1:  # the lane stands still for the drill
            engine.handle_lane(lc.StopLane(LANE, sam, "the charges look wrong"))
        return now

    Drill(engine, seconds).hold(LANE, lena)
    assert sqlite_record.state.stopped.by == sam
    assert not sqlite_record.state.drill.resumed
