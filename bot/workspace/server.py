"""The workspace as one Starlette app, and a handle to run it in the background of a demo or a test.

    with serve(port=8700, data=Path(".demo")) as workspace:
        client = WebClient(token=BOT_TOKEN, base_url=workspace.api_url)

It listens on this machine only, answers no page of another site, and knows no token but its own.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.workspace import files
from bot.workspace.clock import Clock
from bot.workspace.control import Control, Endpoint
from bot.workspace.feed import Feed
from bot.workspace.hooks import Hooks
from bot.workspace.journal import Journal
from bot.workspace.methods import Slack
from bot.workspace.people import EVENTS, SHORTCUTS, People
from bot.workspace.refusal import Refused
from bot.workspace.seed import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Json
from bot.workspace.silence import Line
from bot.workspace.socket_mode import ACK_WITHIN, RETRY_AFTER, Sockets
from bot.workspace.state import State
from bot.workspace.tiers import Tiers
from bot.workspace.views import Views
from bot.workspace.web_api import WebApi

__all__ = ["APP_TOKEN", "BOT_TOKEN", "SIGNING_SECRET", "Handle", "create", "serve"]

HOST: Final = "127.0.0.1"
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
PAGE: Final = Path(__file__).parent / "page"
MANIFEST: Final = Path(__file__).parents[2] / "manifest.yml"
REAL_TOKEN: Final = re.compile(r"xox[a-z]-\d|xapp-\d-")  # ours have words where Slack's have numbers
START_WITHIN: Final = 10.0  # seconds; it takes a tenth of one
PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",  # the page is always that of the running server
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
}


def create(
    data: Path | None = None,
    *,
    hints: list[Json] | None = None,
    manifest: Path | None = MANIFEST,
    origin: str = f"http://{HOST}",
    clock: Clock | None = None,
    strict_acks: bool = False,
    ack_within: float = ACK_WITHIN,
    retry_after: tuple[float, ...] = RETRY_AFTER,
) -> Starlette:
    """The workspace.

    `data` is the folder of its one file; None keeps everything in memory. `hints` are completions the page offers
    after a command, `{"text": "/lane refunds ZD-", "hint": "draft a refund for a ticket"}`; the commands themselves,
    the shortcuts and the subscribed events are read from the app's `manifest` where there is one. `clock` tells the
    time of everything here; one kept in a file can be turned for the app as well.
    """
    wants = _manifest(manifest)
    state, journal, tiers = State(data, origin, clock), Journal(), Tiers()
    sockets = Sockets(state, journal, strict_acks, ack_within, retry_after)
    views, hooks = Views(state), Hooks(state)
    people = People(state, sockets, views, hooks, **wants)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await sockets.stop()
        state.save()

    routes = [
        Route("/api/{method}", WebApi(Slack(state, views, sockets, journal), tiers).__call__, methods=["GET", "POST"]),
        WebSocketRoute("/link/", sockets.link),
        Route("/response/{token}", _response_url(hooks, journal), methods=["POST"]),
        *_file_routes(state),
        Mount("/_control", routes=Control(people, journal, tiers).routes()),
        WebSocketRoute("/_feed", Feed(people, hints or []).__call__),
        Route("/", lambda _: FileResponse(PAGE / "index.html", headers=PAGE_HEADERS)),
        Mount("/page", Parts(directory=PAGE)),
    ]
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(OnlyThisMachine)])


def _manifest(path: Path | None) -> dict[str, Any]:
    read = yaml.safe_load(path.read_text(encoding="utf-8")) if path and path.exists() else {}
    features = read.get("features", {})
    events = read.get("settings", {}).get("event_subscriptions", {}).get("bot_events")
    return {
        "commands": features.get("slash_commands", []),
        "shortcuts": tuple(features.get("shortcuts", [] if read else SHORTCUTS)),
        "read_only_tab": bool(features.get("app_home", {}).get("messages_tab_read_only_enabled")),
        "events": EVENTS if events is None else frozenset(events),
    }


def _response_url(hooks: Hooks, journal: Journal) -> Endpoint:
    async def respond(request: Request) -> Response:
        if journal.down:
            return PlainTextResponse("upstream connect error", 503)
        try:
            hooks.receive(request.path_params["token"], json.loads(await request.body()))
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        except Refused as refused:
            gone = refused.error in {"used_url", "expired_url", "invalid_url"}
            return JSONResponse(refused.answer(), 404 if gone else 400)
        return PlainTextResponse("ok")

    return respond


def _file_routes(state: State) -> list[Route]:
    async def upload(request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/"):
            async with request.form() as form:
                parts = [await part.read() for part in form.values() if not isinstance(part, str)]
            content = parts[0] if parts else b""
        else:
            content = await request.body()
        taken = files.receive(state, request.path_params["file"], content)
        return PlainTextResponse(f"OK - {len(content)}" if taken else "no such upload", 200 if taken else 404)

    async def download(request: Request) -> Response:
        found = files.stored(state, request.path_params["file"])
        if found is None:
            return PlainTextResponse("not found", 404)
        safe = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(found[1], media_type=found[0]["mimetype"], headers=safe)

    return [Route("/upload/{file}", upload, methods=["POST"]), Route("/files/{file}", download)]


class Parts(StaticFiles):
    """The page's scripts, styles and pictures: asked about each time, and sent again only when they have changed, so
    that after an upgrade no browser shows an old page, or half of one.
    """

    def file_response(self, *found: Any, **more: Any) -> Response:
        response = super().file_response(*found, **more)
        response.headers.update({name: PAGE_HEADERS[name] for name in ("Cache-Control", "X-Content-Type-Options")})
        return response


class OnlyThisMachine:
    """Refuses a request for another host (DNS rebinding), one that another site's page sends, and real tokens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._welcome(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse("This workspace answers this machine only.", 403)(scope, receive, send)

    @staticmethod
    def _welcome(scope: Scope) -> bool:
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        host, origin = headers.get("host", ""), headers.get("origin")
        if urlsplit(f"//{host}").hostname not in LOOPBACK or REAL_TOKEN.search(headers.get("authorization", "")):
            return False
        return origin is None or urlsplit(origin).netloc == host


@dataclass
class Handle:
    """A running workspace."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread

    @property
    def api_url(self) -> str:
        """The base_url of a slack_sdk WebClient."""
        return f"{self.url}/api/"

    def stop(self) -> None:
        """Close every connection, write the file, end the thread."""
        self.server.should_exit = True
        self.thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(port: int = 0, data: Path | None = None, *, host: str = HOST, **settings: Any) -> Handle:
    """Run the workspace in a background thread; a taken port is replaced by a free one (see `Handle.url`).

    `settings` are those of `create`. Raises ValueError for any host but this machine's loopback.
    """
    if host not in {HOST, "localhost"}:
        raise ValueError(f"The workspace listens on this machine only, not on {host}.")
    listening = _listen(host, port)
    url = f"http://{host}:{listening.getsockname()[1]}"
    app = create(data, origin=url, **settings)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, ws=Line, timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="workspace", daemon=True)
    thread.start()
    until = time.monotonic() + START_WITHIN
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("The workspace did not start.")
        time.sleep(0.005)
    return Handle(url, server, thread)


def _listen(host: str, port: int) -> socket.socket:
    for candidate in (port, 0):
        listening = socket.socket(socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, candidate))
        except OSError:
            listening.close()
        else:
            return listening
    raise RuntimeError("No port is free on this machine.")
