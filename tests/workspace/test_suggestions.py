"""Selects whose options come from the app while somebody types."""

import pytest

from .conftest import actions, button, field, modal, plain

ASKED = {"type", "user", "api_app_id", "token", "team", "enterprise", "is_enterprise_install"}
ASKED |= {"container", "block_id", "action_id", "value"}
ACME, ATLAS = ({"text": plain(name), "value": name.lower()} for name in ("Acme", "Atlas"))


def searching(**more):
    return {"type": "external_select", "action_id": "account", "min_query_length": 2} | more


@pytest.fixture
def card(desk):
    return desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(searching(), button("open"))])


def ask(desk, card, value, **more):
    wanted = {"channel": "C0SUPPORT", "ts": card["ts"], "action_id": "account", "value": value}
    return desk.act("suggest", "U0LEAD1", **(wanted | more))


def test_the_app_is_asked_what_fits_and_told_what_was_chosen(desk, app, card):
    app.options("account")(lambda ack, payload: ack(options=[ACME] if payload["value"] == "ac" else []))
    app.action("account")(lambda ack: ack())
    assert ask(desk, card, "ac")["options"] == [ACME]
    payload = desk.payload("block_suggestion")
    assert set(payload) == ASKED | {"channel", "message"}
    assert payload["value"] == "ac"
    assert desk.click(card, "account", value="acme")["ok"]
    clicked = desk.payload("block_actions")
    assert clicked["actions"][0]["selected_option"] == ACME
    assert clicked["state"]["values"]["decide"]["account"]["selected_option"] == ACME


def test_what_was_not_offered_cannot_be_chosen(desk, app, card):
    app.options("account")(lambda ack: ack(options=[ACME]))
    ask(desk, card, "ac")
    assert desk.click(card, "account", value="atlas")["error"] == "option_not_found"
    assert desk.ask("deliveries?type=block_actions")["deliveries"] == []


def test_too_few_letters_ask_nobody(desk, app, card):
    assert ask(desk, card, "a") == {"ok": True, "options": []}
    assert desk.ask("deliveries")["deliveries"] == []


@pytest.mark.parametrize(
    "answer",
    [
        {"options": [ACME] * 101},
        {"options": [{"text": plain("x" * 76), "value": "x"}]},
        {"option_groups": [{"label": plain("x"), "options": [{"text": plain("x")}]}]},
    ],
)
def test_options_beyond_slacks_limits_are_not_shown(desk, app, card, answer):
    app.options("account")(lambda ack: ack(**answer))
    assert ask(desk, card, "ac")["error"] == "invalid_options"


def test_groups_of_options_and_several_choices_in_a_modal(desk, app, card):
    several = searching(type="multi_external_select", min_query_length=0, max_selected_items=1)
    view = modal(field("who", element=several))
    app.action("open")(lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=view)))
    app.options("account")(lambda ack: ack(option_groups=[{"label": plain("A"), "options": [ACME, ATLAS]}]))
    app.view("form")(lambda ack: ack())
    desk.click(card, "open")
    view_id = desk.eventually(lambda: desk.stack("U0LEAD1"))[-1]["id"]
    answer = desk.act("suggest", "U0LEAD1", view_id=view_id, action_id="account", value="")
    assert [group["options"] for group in answer["option_groups"]] == [[ACME, ATLAS]]
    payload = desk.payload("block_suggestion")
    assert set(payload) == ASKED | {"view"}
    assert payload["container"] == {"type": "view", "view_id": view_id}
    many = desk.act("submit", "U0LEAD1", values={"who": ["acme", "atlas"]})
    assert many["errors"] == {"who": "Please choose at most 1."}
    assert desk.act("submit", "U0LEAD1", values={"who": ["atlas"]})["ok"]
    values = desk.payload("view_submission")["view"]["state"]["values"]
    assert values["who"]["account"] == {"type": "multi_external_select", "selected_options": [ATLAS]}
