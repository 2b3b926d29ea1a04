"""Work that many ask for is done once for all of them, and again when somebody asked meanwhile."""

import threading

import pytest

from bot.home.gathering import Gathering


@pytest.fixture
def gathered():
    made = []

    def begin(work):
        made.append(Gathering("test", work))
        made[-1].start()
        return made[-1]

    yield begin
    for one in made:
        one.stop()


def test_who_asks_while_it_is_done_is_served_by_one_more_round(gathered):
    rounds, go_on = [], threading.Semaphore(0)
    began = threading.Semaphore(0)

    def work():
        rounds.append(1)
        began.release()
        assert go_on.acquire(timeout=5)

    gathering = gathered(work)
    gathering.ask()
    assert began.acquire(timeout=5)
    for _ in range(20):
        gathering.ask()
    go_on.release()
    assert began.acquire(timeout=5)
    go_on.release()
    while not gathering.idle():
        pass
    assert len(rounds) == 2


def test_work_that_is_not_finished_goes_on_by_itself(gathered):
    left, done = [0.01, 0.01, None], threading.Event()

    def work():
        again = left.pop(0)
        if again is None:
            done.set()
        return again

    gathered(work).ask()
    assert done.wait(5)
    assert left == []


def test_a_round_that_fails_ends_nothing(gathered):
    outcomes, done = [LookupError("on purpose")], threading.Event()

    def work():
        if outcomes:
            raise outcomes.pop()
        done.set()

    gathering = gathered(work)
    gathering.ask()
    while outcomes:
        pass
    gathering.ask()
    assert done.wait(5)


def test_it_ends_whenever_it_is_told_to():
    for _ in range(200):
        gathering = Gathering("test", lambda: None)
        gathering.start()
        gathering.ask()
        gathering.stop()
