"""Deliveries by signed HTTP, as Slack makes them: the real Bolt verifies them; what fails is told, or sent again."""

import json
import socket
import threading
import time
from urllib.parse import parse_qs

import pytest
import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from bot.workspace.server import SIGNING_SECRET, serve

from .conftest import Desk, actions, button, field, modal


class Address:
    """A Request URL; `answers` says how it answers, and `heard` what came."""

    def __init__(self):
        self.heard = []
        self.answers = lambda request, body: Response()

        async def receive(request):
            body = await request.body()
            self.heard.append((dict(request.headers), body))
            return await run_in_threadpool(self.answers, request, body)

        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/slack/events"
        app = Starlette(routes=[Route("/slack/events", receive, methods=["POST"])])
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()

    def close(self):
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def address():
    made = Address()
    yield made
    made.close()


@pytest.fixture
def hasty(address):
    """A workspace that delivers to the address, gives up after 0.4 s and sends events again at once."""
    with serve(manifest=None, ack_within=0.4, retry_after=(0.0, 0.0, 0.0)) as handle:
        desk = Desk(handle)
        desk.tell("transport", url=address.url)
        yield desk


def bolt_answers(address, app):
    """The real Bolt behind the address, with its own verification."""
    address.answers = lambda request, body: to_starlette_response(app.dispatch(to_bolt_request(request, body)))


def test_commands_clicks_and_submissions_reach_the_real_bolt_and_its_answers_come_back(hasty, address):
    app = App(client=hasty.client, signing_secret=SIGNING_SECRET, process_before_response=True)
    app.command("/lane")(lambda ack: ack("drafting"))
    app.action("go")(lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=FORM)))
    app.view("form")(lambda ack: ack(response_action="errors", errors={"reason": "Say why."}))
    bolt_answers(address, app)
    assert hasty.command("/lane refunds ZD-4821")["ok"]
    assert [m["text"] for m in hasty.whispers("U0REP")] == ["drafting"]
    sent = hasty.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
    assert hasty.click(sent, "go", who="U0REP")["ok"]
    said = hasty.act("submit", "U0REP", values={"reason": "x"})
    assert said["errors"] == {"reason": "Say why."}


FORM = modal(field("reason"))


def test_each_kind_has_its_own_form_and_each_is_signed(hasty, address):
    hasty.command("/lane status")
    sent = hasty.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
    hasty.click(sent, "go", who="U0REP")
    hasty.act("open_home", "U0REP")
    hasty.eventually(lambda: len(address.heard) == 3)
    (_, command), (_, click), (_, event) = address.heard
    assert parse_qs(command.decode())["text"] == ["status"]
    assert json.loads(parse_qs(click.decode())["payload"][0])["type"] == "block_actions"
    assert json.loads(event)["event"]["type"] == "app_home_opened"
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert all(verifier.is_valid_request(body, headers) for headers, body in address.heard)


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        (lambda *_: time.sleep(1) or Response(), "operation_timeout", "did not answer within 3 seconds"),
        (lambda *_: Response(status_code=500), "dispatch_failed", "the app did not respond"),
    ],
)
def test_a_person_is_told_and_nothing_is_sent_again(hasty, address, answers, error, said):
    address.answers = answers
    assert hasty.command("/lane status")["error"] == error
    assert said in hasty.whispers("U0REP")[-1]["text"]
    assert len(address.heard) == 1


def test_an_event_that_fails_comes_three_times_more_and_says_why(hasty, address):
    address.answers = lambda *_: Response(status_code=503)
    hasty.act("open_home", "U0REP")
    hasty.eventually(lambda: len(hasty.ask("deliveries")["deliveries"]) == 4)
    hasty.eventually(lambda: len(address.heard) == 4)
    retries = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h, _ in address.heard]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in address.heard}) == 1


def test_a_late_answer_is_a_timeout_and_the_next_one_ends_it(hasty, address):
    slow = [True]

    def answers(*_):
        if slow.pop() if slow else False:
            time.sleep(1)
        return Response()

    address.answers = answers
    hasty.act("open_home", "U0REP")
    hasty.eventually(lambda: len(address.heard) == 2)
    assert address.heard[1][0]["x-slack-retry-reason"] == "http_timeout"


def test_an_app_may_say_that_it_wants_no_second_try(hasty, address):
    address.answers = lambda *_: Response(status_code=500, headers={"X-Slack-No-Retry": "1"})
    hasty.act("open_home", "U0REP")
    hasty.act("open_home", "U0LEAD1")
    hasty.eventually(lambda: len(address.heard) == 2)
    users = [json.loads(body)["event"]["user"] for _, body in address.heard]
    assert sorted(users) == ["U0LEAD1", "U0REP"]


def test_it_delivers_to_this_machine_only_and_goes_back_to_sockets(hasty, address):
    assert hasty.tell("transport", url="https://hooks.example.com/slack/events")["error"] == "this_machine_only"
    hasty.tell("transport", url=None)
    assert hasty.command("/lane status")["error"] == "dispatch_failed"
    assert address.heard == []


def test_where_nobody_is_the_person_is_told(hasty, address):
    address.close()
    assert hasty.command("/lane status")["error"] == "dispatch_failed"
