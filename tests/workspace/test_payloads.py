"""What the app is sent has Slack's keys: all of them, and none that Slack does not send."""

import pytest

from bot.workspace.server import serve

from .conftest import Desk, actions, bolt, button, connect, field, modal

INTERACTION = {"type", "user", "api_app_id", "token", "team", "enterprise", "is_enterprise_install"}
VIEW = {
    "id",
    "team_id",
    "type",
    "blocks",
    "private_metadata",
    "callback_id",
    "state",
    "hash",
    "title",
    "submit",
    "close",
    "clear_on_close",
    "notify_on_close",
    "previous_view_id",
    "root_view_id",
    "app_id",
    "external_id",
    "app_installed_team_id",
    "bot_id",
}
INPUTS = {  # element: what a person enters, what Slack reports, what it reports when nothing is entered
    "plain_text_input": ("x", {"value": "x"}, {"value": None}),
    "number_input": ("4", {"value": "4"}, {"value": None}),
    "email_text_input": ("a@b.c", {"value": "a@b.c"}, {"value": None}),
    "url_text_input": ("https://a.b", {"value": "https://a.b"}, {"value": None}),
    "datepicker": ("2026-11-22", {"selected_date": "2026-11-22"}, {"selected_date": None}),
    "timepicker": ("09:30", {"selected_time": "09:30"}, {"selected_time": None}),
    "datetimepicker": (1_795_000_000, {"selected_date_time": 1_795_000_000}, {"selected_date_time": None}),
    "users_select": ("U0REP", {"selected_user": "U0REP"}, {"selected_user": None}),
    "multi_users_select": (["U0REP"], {"selected_users": ["U0REP"]}, {"selected_users": []}),
    "conversations_select": ("C1", {"selected_conversation": "C1"}, {"selected_conversation": None}),
    "channels_select": ("C1", {"selected_channel": "C1"}, {"selected_channel": None}),
}
BUG, BILLING = ({"text": {"type": "plain_text", "text": n}, "value": n} for n in ("bug", "billing"))
CHOICES = {
    "static_select": ("bug", {"selected_option": BUG}, {"selected_option": None}),
    "radio_buttons": ("bug", {"selected_option": BUG}, {"selected_option": None}),
    "multi_static_select": (["bug"], {"selected_options": [BUG]}, {"selected_options": []}),
    "checkboxes": (["bug", "billing"], {"selected_options": [BUG, BILLING]}, {"selected_options": []}),
}


@pytest.fixture
def acked(app):
    app.action("go")(lambda ack: ack())
    app.view("form")(lambda ack: ack())
    app.view_closed("form")(lambda ack: ack())
    app.command("/lane")(lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=FORM)))
    app.shortcut("lane:hand_over")(lambda ack: ack())
    app.event("app_home_opened")(lambda: None)
    return app


FORM = modal(field("a"), actions(button("go")), notify_on_close=True)


def open_form(desk):
    desk.command("/lane x", who="U0LEAD1")
    return desk.eventually(lambda: desk.stack("U0LEAD1"))[-1]


def test_a_slash_command(desk, acked):
    open_form(desk)
    payload = desk.payload("slash_commands")
    assert set(payload) == {
        "token",
        "team_id",
        "team_domain",
        "channel_id",
        "channel_name",
        "user_id",
        "user_name",
        "command",
        "text",
        "api_app_id",
        "is_enterprise_install",
        "response_url",
        "trigger_id",
    }
    assert payload["is_enterprise_install"] == "false"


@pytest.mark.parametrize("ephemeral", [False, True])
def test_a_click_on_a_message(desk, acked, ephemeral):
    blocks = [actions(button("go", value="a1", style="danger"))]
    if ephemeral:
        desk.client.chat_postEphemeral(channel="C0SUPPORT", user="U0LEAD1", text="x", blocks=blocks)
        (message,) = desk.whispers("U0LEAD1")
    else:
        message = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=blocks)
    assert desk.click(message, "go")["ok"]
    payload = desk.payload("block_actions")
    own = {"container", "trigger_id", "channel", "state", "response_url", "actions"}
    assert set(payload) == INTERACTION | own | (set() if ephemeral else {"message"})
    assert set(payload["user"]) == {"id", "username", "name", "team_id"}
    assert payload["team"] == {"id": "T0LOCAL", "domain": "northwind"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": "C0SUPPORT",
        "is_ephemeral": ephemeral,
    }
    (action,) = payload["actions"]
    assert set(action) == {"action_id", "block_id", "type", "value", "text", "style", "action_ts"}


def test_a_click_in_a_thread_names_the_thread(desk, acked):
    root = desk.client.chat_postMessage(channel="C0SUPPORT", text="root")
    reply = {"thread_ts": root["ts"], "blocks": [actions(button("go"))]}
    message = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", **reply)
    assert desk.click(message, "go")["ok"]
    assert desk.payload("block_actions")["container"]["thread_ts"] == root["ts"]


def test_a_click_in_a_modal(desk, acked):
    view = open_form(desk)
    assert desk.act("click", "U0LEAD1", view_id=view["id"], action_id="go")["ok"]
    payload = desk.payload("block_actions")
    assert set(payload) == INTERACTION | {"container", "trigger_id", "view", "state", "actions"}
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert set(payload["view"]) == VIEW


def test_a_submission_and_a_closing(desk, acked):
    open_form(desk)
    assert desk.act("submit", "U0LEAD1", values={"a": "x"})["ok"]
    payload = desk.payload("view_submission")
    assert set(payload) == INTERACTION | {"trigger_id", "view", "response_urls"}
    assert set(payload["view"]) == VIEW
    open_form(desk)
    desk.act("close", "U0LEAD1")
    payload = desk.payload("view_closed")
    assert set(payload) == INTERACTION | {"view", "is_cleared"}
    assert set(payload["view"]) == VIEW


def test_shortcuts(desk, acked):
    message = desk.client.chat_postMessage(channel="C0SUPPORT", text="x")
    assert desk.act("shortcut", "U0REP", callback_id="lane:hand_over", channel="C0SUPPORT", ts=message["ts"])["ok"]
    payload = desk.payload("message_action")
    own = {"action_ts", "channel", "callback_id", "trigger_id", "message_ts", "message", "response_url"}
    assert set(payload) == INTERACTION | own
    assert set(payload["user"]) == {"id", "name", "team_id"}


def test_a_shortcut_of_the_manifest_that_belongs_to_no_message(tmp_path):
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(
        "features: {shortcuts: [{type: global, name: Start a lane…, callback_id: start, description: Begin}]}",
        encoding="utf-8",
    )
    with serve(manifest=manifest) as handle:
        desk = Desk(handle)
        app = bolt(desk)
        app.shortcut("start")(lambda ack: ack())
        with connect(app, desk):
            assert desk.act("shortcut", "U0REP", callback_id="start")["ok"]
            assert desk.act("shortcut", "U0REP", callback_id="lane:hand_over")["error"] == "shortcut_not_found"
            payload = desk.payload("shortcut")
    assert set(payload) == INTERACTION | {"action_ts", "callback_id", "trigger_id"}
    assert set(payload["user"]) == {"id", "username", "team_id"}


def test_an_event(desk, acked):
    desk.act("open_home", "U0REP")
    payload = desk.eventually(lambda: desk.ask("deliveries?type=event_callback")["deliveries"])[-1]["payload"]
    assert set(payload) == {
        "token",
        "team_id",
        "api_app_id",
        "event",
        "type",
        "event_id",
        "event_time",
        "authorizations",
    }
    assert set(payload["event"]) == {"type", "user", "channel", "event_ts", "tab"}


@pytest.mark.parametrize("kind", [*INPUTS, *CHOICES])
def test_every_input_reports_its_state(desk, acked, kind):
    entered, reported, empty = (INPUTS | CHOICES)[kind]
    options = {"options": [BUG, BILLING]} if kind in CHOICES else {}
    if kind == "number_input":
        options = {"is_decimal_allowed": False}
    acked.action("open")(
        lambda ack, body, client: (
            ack(),
            client.views_open(
                trigger_id=body["trigger_id"], view=modal(field("a", kind, element=options, optional=True))
            ),
        )
    )
    message = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("open"))])
    for values, state in (({}, empty), ({"a": entered}, reported)):
        desk.click(message, "open")
        desk.eventually(lambda: desk.stack("U0LEAD1"))
        assert desk.act("submit", "U0LEAD1", values=values)["ok"]
        view = desk.payload("view_submission")["view"]
        assert view["state"]["values"] == {"a": {"entry": {"type": kind} | state}}
