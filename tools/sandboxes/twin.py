"""What the sandboxes have in common: a call comes in, is checked for its credential, answered from the state, saved."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tools.sandboxes.oauth import Tokens
from tools.sandboxes.state import State

Clock = Callable[[], datetime]


class ProblemError(Exception):
    """An answer that is a refusal, in the vendor's own shape."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Call:
    """One request, already authenticated and decoded."""

    method: str
    path: str
    parts: Mapping[str, Any]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    token: str
    in_part: bool = False  # do only a part of it, as this vendor sometimes does


@dataclass(frozen=True)
class Said:
    """What a sandbox answers."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] | None = None


class Act(BaseModel):
    """Something that a person does in the vendor's own pages. `at` may lie in the past, so that there is a history."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime | None = None  # None: now


class Twin(ABC):
    """One vendor on this machine. Handlers do not wait, so one call is finished before the next begins."""

    system: ClassVar[str]
    act: ClassVar[type[Act] | None] = None  # what people do there by hand; None: nothing that is ever asked about
    in_part: ClassVar[tuple[tuple[str, str], ...]] = ()  # method and path of what the vendor may do in part
    window: ClassVar[int] = 60  # seconds that a limit is counted in
    limit: int = 100_000  # requests that each of them has room for, as the headers tell it; nobody is refused for it

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self.clock = clock
        self.served = 0
        self.this_window = (0, 0)  # which, and how many were served in it
        self.tokens = Tokens(self.system, clock)

    @abstractmethod
    def routes(self) -> list[Route]:
        """The API and the pages people open."""

    def shown(self, request: Request) -> str:
        """The credential that came with a request."""
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    @abstractmethod
    def authenticate(self, token: str, scope: str) -> None:
        """Raise the vendor's 401 or 403 unless this credential may do that."""

    @abstractmethod
    async def body(self, request: Request) -> Mapping[str, Any]:
        """The decoded body; the vendor's 400 for one that cannot be read."""

    @abstractmethod
    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        """A refusal in the vendor's shape."""

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """What stands on every answer, such as what is left of the rate limit."""

    def by_hand(self, act: Any, at: datetime) -> Mapping[str, Any]:
        """What a person's act made. Raises `ProblemError` for what the vendor's own pages would not let them do."""
        raise self.refusal(404, "NOT_FOUND", "Nobody does anything by hand here.")

    def api(self, method: str, path: str, scope: str, handle: Callable[[Call], Said]) -> Route:
        async def endpoint(request: Request) -> Response:
            self._count()
            try:
                said = await self._answer(request, scope, handle)
            except ProblemError as problem:
                return self.problem(problem)
            headers = {**self.headers(), **(said.headers or {})}
            if said.status == 204:
                return Response(status_code=204, headers=headers)
            return JSONResponse(said.body, said.status, headers)

        return Route(path, endpoint, methods=[method])

    async def _answer(self, request: Request, scope: str, handle: Callable[[Call], Said]) -> Said:
        token = self.tokens.behind(self.shown(request))
        self.authenticate(token, scope)
        body = await self.body(request) if request.method in {"POST", "PUT", "PATCH"} else {}
        query = request.query_params
        path = request.url.path
        half = bool(request.scope.get("in_part"))
        said = handle(Call(request.method, path, request.path_params, query, body, request.headers, token, half))
        if request.method != "GET":
            self.state.save()
        return said

    def problem(self, problem: ProblemError) -> Response:
        return JSONResponse(problem.body, problem.status, {**self.headers(), **problem.headers})

    def page(self, path: str, show: Callable[[Mapping[str, Any]], str | None]) -> Route:
        """A page for people, without a credential; None is a page that is not there."""

        async def endpoint(request: Request) -> Response:
            html = show({**request.query_params, **request.path_params})
            headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
            return HTMLResponse(html or "No such record.", 200 if html else 404, headers)

        return Route(path, endpoint, methods=["GET"])

    def _count(self) -> None:
        now, (before, calls) = int(time.monotonic() // self.window), self.this_window
        self.this_window = now, (calls if before == now else 0) + 1
        self.served += 1

    @property
    def left(self) -> int:
        """What is left of the limit in this window."""
        return max(0, self.limit - self.this_window[1])


async def json_object(request: Request) -> dict[str, Any] | None:
    """The body, or None where it is anything but an object in JSON."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def now() -> datetime:
    return datetime.now(UTC)
