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
from bot.workspace.signed_http import SignedHttp
from bot.workspace.silence import is_silent, silence
from bot.workspace.state import State
from bot.workspace.undelivered import NobodyListens, NotAcknowledged, Undelivered

__all__ = ["NobodyListens", "NotAcknowledged", "Sockets"]

ACK_WITHIN: Final = 3.0  # seconds; Slack's own deadline
RETRY_AFTER: Final = (0.0, 60.0, 300.0)  # seconds before an event's second, third and fourth delivery
MOST_SOCKETS: Final = 10  # open connections of one app; Slack's own limit
GOODBYE: Final = 0.05  # seconds between a disconnect frame and the end of its socket
CONNECTION_LIFE: Final = 18_060  # seconds a connection is said to last; hello carries it


@dataclass
class Waiting:
    """An envelope on its way: who may answer it, and the answer to come."""

    answer: asyncio.Future[Any]
    socket: WebSocket


@dataclass
class Sockets:
    """The app's connections; or its address, where it has given one."""

    state: State
    journal: Journal
    strict: bool = False
    """Take an acknowledgement only from the socket that carried the envelope."""
    ack_within: float = ACK_WITHIN
    retry_after: tuple[float, ...] = RETRY_AFTER
    http: SignedHttp | None = None
    """Deliver to this address instead."""
    cut_every: int = 0
    """Cut a socket whenever it has carried that many envelopes, before it can answer the last; 0 is never."""
    silent_next: int = 0
    """So many connections to come will be silent from the start."""
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
            if self.silent_next:
                self.silent_next -= 1
                silence(socket)
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
        carry = self._by_http if self.http else self._by_socket
        sent = asyncio.get_running_loop().time()
        try:
            answer = await carry(kind, payload, record, attempt, reason)
        except Undelivered as failed:
            record["error"] = record["error"] if isinstance(failed, NotAcknowledged) else failed.reason
            raise
        took = (asyncio.get_running_loop().time() - sent) * 1000
        record |= {"ack_ms": round(took, 2), "answer": answer, "error": None}
        return answer

    async def _by_http(self, kind: str, payload: Json, record: Json, attempt: int, reason: str) -> Any:
        assert self.http is not None
        record |= {"socket": None, "error": "timeout"}
        return await self.http.send(kind, payload, attempt=attempt, reason=reason)

    async def _by_socket(self, kind: str, payload: Json, record: Json, attempt: int, reason: str) -> Any:
        if not self.open:
            raise NobodyListens("no_socket")
        self._turn += 1
        socket = self.open[self._turn % len(self.open)]
        envelope: Json = {"envelope_id": str(uuid4()), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        waiting = Waiting(asyncio.get_running_loop().create_future(), socket)
        self._waiting[envelope["envelope_id"]] = waiting
        record |= {"envelope_id": envelope["envelope_id"], "socket": self.open.index(socket), "error": "timeout"}
        try:
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._send(socket, envelope)
            return await asyncio.wait_for(waiting.answer, self.ack_within)
        except TimeoutError:
            raise NotAcknowledged from None
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def _send(self, socket: WebSocket, envelope: Json) -> None:
        if not is_silent(socket):
            await socket.send_json(envelope)
        if self.cut_every and self._turn % self.cut_every == 0:
            self._forget(socket)
            await socket.close()

    def send_event(self, payload: Json) -> None:
        """Deliver an event in the background, again and again until it is acknowledged or given up."""
        task = asyncio.get_running_loop().create_task(self._until_acknowledged(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_acknowledged(self, payload: Json) -> None:
        reason = ""
        for attempt, pause in enumerate((0.0, *self.retry_after)):
            await asyncio.sleep(pause)
            try:
                await self.deliver("events_api", payload, attempt=attempt, reason=reason)
            except Undelivered as failed:
                reason = failed.reason if self.http else "timeout"
                if failed.again:
                    continue
            return

    async def deliver_to(self, url: str) -> None:
        """From now on by signed HTTP to this Request URL; "" goes back to sockets."""
        if self.http:
            await self.http.close()
        self.http = SignedHttp(url, self.ack_within) if url else None

    def fall_silent(self, coming: int = 0) -> int:
        """Every open socket dies without a word, and so will the next `coming` ones; how many there were."""
        for socket in self.open:
            silence(socket)
        self.silent_next = coming
        return len(self.open)

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
        """Give up on every event still to be delivered, and on every fault that was planned."""
        for task in tuple(self._tasks):
            task.cancel()
        self.cut_every, self.silent_next = 0, 0

    async def stop(self) -> None:
        self.forget()
        await self.deliver_to("")
        await self.drop(reason=None)


def _debug() -> Json:
    return {"host": "applink-local"}


def _hello(connections: int) -> Json:
    debug = _debug() | {"build_number": 1, "approximate_connection_time": CONNECTION_LIFE}
    info = {"app_id": seed.APP_ID}
    return {"type": "hello", "num_connections": connections, "debug_info": debug, "connection_info": info}
