"""Caps are reserved while a card is open; whatever happens at once, they hold."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import engine_examples as x
import pytest
from sqlalchemy import text

from lanes.core import commands as c
from lanes.core import lane_commands as lc
from lanes.core.run import fold
from lanes.core.states import RESERVING, State
from lanes.library import Library
from lanes.projection import project
from storage import views

CAP = 2_000_00  # cents a day, as the page of the lane says


def tallies(database):
    """Every running total that is not zero."""
    with database.connect() as connection:
        rows = connection.execute(text("SELECT lane, day, what, total FROM tally WHERE total <> 0")).all()
    return {(row.lane, row.day, row.what): row.total for row in rows}


def rows(database):
    with database.connect() as connection:
        return sorted(tuple(row) for row in views.runs(connection, limit=1_000))


def reserved(database):
    return tallies(database).get((x.LANE, "open", "money:USD"), 0)


def streams(database):
    return [row.run for row in Library(database).latest(1_000)]


def test_fifty_proposals_at_once_never_reserve_past_the_cap(database, engine):
    def propose(n):
        engine.handle(x.start(f"R{n}"))
        return engine.handle(x.turn(f"R{n}", x.proposal("150.00 USD", f"cus_{n}"))).run.actions["a1"]

    with ThreadPoolExecutor(12) as pool:
        actions = list(pool.map(propose, range(50)))

    held = [one for one in actions if one.state is State.HELD]
    assert len(held) == 13  # 13 × 150 is the most that fits under 2,000
    assert {one.ruling.reasons for one in actions if one.state is State.BLOCKED} == {("CAP_MONEY_PER_DAY",)}
    assert reserved(database) == 13 * 150_00 <= CAP


def test_what_is_rejected_is_free_for_the_next(database, engine):
    for n in range(4):
        engine.handle(x.start(f"R{n}"))
    held = [engine.handle(x.turn(f"R{n}", x.proposal("500.00 USD", f"cus_{n}"))).run.actions["a1"] for n in range(4)]
    assert reserved(database) == CAP
    engine.handle(x.start("late"))
    assert engine.handle(x.turn("late", x.proposal("0.01 USD", "cus_late"))).run.actions["a1"].state is State.BLOCKED

    engine.handle(x.decide(held[0], "reject", run="R0"))

    assert reserved(database) == CAP - 500_00
    engine.handle(x.start("later"))
    again = engine.handle(x.turn("later", x.proposal("500.00 USD", "cus_later"))).run.actions["a1"]
    assert again.state is State.HELD


def rejected(engine, held):
    engine.handle(x.decide(held, "reject", run="R1"))


def taken_over(engine, held):
    engine.handle(x.decide(held, "take_over", run="R1"))


def expired(engine, held):
    engine.clock.advance(hours=5)
    engine.handle(c.Expire("R1", held.id, held.version))


def withdrawn(engine, held):
    engine.handle(x.decide(held, run="R1"))
    engine.handle(c.Withdraw("R1", held.id, held.version, "content_changed", "gone"))


def failed(engine, held):
    engine.handle(x.decide(held, run="R1"))
    engine.handle(x.begin("R1", held))
    engine.handle(c.Report("R1", held.id, held.version, "failed", code="INVALID", message="no"))


def killed_before_the_wire(engine, held):
    engine.handle(x.decide(held, run="R1"))
    engine.handle(x.begin("R1", held))
    engine.handle_lane(lc.StopLane(x.LANE, x.OWNER))
    engine.handle(c.Report("R1", held.id, held.version, "failed", code="KILL_SWITCH", message="stopped"))


def killed_and_rejected(engine, held):
    engine.handle(x.decide(held, run="R1"))
    engine.handle_lane(lc.StopLane(x.LANE, x.OWNER))
    engine.handle(c.Freeze("R1"))
    frozen = engine.run("R1").actions[held.id]
    assert frozen.state in RESERVING, "somebody may release it, and then it has to fit"
    engine.handle(x.decide(frozen, "reject", run="R1", delivery="d-2"))


def lost_and_not_applied(engine, held):
    engine.handle(x.decide(held, run="R1"))
    engine.handle(x.begin("R1", held))
    lost = engine.handle(c.Report("R1", held.id, held.version, "uncertain", code="NO_ANSWER", message="?"))
    assert lost.run.actions[held.id].state in RESERVING, "it may have happened"
    engine.handle(c.Report("R1", held.id, held.version, "failed", code="NOT_APPLIED", message="absent"))


@pytest.mark.parametrize(
    "ends",
    [
        rejected,
        taken_over,
        expired,
        withdrawn,
        failed,
        killed_before_the_wire,
        killed_and_rejected,
        lost_and_not_applied,
    ],
    ids=lambda ends: ends.__name__,
)
def test_whatever_ends_a_draft_without_a_write_gives_back_all_it_had_reserved(database, engine, ends):
    engine.handle(x.start("R1"))
    held = engine.handle(x.turn("R1", x.proposal("500.00 USD"))).run.actions["a1"]
    assert held.ruling.quorum == 1
    assert reserved(database) == 500_00

    ends(engine, held)

    assert {key: total for key, total in tallies(database).items() if not key[2].startswith("started")} == {}


def live(engine, run, rng):
    """A life of one run, drawn by lot."""
    engine.handle(x.start(run))
    after = engine.handle(x.turn(run, x.proposal(f"{rng.choice([20, 90, 700])}.00 USD", f"cus_{run}")))
    one = after.run.actions["a1"]
    if one.state is not State.HELD or rng.random() < 0.2:
        return
    if rng.random() < 0.3:
        engine.handle(x.decide(one, "reject", run=run))
        return
    for user in ("U0LEAD1", "U0LEAD2")[: one.ruling.quorum]:
        engine.handle(x.decide(one, run=run, user=user, delivery=f"d-{user}"))
    if rng.random() < 0.2:
        engine.handle(c.Withdraw(run, one.id, one.version, "content_changed", "gone"))
        return
    pinned = {"refunded": 1} if rng.random() < 0.2 else None
    engine.handle(x.begin(run, one, pinned))
    ends = [("done",), ("failed",), ("uncertain",), ("uncertain", "done"), ("uncertain", "failed"), ()]
    for outcome in rng.choice(ends):
        engine.handle(c.Report(run, one.id, one.version, outcome, {"id": "re_1"}, "CODE", "said"))


def test_the_totals_can_be_made_again_from_the_history_alone(database, engine, tmp_path, join, sqlite_template):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: live(engine, f"R{n}", random.Random(n)), range(60)))

    fresh = join(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    (tmp_path / "fresh.sqlite").write_bytes(sqlite_template.read_bytes())
    with fresh.connect().execution_options(writes=True) as connection, connection.begin():
        for run in streams(database):
            events, before = Library(database).events(run), None
            for one in events:
                after = fold([one], before)
                project(connection, before, (one,))
                before = after

    assert tallies(database) == tallies(fresh)
    assert rows(database) == rows(fresh)
    runs = [Library(database).run(run) for run in streams(database)]
    actions = [action for run in runs for action in run.actions.values()]
    assert len({action.state for action in actions}) >= 6, "a life of every sort"
    open_money = sum(action.draft.stake.amount.minor for action in actions if action.state in RESERVING)
    done_money = sum(action.draft.stake.amount.minor for action in actions if action.state is State.DONE)
    assert reserved(database) == open_money
    assert tallies(database).get((x.LANE, "2026-03-02", "money:USD"), 0) == done_money
    assert open_money + done_money <= CAP


def test_fifty_approvals_at_once_never_pass_what_one_approver_may_let_through(database, engine, monkeypatch):
    """R-caps: reserved with the voice itself, given back with a rejection, spent with the outcome."""
    budget = {"steps": 9, "seconds": 60, "usd": 1.0, "money_usd_per_approver_per_day": 1000}
    page = engine.lanes[x.LANE].page
    tight = page.model_copy(update={"budget": type(page.budget)(**budget)})
    monkeypatch.setitem(engine.lanes, x.LANE, replace(engine.lanes[x.LANE], page=tight))

    def held(n):
        engine.handle(x.start(f"R{n}"))
        return engine.handle(x.turn(f"R{n}", x.proposal("150.00 USD", f"cus_{n}"))).run.actions["a1"]

    actions = [held(n) for n in range(50)]
    with ThreadPoolExecutor(12) as pool:
        clicks = [x.decide(one, run=f"R{n}", delivery=f"d-{n}") for n, one in enumerate(actions)]
        told = [event for outcome in pool.map(engine.handle, clicks) for event in outcome.events]

    assert [e.kind for e in told].count("action.cleared") == 6  # 6 × 150 is the most that fits under 1,000
    assert {e.code for e in told if e.kind == "decision.refused"} == {"CAP_APPROVER"}
    assert tallies(database)[x.LANE, "open", "approver:U0LEAD1:USD"] == 900_00
    left = next(n for n, one in enumerate(actions) if engine.run(f"R{n}").actions["a1"].state is State.HELD)
    assert (
        engine.handle(x.decide(actions[left], run=f"R{left}", user="U0LEAD2")).run.actions["a1"].state is State.CLEARED
    )
