"""Slack comes to us: only what Slack signed, just now, is heard; and Lanekeeper says when it can hear nothing."""

import json
import socket
import sqlite3
import time
import urllib.error
import urllib.request

import pytest
from eyes import wait_until
from house import APPROVALS, LENA, REP, SUPPORT

from bot.app import build
from bot.settings import CannotStart
from bot.workspace.signed_http import FORM, body_of, signed

JSON = "application/json"


@pytest.fixture
def transport():
    return "http"


def answer(url, body=None, headers=None):
    """Status and body of a request, whatever the status."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {})) as said:
            return said.status, said.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def a_click(house):
    """A draft, and a click on its Approve as it stands on the wire, which has not been sent."""
    case = house.held("ZD-4821")
    seen = case.glance(LENA)
    value = seen["actions"][0]["value"]
    clicked = seen["actions"][0] | {"action_id": "lane:approve", "value": value, "action_ts": "1.5"}
    return case, *body_of("interactive", seen | {"trigger_id": "1.2.never-seen", "actions": [clicked]})


def test_a_signed_click_counts(house):
    case, body, kind = a_click(house)
    assert house.knock(body, kind) == 200
    case.becomes("done")


@pytest.mark.parametrize("ago", [301, -301, 86_400])
def test_an_old_request_is_not_heard_again(house, ago):
    """The replay window: 5 minutes, ahead as well as behind."""
    case, body, kind = a_click(house)
    assert house.knock(body, kind, signed(body, int(time.time()) - ago)) == 401
    house.quiet()
    assert case.state() == "held"
    assert len(case.events("decision.recorded")) == 0


def test_what_was_signed_a_moment_ago_still_counts(house):
    case, body, kind = a_click(house)
    assert house.knock(body, kind, signed(body, int(time.time()) - 280)) == 200
    case.becomes("done")


@pytest.mark.parametrize("forged", ["secret", "body", "moment", "nothing", "no number", "no ascii", "older scheme"])
def test_what_slack_has_not_signed_is_not_heard(house, forged):
    case, body, kind = a_click(house)
    now = int(time.time())
    proof = signed(body, now)
    match forged:
        case "secret":
            proof = signed(body, now, "another-secret")
        case "body":
            body = body.replace(b"U0LEAD1", b"U0OWNER")
        case "moment":
            proof["X-Slack-Request-Timestamp"] = str(now + 1)
        case "nothing":
            proof = {}
        case "no number":
            proof["X-Slack-Request-Timestamp"] = "now"
        case "no ascii":
            proof["X-Slack-Signature"] = "v0=é"
        case "older scheme":
            proof["X-Slack-Signature"] = proof["X-Slack-Signature"].replace("v0=", "")
    assert house.knock(body, kind, proof) == 401
    house.quiet()
    assert case.state() == "held"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 400),
        (b"[1]", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"payload=%7B", FORM, 400),
        (b"\xff\xfe", FORM, 401),
        (b"x" * 1_000_001, FORM, 413),
        (b"", FORM, 404),
    ],
)
def test_garbage_is_refused_even_if_it_is_signed(house, body, kind, status):
    assert house.knock(body, kind) == status
    assert len(house.runs()) == 0


def test_slack_finds_the_address_in_order(house):
    """The two questions that Slack asks an address: a certificate check, and a challenge to echo."""
    url = f"{house.lanekeeper.reach.door.url}/slack/events"
    assert answer(url, b"token=x&ssl_check=1", {"Content-Type": FORM}) == (200, "")
    asked = json.dumps({"type": "url_verification", "token": "x", "challenge": "echo me"}).encode()
    status, said = answer(url, asked, {"Content-Type": JSON, **signed(asked, int(time.time()))})
    assert (status, json.loads(said)["challenge"]) == (200, "echo me")
    assert answer(url)[0] == 405
    assert answer(f"{house.lanekeeper.reach.door.url}/elsewhere")[0] == 404


def test_an_event_that_comes_again_is_worked_on_once(house):
    """Slack's retries carry the same event_id; the second is acknowledged and nothing more."""
    house.act("open_home", REP)
    wait_until(lambda: house.home(REP))
    house.quiet()
    before = len(house.calls("views.publish"))
    body, kind = body_of("events_api", house.delivered("event_callback"))
    again = signed(body, int(time.time())) | {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    assert house.knock(body, kind, again) == 200
    assert house.knock(body, kind, again | {"X-Slack-Retry-Num": "2"}) == 200
    house.quiet()
    assert len(house.calls("views.publish")) == before


def locked(file):
    """Another process holds the database's write lock."""
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def test_what_cannot_be_stored_is_not_acknowledged_and_the_person_is_told(house):
    house.held("ZD-4821")
    holder = locked(house.database_file)
    try:
        said = house.act("command", REP, channel=SUPPORT, text="/lane refunds ZD-4822")
        assert said["error"] in {"operation_timeout", "dispatch_failed"}
        assert any("failed" in word or "timed out" in word for word in house.whispers(REP, SUPPORT))
    finally:
        holder.rollback()
        holder.close()


def test_health_says_what_keeps_it_from_working(house):
    url = f"{house.lanekeeper.reach.door.url}/health"
    assert answer(url) == (200, '{"ok":true,"troubles":[]}')
    holder = locked(house.database_file)
    try:
        status, said = wait_until(lambda: next((a for a in [answer(url)] if a[0] != 200), None), timeout=30)
    finally:
        holder.rollback()
        holder.close()
    assert status == 503
    assert "the database cannot be written" in json.loads(said)["troubles"][0]
    wait_until(lambda: answer(url)[0] == 200)


def test_a_taken_port_is_said_at_the_start(town):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        lanekeeper = build(town.settings.model_copy(update={"http_port": port}))
        with pytest.raises(CannotStart, match=f"127.0.0.1:{port} cannot be listened on .* LANEKEEPER_HTTP_PORT"):
            lanekeeper.start()


def test_a_card_over_http_looks_like_one_over_a_socket(house):
    """The listeners are the same; a form that is wrong is answered in the response to its submission."""
    case = house.held("ZD-4821")
    case.glance(LENA)
    case.click(LENA, "reject")
    house.modal(LENA)
    assert house.submit(LENA, reason="not_due")["ok"]
    case.ends("rejected")
    assert len(house.messages(APPROVALS)) == 1
    assert house.ask("status")["sockets"] == 0
