"""The Anthropic model: the real SDK, over real HTTP, against recorded turns."""

import json
import threading
import time
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices import Usage as Priced
from genai_prices import calc_price

from lanes.models import prices
from lanes.models.anthropic import AnthropicModel, request
from lanes.models.base import Ask, Model, Turn, Usage
from tests.models.messages_server import MODEL, Recorded, answer, failure, serve, text, tool_use, usage
from tools.contract import Refused, Unavailable
from tools.registry import TOOLS

GET_TICKET = {
    "name": "zendesk__get_ticket",
    "description": "Read one ticket.",
    "input_schema": {
        "type": "object",
        "properties": {"ticket": {"type": "string", "pattern": r"^ZD-\d+$", "description": "ZD- and a number"}},
        "required": ["ticket"],
        "additionalProperties": False,
    },
}
OPEN_ENDED = {
    "name": "mcp__search",
    "description": "Search by any fields.",
    "input_schema": {"type": "object", "properties": {"fields": {"type": "object", "additionalProperties": True}}},
}
TASK = {"role": "user", "content": "Subject: ZD-4821"}
CALL = tool_use("zendesk__get_ticket", {"ticket": "ZD-4821"})
PLAIN_CALL = {key: CALL[key] for key in ("type", "id", "name", "input")}


def ask(*messages: dict, model: str = MODEL, patience: float = 20.0, tools=(GET_TICKET,)) -> Ask:
    return Ask("support-refunds", model, "You handle refunds.", tools, messages or (TASK,), patience=patience)


def one_turn(recorded: Recorded, asked: Ask | None = None) -> Turn:
    with serve([recorded]) as api:
        return AnthropicModel("sk-test", api.url).turn(asked or ask())


def refusal_of(recorded: Recorded) -> tuple[Refused, int]:
    with serve([recorded] * 5) as api, pytest.raises(Refused) as caught:
        AnthropicModel("sk-test", api.url).turn(ask())
    return caught.value, len(api.requests)


# What is sent


def test_the_prefix_of_the_lane_is_sent_as_one_cached_system_block_with_strict_tools():
    with serve([answer(text("Done."))]) as api:
        AnthropicModel("sk-test", api.url).turn(ask(tools=(GET_TICKET, OPEN_ENDED)))
    (received,) = api.requests
    sent = received.body
    assert received.path == "/v1/messages"
    assert received.headers["authorization"] == "Bearer sk-test"
    assert sent["system"] == [
        {"type": "text", "text": "You handle refunds.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    ]
    strict, as_it_is = sent["tools"]
    assert strict["strict"] is True
    assert strict["name"] == "zendesk__get_ticket"
    assert strict["input_schema"]["additionalProperties"] is False
    assert strict["input_schema"]["required"] == ["ticket"]
    assert "pattern" not in strict["input_schema"]["properties"]["ticket"]
    assert r"^ZD-\d+$" in strict["input_schema"]["properties"]["ticket"]["description"]
    assert as_it_is == OPEN_ENDED  # a strict schema would forbid the very fields it is for
    assert sent["messages"] == [TASK]
    assert sent["max_tokens"] == 4096
    assert not {"temperature", "top_p", "top_k", "stream"} & set(sent)
    assert "traceparent" not in received.headers


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_api_can_hold_a_model_to_the_arguments_of_every_tool_we_have(tool):
    schema = tool.arguments.model_json_schema()
    offered = {"name": tool.name.replace(".", "__"), "description": tool.summary, "input_schema": schema}
    (sent,) = request(ask(tools=(offered,)))["tools"]
    assert sent["strict"] is True
    assert set(sent["input_schema"]["properties"]) == set(schema["properties"])


def test_the_asked_tools_are_left_as_they_were():
    before = json.dumps([GET_TICKET, OPEN_ENDED])
    request(ask(tools=(GET_TICKET, OPEN_ENDED)))
    assert json.dumps([GET_TICKET, OPEN_ENDED]) == before


def test_a_lane_without_a_system_prompt_caches_its_tools():
    sent = request(Ask("l", MODEL, "", (GET_TICKET,), (TASK,)))
    assert "system" not in sent
    assert sent["tools"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


# What comes back


def test_text_ends_the_turn_and_names_its_model_and_request():
    turn = one_turn(answer(text("No refund is due.")))
    assert turn.content == ({"type": "text", "text": "No refund is due."},)
    assert (turn.stop, turn.model, turn.request) == ("end_turn", MODEL, "req_011CSHoEeqs5C35K2UUqR7Fy")
    assert turn.usage == Usage(input=412, output=37)


def test_parallel_tool_calls_come_back_in_order_and_can_be_sent_back():
    other = tool_use("stripe__find_charges", {"email": "ada@example.com"}, "toolu_02")
    with serve([answer(text("Reading both."), CALL, other), answer(text("Done."))]) as api:
        model = AnthropicModel("sk-test", api.url)
        turn = model.turn(ask())
        results = [{"type": "tool_result", "tool_use_id": use["id"], "content": "{}"} for use in (CALL, other)]
        model.turn(ask(TASK, {"role": "assistant", "content": turn.content}, {"role": "user", "content": results}))
    assert turn.stop == "tool_use"
    assert [block.get("id") for block in turn.content] == [None, CALL["id"], "toolu_02"]
    assert turn.content[1] == PLAIN_CALL
    assert api.requests[1].body["messages"][1]["content"] == list(turn.content)


def test_arguments_are_passed_on_as_the_model_wrote_them():
    wrong = {"charge": 7, "amount": "all of it", "reason": None, "extra": [1]}
    turn = one_turn(answer(tool_use("stripe__create_refund", wrong)))
    assert turn.content[0]["input"] == wrong


def test_thinking_is_kept_with_its_signature():
    thought = {"type": "thinking", "thinking": "Two charges.", "signature": "EqQBCgIYAhIM"}
    hidden = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}
    assert one_turn(answer(thought, hidden, CALL)).content == (thought, hidden, PLAIN_CALL)


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "end_turn"),
        ("stop_sequence", "end_turn"),
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "max_tokens"),
        ("refusal", "refusal"),
        ("pause_turn", "pause_turn"),
    ],
)
def test_every_known_stop_reason_has_a_meaning(reason, stop):
    assert one_turn(answer(text("So far."), stop=reason)).stop == stop


def test_a_stop_reason_nobody_knows_is_refused():
    refused, attempts = refusal_of(answer(text("…"), stop="vibes"))
    assert (refused.code, attempts) == ("UNKNOWN_STOP", 1)


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
def test_a_call_that_was_cut_off_is_no_call(reason):
    turn = one_turn(answer(text("I will"), CALL, stop=reason))
    assert turn.content == ({"type": "text", "text": "I will"},)


def test_an_empty_answer_is_a_turn_that_says_nothing_and_is_not_sent_back():
    turn = one_turn(answer(text("")))
    assert (turn.content, turn.stop) == ((), "end_turn")
    again = request(ask(TASK, {"role": "assistant", "content": turn.content}))
    assert again["messages"] == [TASK]


@pytest.mark.parametrize(
    "body", ["<html>Sign in to the proxy</html>", {"type": "message"}, answer(counters={"output_tokens": -1}).body]
)
def test_what_is_no_messages_answer_is_not_taken_for_one(body):
    with serve([Recorded(body)]) as api, pytest.raises(Unavailable) as caught:
        AnthropicModel("sk-test", api.url).turn(ask())
    assert caught.value.code == "BAD_ANSWER"


# What it costs

CACHED = usage(
    input_tokens=1203,
    cache_creation_input_tokens=5001,
    cache_creation={"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 3001},
    cache_read_input_tokens=7777,
    output_tokens=311,
)


def listed(model: str, **tokens: int) -> int:
    price = calc_price(Priced(**tokens), model, provider_id="anthropic").total_price
    return int((price * 1_000_000).to_integral_value(ROUND_CEILING))


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-haiku-5-5"])
def test_the_cost_is_the_listed_price_of_every_cache_tier(model):
    turn = one_turn(answer(text("Done."), counters=CACHED, model=model))
    assert turn.usage == Usage(input=1203, output=311, cache_read=7777, cache_write=5001)
    assert turn.cost == listed(
        model,
        input_tokens=1203 + 5001 + 7777,
        cache_write_tokens=5001,
        cache_write_5m_tokens=2000,
        cache_write_1h_tokens=3001,
        cache_read_tokens=7777,
        output_tokens=311,
    )


def test_the_cost_of_sonnet_by_hand():
    # dollars per million: input 2, five-minute write 2.50, hour write 4, read 0.10, output 10
    exact = 1203 * 2 + 2000 * Decimal("2.5") + 3001 * 4 + 7777 * Decimal("0.1") + 311 * 10
    assert one_turn(answer(text("Done."), counters=CACHED)).cost == exact.to_integral_value(ROUND_CEILING)


def test_inference_kept_in_the_united_states_costs_a_tenth_more():
    plain = {"model": MODEL, "usage": usage(input_tokens=1000, output_tokens=100)}
    kept = {"model": MODEL, "usage": usage(input_tokens=1000, output_tokens=100, inference_geo="us")}
    assert (prices.cost(plain), prices.cost(kept)) == (3000, 3300)


def test_a_model_without_a_listed_price_costs_unknown_and_never_nothing():
    model = AnthropicModel("sk-test", "http://127.0.0.1:9")
    assert (model.prices(MODEL), model.prices("claude-haiku-5-5"), model.prices("claude-nobody-1")) == (
        True,
        True,
        False,
    )
    assert one_turn(answer(text("Hm."), model="claude-nobody-1")).cost is None


# What goes wrong


def test_a_rate_limit_is_waited_out_for_as_long_as_the_api_says():
    with serve([failure(429, "rate_limit_error", retry_after="0.3"), answer(text("Done."))]) as api:
        turn = AnthropicModel("sk-test", api.url).turn(ask())
    first, second = api.requests
    assert second.at - first.at >= 0.3
    assert turn.stop == "end_turn"
    assert turn.cost == 412 * 2 + 37 * 10  # the API bills nothing for a 429
    assert first.body == second.body


def test_an_overloaded_api_is_unavailable_after_the_last_retry():
    overloaded = failure(529, "overloaded_error", "Overloaded", retry_after="0.01")
    with serve([overloaded] * 9) as api, pytest.raises(Unavailable) as caught:
        AnthropicModel("sk-test", api.url, max_retries=2).turn(ask())
    assert len(api.requests) == 3
    assert (caught.value.code, caught.value.retry_after) == ("OVERLOADED", 0.01)
    assert "after 3 attempts" in caught.value.message


@pytest.mark.parametrize("wait", ["3600", "Wed, 01 Jan 2098 00:00:00 GMT"])
def test_patience_is_not_spent_on_a_wait_that_would_outlast_it(wait):
    started = time.monotonic()
    with serve([failure(429, "rate_limit_error", retry_after=wait)] * 3) as api, pytest.raises(Unavailable) as caught:
        AnthropicModel("sk-test", api.url).turn(ask(patience=2.0))
    assert time.monotonic() - started < 2.0
    assert len(api.requests) == 1
    assert caught.value.code == "RATE_LIMITED"
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 3600


def test_patience_bounds_all_attempts_together():
    slow = Recorded(answer(text("Late.")).body, delay=5.0)
    started = time.monotonic()
    with serve([slow] * 9) as api:
        with pytest.raises(Unavailable) as caught:
            AnthropicModel("sk-test", api.url, max_retries=8, timeout=0.4).turn(ask(patience=1.5))
        took = time.monotonic() - started
    assert caught.value.code == "TIMEOUT"
    assert took < 1.6
    assert len(api.requests) == 2  # 0.4 s, a pause, 0.4 s; another pause would leave no time


def test_an_answer_that_breaks_off_is_asked_for_again_and_paid_for_twice():
    broken = Recorded(answer(text("Half of this is los")).body, breaks=True)
    with serve([broken, answer(text("Whole."))]) as api:
        turn = AnthropicModel("sk-test", api.url).turn(ask())
    assert len(api.requests) == 2
    assert turn.content == ({"type": "text", "text": "Whole."},)
    assert turn.cost == 2 * (412 * 2 + 37 * 10)


def test_answers_that_always_break_off_are_unavailable():
    broken = Recorded(answer(text("Half of this is los")).body, breaks=True)
    with serve([broken] * 9) as api, pytest.raises(Unavailable) as caught:
        AnthropicModel("sk-test", api.url, max_retries=1).turn(ask())
    assert (caught.value.code, len(api.requests)) == ("CONNECTION", 2)


def test_a_host_that_does_not_answer_is_unavailable():
    with pytest.raises(Unavailable) as caught:
        AnthropicModel("sk-test", "http://127.0.0.1:9", max_retries=0).turn(ask())
    assert caught.value.code == "CONNECTION"


@pytest.mark.parametrize(
    ("recorded", "code", "says"),
    [
        (failure(401, "authentication_error", "invalid x-api-key"), "WRONG_KEY", "ANTHROPIC_API_KEY"),
        (failure(403, "permission_error", "not allowed"), "WRONG_KEY", "https://platform.claude.com/settings/keys"),
        (failure(402, "billing_error", "credit balance too low"), "NO_CREDIT", "credit balance"),
        (failure(404, "not_found_error", "model: claude-nobody-1"), "UNKNOWN_MODEL", "claude-nobody-1"),
        (failure(400, "invalid_request_error", "max_tokens: too large"), "BAD_REQUEST", "max_tokens"),
        (failure(413, "request_too_large", "too large"), "BAD_REQUEST", "413"),
    ],
)
def test_what_will_not_get_better_is_refused_at_once_and_explained(recorded, code, says):
    refused, attempts = refusal_of(recorded)
    assert (refused.code, attempts) == (code, 1)
    assert says in refused.message


@pytest.mark.parametrize("key", ["", "  ", "sk one\nsk two", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_before_anything_is_sent(key):
    with pytest.raises(Refused, match="ANTHROPIC_API_KEY"):
        AnthropicModel(key)


def test_one_client_serves_many_threads_each_with_its_own_answer():
    count = 8
    with serve([answer(text("Done."), counters=usage(output_tokens=1))] * count) as api:
        model: Model = AnthropicModel("sk-test", api.url)
        turns: list[Turn] = []
        asked = [ask({"role": "user", "content": f"Subject: ZD-{number}"}) for number in range(count)]
        threads = [threading.Thread(target=lambda one=one: turns.append(model.turn(one))) for one in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(turns) == count
    assert {received.body["messages"][0]["content"] for received in api.requests} == {
        f"Subject: ZD-{number}" for number in range(count)
    }
