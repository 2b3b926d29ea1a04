"""Socket Mode: one-use tickets, the sockets that are open, envelopes out, acknowledgements back.

Each envelope goes to one socket, in turn. Whatever it carries must be acknowledged within 3 seconds; an event that is
not is sent again (Slack: at once, after 1 minute, after 5), a click or a command never is.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.workspace import seed
from bot.workspace.journal import Journal
from bot.workspace.seed import Json
from bot.workspace.state import State

ACK_WITHIN: Final = 3.0  # seconds; Slack's own deadline
RETRY_AFTER: Final = (0.0, 60.0, 300.0)  # seconds before an event's second, third and fourth delivery
MOST_SOCKETS: Final = 10  # open connections of one app; Slack's own limit
GOODBYE: Final = 0.05  # seconds between a disconnect frame and the end of its socket
CONNECTION_LIFE: Final = 18_060  # seconds a connection is said to last; hello carries it


class NobodyListens(Exception):  # a sentence, not a category
    """No socket of the app is open."""


class NotAcknowledged(Exception):
    """The app did not acknowledge within 3 seconds."""


@dataclass
class Waiting:
    """An envelope on its way: who may answer it, and the answer to come."""

    answer: asyncio.Future[Any]
    socket: WebSocket


@dataclass
class Sockets:
    """The app's connections."""

    state: State
    journal: Journal
    strict: bool = False
    """Take an acknowledgement only from the socket that carried the envelope."""
    ack_within: float = ACK_WITHIN
    retry_after: tuple[float, ...] = RETRY_AFTER
    open: list[WebSocket] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _turn: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def new_url(self) -> str:
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return f"{self.state.origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={seed.APP_ID}"

    async def link(self, socket: WebSocket) -> None:
        """Serve one connection until it closes; a ticket opens one connection, once."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets or self.journal.down:
            await socket.close(1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if len(self.open) >= MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": _debug()})
            await socket.close()
            return
        self.open.append(socket)
        self._tell()
        try:
            await socket.send_json(_hello(len(self.open)))
            while True:
                self._acknowledged(socket, await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError):  # RuntimeError: Starlette's word for a socket that is gone
            pass
        finally:
            self._forget(socket)

    def _forget(self, socket: WebSocket) -> None:
        if socket in self.open:
            self.open.remove(socket)
            self._tell()

    def _tell(self) -> None:
        self.state.tell({"type": "app", "sockets": len(self.open)})

    def _acknowledged(self, socket: WebSocket, text: str) -> None:
        with suppress(ValueError, AttributeError):
            frame = json.loads(text)
            waiting = self._waiting.get(frame.get("envelope_id", ""))
            if waiting and not waiting.answer.done() and (socket is waiting.socket or not self.strict):
                waiting.answer.set_result(frame.get("payload"))

    async def deliver(self, kind: str, payload: Json, *, attempt: int = 0, reason: str = "") -> Any:
        """Send one envelope and return what the app answered with its acknowledgement (often None).

        Raises NobodyListens and NotAcknowledged.
        """
        record: Json = {"type": kind, "payload": deepcopy(payload), "attempt": attempt, "at": self.state.now()}
        record |= {"ack_ms": None, "answer": None, "error": "no_socket"}
        self.journal.deliveries.append(record)
        if not self.open:
            raise NobodyListens
        self._turn += 1
        socket = self.open[self._turn % len(self.open)]
        envelope: Json = {"envelope_id": str(uuid4()), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        waiting = Waiting(asyncio.get_running_loop().create_future(), socket)
        self._waiting[envelope["envelope_id"]] = waiting
        record |= {"envelope_id": envelope["envelope_id"], "socket": self.open.index(socket), "error": "timeout"}
        sent = asyncio.get_running_loop().time()
        try:
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_json(envelope)
            answer = await asyncio.wait_for(waiting.answer, self.ack_within)
        except TimeoutError:
            raise NotAcknowledged from None
        finally:
            del self._waiting[envelope["envelope_id"]]
        took = (asyncio.get_running_loop().time() - sent) * 1000
        record |= {"ack_ms": round(took, 2), "answer": answer, "error": None}
        return answer

    def send_event(self, payload: Json) -> None:
        """Deliver an event in the background, again and again until it is acknowledged or given up."""
        task = asyncio.get_running_loop().create_task(self._until_acknowledged(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_acknowledged(self, payload: Json) -> None:
        for attempt, pause in enumerate((0.0, *self.retry_after)):
            await asyncio.sleep(pause)
            with suppress(NobodyListens, NotAcknowledged):
                await self.deliver("events_api", payload, attempt=attempt, reason="timeout" if attempt else "")
                return

    async def drop(self, *, reason: str | None = "refresh_requested") -> int:
        """Take every socket out of turn with a `disconnect` frame; without a reason, cut it. How many there were.

        The old socket is closed a moment after the frame: slack_sdk's built-in client reads from its next one only
        when the old one has ended, or 3 seconds later.
        """
        going = list(self.open)
        for socket in going:
            self._forget(socket)
            with suppress(WebSocketDisconnect, RuntimeError):
                if reason:
                    await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": _debug()})
                    await asyncio.sleep(GOODBYE)
                await socket.close()
        return len(going)

    def forget(self) -> None:
        """Give up on every event still to be delivered."""
        for task in tuple(self._tasks):
            task.cancel()

    async def stop(self) -> None:
        self.forget()
        await self.drop(reason=None)


def _debug() -> Json:
    return {"host": "applink-local"}


def _hello(connections: int) -> Json:
    debug = _debug() | {"build_number": 1, "approximate_connection_time": CONNECTION_LIFE}
    info = {"app_id": seed.APP_ID}
    return {"type": "hello", "num_connections": connections, "debug_info": debug, "connection_info": info}
