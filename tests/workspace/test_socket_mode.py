"""Commands, clicks and events reach a real Bolt app over Socket Mode, and come back within Slack's deadlines."""

import json
import threading
import time
from contextlib import ExitStack

import pytest
from slack_sdk import WebClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_socket

from bot.workspace.server import APP_TOKEN, serve

from .conftest import Desk, actions, bolt, button, connect


@pytest.fixture
def hasty():
    """A workspace that waits 0.3 s for an acknowledgement and sends events again at once."""
    with serve(manifest=None, ack_within=0.3, retry_after=(0.0, 0.0)) as handle:
        yield Desk(handle)


def socket_url(desk):
    return WebClient(base_url=desk.handle.api_url).apps_connections_open(app_token=APP_TOKEN)["url"]


def test_a_command_goes_round(desk, app):
    @app.command("/lane")
    def lane(ack, body, respond, client):
        ack("drafting")
        respond("done", response_type="in_channel")
        client.chat_postMessage(channel=body["channel_id"], text=f"{body['user_id']} asked: {body['text']}")

    assert desk.command("/lane refunds ZD-4821")["ok"]
    desk.eventually(lambda: len(desk.messages()) == 2)
    assert [m["text"] for m in desk.messages()] == ["done", "U0REP asked: refunds ZD-4821"]
    assert [m["text"] for m in desk.whispers("U0REP")] == ["drafting"]


def test_nobody_connected_is_said_to_the_person(desk):
    answer = desk.command("/lane status")
    assert answer["message"] == "/lane failed because the app did not respond."
    assert [m["text"] for m in desk.whispers("U0REP")] == [answer["message"]]
    sent = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
    assert desk.click(sent, "go")["error"] == "dispatch_failed"


def test_a_missing_acknowledgement_is_said_to_the_person(hasty):
    app = bolt(hasty)
    app.command("/lane")(lambda: None)
    app.action("go")(lambda: None)
    with connect(app, hasty):
        assert hasty.command("/lane status")["error"] == "operation_timeout"
        sent = hasty.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
        assert hasty.click(sent, "go", who="U0REP")["error"] == "operation_timeout"
    assert all("timed out" in m["text"] for m in hasty.whispers("U0REP"))
    assert [d["error"] for d in hasty.ask("deliveries")["deliveries"]] == ["timeout", "timeout"]


def test_the_deadline_is_three_seconds(desk, app):
    @app.command("/lane")
    def lane(ack):
        time.sleep(3.2)
        ack()

    began = time.monotonic()
    assert desk.command("/lane status")["error"] == "operation_timeout"
    assert 2.9 < time.monotonic() - began < 3.2


def test_an_unacknowledged_event_comes_again_and_says_so(hasty):
    with open_socket(socket_url(hasty)) as socket:
        assert json.loads(socket.recv())["type"] == "hello"
        hasty.act("open_home", "U0REP")
        first, second = json.loads(socket.recv()), json.loads(socket.recv(timeout=2))
        socket.send(json.dumps({"envelope_id": second["envelope_id"]}))
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert first["accepts_response_payload"] is False


def test_a_ticket_opens_one_socket(desk):
    url = socket_url(desk)
    with open_socket(url) as socket:
        hello = json.loads(socket.recv())
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        with pytest.raises(Exception, match="403"):
            open_socket(url)


def test_each_payload_goes_to_one_of_several_sockets(alone):
    desk, app = alone
    took = []
    second = bolt(desk)
    app.command("/lane")(lambda ack: (took.append("first"), ack()))
    second.command("/lane")(lambda ack: (took.append("second"), ack()))
    with connect(second, desk, sockets=2):
        for _ in range(6):
            assert desk.command("/lane status")["ok"]
    assert (took.count("first"), took.count("second")) == (3, 3)


def test_the_client_reconnects_when_it_is_told_to_go(alone):
    desk, app = alone
    app.command("/lane")(lambda ack: ack())
    before = len(desk.ask("calls?method=apps.connections.open")["calls"])
    assert desk.tell("drop")["dropped"] == 1
    desk.eventually(lambda: len(desk.ask("calls?method=apps.connections.open")["calls"]) > before)
    desk.connected()
    assert desk.command("/lane status")["ok"]


def test_a_click_in_flight_may_be_acknowledged_on_the_next_socket(alone):
    desk, app = alone
    dropped = threading.Event()

    @app.command("/lane")
    def lane(ack):
        dropped.wait(5)
        ack()

    answers = []
    typing = threading.Thread(target=lambda: answers.append(desk.command("/lane status")))
    typing.start()
    desk.eventually(lambda: desk.ask("deliveries")["deliveries"])
    desk.tell("drop")
    desk.connected()
    dropped.set()
    typing.join()
    assert answers[0]["ok"]


def test_a_strict_workspace_takes_the_answer_only_from_the_socket_it_asked():
    with serve(manifest=None, ack_within=0.3, strict_acks=True) as handle:
        desk = Desk(handle)
        with open_socket(socket_url(desk)) as asked, open_socket(socket_url(desk)) as other:
            desk.connected(2)
            sockets = [asked, other]
            for socket in sockets:
                socket.recv()

            def answer_on_the_wrong_one():
                for n, socket in enumerate(sockets):
                    try:
                        envelope = json.loads(socket.recv(timeout=0.1))
                    except TimeoutError:
                        continue
                    sockets[1 - n].send(json.dumps({"envelope_id": envelope["envelope_id"]}))

            answering = threading.Thread(target=answer_on_the_wrong_one)
            answering.start()
            assert desk.command("/lane status")["error"] == "operation_timeout"
            answering.join()


def test_an_eleventh_socket_is_turned_away(desk):
    with ExitStack() as sockets:
        for _ in range(10):
            sockets.enter_context(open_socket(socket_url(desk)))
        desk.connected(10)
        eleventh = sockets.enter_context(open_socket(socket_url(desk)))
        assert json.loads(eleventh.recv())["reason"] == "too_many_websockets"
        with pytest.raises(ConnectionClosed):
            eleventh.recv()


def test_an_unknown_command_is_not_sent(tmp_path):
    manifest = tmp_path / "manifest.yml"
    manifest.write_text("features: {slash_commands: [{command: /lane, description: Lanes}]}", encoding="utf-8")
    with serve(manifest=manifest) as handle:
        desk = Desk(handle)
        assert desk.command("/pony ride")["error"] == "unknown_command"
        assert desk.command("/lane", thread_ts="1.1")["message"] == "/lane is not supported in threads. Sorry!"
        assert desk.ask("deliveries")["deliveries"] == []


def test_a_mention_and_a_direct_message_arrive_as_events(desk, app):
    heard = []
    app.event("app_mention")(lambda event: heard.append(("mention", event["text"])))
    app.event("message")(lambda event: heard.append((event["channel_type"], event["text"])))
    desk.act("message", "U0REP", channel="#support", text="@lanekeeper <b> & #support?")
    desk.act("message", "U0REP", channel="U0LANEKEEPER", text="hello")
    desk.act("message", "U0REP", channel="#support", text="not for the app")
    desk.eventually(lambda: len(heard) == 2)
    assert sorted(heard) == [
        ("im", "hello"),
        ("mention", "<@U0LANEKEEPER> &lt;b&gt; &amp; <#C0SUPPORT|support>?"),
    ]


def test_the_manifest_decides_what_is_sent_and_how(tmp_path):
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(
        """
        features:
          app_home: {messages_tab_read_only_enabled: true}
          slash_commands: [{command: /lane, should_escape: true}]
        settings: {event_subscriptions: {bot_events: [subteam_members_changed]}}
        """,
        encoding="utf-8",
    )
    with serve(manifest=manifest) as handle:
        desk = Desk(handle)
        app = bolt(desk)
        heard = []
        app.command("/lane")(lambda ack, body: (ack(), heard.append(body["text"])))
        app.event("subteam_members_changed")(lambda event: heard.append(event["removed_users"]))
        with connect(app, desk):
            desk.command("/lane audit @lena <5")
            assert desk.act("message", "U0REP", channel="D0REP", text="x")["ok"] is False
            desk.act("open_home", "U0REP")
            desk.tell("group", group="S0LEADS", users=["U0LEAD1", "U0OWNER"])
            desk.eventually(lambda: len(heard) == 2)
        assert heard == ["audit <@U0LEAD1|lena> &lt;5", ["U0LEAD2"]]
        assert [d["payload"]["event"]["type"] for d in desk.ask("deliveries?type=events_api")["deliveries"]] == [
            "subteam_members_changed"
        ]
        assert desk.client.usergroups_users_list(usergroup="S0LEADS")["users"] == ["U0LEAD1", "U0OWNER"]
