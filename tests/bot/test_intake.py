"""What is stored of Slack's payloads."""

import pytest

from bot.intake import worth_keeping


def test_a_click_keeps_who_where_and_what():
    click = {
        "type": "block_actions", "token": "verification", "trigger_id": "1.2", "api_app_id": "A0",
        "user": {"id": "U0", "username": "lena", "name": "lena", "team_id": "T0"}, "team": {"id": "T0", "domain": "x"},
        "channel": {"id": "C0", "name": "support"}, "message": {"text": "whole"}, "response_url": "https://hooks",
        "state": {"values": {}},
        "actions": [{"action_id": "lane:approve", "value": "{}", "action_ts": "1", "text": {"text": "Approve"}}],
    }  # fmt: skip

    assert worth_keeping(click) == {
        "type": "block_actions", "trigger_id": "1.2", "user": {"id": "U0", "team_id": "T0"}, "team": {"id": "T0"},
        "channel": {"id": "C0"}, "actions": [{"action_id": "lane:approve", "value": "{}"}],
    }  # fmt: skip


def test_a_team_that_slack_leaves_empty_stays_empty():
    assert worth_keeping({"type": "block_actions", "team": None})["team"] is None


@pytest.mark.parametrize("kind", ["message_action", "shortcut", "view_closed"])
def test_of_a_payload_nobody_reads_only_its_kind_is_kept(kind):
    assert worth_keeping({"type": kind, "message": {"text": "a customer's words"}}) == {"type": kind}
