"""What is owed is performed: in order, again after a failure, after a restart, and never lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import engine_examples as x
import pytest
import structlog.testing

from lanes.core import effects as f
from lanes.core.canonical import canonical
from lanes.dispatcher import Dispatcher, Part
from storage import outbox
from storage.database import StorageUnusable
from storage.outbox import Owed
from tools.contract import NotYet, Unavailable


def until(true, seconds=30.0):
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)


def execute(n, run="R1"):
    return f.Execute(run=run, action=f"a{n}", version=1)


class House:
    """A dispatcher and what it performed. `perform` is what performing does; tests put their own in its place."""

    def __init__(self, database, writer, clock, write_with):
        self.database, self.writer, self.clock, self._write_with = database, writer, clock, write_with
        self.performed, self.given_up = [], []
        self.perform = lambda effect: None
        self.give_up = lambda effect: None
        self.running = []

    def _perform(self, effect, again):
        self.performed.append((effect, again))
        self.perform(effect)

    def _give_up(self, effect, why):
        self.given_up.append((effect, why))
        self.give_up(effect)

    def dispatcher(self, threads=6):
        part = Part(self._perform, self._give_up)
        kinds = (f.Advance, f.Execute, f.ExpireHeld, f.ShowCard)
        made = Dispatcher(self.database, self.writer, dict.fromkeys(kinds, part), threads=threads, clock=self.clock)
        self.running.append(made)
        return made

    def start(self, **more):
        made = self.dispatcher(**more)
        made.start()
        return made

    def owe(self, *named, to=None, writer=None):
        """Commit rows, and offer them as the engine does."""
        rows = [Owed(name, canonical(one.model_dump(mode="json")), one.due or self.clock()) for name, one in named]
        (writer or self.writer).write(lambda connection: outbox.put(connection, rows))
        if to:
            to.offer(named)

    def rows(self):
        with self.database.connect() as connection:
            return {one.id: one for one in outbox.all_due(connection, x.NOW + timedelta(days=400))}

    def later(self, dispatcher, **by):
        self.clock.advance(**by)
        with dispatcher._clock:
            dispatcher._clock.notify()

    def names(self):
        return [effect.action for effect, _ in self.performed]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """The same rhythm, faster: looks at the outbox and sweeps come every few hundredths of a second."""
    monkeypatch.setattr("lanes.dispatcher._POLL", 0.05)
    monkeypatch.setattr("storage.writer._IDLE", 0.02)
    with structlog.testing.capture_logs():  # a traceback in colours takes half a second
        yield


@pytest.fixture
def house(database, writer, clock, write_with):
    made = House(database, writer, clock, write_with)
    yield made
    for dispatcher in made.running:
        dispatcher.stop()


def test_one_queue_is_performed_in_order_and_never_twice_at_once(house):
    inside, most = [], []

    def perform(effect):
        inside.append(effect)
        most.append(len(inside))
        time.sleep(0.002)
        inside.remove(effect)

    house.perform = perform
    at = house.start()
    for n in range(0, 20, 2):
        house.owe((f"e{n}", execute(n)), (f"e{n + 1}", execute(n + 1)), to=at)

    until(lambda: len(house.performed) == 20)
    assert house.names() == [f"a{n}" for n in range(20)]
    assert max(most) == 1
    until(at.idle)


def test_queues_do_not_wait_for_each_other(house):
    meeting = threading.Barrier(5, timeout=30)  # it breaks unless all are inside at once
    house.perform = lambda effect: meeting.wait()
    at = house.start()
    house.owe(*[(f"e{n}", execute(0, run=f"R{n}")) for n in range(5)], to=at)

    until(lambda: house.rows() == {})
    assert not meeting.broken
    assert len(house.performed) == 5


def test_what_is_done_is_no_longer_owed(house):
    at = house.start()
    house.owe(("e1", execute(1)), to=at)

    until(lambda: house.rows() == {})
    assert house.performed == [(execute(1), False)]
    assert house.given_up == []


def test_it_comes_again_when_the_other_side_said_and_not_before(house):
    refusals = [Unavailable("RATE_LIMITED", "slow down", retry_after=7)]

    def perform(_effect):
        if refusals:
            raise refusals.pop()

    house.perform = perform
    at = house.start()
    house.owe(("e1", execute(1)), ("e2", execute(2)), to=at)

    until(lambda: house.rows()["e1"].attempts == 1)
    assert house.rows()["e1"].due == x.NOW + timedelta(seconds=7)
    house.later(at, seconds=6.9)
    time.sleep(0.1)
    assert house.names() == ["a1"], "nothing of its queue overtakes it"
    house.later(at, seconds=0.2)
    until(lambda: house.rows() == {})
    assert house.names() == ["a1", "a1", "a2"]
    assert [again for _, again in house.performed] == [False, True, False]


@pytest.mark.parametrize("error", [Unavailable("DOWN", "Stripe is away"), LookupError("a fault of ours")])
def test_it_is_given_up_in_words_and_once(house, error):
    def perform(_effect):
        raise error

    house.perform = perform
    at = house.start()
    house.owe(("e1", execute(1)), to=at)
    waits = []
    for tries in range(1, 6):
        until(lambda tries=tries: tries in {one.attempts for one in house.rows().values()})
        waits.append((house.rows()["e1"].due - house.clock()).total_seconds())
        house.later(at, seconds=waits[-1])

    until(lambda: house.rows() == {})
    assert waits == [1, 2, 4, 8, 16]
    assert len(house.performed) == 6
    assert house.given_up == [(execute(1), str(error))]


def test_to_be_asked_to_wait_is_no_failure_however_often(house):
    asked = 9  # more often than a failure is tried again
    waits = [NotYet("PENDING", "Stripe is still at work on it", retry_after=30) for _ in range(asked)]

    def perform(_effect):
        if waits:
            raise waits.pop()

    house.perform = perform
    with structlog.testing.capture_logs() as said:
        at = house.start()
        house.owe(("e1", execute(1)), to=at)
        for times in range(1, asked + 1):
            until(lambda times=times: len(house.performed) == times and at._later)
            house.later(at, seconds=30)
        until(lambda: house.rows() == {})

    assert house.given_up == []
    assert [(line["event"], line["log_level"]) for line in said] == [("effect_postponed", "info")] * asked
    assert said[0]["why"] == "Stripe is still at work on it"


def test_giving_up_that_fails_is_tried_again_and_the_work_stays_owed(house):
    deaf = [1]

    def perform(_effect):
        raise Unavailable("DOWN", "away", retry_after=0.01)

    def give_up(_effect):
        if deaf:
            deaf.pop()
            raise Unavailable("DOWN", "Slack is away too")

    house.perform, house.give_up = perform, give_up
    at = house.start()
    house.owe(("e1", execute(1)), to=at)
    for tries in range(1, 6):
        until(lambda tries=tries: house.rows()["e1"].attempts == tries)
        house.later(at, seconds=1)

    until(lambda: len(house.given_up) == 1)
    assert "e1" in house.rows()
    until(lambda: at._later)
    house.later(at, seconds=31)
    until(lambda: house.rows() == {})
    assert len(house.given_up) == 2


def test_after_a_restart_what_was_owed_is_performed_and_told_that_it_may_have_been(house):
    house.owe(("e1", execute(1)), ("e2", execute(2)))
    house.start()

    until(lambda: house.rows() == {})
    assert house.performed == [(execute(1), True), (execute(2), True)]


def test_attempts_are_counted_over_a_restart(house):
    def perform(_effect):
        raise Unavailable("DOWN", "away")

    house.perform = perform
    house.owe(("e1", execute(1)))
    house.writer.write(lambda connection: outbox.postpone(connection, "e1", x.NOW, 5))
    house.start()

    until(lambda: house.rows() == {})
    assert len(house.performed) == len(house.given_up) == 1


def test_what_another_process_owes_is_noticed(house, join, database_url, write_with):
    house.start()
    house.owe(("e1", execute(1)), writer=write_with(join(database_url)))

    until(lambda: house.rows() == {}, seconds=4)
    assert house.performed == [(execute(1), False)]


@pytest.mark.parametrize("stranger", ['{"kind":"sing","run":"R1"}', '{"kind":"hand_over","run":"R1","due":null}'])
def test_work_nobody_here_understands_stays_owed_and_stops_nothing(house, stranger):
    strange = Owed("e0", stranger, house.clock())
    house.writer.write(lambda connection: outbox.put(connection, [strange]))
    dispatcher = house.start()
    house.owe(("e1", execute(1)), to=dispatcher)

    until(lambda: house.names() == ["a1"])
    until(lambda: set(house.rows()) == {"e0"})


@pytest.mark.parametrize("known_by", ["offer", "restart", "poll"])
def test_what_is_due_later_waits_for_its_time(house, known_by):
    expire = f.ExpireHeld(run="R1", action="a1", version=1, due=x.NOW + timedelta(hours=4))
    if known_by == "restart":
        house.owe(("e1", expire))
    at = house.start()
    if known_by != "restart":
        house.owe(("e1", expire), to=at if known_by == "offer" else None)

    house.later(at, hours=3, minutes=59)
    time.sleep(0.15)  # three looks at the outbox
    assert house.performed == []
    assert "e1" in house.rows()
    assert at.idle()
    house.later(at, minutes=1)
    until(lambda: house.rows() == {})
    assert len(house.performed) == 1


def test_stopping_waits_for_what_is_under_way_and_leaves_the_rest_owed(house):
    begun, go_on = threading.Event(), threading.Event()

    def perform(_effect):
        begun.set()
        assert go_on.wait(30)

    house.perform = perform
    at = house.start()
    house.owe(("e1", execute(1)), ("e2", execute(2)), to=at)
    assert begun.wait(30)
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(at.stop)
        until(lambda: at._stopping)
        go_on.set()
        stopped.result(timeout=8)

    assert not any(worker.is_alive() for worker in at._workers)
    until(lambda: set(house.rows()) == {"e2"})
    assert house.names() == ["a1"]
    house.start()
    until(lambda: house.rows() == {})
    assert house.names() == ["a1", "a2"]


def test_what_could_not_be_stored_stays_owed_and_is_not_counted(house):
    full = [1, 2, 3, 4, 5, 6, 7]

    def perform(_effect):
        if full:
            full.pop()
            raise StorageUnusable("the disk is full")

    house.perform = perform
    at = house.start()
    house.owe(("e1", execute(1)), to=at)
    for left in range(6, -1, -1):
        until(lambda left=left: len(full) == left and at._later)
        assert house.rows()["e1"].attempts == 0
        house.later(at, seconds=1)

    until(lambda: house.rows() == {})
    assert house.given_up == []
    assert len(house.performed) == 8


def test_the_same_drawing_that_waits_twice_is_done_once(house):
    begun, go_on = threading.Event(), threading.Event()

    def perform(_effect):
        begun.set()
        assert go_on.wait(30)

    house.perform = perform
    at = house.start()
    house.owe(("e0", f.ShowCard(run="R1")), to=at)
    assert begun.wait(30)
    house.owe(*[(f"e{n}", f.ShowCard(run="R1")) for n in range(1, 5)], to=at)
    go_on.set()

    until(lambda: house.rows() == {})
    assert len(house.performed) == 2, "the one under way may have looked before the last change; the rest are one"


def test_what_is_looked_at_between_its_commit_and_its_offer_is_performed_once(house, monkeypatch):
    monkeypatch.setattr("lanes.dispatcher._POLL", 60)
    at = house.start()
    house.owe(("e1", execute(1)))
    at._fetch(again=False)
    assert at.idle()
    at.offer([("e1", execute(1))])
    until(lambda: house.rows() == {})
    at._fetch(again=False)
    assert house.names() == ["a1"]


def test_six_threads_may_offer_at_once(house, monkeypatch):
    monkeypatch.setattr("lanes.dispatcher._POLL", 60)  # nothing comes by the outbox
    at = house.start()

    def owe(which):
        for n in range(10):
            house.owe((f"e{which}.{n}", execute(n, run=f"R{which}")), to=at)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(owe, range(6)))

    until(lambda: house.rows() == {})
    assert len(house.performed) == 60
    for which in range(6):
        assert [one.action for one, _ in house.performed if one.run == f"R{which}"] == [f"a{n}" for n in range(10)]


def test_models_that_think_never_keep_a_click_waiting(house):
    """Every thread that may is busy with a model; a stop is performed all the same."""
    thinking = threading.Event()
    house.perform = lambda effect: thinking.wait(10) if isinstance(effect, f.Advance) else None
    dispatcher = house.start(threads=6)
    house.owe(*[(f"m{n}", f.Advance(run=f"R{n}")) for n in range(12)], to=dispatcher)
    house.owe(("e1", execute(1)), to=dispatcher)

    try:
        until(lambda: (execute(1), False) in house.performed, seconds=8)
        assert sum(isinstance(effect, f.Advance) for effect, _ in house.performed) == 4
    finally:
        thinking.set()
    until(lambda: house.rows() == {})
