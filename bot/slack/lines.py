"""Socket Mode: several connections to Slack, and somebody who looks whether they live.

Context: Slack takes a connection down every few hours, networks cut others, and some die without a word: the client
believes that it is connected, or that it will be soon, and every click is lost until somebody restarts the process
(python-slack-sdk #1446, #1110; bolt-python #417, #1529). Decision: Slack's client follows `disconnect` frames and cuts
by itself; a line that has heard nothing for a while, not even an answer to its pings, is given up: a new client takes
its place, and the old one, in whatever state it is, is closed aside and never used again. What we gave up: knowing why
it died.
"""

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt import App as BoltApp
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient

from bot.settings import CannotStart
from bot.slack.client import TIMEOUT, TOKEN_WRONG, code, quiet

PING = 5.0  # seconds between two pings on one line
SILENCE = 3  # pings without an answer, after which a line is dead; meanwhile every second click reaches the other one

log = structlog.get_logger("lines")


@dataclass
class Line:
    """One client, and when it last heard from Slack."""

    client: SocketModeClient
    heard: float = field(default_factory=time.monotonic)  # by time.monotonic; a new one has its time to be answered
    tried: float = 0.0  # when its replacement was last tried, by time.monotonic
    _pong: float | None = None

    def listen(self) -> None:
        self.client.on_message_listeners.append(self._hear)

    def look(self) -> None:
        """Note an answered ping."""
        session = self.client.current_session
        pong = session.last_ping_pong_time if session else None
        if pong is not None and pong != self._pong:
            self._pong, self.heard = pong, time.monotonic()

    def _hear(self, _: str) -> None:
        self.heard = time.monotonic()


@dataclass
class Lines:
    """`count` connections of one app. `ping` is in seconds; what is silent for three of them is replaced."""

    bolt: BoltApp
    token: str
    api_url: str
    count: int
    ping: float = PING
    _lines: list[Line] = field(default_factory=list)
    _closing: threading.Event = field(default_factory=threading.Event)
    _going: list[threading.Thread] = field(default_factory=list)
    _watchdog: threading.Thread | None = None

    def open(self) -> None:
        """Connect. What cannot be reached now is tried again. Raises `CannotStart` when Slack knows no such token."""
        for _ in range(self.count):
            line = self._new()
            quiet("socket", logging.CRITICAL)  # how this goes is told below
            try:
                line.client.connect()
            except SlackApiError as error:
                if code(error) in TOKEN_WRONG:
                    self._let_go(line)
                    self.close()
                    raise CannotStart(
                        f"Slack does not accept SLACK_APP_TOKEN ({code(error)}); copy it again from "
                        "Basic Information → App-Level Tokens"
                    ) from error
                log.warning("line_not_opened", error=str(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, the watchdog tries again
                log.warning("line_not_opened", error=repr(error))
            finally:
                quiet("socket")
            self._lines.append(line)
        self._watchdog = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watchdog.start()

    def up(self) -> int:
        """How many lines live."""
        return sum(line.client.is_connected() and not self._silent(line) for line in self._lines)

    def close(self) -> None:
        """Hang up; nothing more comes in."""
        self._closing.set()
        if self._watchdog:
            self._watchdog.join()
        for line in self._lines:
            self._let_go(line)
        for thread in self._going:
            thread.join()

    def _watch(self) -> None:
        while not self._closing.wait(self.ping / 2):
            for number, line in enumerate(self._lines):
                line.look()
                if self._silent(line) and time.monotonic() - line.tried > SILENCE * self.ping:
                    self._replace(number, line)
            self._going = [thread for thread in self._going if thread.is_alive()]

    def _silent(self, line: Line) -> bool:
        return time.monotonic() - line.heard > SILENCE * self.ping

    def _replace(self, number: int, old: Line) -> None:
        old.tried = (
            time.monotonic()
        )  # while Slack is away, it is asked seldom: a new address is granted 50 times a minute
        log.warning("line_dead", line=number, silent_for=round(time.monotonic() - old.heard, 1))
        new = self._new()
        try:
            new.client.connect()
        except Exception as error:  # noqa: BLE001 - Slack is away altogether; the next look tries again
            log.warning("line_not_opened", line=number, error=repr(error))
        if new.client.is_connected():
            log.warning("line_replaced", line=number)
            self._lines[number] = new
            self._let_go(old)
        else:
            self._let_go(new)

    def _new(self) -> Line:
        web = WebClient(base_url=self.api_url, timeout=TIMEOUT, logger=quiet("slack"))
        handler: Any = SocketModeHandler(
            self.bolt, self.token, logger=quiet("socket"), web_client=web, ping_interval=self.ping
        )
        line = Line(handler.client)
        line.listen()
        return line

    def _let_go(self, line: Line) -> None:
        """Close it aside: the client waits up to 3 seconds for a silent socket, and then for its own threads."""
        going = threading.Thread(target=_end, args=(line.client,), name="hanging-up", daemon=True)
        going.start()
        self._going.append(going)


def _end(client: SocketModeClient) -> None:
    """More than once, which does no harm: while it closes, its own threads may connect anew, or take the socket away
    between its look and its use.
    """
    for _ in range(3):
        with suppress(AttributeError):
            client.close()
