"""Every size limit: what just fits is taken, one more is refused, and a pointer says where."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace.limits import message_problems, view_problems

from .conftest import actions, button, field, modal, plain

DIVIDER = {"type": "divider"}
CELL = {"type": "raw_text", "text": "x"}


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text}


def section(text="x", **more):
    return {"type": "section", "text": mrkdwn(text)} | more


def option(text="x", value="x", **more):
    return {"text": plain(text), "value": value} | more


def select(options):
    return {"type": "static_select", "action_id": "s", "options": options}


def confirm(**more):
    return {"title": plain("x"), "text": plain("x"), "confirm": plain("x"), "deny": plain("x")} | more


def chart(title="x", labels=("a",), series=1):
    drawn = [{"name": f"s{n}", "data": [{"label": one, "value": 1} for one in labels]} for n in range(series)]
    inside = {"type": "bar", "series": drawn, "axis_config": {"categories": list(labels)}}
    return {"type": "data_visualization", "title": title, "chart": inside}


def pie(segments):
    inside = {"type": "pie", "segments": [{"label": "x", "value": 1}] * segments}
    return {"type": "data_visualization", "title": "x", "chart": inside}


def one(kind, size):
    """One block that grows in one place, and where."""
    x = "x" * size
    return {
        "section text": (section(x), "/text/text"),
        "section field": (section(fields=[mrkdwn(x)]), "/fields/0/text"),
        "section fields": (section(fields=[mrkdwn("x")] * size), "/fields"),
        "header": ({"type": "header", "text": plain(x)}, "/text/text"),
        "context elements": ({"type": "context", "elements": [mrkdwn("x")] * size}, "/elements"),
        "actions elements": (actions(*(button(f"a{n}") for n in range(size))), "/elements"),
        "button text": (actions(button("a", text=plain(x))), "/elements/0/text/text"),
        "button value": (actions(button("a", value=x)), "/elements/0/value"),
        "button url": (actions(button("a", url=x)), "/elements/0/url"),
        "action_id": (actions(button(x)), "/elements/0/action_id"),
        "block_id": (section(block_id=x), "/block_id"),
        "confirm title": (actions(button("a", confirm=confirm(title=plain(x)))), "/elements/0/confirm/title/text"),
        "confirm text": (actions(button("a", confirm=confirm(text=plain(x)))), "/elements/0/confirm/text/text"),
        "confirm button": (actions(button("a", confirm=confirm(deny=plain(x)))), "/elements/0/confirm/deny/text"),
        "option text": (actions(select([option(x)])), "/elements/0/options/0/text/text"),
        "option value": (actions(select([option(value=x)])), "/elements/0/options/0/value"),
        "option description": (
            actions(select([option(description=plain(x))])),
            "/elements/0/options/0/description/text",
        ),
        "select options": (actions(select([option()] * size)), "/elements/0/options"),
        "overflow options": (actions({"type": "overflow", "options": [option()] * size}), "/elements/0/options"),
        "image alt": ({"type": "image", "image_url": "https://x.example", "alt_text": x}, "/alt_text"),
        "markdown": ({"type": "markdown", "text": x}, "/text"),
        "input label": (field("b") | {"label": plain(x)}, "/label/text"),
        "input hint": (field("b") | {"hint": plain(x)}, "/hint/text"),
        "placeholder": (field("b", element={"placeholder": plain(x)}), "/element/placeholder/text"),
        "max_length": (field("b", element={"max_length": size}), "/element/max_length"),
        "table rows": ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * size}, "/rows"),
        "table columns": ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * size]}, "/rows/0"),
        "data table rows": ({"type": "data_table", "caption": "x", "rows": [[CELL]] * size}, "/rows"),
        "container": ({"type": "container", "child_blocks": [DIVIDER] * size}, "/child_blocks"),
        "chart title": (chart(title=x), "/title"),
        "chart label": (chart(labels=[x]), "/chart/series/0/data/0/label"),
        "chart series": (chart(series=size), "/chart/series"),
        "chart segments": (pie(size), "/chart/segments"),
    }[kind]


LIMITS = {
    "section text": 3000,
    "section field": 2000,
    "section fields": 10,
    "header": 150,
    "context elements": 10,
    "actions elements": 25,
    "button text": 75,
    "button value": 2000,
    "button url": 3000,
    "action_id": 255,
    "block_id": 255,
    "confirm title": 100,
    "confirm text": 300,
    "confirm button": 30,
    "option text": 75,
    "option value": 150,
    "option description": 75,
    "select options": 100,
    "overflow options": 5,
    "image alt": 2000,
    "markdown": 12_000,
    "input label": 2000,
    "input hint": 2000,
    "placeholder": 150,
    "max_length": 3000,
    "table rows": 100,
    "table columns": 20,
    "data table rows": 101,
    "container": 10,
    "chart title": 50,
    "chart label": 20,
    "chart series": 6,
    "chart segments": 6,
}


@pytest.mark.parametrize("kind", LIMITS)
def test_the_limit_fits_and_one_more_does_not(kind):
    block, _ = one(kind, LIMITS[kind])
    assert message_problems([block]) == []
    block, at = one(kind, LIMITS[kind] + 1)
    (problem, *_) = message_problems([DIVIDER, block])
    assert f"[json-pointer:/blocks/1{at}]" in problem


@pytest.mark.parametrize(
    "blocks",
    [
        "not a list",
        [DIVIDER] * 51,
        [{"type": "confetti"}],
        [chart(), chart(), chart()],
        [{"type": "data_visualization", "title": "x", "chart": {"type": "donut"}}],
        [chart() | {"chart": chart()["chart"] | {"axis_config": {"categories": ["other"]}}}],
        [{"type": "table", "rows": [[{"type": "picture"}]]}],
        [{"type": "container", "child_blocks": [{"type": "section"}]}],
        [field("b", "number_input")],
        [{"type": "section"}],
        [section(""), DIVIDER],
        [section("x", block_id="same"), section("y", block_id="same")],
        [actions(button("same"), button("same"))],
        [actions({"type": "plain_text_input", "action_id": "a"})],
        [actions(button("a", style="loud"))],
        [actions(button("a", text=mrkdwn("x")))],
        [field("b", kind="button")],
        [{"type": "markdown", "text": "x" * 7000}] * 2,
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
        [{"type": ["list"]}],
        [None],
    ],
)
def test_what_slack_would_refuse_is_refused(blocks):
    assert message_problems(blocks)


@pytest.mark.parametrize("key", ["title", "submit", "close"])
def test_a_modals_words_are_24_characters(key):
    assert view_problems(modal(section(), **{key: plain("x" * 24)})) == ("", [])
    error, (problem,) = view_problems(modal(section(), **{key: plain("x" * 25)}))
    assert (error, f"/view/{key}/text" in problem) == ("invalid_arguments", True)


def test_a_views_own_limits():
    assert view_problems(modal(*[DIVIDER] * 100))[0] == ""
    assert view_problems(modal(*[DIVIDER] * 101))[0] == "invalid_blocks"
    assert view_problems(modal(DIVIDER, private_metadata="x" * 3001))[0] == "invalid_arguments"
    assert view_problems(modal(DIVIDER, callback_id="x" * 256))[0] == "invalid_arguments"
    assert view_problems(modal(field("b"), submit=None))[0] == "invalid_arguments"
    assert view_problems(modal(*[section("x" * 2999)] * 90))[0] == "view_too_large"
    assert view_problems({"type": "poster", "blocks": []})[0] == "invalid_arguments"


def test_the_client_is_told_where(desk):
    with pytest.raises(SlackApiError) as caught:
        desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[section("x" * 3001)])
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert desk.messages() == []
