"""What the workspace takes is what Slack's own published shapes take, where the checker lies beside the project."""

import importlib.util
import sys
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from .conftest import actions, button, field, modal, plain

CHECKER = Path(__file__).parents[3] / "shared" / "checks" / "slack_contract.py"
pytestmark = pytest.mark.skipif(not CHECKER.exists(), reason="../shared/checks does not lie beside this project")
OPTION = {"text": plain("Bug"), "value": "bug"}
CELL = {"type": "raw_text", "text": "x"}
NUMBER = {"type": "raw_number", "value": 4, "text": "4"}
GOOD = {
    "alert": {"type": "alert", "level": "warning", "text": plain("x")},
    "card": {"type": "card", "title": {"type": "mrkdwn", "text": "x"}, "actions": [button("c")]},
    "container": {"type": "container", "title": plain("x"), "child_blocks": [{"type": "divider"}]},
    "table": {"type": "table", "rows": [[CELL], [NUMBER]]},
    "data_table": {"type": "data_table", "caption": "x", "rows": [[CELL], [NUMBER]]},
    "external_select": actions({"type": "external_select", "action_id": "e", "min_query_length": 2}),
    "users_select": actions({"type": "users_select", "action_id": "u"}),
    "overflow": actions({"type": "overflow", "action_id": "o", "options": [OPTION, OPTION]}),
}
BAD = {
    "alert level": {"type": "alert", "level": "loud", "text": plain("x")},
    "table cell": {"type": "table", "rows": [[{"type": "picture"}]]},
    "container child": {"type": "container", "child_blocks": [{"type": "confetti"}]},
    "image without words": {"type": "image", "image_url": "https://x.example/a.png"},
}
FIELDS = {
    "number_input": {"is_decimal_allowed": True, "min_value": "1", "max_value": "9"},
    "multi_external_select": {"max_selected_items": 2},
    "multi_users_select": {},
    "conversations_select": {},
    "email_text_input": {},
    "url_text_input": {},
    "datetimepicker": {},
    "timepicker": {},
    "radio_buttons": {"options": [OPTION]},
    "checkboxes": {"options": [OPTION]},
}


@pytest.fixture(scope="module")
def slack():
    spec = importlib.util.spec_from_file_location("slack_contract", CHECKER)
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


def taken(desk, block):
    try:
        return desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[block])["ok"]
    except SlackApiError as refused:
        return refused.response["error"] != "invalid_blocks"


@pytest.mark.parametrize("kind", GOOD)
def test_what_slack_publishes_is_taken(desk, slack, kind):
    assert slack.check_message({"text": "x", "blocks": [GOOD[kind]]}) == []
    assert taken(desk, GOOD[kind])


@pytest.mark.parametrize("kind", BAD)
def test_what_slack_refuses_is_refused(desk, slack, kind):
    assert slack.check_message({"text": "x", "blocks": [BAD[kind]]})
    assert not taken(desk, BAD[kind])


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_of_a_modal_is_one_of_slacks(desk, app, slack, kind):
    view = modal(field("a", kind, element=FIELDS[kind]))
    assert slack.check_view(view) == []
    app.action("go")(lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=view)))
    card = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
    desk.click(card, "go")
    desk.eventually(lambda: desk.stack("U0LEAD1"))
