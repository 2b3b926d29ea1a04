"""What stands between the wire and a sandbox: only this machine gets in, and faults happen here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tools.sandboxes.faults import Asked, Fault, Heard, Plan
from tools.sandboxes.twin import Twin

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PIECES = 50  # of an answer that drips: each comes well within a reader's patience, all of them do not


class Edge:
    """ASGI middleware around one twin."""

    def __init__(self, app: ASGIApp, twin: Twin, plan: Plan, heard: Heard) -> None:
        self._app = app
        self._twin = twin
        self._plan = plan
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if not _local(scope):
            await PlainTextResponse("A sandbox answers this machine only.", 403)(scope, receive, send)
            return
        body = b""
        if self._plan.storm is not None:  # it draws from what is asked; in calm weather a body is the twin's to read
            body = await _body(receive)
            receive = _repeated(body, receive)
        asked = _asked(scope, body)
        fault = self._plan.take(asked, self._heard)
        if fault is None:
            await self._answer(asked, scope, receive, send)
        elif fault.kind in {"429", "500"}:
            await self._refuse(fault)(scope, receive, send)
        elif fault.kind == "timeout_before":
            await _gone(receive, fault.delay)
            await _drop(send)
        elif fault.kind == "stale_read":
            await self._repeat(asked, fault, send)
        elif fault.kind == "partial":
            await self._answer(asked, {**scope, "in_part": True}, receive, send)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """As it should be. A GET's answer is kept: that is what a stale read will repeat."""
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)
            await send(message)

        await self._app(scope, receive, keep)
        if asked.method == "GET" and not asked.control and said[0]["status"] == 200:
            self._heard.keep(asked, said)

    async def _repeat(self, asked: Asked, fault: Fault, send: Send) -> None:
        heard = self._heard.lately(asked, fault.lag)
        assert heard is not None, "a stale read is planned only for what was answered before"
        for message in heard.messages:
            await send(message)

    def _refuse(self, fault: Fault) -> Response:
        headers: Mapping[str, str] = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        code, words = ("rate_limit", "Too many requests") if fault.kind == "429" else ("api_error", "Something broke")
        problem = self._twin.refusal(int(fault.kind), code, words)
        problem.headers.update(headers)
        return self._twin.problem(problem)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request be done, then lose or break its answer."""
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, keep)
        if fault.kind == "timeout_after":
            await _gone(receive, fault.delay)
        if fault.kind in {"timeout_after", "disconnect_after"}:
            await _drop(send)
            return
        if fault.kind == "slow_drip":
            await _drip(said, fault.delay, receive, send)
            return
        body = b"".join(message.get("body", b"") for message in said[1:])
        broken = b'{"cut short' if fault.kind == "malformed" else body.replace(f'"{fault.field}":'.encode(), b'"_":')
        status = said[0]["status"] if body else 200
        await Response(broken, status, media_type="application/json")(scope, receive, send)


def _local(scope: Scope) -> bool:
    """Both ends: who connects, and under which name. The second stops a web page that renamed itself to 127.0.0.1."""
    host = Headers(scope=scope).get("host", "").rpartition(":")
    name = (host[0] or host[2]).strip("[]")
    return bool(scope.get("client")) and scope["client"][0] in LOOPBACK and name in LOOPBACK


def _asked(scope: Scope, body: bytes) -> Asked:
    who = Headers(scope=scope).get("authorization", "")
    return Asked(scope["method"], scope["path"], scope["query_string"].decode(), body, who)


async def _body(receive: Receive) -> bytes:
    """The whole body, or as much of it as came before the caller hung up."""
    parts: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _repeated(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Gives the body that was read already, then whatever comes after it."""
    held = [body]

    async def again() -> Message:
        return {"type": "http.request", "body": held.pop(), "more_body": False} if held else await receive()

    return again


async def _drip(said: list[Message], delay: float, receive: Receive, send: Send) -> None:
    """Send an answer in small pieces over `delay` seconds, until the caller hangs up."""
    body = b"".join(message.get("body", b"") for message in said[1:])
    size = max(1, -(-len(body) // PIECES))
    pieces = [body[place : place + size] for place in range(0, len(body), size)]
    await send(said[0])
    gone = asyncio.create_task(_gone(receive, delay + 1))
    for piece in pieces:
        await asyncio.wait({gone}, timeout=delay / len(pieces))
        if gone.done():
            return
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    gone.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive, delay: float) -> None:
    """Wait until the caller has hung up, `delay` seconds at most."""

    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(hung_up(), delay)
    except TimeoutError:
        return


async def _drop(send: Send) -> None:
    """Promise a body and send none: the server closes the connection, the caller never gets an answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
