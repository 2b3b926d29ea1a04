"""A workspace on a free port, the real Bolt app connected to it, and hands to type and click with."""

import json
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.workspace.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, serve

from .browsing import browser, page  # noqa: F401 - fixtures of every test with a browser

PATIENCE = 30.0  # seconds; everything here answers in milliseconds, later on a busy machine


class Desk:
    """The workspace as a test sees it: what people do, and what came of it."""

    def __init__(self, handle):
        self.handle = handle
        self.client = WebClient(token=BOT_TOKEN, base_url=handle.api_url)

    def tell(self, lever, **wanted):
        return self._open(f"{self.handle.url}/_control/{lever}", json.dumps(wanted).encode())

    def ask(self, what):
        return self._open(f"{self.handle.url}/_control/{what}")

    def act(self, do, who, **wanted):
        return self.tell("act", **({"do": do, "as": who} | wanted))

    def command(self, text, who="U0REP", channel="#support", **more):
        return self.act("command", who, channel=channel, text=text, **more)

    def click(self, message, action_id, who="U0LEAD1", channel="C0SUPPORT", **more):
        return self.act("click", who, channel=channel, ts=message["ts"], action_id=action_id, **more)

    def messages(self, channel="C0SUPPORT"):
        return self.ask(f"messages?channel={channel}")["messages"]

    def whispers(self, who, channel="C0SUPPORT"):
        return [w["message"] for w in self.ask(f"messages?channel={channel}&user={who}")["ephemeral"]]

    def payload(self, kind):
        """What the app was last sent of this kind."""
        return self.ask(f"deliveries?type={kind}")["deliveries"][-1]["payload"]

    def stack(self, who):
        return self.ask(f"view?user={who}")["stack"]

    def eventually(self, question):
        until = time.monotonic() + PATIENCE
        while not (answer := question()):
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.01)
        return answer

    def connected(self, sockets=1):
        self.eventually(lambda: self.ask("status")["sockets"] == sockets)

    @staticmethod
    def _open(url, body=None):
        with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
            return json.load(answer)

    @staticmethod
    def post(url, body):
        """POST JSON anywhere; the status and the text."""
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()


@contextmanager
def connect(app, desk, sockets=1):
    """The app's real Socket Mode connection, closed properly at the end."""
    handler = SocketModeHandler(app, APP_TOKEN)
    handler.connect()
    desk.connected(sockets)
    try:
        yield handler
    finally:
        # The built-in client waits up to 3 s for a silent socket before it closes it, so the workspace hangs up first.
        handler.client.auto_reconnect_enabled = False
        desk.tell("drop", reason=None)
        desk.eventually(lambda: not handler.client.is_connected())
        handler.close()


def bolt(desk):
    return App(client=desk.client, signing_secret=SIGNING_SECRET)


@pytest.fixture(scope="session")
def quiet():
    """A workspace that no app is connected to."""
    with serve(manifest=None) as handle:
        yield Desk(handle)


@pytest.fixture(scope="session")
def linked():
    """A workspace with one connection, whose app each test brings."""
    with serve(manifest=None) as handle:
        desk = Desk(handle)
        with connect(bolt(desk), desk) as line:
            yield desk, line


@pytest.fixture
def desk(request):
    """A workspace as it is on the first day; an app is connected to it if the test asks for one."""
    if "app" in request.fixturenames:
        desk, _ = request.getfixturevalue("linked")
    else:
        desk = request.getfixturevalue("quiet")
    desk.tell("reset")
    desk.client = WebClient(token=BOT_TOKEN, base_url=desk.handle.api_url)
    return desk


@pytest.fixture
def app(desk, linked):
    """A Bolt app of this test's own on the shared connection; listeners may be added at any time."""
    _, line = linked
    line.app = bolt(desk)
    return line.app


@pytest.fixture
def alone():
    """A workspace and an app with a connection of its own, which the test may cut."""
    with serve(manifest=None) as handle:
        desk = Desk(handle)
        app = bolt(desk)
        with connect(app, desk):
            yield desk, app


def plain(text):
    return {"type": "plain_text", "text": text}


def button(action_id, **more):
    return {"type": "button", "action_id": action_id, "text": plain("Go")} | more


def actions(*elements, block_id="decide"):
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def field(block_id, kind="plain_text_input", **more):
    element = {"type": kind, "action_id": "entry"} | more.pop("element", {})
    return {"type": "input", "block_id": block_id, "label": plain("Label"), "element": element} | more


def modal(*blocks, callback_id="form", **more):
    view = {"type": "modal", "callback_id": callback_id, "title": plain("Title"), "submit": plain("Save")}
    return view | {"blocks": list(blocks)} | more
