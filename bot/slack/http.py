"""What comes in over HTTP: Slack's requests, signed, and whatever else is given a route.

Bolt is synchronous, and its own adapter would run it on the server's one event loop, where one slow commit holds up
every click; so it is called on threads. A request is verified before anything in it is parsed.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
import uvicorn
from slack_bolt import App as BoltApp
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.settings import CannotStart

PATH = "/slack/events"  # the Request URL of commands, interactivity and events alike; Bolt's own choice
LARGEST = 1_000_000  # bytes; a view has 250 KB at most, and a form triples what it escapes
READ_WITHIN = 3.0  # seconds for a request to come in whole; after that Slack has given up as well
STARTED_WITHIN = 10.0  # seconds; it takes a tenth of one

log = structlog.get_logger("http")


def slack_route(bolt: BoltApp, signing_secret: str) -> Route:
    """Where Slack's requests come in. docs.slack.dev, "Verifying requests from Slack": signed, at most 5 minutes old.

    401 for what is not signed, 413 for what is too large, 400 for what cannot be read, and else what Bolt says. An
    `ssl_check` carries nothing and is answered without a signature.
    """
    verifier = SignatureVerifier(signing_secret)

    async def receive(request: Request) -> Response:
        try:
            body = await read_whole(request, LARGEST)
        except TimeoutError:
            return PlainTextResponse("too slow", 408)
        if body is None:
            return PlainTextResponse("too large", 413)
        if b"ssl_check=1" in body.split(b"&"):
            return PlainTextResponse("")
        if not _signed(verifier, request, body):
            log.warning("request_not_signed", sent_by=request.client.host if request.client else "")
            return PlainTextResponse("not signed by Slack, or too old", 401)
        try:
            told = to_bolt_request(request, body)
        except (ValueError, TypeError, AttributeError, RecursionError):  # Bolt's: neither a form nor a JSON object
            return PlainTextResponse("not readable", 400)
        return to_starlette_response(await run_in_threadpool(bolt.dispatch, told))

    return Route(PATH, receive, methods=["POST"])


def health_route(troubles: Callable[[], Sequence[str]]) -> Route:
    """GET /health: 200 while there are no troubles, else 503 and a sentence for each."""

    async def health(_: Request) -> Response:
        found = list(await run_in_threadpool(troubles))
        return JSONResponse({"ok": not found, "troubles": found}, 503 if found else 200)

    return Route("/health", health)


async def read_whole(request: Request, most: int) -> bytes | None:
    """The body; None when it has more than `most` bytes, told as soon as it has. Raises TimeoutError."""
    body = bytearray()
    async with asyncio.timeout(READ_WITHIN):
        async for part in request.stream():
            body += part
            if len(body) > most:
                return None
    return bytes(body)


def _signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    headers = request.headers
    try:
        return verifier.is_valid(body, headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature"))
    except (ValueError, TypeError):  # no number, no text, no ASCII: nothing that Slack has signed
        return False


@dataclass
class Door:
    """Serves `routes` on a thread of its own. `open` returns once requests can come in."""

    host: str
    port: int  # 0: any that is free
    routes: Sequence[Route]
    url: str = ""  # where it is, once it is open
    _server: uvicorn.Server | None = None
    _thread: threading.Thread = field(default_factory=threading.Thread)

    def open(self) -> None:
        """Raises `CannotStart` when the port cannot be had."""
        listening = self._listen()
        self.url = f"http://{self.host}:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            Starlette(routes=[*self.routes]), log_level="warning", access_log=False, server_header=False, ws="none",
            lifespan="off", timeout_graceful_shutdown=3,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="http", daemon=True
        )
        self._thread.start()
        until = time.monotonic() + STARTED_WITHIN
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise CannotStart(f"nothing could be served at {self.url}")
            time.sleep(0.005)

    def close(self) -> None:
        """Take no more requests; those under way are answered."""
        if self._server:
            self._server.should_exit = True
            self._thread.join()

    def _listen(self) -> socket.socket:
        try:
            return socket.create_server((self.host, self.port), family=_family(self.host))
        except OSError as error:
            raise CannotStart(
                f"{self.host}:{self.port} cannot be listened on ({error.strerror}); set LANEKEEPER_HTTP_PORT to a port "
                "that is free, and LANEKEEPER_HTTP_HOST to an address of this machine"
            ) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
