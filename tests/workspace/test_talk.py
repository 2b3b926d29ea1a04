"""What people write: mentions, direct messages, threads, links; what the app hears of it, and what goes again."""

import pytest

from bot.workspace.server import serve

from .conftest import Desk, bolt, connect

EVERYTHING = (
    "settings: {event_subscriptions: {bot_events: [app_mention, message.im, message.channels, message.groups]}}"
)
SAID = {"type", "user", "ts", "client_msg_id", "text", "team"}


@pytest.fixture
def curious(tmp_path):
    """A workspace whose app has subscribed to every message."""
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(EVERYTHING, encoding="utf-8")
    with serve(manifest=manifest) as handle:
        desk = Desk(handle)
        app = bolt(desk)
        for event in ("app_mention", "message"):
            app.event(event)(lambda: None)
        with connect(app, desk):
            yield desk


def events(desk, kind):
    found = desk.ask("deliveries?type=events_api")["deliveries"]
    return [d["payload"]["event"] for d in found if d["payload"]["event"]["type"] == kind]


def heard(desk, kind, count=1):
    desk.eventually(lambda: len(events(desk, kind)) >= count)
    return events(desk, kind)[-1]


def test_a_mention_in_a_thread_names_its_thread(desk, app):
    app.event("app_mention")(lambda: None)
    root = desk.act("message", "U0REP", channel="#support", text="A customer was charged twice")
    desk.act("message", "U0LEAD1", channel="#support", text="@lanekeeper please", thread_ts=root["ts"])
    event = heard(desk, "app_mention")
    assert set(event) == SAID | {"thread_ts", "parent_user_id", "channel", "event_ts"}
    assert (event["text"], event["thread_ts"]) == ("<@U0LANEKEEPER> please", root["ts"])
    assert (event["user"], event["parent_user_id"]) == ("U0LEAD1", "U0REP")


def test_a_reply_to_a_reply_joins_its_thread(desk):
    root = desk.act("message", "U0REP", channel="#support", text="one")
    reply = desk.act("message", "U0LEAD1", channel="#support", text="two", thread_ts=root["ts"])
    desk.act("message", "U0LEAD2", channel="#support", text="three", thread_ts=reply["ts"])
    assert [m.get("thread_ts") for m in desk.messages()] == [root["ts"]] * 3
    assert desk.act("message", "U0REP", channel="#support", text="x", thread_ts="1.2")["error"] == "thread_not_found"


def test_a_direct_message_reaches_the_app_and_no_mention_beside_it(desk, app):
    app.event("message")(lambda: None)
    room = desk.client.conversations_open(users="U0SALES")["channel"]["id"]
    desk.act("message", "U0SALES", channel=room, text="@lanekeeper renew acme")
    event = heard(desk, "message")
    assert set(event) == SAID | {"channel", "event_ts", "channel_type"}
    assert (event["channel"], event["channel_type"]) == (room, "im")
    assert not events(desk, "app_mention")


def test_what_is_said_in_channels_is_heard_only_by_an_app_that_asked(desk, app, curious):
    for one in (desk, curious):
        one.act("message", "U0REP", channel="#support", text="good morning")
    assert heard(curious, "message")["channel_type"] == "channel"
    assert not desk.ask("deliveries")["deliveries"]


def test_an_app_hears_nothing_of_a_channel_it_is_not_in(curious):
    curious.tell("channel", channel="#support", members=["U0REP"])
    curious.act("message", "U0REP", channel="#support", text="@lanekeeper hello?")
    curious.act("message", "U0REVOPS", channel="#revops", text="hello")
    assert heard(curious, "message")["channel"] == "C0REVOPS"
    assert not events(curious, "app_mention")


def test_links_and_names_arrive_as_references(desk):
    desk.act("message", "U0REP", channel="#support", text="see https://zd.example/4821?a=1&b=2, @lena & #revops <x>")
    (said,) = desk.messages()
    assert said["text"] == ("see <https://zd.example/4821?a=1&amp;b=2>, <@U0LEAD1> &amp; <#C0REVOPS|revops> &lt;x&gt;")


def test_one_deletes_ones_own_message_and_an_administrator_any(curious):
    mine = curious.act("message", "U0REP", channel="#support", text="oops")
    card = curious.client.chat_postMessage(channel="C0SUPPORT", text="card")
    assert curious.act("delete", "U0REP", channel="#support", ts=card["ts"])["error"] == "cant_delete_message"
    assert curious.act("delete", "U0REP", channel="#support", ts=mine["ts"])["ok"]
    assert curious.act("delete", "U0OWNER", channel="#support", ts=card["ts"])["ok"]
    assert curious.messages() == []
    event = heard(curious, "message", 3)
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", card["ts"])
    assert event["previous_message"]["text"] == "card"


def test_what_only_i_see_i_can_dismiss(desk):
    desk.client.chat_postEphemeral(channel="C0SUPPORT", user="U0REP", text="psst")
    (whisper,) = desk.whispers("U0REP")
    assert desk.act("dismiss", "U0LEAD1", channel="#support", ts=whisper["ts"])["error"] == "message_not_found"
    assert desk.act("dismiss", "U0REP", channel="#support", ts=whisper["ts"])["ok"]
    assert desk.whispers("U0REP") == []


def test_an_act_without_what_it_needs_says_so(desk):
    assert desk.act("delete", "U0REP", channel="#support") == {
        "ok": False, "error": "missing_argument", "message": "This act needs 'ts'.",
    }  # fmt: skip
