"""Slack's rates, kept by us: short bursts, then so many a minute, and nobody waits for it in a thread."""

from contextlib import ExitStack

import pytest

from bot.slack.pace import FOUR, POSTING, THREE, TIERS, TWO, Pace, unhurried
from tools.contract import NotYet


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def pace(time):
    return Pace(seconds=time)


def call(pace, method, channel=""):
    with pace.turn(method, channel):
        pass


def passed(pace, method, channel="", tries=1000):
    """How many calls may leave right now."""
    for n in range(tries):
        try:
            call(pace, method, channel)
        except NotYet:
            return n
    return tries


@pytest.mark.parametrize(("method", "tier"), [("usergroups.list", TWO), ("chat.update", THREE), ("views.open", FOUR)])
def test_a_burst_and_then_so_many_a_minute(pace, time, method, tier):
    assert passed(pace, method) == tier.burst
    total = 0
    for _ in range(600):
        time.now += 0.1
        total += passed(pace, method)
    assert tier.calls - 1 <= total <= tier.calls


def test_who_comes_too_early_is_told_when(pace, time):
    passed(pace, "chat.update")
    with pytest.raises(NotYet) as early:
        call(pace, "chat.update")
    time.now += early.value.retry_after
    call(pace, "chat.update")


def test_each_who_is_sent_away_gets_another_turn_and_none_waits_long(pace):
    passed(pace, "chat.update")
    turns = []
    for _ in range(40):
        with pytest.raises(NotYet) as early:
            call(pace, "chat.update")
        turns.append(early.value.retry_after)
    assert turns == sorted(turns)
    assert turns[10] - turns[9] == pytest.approx(60 / 50)
    assert max(turns) <= 30


def test_one_channel_does_not_hold_up_another(pace, time):
    assert passed(pace, "chat.postMessage", "C1") == POSTING.burst
    assert passed(pace, "chat.postMessage", "C2") == POSTING.burst
    time.now += 1
    assert passed(pace, "chat.postMessage", "C1") == 1


def test_other_methods_count_all_channels_together(pace):
    assert passed(pace, "chat.update", "C1") == THREE.burst
    assert passed(pace, "chat.update", "C2") == 0


def test_what_nobody_waits_for_leaves_room_for_what_somebody_does(pace):
    with unhurried():
        late = passed(pace, "chat.update")
    assert late == 15
    assert passed(pace, "chat.update") == THREE.burst - late


def test_a_429_rests_its_method_alone(pace, time):
    pace.rest("chat.update", 20)
    with pytest.raises(NotYet) as early:
        call(pace, "chat.update")
    assert early.value.retry_after == pytest.approx(20)
    call(pace, "chat.postMessage", "C1")
    time.now += 20
    call(pace, "chat.update")


def test_a_longer_rest_than_any_queue_is_told_as_it_is(pace):
    pace.rest("chat.update", 90)
    with pytest.raises(NotYet) as early:
        call(pace, "chat.update")
    assert early.value.retry_after == pytest.approx(90)


def test_where_slack_grants_more_more_is_used(time):
    assert passed(Pace(2.0, time), "chat.update") == THREE.burst
    generous = Pace(2.0, time)
    passed(generous, "chat.update")
    time.now += 6
    assert passed(generous, "chat.update") == 10


def test_a_method_nobody_has_looked_up_is_called_seldom(pace):
    assert "conversations.invite" not in TIERS
    assert passed(pace, "conversations.invite") == TWO.burst


def test_a_call_that_is_not_answered_yet_may_arrive_late_and_counts_from_then(pace, time):
    """Ten posts are held up for a minute on their way: with an eleventh they would arrive in one second."""
    with ExitStack() as under_way:
        for _ in range(POSTING.burst):
            under_way.enter_context(pace.turn("chat.postMessage", "C1"))
        time.now += 60
        assert passed(pace, "chat.postMessage", "C1") == 0
    assert passed(pace, "chat.postMessage", "C1") == 0
    time.now += 2
    assert passed(pace, "chat.postMessage", "C1") == 2


def test_a_call_that_fails_has_counted_as_well(pace, time):
    for _ in range(POSTING.burst):
        with pytest.raises(OSError, match="cut"), pace.turn("chat.postMessage", "C1"):
            raise OSError("cut")
    assert passed(pace, "chat.postMessage", "C1") == 0
    time.now += 60
    assert passed(pace, "chat.postMessage", "C1") == POSTING.burst
