"""Work that many ask for is done once for all of them, and again when somebody asked meanwhile."""

import threading

import pytest

from bot.slack.rounds import Rounds


@pytest.fixture
def rounds_of():
    made = []

    def begin(work):
        made.append(Rounds("test", work))
        made[-1].start()
        return made[-1]

    yield begin
    for one in made:
        one.stop()


def test_who_asks_while_it_is_done_is_served_by_one_more_round(rounds_of):
    rounds, go_on = [], threading.Semaphore(0)
    began = threading.Semaphore(0)

    def work():
        rounds.append(1)
        began.release()
        assert go_on.acquire(timeout=30)

    one = rounds_of(work)
    one.ask()
    assert began.acquire(timeout=30)
    for _ in range(20):
        one.ask()
    go_on.release()
    assert began.acquire(timeout=30)
    go_on.release()
    while not one.idle():
        pass
    assert len(rounds) == 2


def test_work_that_is_not_finished_goes_on_by_itself(rounds_of):
    left, done = [0.01, 0.01, None], threading.Event()

    def work():
        again = left.pop(0)
        if again is None:
            done.set()
        return again

    rounds_of(work).ask()
    assert done.wait(30)
    assert left == []


def test_a_round_that_fails_ends_nothing(rounds_of):
    outcomes, done = [LookupError("on purpose")], threading.Event()

    def work():
        if outcomes:
            raise outcomes.pop()
        done.set()

    one = rounds_of(work)
    one.ask()
    while outcomes:
        pass
    one.ask()
    assert done.wait(30)


def test_it_ends_whenever_it_is_told_to():
    for _ in range(200):
        one = Rounds("test", lambda: None)
        one.start()
        one.ask()
        one.stop()
