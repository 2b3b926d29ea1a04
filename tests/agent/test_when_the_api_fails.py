"""The Messages API limits, breaks off, refuses: a run goes on or ends in words, and knows what it has cost."""

import pytest
from house import LEADS
from scene import find, read, refund

from bot.app import build
from bot.settings import CannotStart
from tests.models.messages_server import Recorded, answer, failure, serve, text, usage

END = answer(text("No evidence: nothing to refund."))
OVERLOADED = failure(529, "overloaded_error", "Overloaded", retry_after="0.01")
ATTEMPTS, TRIES = 3, 6  # of the SDK for one turn; of the dispatcher for one piece of work


def test_a_rate_limit_is_waited_out_within_the_turn(play):
    scene = play(failure(429, "rate_limit_error", "Slow down", retry_after="0.2"), answer(read()), END)
    case = scene.ended("no_evidence")
    first, second, _ = scene.api.requests
    assert second.at - first.at >= 0.2
    assert first.body == second.body
    assert len(case.run.turns) == 2


def test_an_api_that_stays_overloaded_ends_the_run_in_words(play):
    scene = play(*[OVERLOADED] * 99)
    case = scene.ended("model_unavailable")
    assert len(scene.asked) == ATTEMPTS * TRIES
    assert (case.run.turns, case.run.cost) == ((), 0)
    assert "is overloaded" in case.run.finished.reasons[0]
    assert "did not answer" in case.root
    scene.house.reads(LEADS, "hands over *ZD-4821*")


def test_a_turn_that_comes_after_all_goes_on_with_the_run(play):
    scene = play(answer(read(), find()), *[OVERLOADED] * (ATTEMPTS * 2), answer(refund()), END)
    case = scene.begin()
    scene.approve(case, "a1")
    case.ends()
    assert len({str(body) for body in scene.asked[1:8]}) == 1, "asked for the same turn again, nothing read twice"
    assert len(case.run.turns) == 3


def test_an_answer_that_breaks_off_is_asked_for_again_acted_on_once_and_counted_twice(play):
    """The half that was lost may have been billed: the budget may end early, never late."""
    broken = Recorded(answer(refund("lost")).body, breaks=True)
    scene = play(broken, answer(refund("whole")), END)
    case = scene.begin()
    scene.approve(case, "a1")
    case.ends()
    assert [action.call for action in case.run.actions.values()] == ["whole"]
    assert case.run.turns[0].cost == 2 * case.run.turns[1].cost


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        (failure(401, "authentication_error", "invalid x-api-key"), "Check ANTHROPIC_API_KEY"),
        (failure(404, "not_found_error", "model: claude-sonnet-5-5"), "knows no such model: model: claude-sonnet-5-5"),
    ],
    ids=["key", "model"],
)
def test_what_will_not_get_better_ends_the_run_at_once_and_says_what_to_do(play, recorded, says):
    scene = play(answer(read()), recorded)
    case = scene.ended("model_refused")
    assert len(scene.asked) == 2
    (reason,) = case.run.finished.reasons
    assert says in reason
    assert says in scene.house.reads(LEADS, "hands over *ZD-4821*")


# Budgets


def test_a_model_without_a_listed_price_does_not_start(settings_for):
    with serve([]) as api, pytest.raises(CannotStart, match="support-refunds: no price is known for claude-nobody-1"):
        build(settings_for(api.url, page=[("{plan: claude-sonnet-5-5}", "{plan: claude-nobody-1}")]))
    assert api.requests == []


def test_an_answer_of_a_model_without_a_listed_price_ends_the_run_and_nothing_of_it_is_done(play):
    scene = play(answer(refund(), read(), model="nobody-1"))
    case = scene.ended("budget")
    assert case.run.finished.reasons == ("PRICE_UNKNOWN",)
    assert case.run.turns[0].cost is None
    assert (case.run.actions, case.run.answers) == ({}, {})
    assert case.run.finished.handed_over


def test_no_step_is_taken_beyond_the_last(play):
    scene = play(*(answer(read(f"r{n}")) for n in range(9)), page=[("steps: 12", "steps: 3")])
    case = scene.ended("budget")
    assert case.run.finished.reasons == ("BUDGET_STEPS",)
    assert len(scene.asked) == 3


def test_no_turn_is_asked_for_when_the_seconds_are_used_up(play):
    slow = [Recorded(answer(read(f"r{n}")).body, delay=0.55) for n in range(4)]
    scene = play(*slow, page=[("seconds: 120", "seconds: 1")])
    case = scene.ended("budget")
    assert case.run.finished.reasons == ("BUDGET_SECONDS",)
    assert len(scene.asked) == 2
    assert case.run.worked.total_seconds() >= 1


@pytest.mark.parametrize(
    ("tokens", "turns"), [([125_000], 1), ([124_999, 1], 2), ([60_000] * 3, 3)], ids=["at", "just-below", "over"]
)
def test_the_dollars_are_counted_from_the_usage_and_end_the_run(play, tokens, turns):
    """$0.25 a run, $2.00 a million tokens in."""
    used = [usage(input_tokens=count, output_tokens=0) for count in tokens]
    counted = [answer(read(f"r{n}"), counters=one) for n, one in enumerate(used)]
    scene = play(*counted, END)
    case = scene.begin()
    case.ends("budget")
    assert len(scene.asked) == turns
    assert case.run.finished.reasons == ("BUDGET_USD",)
    assert case.run.cost == sum(tokens) * 2
    assert f"${sum(tokens) * 2 / 1_000_000:.4f}" in case.thread


def test_cached_tokens_count_at_their_own_price(play):
    cached = usage(
        input_tokens=1203, output_tokens=311, cache_read_input_tokens=7777, cache_creation_input_tokens=5001,
        cache_creation={"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 3001},
    )  # fmt: skip
    scene = play(answer(read(), counters=cached), END)
    case = scene.ended("no_evidence")
    assert case.run.turns[0].usage == {"input": 1203, "output": 311, "cache_read": 7777, "cache_write": 5001}
    assert case.run.turns[0].cost == 23298
