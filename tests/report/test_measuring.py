"""Runs that have ended are measured once each, on SQLite and PostgreSQL alike."""

from dataclasses import replace
from datetime import timedelta

import engine_examples as x
import pytest
from sqlalchemy import text

from lanes.core import commands as c
from lanes.core.values import Person
from lanes.report.figures import Figures
from lanes.report.measuring import Measuring
from storage import figures


@pytest.fixture
def measuring(engine, database, writer):
    return Measuring(database, writer, lambda: {name: ready.page for name, ready in x.LANES.items()})


def refunded(engine, clock, run="R1"):
    """A refund that a lead opened after five minutes and approved after ten; the run ends."""
    engine.handle(x.start(run))
    engine.handle(x.turn(run, x.proposal(customer=f"cus_{run}")))
    action = engine.run(run).actions["a1"]
    clock.advance(minutes=5)
    engine.handle(c.OpenDetails(run, "a1", 1, Person(user="U0LEAD1", team=x.HOME), f"d-look-{run}"))
    clock.advance(minutes=5)
    engine.handle(x.decide(action, run=run, delivery=f"d-{run}"))
    engine.handle(x.begin(run, action))
    engine.handle(c.Report(run, "a1", 1, "done", {"id": "re_1"}, ms=300, undo_within=timedelta(days=7)))
    engine.handle(
        c.Finish(run, "end_turn", readings={"refund": {"status": "succeeded"}, "ticket": {"status": "solved"}})
    )


def kept(database):
    with database.connect() as connection:
        rows = figures.of_lane(connection, x.LANE, x.NOW - timedelta(days=1), x.NOW + timedelta(days=99))
        return [Figures.model_validate_json(row.content) for row in rows]


def test_a_run_is_measured_once_it_has_ended_and_once(engine, database, measuring, clock):
    refunded(engine, clock)
    engine.handle(x.start("R2"))
    assert measuring.measure(clock()) == 1
    assert measuring.measure(clock()) == 0
    (run,) = kept(database)
    assert (run.run, run.outcome, run.turns, run.model_ms, run.cost) == ("R1", "succeeded", 1, 5, 10)
    assert (run.calls, run.calls_ms, run.mode, run.via) == (1, 300, "approval", "command")
    (refund,) = run.actions
    assert (refund.waited, refund.looked) == (timedelta(minutes=10), timedelta(minutes=5))
    assert (refund.decision, refund.group, refund.came_to, refund.alone) == ("approve", "support-leads", "done", False)
    assert "U0LEAD1" not in run.model_dump_json(), "figures name no approver"


def test_measuring_goes_on_where_it_was_stopped(engine, database, measuring, clock, monkeypatch):
    monkeypatch.setattr("lanes.report.measuring._SLICE", 2)
    for n in range(1, 6):
        refunded(engine, clock, f"R{n}")
    with database.connect() as connection:
        assert [run for run, *_ in figures.unmeasured(connection, None, 10)] == ["R1", "R2", "R3", "R4", "R5"]
    assert measuring.measure(clock()) == 5
    assert [run.run for run in kept(database)] == ["R1", "R2", "R3", "R4", "R5"]


def test_what_is_taken_back_after_the_end_is_measured_anew(engine, database, measuring, clock):
    refunded(engine, clock)
    measuring.measure(clock())
    assert not kept(database)[0].actions[0].undone
    clock.advance(hours=2)
    back = replace(x.proposal(call="undo:a1"), tool="stripe.create_refund")
    engine.handle(c.TakeBack("R1", "a1", Person(user="U0SAM", team=x.HOME), back, "d-undo"))
    undo = engine.run("R1").actions["a2"]
    engine.handle(x.decide(undo, delivery="d-yes"))
    engine.handle(x.begin("R1", undo))
    engine.handle(c.Report("R1", undo.id, 1, "done", {"id": "re_2"}))
    measuring.measure(clock())
    (run,) = kept(database)
    assert run.actions[0].undone
    assert run.actions[1].undoes


def test_of_several_voices_the_last_one_ends_the_wait(engine, database, measuring, clock):
    engine.handle(x.start())
    engine.handle(x.turn("R1", x.proposal("1290.00 USD")))
    action = engine.run("R1").actions["a1"]
    for user in ("U0LEAD1", "U0LEAD2"):
        clock.advance(minutes=30)
        engine.handle(x.decide(action, user=user, delivery=f"d-{user}"))
    engine.handle(x.begin("R1", action))
    engine.handle(c.Report("R1", "a1", 1, "failed", code="card_declined"))
    engine.handle(c.Finish("R1", "end_turn"))
    measuring.measure(clock())
    (refund,) = kept(database)[0].actions
    assert (refund.waited, refund.came_to) == (timedelta(hours=1), "failed")


def test_a_run_whose_events_were_erased_stands_in_nobodys_way(engine, database, measuring, clock):
    for n in (1, 2):
        refunded(engine, clock, f"R{n}")
    with database.begin() as connection:
        connection.execute(text("DELETE FROM body WHERE stream = 'run:R1'"))
    assert measuring.measure(clock()) == 1
    assert [run.run for run in kept(database)] == ["R2"]
