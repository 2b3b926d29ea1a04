"""What stands between the wire and a sandbox: only this machine gets in, and planned faults happen here."""

import asyncio
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tools.sandboxes.twin import Twin

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Kind = Literal["timeout_before", "timeout_after", "disconnect_after", "429", "500", "malformed", "drift"]


class Fault(BaseModel):
    """A fault planned for the next `times` requests that fit, after the first `skip` of them.

    `…_before`: nothing is done; `…_after`: all is done. `path` is a pattern as in a shell. A timeout holds the line for
    `delay` seconds, then drops it. `drift` gives `field` another name, wherever it stands in the answer.
    """

    model_config = ConfigDict(extra="forbid")

    path: str = "*"
    method: str | None = None
    kind: Kind
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    retry_after: int | None = None  # seconds, for 429 and 500
    delay: float = 30.0  # seconds
    field: str = ""


class Plan:
    """The faults still to come, oldest first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def take(self, method: str, path: str) -> Fault | None:
        if path.startswith("/_control/"):
            return None
        for fault in self.faults:
            if fault.method in {None, method} and fnmatchcase(path, fault.path):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None


class Edge:
    """ASGI middleware around one twin."""

    def __init__(self, app: ASGIApp, twin: Twin, plan: Plan) -> None:
        self._app = app
        self._twin = twin
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if not _local(scope):
            await PlainTextResponse("A sandbox answers this machine only.", 403)(scope, receive, send)
            return
        fault = self._plan.take(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind in {"429", "500"}:
            await self._refuse(fault)(scope, receive, send)
        elif fault.kind == "timeout_before":
            await _gone(receive, fault.delay)
            await _drop(send)
        else:
            await self._spoil(fault, scope, receive, send)

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
        body = b"".join(message.get("body", b"") for message in said[1:])
        broken = b'{"cut short' if fault.kind == "malformed" else body.replace(f'"{fault.field}":'.encode(), b'"_":')
        status = said[0]["status"] if body else 200
        await Response(broken, status, media_type="application/json")(scope, receive, send)


def _local(scope: Scope) -> bool:
    """Both ends: who connects, and under which name. The second stops a web page that renamed itself to 127.0.0.1."""
    host = Headers(scope=scope).get("host", "").rpartition(":")
    name = (host[0] or host[2]).strip("[]")
    return bool(scope.get("client")) and scope["client"][0] in LOOPBACK and name in LOOPBACK


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
