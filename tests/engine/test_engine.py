"""Every wish goes one way: load, decide, append, owe; all of it or nothing."""

import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import engine_examples as x
import pytest
from databases import writing
from sqlalchemy import event

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core import lane_commands as lc
from lanes.core.effects import load
from lanes.core.page import Mode
from lanes.core.states import State
from lanes.library import Library
from storage import ledger, outbox
from storage.database import StorageUnusable
from tools.contract import Refused


def owed(database):
    with database.connect() as connection:
        return outbox.all_due(connection, x.NOW.replace(year=2030))


def kinds(database, run="R1"):
    return [one.kind for one in Library(database).events(run)]


def test_starting_twice_is_starting_once(database, engine):
    first = engine.handle(x.start())
    again = engine.handle(x.start())

    assert [one.kind for one in first.events] == ["run.started"]
    assert again.events == ()
    assert again.run == first.run
    assert kinds(database) == ["run.started"]
    assert len(owed(database)) == 2


def test_starting_at_once_from_two_processes_is_starting_once(database, engine, open_engine):
    engines = (engine, open_engine())
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda n: engines[n % 2].handle(x.start()), range(12)))

    assert sum(len(outcome.events) for outcome in outcomes) == 1
    assert kinds(database) == ["run.started"]
    assert len(owed(database)) == 2


def test_what_is_owed_is_offered_after_it_is_committed(database, engine, join, database_url):
    offered = []
    other = join(database_url)
    engine.to(lambda work: offered.append(([name for name, _ in work], [one.id for one in owed(other)])))

    engine.handle(x.start())

    ((names, stored),) = offered
    assert set(names) == set(stored) == {"run:R1#1.0", "run:R1#1.1"}
    assert {load(one.content).kind for one in owed(database)} == {"show_progress", "advance"}


def test_events_and_what_they_owe_stand_or_fall_together(database, engine, clock):
    """U2. The outbox refuses the row (somebody put one of the same name): then the event has not happened either."""
    with writing(database) as connection:
        outbox.put(connection, [outbox.Owed("run:R1#1.1", "{}", x.NOW)])

    with pytest.raises(Exception, match=r"(?i)unique"):
        engine.handle(x.start())

    with database.connect() as connection:
        assert ledger.streams(connection) == ()
        assert outbox.count(connection) == 1
    assert engine.run("R1") is None
    with writing(database) as connection:
        outbox.done(connection, ["run:R1#1.1"])
    assert len(engine.handle(x.start()).events) == 1
    assert Library(database).verify() == ([], 1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_commit_that_is_lost_is_forgotten_everywhere(database, engine, postgres):
    engine.handle(x.start())
    cuts = [postgres.end_connections]

    def cut(_connection, _cursor, statement, *_):
        if statement == "COMMIT" and cuts:
            cuts.pop()()

    event.listen(database, "before_cursor_execute", cut)
    with pytest.raises(StorageUnusable):
        engine.handle(x.stray("d-1"))

    assert engine.run("R1").version == 1
    assert len(engine.handle(x.stray("d-1")).events) == 1
    assert kinds(database) == ["run.started", "decision.refused"]
    assert Library(database).verify() == ([], 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_did_not_fit_on_the_disk_is_forgotten_everywhere(database, engine, writer):
    engine.handle(x.start())
    pages = writer.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    event.listen(
        database, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count={pages}").close()
    )
    writer.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())
    commands = (x.stray(f"d-{n}") for n in range(200))
    with pytest.raises(StorageUnusable, match="the disk is full"):
        deque(map(engine.handle, commands))
    stored = len(kinds(database)) - 1

    assert 0 <= stored < 200
    assert engine.run("R1").version == 1 + stored
    with pytest.raises(StorageUnusable):
        engine.handle(x.turn("R1", *[x.proposal("1.00 USD", "c" * 4_000, call=f"c{n}") for n in range(5)]))
    pages = 1_000_000
    writer.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())
    assert len(engine.handle(x.stray(f"d-{stored}")).events) == 1
    assert engine.handle(x.stray("d-0")).events == ()
    assert engine.run("R1").version == 2 + stored == len(kinds(database))
    assert Library(database).verify() == ([], 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_draft_a_decision_an_intent_and_an_outcome_survive_a_power_cut(database, engine):
    told, flushed = [], []

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("PRAGMA synchronous"):
            told.append(statement.endswith("FULL"))
        if statement == "COMMIT":
            flushed.append(told[-1])

    event.listen(database, "before_cursor_execute", note)
    engine.handle(x.start())
    held = engine.handle(x.turn("R1", x.proposal())).run.actions["a1"]
    engine.handle(x.decide(held))
    engine.handle(x.begin("R1", held))
    engine.handle(c.Report("R1", "a1", 1, "done", {"id": "re_1"}))
    engine.receive("Ev1", "{}")
    engine.handle_lane(lc.StopLane("*", x.OWNER))

    assert flushed[1:] == [True] * 6


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_that_a_run_does_takes_longer_the_more_runs_there_were(database, engine):
    """No statement of the writer's reads a table through, but for the values it brings along."""
    said = set()
    engine._writer.write(lambda connection: connection.connection.dbapi_connection.set_trace_callback(said.add))
    engine.receive("Ev1", "{}")
    engine.handle(x.start())
    one = replace(x.proposal(), change="refund ch_1")
    held = engine.handle(x.turn("R1", one)).run.actions["a1"]
    engine.handle(x.decide(held))
    engine.handle(x.begin("R1", held))
    engine.handle(c.Report("R1", "a1", 1, "done", {"id": "re_1"}))
    other = replace(x.proposal(customer="cus_bob", call="call_2"), change="refund ch_2")
    held = engine.handle(x.turn("R1", other, number=2)).run.actions["a2"]
    engine.handle(x.decide(held, "reject", delivery="d-2"))
    engine.handle(c.Finish("R1", "end_turn"))
    engine._writer.write(lambda connection: connection.connection.dbapi_connection.set_trace_callback(None))

    read = [sql for sql in said if sql.split()[0] in {"SELECT", "UPDATE", "DELETE"}]
    assert {sql.split()[0] for sql in read} == {"SELECT", "UPDATE", "DELETE"}
    with database.connect() as connection:
        for sql in read:
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
            through = [one for one in plan if one.startswith("SCAN ") and not re.search("CONSTANT ROW|json_each", one)]
            assert through == [], sql


def test_the_same_post_is_stored_once(database, engine, open_engine):
    offered = []
    engine.to(offered.extend)
    other = open_engine()

    assert engine.receive("Ev1", '{"a":1}')
    assert not engine.receive("Ev1", '{"a":2}')
    assert not other.receive("Ev1", '{"a":3}')
    assert [(name, effect.content) for name, effect in offered] == [("delivery:Ev1", '{"a":1}')]
    assert [one.id for one in owed(database)] == ["delivery:Ev1"]
    assert load(owed(database)[0].content).content == "", "what was sent stands in one place, from where it is swept"


def test_a_command_for_a_run_that_is_not_there_comes_to_nothing(database, engine):
    assert engine.handle(x.stray("d-1")).run is None
    assert owed(database) == ()


def test_the_kill_switch_of_another_process_is_seen_at_once(engine, open_engine):
    other = open_engine()
    engine.handle(x.start())
    assert not engine.regime(x.LANE).stopped

    other.handle_lane(lc.StopLane("*", x.OWNER, "drill"))
    assert engine.regime(x.LANE).stopped
    ruled = engine.handle(x.turn("R1", x.proposal())).events[-1]
    assert isinstance(ruled, e.ActionBlocked)
    assert ruled.ruling.reasons == ("KILL_SWITCH",)

    engine.handle_lane(lc.ResumeLane("*", x.OWNER))
    assert not other.regime(x.LANE).stopped
    other.handle_lane(lc.StopLane(x.LANE, x.OWNER))
    assert engine.lane_state(x.LANE).stopped
    assert not engine.lane_state("*").stopped


def test_the_kill_switch_stops_at_the_wire_what_was_approved_before_it_fell(engine, open_engine):
    engine.handle(x.start())
    held = engine.handle(x.turn("R1", x.proposal())).run.actions["a1"]
    cleared = engine.handle(x.decide(held)).run.actions["a1"]
    assert cleared.state is State.CLEARED

    open_engine().handle_lane(lc.StopLane("*", x.OWNER))

    after = engine.handle(x.begin("R1", cleared)).run.actions["a1"]
    assert after.state is State.FROZEN


def test_two_processes_that_change_a_lane_do_so_one_after_the_other(database, engine, open_engine):
    other = open_engine()
    for n in range(3):
        (engine, other)[n % 2].handle_lane(lc.StopLane(x.LANE, x.OWNER))
        (other, engine)[n % 2].handle_lane(lc.ResumeLane(x.LANE, x.OWNER))

    assert engine.lane_state(x.LANE).version == other.lane_state(x.LANE).version == 6
    assert Library(database).verify() == ([], 1)


def test_a_refusal_leaves_no_trace_and_harms_nothing(database, engine):
    with pytest.raises(Refused, match="owner"):
        engine.handle_lane(lc.SetMode(x.LANE, Mode.AUTONOMOUS, x.REQUESTER))

    assert owed(database) == ()
    assert engine.lane_state(x.LANE).version == 0
    assert engine.handle_lane(lc.SetMode(x.LANE, Mode.SHADOW, x.OWNER)).mode is Mode.SHADOW


def test_what_another_process_wrote_is_read(engine, open_engine):
    """From the start, or from where one's own memory ends; a SQLite file has one dispatcher, whose memory is enough."""
    other = open_engine()
    engine.handle(x.start())
    assert other.run("R1") == engine.run("R1")
    assert engine.run("nobody") is None
    engine.handle(x.stray("d-1"))
    assert other.run("R1") == engine.run("R1")
    assert other.run("R1").version == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_another_process_wrote_meanwhile_is_read(engine, open_engine):
    engine.handle(x.start())
    open_engine().handle(x.stray("d-1"))

    assert engine.run("R1").version == 2


def test_the_loser_of_two_clicks_in_two_processes_is_told_who_won(engine, open_engine):
    """U4, U5: who comes second is decided again on what is there now, and their refusal is recorded."""
    other = open_engine()
    engine.handle(x.start())
    held = engine.handle(x.turn("R1", x.proposal())).run.actions["a1"]
    assert other.run("R1").actions["a1"] == held
    other.handle(x.stray("d-0"))  # both have the run in memory now

    won = other.handle(x.decide(held, user="U0LEAD1", delivery="d-1"))
    lost = engine.handle(x.decide(held, "reject", user="U0LEAD2", delivery="d-2"))

    assert won.run.actions["a1"].state is State.CLEARED
    assert [one.kind for one in lost.events] == ["decision.refused"]
    assert lost.events[0].winner.user == "U0LEAD1"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_stale_memory_does_not_swallow_a_command(engine, open_engine):
    """The other process approved; this one, which remembers the action as held, is asked to begin it."""
    engine.handle(x.start())
    held = engine.handle(x.turn("R1", x.proposal())).run.actions["a1"]
    open_engine().handle(x.decide(held))

    after = engine.handle(x.begin("R1", held))
    assert [one.kind for one in after.events] == ["execution.started"]


def test_an_old_resume_that_is_performed_again_does_not_lift_a_newer_stop(engine):
    """A lane command is done once for its delivery, however often the delivery is worked on."""
    engine.receive("Ev1", "{}")
    engine.receive("Ev2", "{}")
    engine.handle_lane(lc.StopLane(x.LANE, x.OWNER), "Ev1")
    engine.handle_lane(lc.ResumeLane(x.LANE, x.OWNER), "Ev2")
    engine.handle_lane(lc.StopLane(x.LANE, x.OWNER))

    engine.handle_lane(lc.ResumeLane(x.LANE, x.OWNER), "Ev2")

    assert engine.regime(x.LANE).stopped


def test_nobody_sees_a_run_before_it_is_committed(database, engine):
    """A card drawn from what is about to be written would promise what a full disk can still take back."""
    engine.handle(x.start())
    seen = []
    commit = engine._writer._commit

    def looking(batch):
        statement = event.listens_for(database, "before_cursor_execute")

        @statement
        def before(connection, cursor, sql, *_):
            if sql == "COMMIT":
                seen.append(engine.run("R1").version)

        commit(batch)
        event.remove(database, "before_cursor_execute", before)

    engine._writer._commit = looking
    told = engine.handle(x.turn("R1", x.proposal())).run
    engine._writer._commit = commit

    assert seen == [1]
    assert engine.run("R1") is told
