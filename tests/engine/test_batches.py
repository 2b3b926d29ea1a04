"""Cards that several runs share, on both databases: who comes at the same moment, from any process, joins one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import engine_examples as x
import pytest
from sqlalchemy import func, select

from lanes.batches import Batches
from lanes.core import effects as f
from lanes.core.page import Batch
from lanes.core.values import Place
from lanes.engine import Engine
from storage import outbox
from storage.tables import BatchLine, CardBatch

PLACE = Place(channel="C0", ts="1.1")
_READY = x.LANES[x.LANE]
_TOGETHER = Batch(tools=(x.REFUND,), most=20, gather="10m", up_to="50.00 USD")
LANES = {**x.LANES, x.LANE: replace(_READY, page=_READY.page.model_copy(update={"batch": _TOGETHER}))}


@pytest.fixture
def process(database_url, join, write_with, clock):
    """One more process on the same database: its engine, its batches, and what they offered."""

    def opened():
        database = join(database_url)
        writer = write_with(database)
        engine = Engine(database, writer, LANES, team=x.HOME, model="m", clock=clock)
        batches, offered = Batches(database, writer, engine), []
        batches.to(offered.extend)
        return engine, batches, offered

    return opened


def held(engine, run):
    """A refund that waits, begun by a clock."""
    engine.handle(replace(x.start(run), via="schedule"))
    return engine.handle(x.turn(run, x.proposal(customer=f"cus_{run}"))).run


def count(database, table):
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


def test_runs_of_two_processes_at_one_moment_make_one_card(process, database):
    """Each run is asked about in both, as a redraw of the lane asks beside the run's own queue."""
    two = [process(), process()]
    runs = [held(two[n % 2][0], f"R{n}") for n in range(12)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda one: one[1].takes(one[0], ""), [(run, one[1]) for run in runs for one in two]))
    assert taken == [True] * 24
    assert (count(database, CardBatch), count(database, BatchLine)) == (1, 12)
    (which,) = {effect.batch for _, _, offered in two for _, effect in offered}
    batch = two[0][1].find(which)
    assert {run.id for run in batch.runs} == {f"R{n}" for n in range(12)}
    assert batch.place is None


def test_a_full_card_is_followed_by_another(process, database):
    engine, batches, _ = process()
    for n in range(21):
        assert batches.takes(held(engine, f"R{n}"), "")
    assert (count(database, CardBatch), count(database, BatchLine)) == (2, 21)


def test_who_decides_on_other_records_has_a_card_of_their_own(process, database):
    engine, batches, _ = process()
    for n, owner in enumerate(["U0ANN", "U0BEN", "U0ANN"]):
        batches.takes(held(engine, f"R{n}"), owner)
    assert (count(database, CardBatch), count(database, BatchLine)) == (2, 3)


def test_joining_owes_the_drawing_in_the_same_breath_and_asking_again_changes_nothing(process, database, clock):
    engine, batches, offered = process()
    run = held(engine, "R1")
    batches.takes(run, "")
    batches.takes(run, "")
    with database.connect() as connection:
        owed = {row.id for row in outbox.all_due(connection, clock())}
    assert {name for name, _ in offered} <= owed
    assert [effect for _, effect in offered] == [f.ShowBatch(batch="b-R1")] * 2
    assert count(database, BatchLine) == 1


def test_where_a_card_hangs_is_remembered_with_it_and_with_each_run(process):
    engine, batches, _ = process()
    for n in range(3):
        batches.takes(held(engine, f"R{n}"), "")
    batches.hangs(batches.find("b-R0"), PLACE)
    found = batches.find("b-R0")
    assert found.place == PLACE
    assert {(run.card, run.batch) for run in found.runs} == {(PLACE, "b-R0")}
    version = [run.version for run in found.runs]
    batches.hangs(found, PLACE)
    assert [run.version for run in batches.find("b-R0").runs] == version, "said once"


def test_from_then_on_whatever_happens_to_a_run_draws_the_card_it_shares(process):
    engine, batches, _ = process()
    run = held(engine, "R1")
    batches.takes(run, "")
    batches.hangs(batches.find("b-R1"), PLACE)
    shown = []
    engine.to(lambda owed: shown.extend(effect for _, effect in owed))
    engine.handle(x.decide(run.actions["a1"], "reject", run="R1"))
    assert f.ShowBatch(batch="b-R1") in shown
    assert not [effect for effect in shown if isinstance(effect, f.ShowCard)]


def test_a_run_with_a_card_of_its_own_keeps_it(process, database):
    engine, batches, _ = process()
    run = held(engine, "R1")
    alone = engine.handle(x.c.HangCard("R1", PLACE)).run
    assert not batches.takes(alone, "")
    assert batches.takes(held(engine, "R2"), "")
    assert run.card is None
    assert count(database, BatchLine) == 1
