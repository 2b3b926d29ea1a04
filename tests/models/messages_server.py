"""A Messages API on loopback that plays back recorded turns and remembers what it was asked.

    with serve([answer(text("Hello")), failure(429, retry_after="0.1")]) as api:
        AnthropicModel("sk-test", api.url).turn(ask)
        assert api.requests[0].body["model"] == …

Each request takes the next turn; a request after the last one is a fault of the test and gets a 400 that says so.
Answers have the shape of the API's own, down to the fields that a client must drop.
"""

import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

MODEL = "claude-sonnet-5-5"


@dataclass(frozen=True)
class Recorded:
    """What one request gets. `breaks` hangs up after half the body; `delay` is the seconds before anything is sent."""

    body: dict[str, Any] | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    delay: float = 0.0


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float  # time.monotonic()


@dataclass
class Handle:
    """A server that runs: its address, what it received so far, and `stop`."""

    url: str
    requests: list[Received]
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words, "citations": None}


def tool_use(name: str, arguments: dict[str, Any], ident: str = "toolu_01A09q90qw90lq917835lq9") -> dict[str, Any]:
    return {"type": "tool_use", "id": ident, "name": name, "input": arguments, "caller": {"type": "direct"}}


def usage(**counters: Any) -> dict[str, Any]:
    return {
        "input_tokens": 412,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 37,
        "service_tier": "standard",
        "inference_geo": "global",
        **counters,
    }


def answer(
    *content: dict[str, Any], stop: str | None = None, counters: dict[str, Any] | None = None, **more: Any
) -> Recorded:
    """A whole answer; it stops for tool use when it uses a tool, unless told otherwise."""
    uses = any(block["type"] == "tool_use" for block in content)
    body = {
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": list(content),
        "stop_reason": stop or ("tool_use" if uses else "end_turn"),
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": usage() if counters is None else counters,
        **more,
    }
    return Recorded(body, headers={"request-id": "req_011CSHoEeqs5C35K2UUqR7Fy"})


def failure(status: int, kind: str = "api_error", message: str = "Something failed", **headers: str) -> Recorded:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"}
    return Recorded(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


class _Broken(Response):
    """Promises a whole body, sends half of it, and hangs up: uvicorn closes when the application ends too early."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def serve(turns: Sequence[Recorded]) -> Handle:
    """Start a server on a free port of this machine; it is ready when this returns."""
    waiting = list(turns)
    requests: list[Received] = []

    async def messages(request: Request) -> Response:
        body = json.loads(await request.body())
        requests.append(Received(request.url.path, dict(request.headers), body, time.monotonic()))
        over = failure(400, "invalid_request_error", "The recording has no turn left")
        turn = waiting.pop(0) if waiting else over
        if turn.delay:
            await anyio.sleep(turn.delay)
        kind = _Broken if turn.breaks else Response
        page = isinstance(turn.body, str)
        content = turn.body if isinstance(turn.body, str) else json.dumps(turn.body)
        return kind(content, turn.status, turn.headers, "text/html" if page else "application/json")

    app = Starlette(routes=[Route("/v1/messages", messages, methods=["POST"])])
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the recorded Messages API did not start"
        time.sleep(0.005)
    return Handle(f"http://127.0.0.1:{listening.getsockname()[1]}", requests, server, thread)
