"""What is stored of Slack's payloads."""

from datetime import UTC, datetime

import pytest
from slack_bolt import BoltResponse

from bot.slack.intake import delivery_key, intake, worth_keeping
from lanes.engine import Engine


def test_a_click_keeps_who_where_and_what():
    """S10: what the message said is not even kept; the draft is found in the record."""
    click = {
        "type": "block_actions", "token": "verification", "trigger_id": "1.2", "api_app_id": "A0",
        "user": {"id": "U0", "username": "lena", "name": "lena", "team_id": "T0"}, "team": {"id": "T0", "domain": "x"},
        "channel": {"id": "C0", "name": "support"}, "message": {"text": "whole"}, "response_url": "https://hooks",
        "state": {"values": {}},
        "actions": [{"action_id": "lane:approve", "value": "{}", "action_ts": "1", "text": {"text": "Approve"}}],
    }  # fmt: skip

    assert worth_keeping(click) == {
        "type": "block_actions", "trigger_id": "1.2", "user": {"id": "U0", "team_id": "T0"}, "team": {"id": "T0"},
        "channel": {"id": "C0"}, "response_url": "https://hooks",
        "actions": [{"action_id": "lane:approve", "value": "{}"}],
    }  # fmt: skip


def test_a_team_that_slack_leaves_empty_stays_empty():
    assert worth_keeping({"type": "block_actions", "team": None})["team"] is None


@pytest.mark.parametrize("kind", ["block_suggestion", "shortcut", "view_closed"])
def test_of_a_payload_nobody_reads_only_its_kind_is_kept(kind):
    assert worth_keeping({"type": kind, "message": {"text": "a customer's words"}}) == {"type": kind}


def test_of_a_message_that_is_handed_over_its_words_are_kept_and_no_more_than_3000_of_them():
    handed = {
        "type": "message_action", "callback_id": "lane:hand_over", "trigger_id": "1.2", "token": "verification",
        "user": {"id": "U0", "name": "lena", "team_id": "T0"}, "team": {"id": "T0"}, "channel": {"id": "C0"},
        "response_url": "https://hooks", "message_ts": "1.0",
        "message": {"text": "x" * 4000, "ts": "1.0", "user": "U1", "files": ["secret"], "blocks": [{}]},
    }  # fmt: skip

    assert worth_keeping(handed) == {
        "type": "message_action", "callback_id": "lane:hand_over", "trigger_id": "1.2",
        "user": {"id": "U0", "team_id": "T0"}, "team": {"id": "T0"}, "channel": {"id": "C0"},
        "message": {"text": "x" * 3000, "ts": "1.0"},
    }  # fmt: skip


@pytest.mark.parametrize("more", [{"bot_id": "B0"}, {"subtype": "message_changed"}, {"edited": {"user": "U0"}}])
@pytest.mark.parametrize("kind", ["message", "app_mention"])
def test_what_an_app_wrote_and_what_was_changed_is_not_even_stored(kind, more):
    event = {"type": kind, "channel": "D0", "text": "refunds ZD-4821", "user": "U0", "ts": "1.0"}

    assert delivery_key({"type": "event_callback", "event_id": "Ev1", "event": event}) is not None
    assert delivery_key({"type": "event_callback", "event_id": "Ev1", "event": event | more}) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_stored_is_not_acknowledged(database, writer):
    store = intake(Engine(database, writer, {}, team="T0", model="m", clock=lambda: datetime(2026, 3, 2, tzinfo=UTC)))

    def sent(trigger):
        """The status, and whether a listener could have acknowledged."""
        reached = []
        answer = store(
            {"type": "block_actions", "trigger_id": trigger},
            lambda: reached.append(trigger) or BoltResponse(status=200), None,
        )  # fmt: skip
        return answer.status, bool(reached)

    assert sent("1") == (200, True)
    writer.write(lambda connection: connection.exec_driver_sql("PRAGMA query_only=ON").close())
    assert sent("2") == (503, False)
    writer.write(lambda connection: connection.exec_driver_sql("PRAGMA query_only=OFF").close())
    assert sent("2") == (200, True)
