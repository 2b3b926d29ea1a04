"""Sandboxes as a web application, and serving them from threads of this process.

with serve({"stripe": create("stripe")}) as serving:
    serving.urls["stripe"]   # http://127.0.0.1:49152, for the API and for the pages people open
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tools.sandboxes import seed
from tools.sandboxes.datadog import Datadog
from tools.sandboxes.edge import Edge
from tools.sandboxes.faults import Fault, Heard, Plan, Storm
from tools.sandboxes.hubspot import HubSpot
from tools.sandboxes.jira import Jira
from tools.sandboxes.salesforce import Salesforce
from tools.sandboxes.state import State
from tools.sandboxes.stripe import Stripe
from tools.sandboxes.twin import Clock, ProblemError, Twin, now
from tools.sandboxes.zendesk import Zendesk

HOST = "127.0.0.1"
PATIENCE = 5.0  # seconds for a server to come up; it takes a tenth of one

TWINS: Mapping[str, type[Twin]] = {
    "zendesk": Zendesk,
    "stripe": Stripe,
    "salesforce": Salesforce,
    "hubspot": HubSpot,
    "jira": Jira,
    "datadog": Datadog,
}


def create(system: str, data: Path | None = None, *, clock: Clock = now, limit: int | None = None) -> Starlette:
    """The sandbox of one system. Its state lives in `data`/<system>.json, or in memory where `data` is None.

    `clock` tells the time of new records, and the day around which the seeded ones are dated. `limit` is
    how many requests it says that it grants; None is as many as the vendor does.
    """
    file = None if data is None else data / f"{system}.json"
    state = State(file, lambda: seed.STATES[system](clock()))
    twin = TWINS[system](state, clock)
    if limit is not None:
        twin.limit = limit
    plan, heard = Plan(twin.in_part), Heard()
    return Starlette(
        routes=[
            *_control(state, plan, heard, twin),
            *_storms(plan),
            *_people(state, twin),
            *twin.tokens.routes(),
            *twin.routes(),
        ],
        middleware=[Middleware(Edge, twin, plan, heard)],
        exception_handlers={HTTPException: _unknown(twin)},
    )


def _control(state: State, plan: Plan, heard: Heard, twin: Twin) -> list[Route]:
    """For tests and the demo: see everything, hold something else, begin again, plan faults, be well again."""

    async def show(_: Request) -> Response:
        return JSONResponse(state.data)

    async def reset(_: Request) -> Response:
        state.reset()
        plan.calm()
        heard.clear()
        twin.this_window = (0, 0)
        return Response(status_code=204)

    async def hold(request: Request) -> Response:
        state.data = await request.json()
        state.save()
        heard.clear()
        return Response(status_code=204)

    async def heal(_: Request) -> Response:
        plan.calm()
        return Response(status_code=204)

    async def faults(request: Request) -> Response:
        try:
            fault = Fault.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)
        if fault.kind == "partial" and not twin.in_part:
            return JSONResponse({"error": f"{twin.system} does nothing in part that we ask of it"}, 400)
        plan.faults.append(fault)
        return JSONResponse([one.model_dump() for one in plan.faults], 201)

    return [
        Route("/_control/state", show, methods=["GET"]),
        Route("/_control/state", hold, methods=["PUT"]),
        Route("/_control/reset", reset, methods=["POST"]),
        Route("/_control/heal", heal, methods=["POST"]),
        Route("/_control/faults", faults, methods=["POST"]),
    ]


def _people(state: State, twin: Twin) -> list[Route]:
    """People at work in the vendor's own pages: one act of the twin's kind, or a list of them in their order."""
    kind = twin.act
    if kind is None:
        return []

    async def person(request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
            acts = [kind.model_validate(one) for one in (asked if isinstance(asked, list) else [asked])]
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        made = []
        try:
            for act in acts:
                at = act.at or twin.clock()
                if at > twin.clock():
                    raise twin.refusal(400, "FUTURE", "Nobody has done anything in the future.")
                made.append(twin.by_hand(act, at))
        except ProblemError as problem:  # what came before it in the list is done
            return twin.problem(problem)
        finally:
            state.save()
        return JSONResponse(made if isinstance(asked, list) else made[0], 201)

    return [Route("/_control/person", person, methods=["POST"])]


def _storms(plan: Plan) -> list[Route]:
    """Begin a storm, look at it, end it. What it has done is told by each: requests, and faults met by kind."""

    async def begin(request: Request) -> Response:
        try:
            storm = Storm.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)
        plan.begin(storm)
        return told(201)

    async def show(_: Request) -> Response:
        return told(200)

    async def end(_: Request) -> Response:
        plan.storm = None
        return told(200)

    def told(status: int) -> Response:
        storm = plan.storm.model_dump() if plan.storm else None
        return JSONResponse({"storm": storm, "requests": plan.requests, "met": dict(plan.met)}, status)

    path = "/_control/storm"
    return [
        Route(path, begin, methods=["POST"]),
        Route(path, show, methods=["GET"]),
        Route(path, end, methods=["DELETE"]),
    ]


def _unknown(twin: Twin) -> Callable[[Request, Exception], Response]:
    """A path or method nobody serves, said as the vendor says it."""

    def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return twin.problem(
            twin.refusal(status, "NOT_FOUND", f"Unrecognized request: {request.method} {request.url.path}")
        )

    return answer


class Serving:
    """Running servers. `urls` says where each is; `moved` names those whose port was taken, with the one they got."""

    def __init__(self, apps: Mapping[str, ASGIApp], ports: Mapping[str, int]) -> None:
        self.urls: dict[str, str] = {}
        self.moved: dict[str, int] = {}
        self._running: list[tuple[uvicorn.Server, threading.Thread]] = []
        for name, app in apps.items():
            listening = _listen(ports.get(name, 0))
            port = listening.getsockname()[1]
            if ports.get(name, 0) not in {0, port}:
                self.moved[name] = port
            self.urls[name] = f"http://{HOST}:{port}"
            self._start(name, app, listening)
        for server, thread in self._running:
            _wait(server, thread)

    def _start(self, name: str, app: ASGIApp, listening: socket.socket) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name=f"sandbox-{name}", daemon=True
        )
        thread.start()
        self._running.append((server, thread))

    def stop(self) -> None:
        """Come to rest; a second time does nothing."""
        for server, _ in self._running:
            server.should_exit = True
        for _, thread in self._running:
            thread.join()
        self._running.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def serve(apps: Mapping[str, ASGIApp], ports: Mapping[str, int] | None = None) -> Serving:
    """Serve each app on this machine, on its port or any free one, and return when all of them answer."""
    return Serving(apps, ports or {})


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off for sockets that name their protocol; with it an answer takes 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError:  # taken
        listening.bind((HOST, 0))
    return listening


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("a sandbox server did not start")
        time.sleep(0.005)
