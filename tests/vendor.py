"""A sandbox without a socket, on a line that does to each request what its fate says; and time that is turned by hand.

A fate is what happens to one request. Those of a change:

    ok                 it is done and answered
    unreachable        nobody took it
    lost               it never arrives; no answer
    late               no answer now, and it is done half a minute to a minute and a half later
    unanswered, cut    it is done; the answer is lost, or the line breaks
    unreadable         it is done; the answer is no JSON
    busy, busy_long    429, with the seconds to wait
    broken             500, nothing was done
    broken_after       500, all was done
    forbidden          403, nothing was done
    killed, killed_after   our process dies right before it is sent, or right after it was done
    killed_late        our process dies right after it was sent; it is done later

A read knows those that make sense for it; whatever befalls it, nothing is changed.
"""

import json
import re
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import httpx2
from pydantic import SecretStr

from tools.guard import Guard
from tools.limits import Pace
from tools.sandboxes import seed
from tools.sandboxes.server import TWINS, create
from tools.wire import Connection, HttpWire

DONE_ALL_THE_SAME = frozenset({"ok", "unanswered", "cut", "broken_after", "killed_after"})
IN_ITS_WORDS: Mapping[str, Mapping[str, object]] = {  # what the sandbox itself can be told to do
    "busy": {"kind": "429", "retry_after": 1},
    "busy_long": {"kind": "429", "retry_after": 40},
    "broken": {"kind": "500"},
    "unreadable": {"kind": "malformed"},
}
AS_A_STATUS = {"broken_after": 500, "forbidden": 403}
OF_CHANGES = (
    "ok", "unreachable", "lost", "late", "unanswered", "cut", "unreadable", "busy", "busy_long", "broken",
    "broken_after", "forbidden", "killed", "killed_after", "killed_late",
)  # fmt: skip
OF_READS = ("ok", "ok", "unreachable", "lost", "unreadable", "busy", "broken", "forbidden", "killed")
AT_ONCE = Pace(10_000, 1)  # our own limit is not the matter here
SLOWEST = 90.0  # seconds that a request may be under way
NOWHERE = "http://127.0.0.1:1"  # nothing is ever sent there

# What two clean writes at different moments differ in.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^\"]*|req_sandbox\d+")
LONG_AGO = 1_000_000_000  # a number beyond it is a moment, in seconds or milliseconds
OWN_BOOKS = frozenset({"keys", "jobs", "last_id"})  # what a sandbox keeps beside its records


class Killed(BaseException):  # no part of us may catch it
    """The process is gone, here and now."""


RAISES = {
    "killed": Killed(),
    "killed_after": Killed(),
    "killed_late": Killed(),
    "unreachable": httpx2.ConnectError("no way there"),
    "cut": httpx2.RemoteProtocolError("cut off"),
}


class Clock:
    """Time that passes when somebody waits for it."""

    def __init__(self) -> None:
        self.start = datetime.now(UTC).replace(microsecond=0)
        self.passed = 0.0  # seconds

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def essence(state: Mapping[str, Any]) -> dict[str, Any]:
    """The records of a sandbox, without their moments."""
    return {name: _timeless(value) for name, value in state.items() if name not in OWN_BOOKS}


def _timeless(value: Any) -> Any:
    match value:
        case dict():
            return {name: _timeless(one) for name, one in value.items()}
        case list():
            return [_timeless(one) for one in value]
        case str():
            return MOMENT.sub("T", value)
        case int() if value > LONG_AGO:
            return "T"
        case _:
            return value


class Vendor(httpx2.BaseTransport):
    """One sandbox, called in this thread. `sent` are the changes that left us: when, with what fate, under what key."""

    def __init__(self, system: str, clock: Clock) -> None:
        self.system = system
        self._app = create(system, clock=clock)
        self.clock = clock
        self._changes: list[str] = []
        self._reads: list[str] = []
        self._late: list[tuple[float, httpx2.Request]] = []
        self.changing = False  # whether the next request is one that may change something
        self.late_by = 60.0  # seconds
        self.sent: list[tuple[float, str]] = []
        self.met: set[str] = set()
        self.seen: list[tuple[httpx2.Request, bool]] = []  # each request, and whether it may change something
        self.said: list[bytes] = []  # what stood in each answer that came

    def fresh(self, changes: list[str] | None = None, reads: list[str] | None = None, late_by: float = 60.0) -> None:
        """The first day again, with what will happen to its requests; after those all is well."""
        self._ask("POST", "/_control/reset")
        self._changes, self._reads = list(changes or ()), list(reads or ())
        self._late, self.sent, self.met, self.seen, self.said = [], [], set(), [], []
        self.late_by = late_by

    def drifts(self, field: str) -> None:
        """From now on `field` has another name in every answer."""
        self._ask("POST", "/_control/faults", json.dumps({"kind": "drift", "field": field, "times": 99}).encode())

    def halves(self) -> None:
        """The next request that this vendor may do in part is done in part."""
        self._ask("POST", "/_control/faults", json.dumps({"kind": "partial"}).encode())

    def may_do_half(self, request: httpx2.Request) -> bool:
        """Is it one that this vendor may do in part?"""
        places = TWINS[self.system].in_part
        return any(request.method == method and fnmatchcase(request.url.path, path) for method, path in places)

    def state(self) -> dict[str, Any]:
        """What the sandbox holds when all that is under way has arrived."""
        for _, request in self._late:
            self._forward(request)
        self._late = []
        return json.loads(self._ask("GET", "/_control/state").read())

    def page(self, url: str) -> httpx2.Response:
        """What a person sees who follows a link."""
        return self._ask("GET", url.removeprefix(NOWHERE))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self._arrive()
        fates = self._changes if self.changing else self._reads
        fate = fates.pop(0) if fates else "ok"
        self.met.add(fate)
        self.seen.append((request, self.changing))
        if self.changing and fate not in {"killed", "unreachable"}:
            self.sent.append((self.clock.passed, fate))
        return self._befall(fate, request)

    def _befall(self, fate: str, request: httpx2.Request) -> httpx2.Response:
        if fate in IN_ITS_WORDS:
            self._ask("POST", "/_control/faults", json.dumps(IN_ITS_WORDS[fate]).encode())
            return self._forward(request)
        if fate in {"late", "killed_late"}:
            self._late.append((self.clock.passed + self.late_by, request))
        answer = self._forward(request) if fate in DONE_ALL_THE_SAME else None
        if fate in AS_A_STATUS:
            return httpx2.Response(AS_A_STATUS[fate], stream=httpx2.ByteStream(b"{}"))
        if fate in RAISES:
            raise RAISES[fate]
        if answer is None or fate != "ok":
            self.clock.sleep(request.extensions["timeout"]["read"])
            raise httpx2.ReadTimeout("no answer")
        assert isinstance(answer.stream, httpx2.ByteStream)
        self.said.append(b"".join(answer.stream))
        return answer

    def _arrive(self) -> None:
        """What was late and is due."""
        due = [request for at, request in self._late if at <= self.clock.passed]
        self._late = [(at, request) for at, request in self._late if at > self.clock.passed]
        for request in due:
            self._forward(request)

    def _forward(self, request: httpx2.Request) -> httpx2.Response:
        return self._ask(request.method, request.url.raw_path.decode(), request.content, request.headers.raw)

    def _ask(self, method: str, path: str, body: bytes = b"", headers: Any = ()) -> httpx2.Response:
        """One request to the application. A sandbox never waits for anything, so one step of it is all of it."""
        url = httpx2.URL(NOWHERE + path)
        said: list[dict[str, Any]] = []
        given = {name.lower(): value for name, value in headers} | {b"host": b"127.0.0.1:1"}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": url.path, "raw_path": url.raw_path, "query_string": url.query, "root_path": "",
            "headers": list(given.items()), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
        }  # fmt: skip

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        try:
            self._app(scope, receive, send).send(None)
        except StopIteration:
            content = b"".join(message.get("body", b"") for message in said[1:])
            return httpx2.Response(said[0]["status"], headers=said[0]["headers"], stream=httpx2.ByteStream(content))
        raise AssertionError(f"the sandbox waited for something in {method} {path}")


class Line(HttpWire):
    """The real wire, on a vendor's line."""

    def __init__(self, system: str, vendor: Vendor, clock: Clock) -> None:
        super().__init__(Connection(system, NOWHERE, NOWHERE, SecretStr(seed.FULL[system])))
        self._client.close()
        self._client = httpx2.Client(
            base_url=NOWHERE, headers=self._client.headers, transport=vendor, trust_env=False
        )  # fmt: skip
        self.vendor, self._time = vendor, clock
        self.fresh()

    def fresh(self) -> None:
        """As a process that has just started knows the vendor."""
        self._guard = Guard(self._system, AT_ONCE, clock=self._time.monotonic, sleep=self._time.sleep)

    def call(self, method: str, path: str, *, changes: bool = False, **more: Any) -> Any:
        self.vendor.changing = changes
        return super().call(method, path, changes=changes, **more)


def by_hand(patch: Any, clock: Clock) -> None:
    """Whoever sleeps in this thread turns the clock, whoever measures reads it; servers in others go on as ever."""
    here, sleep, monotonic = threading.get_ident(), time.sleep, time.monotonic

    def sleeping(span: float) -> None:
        (clock.sleep if threading.get_ident() == here else sleep)(span)

    def measured() -> float:
        return clock.monotonic() if threading.get_ident() == here else monotonic()

    patch.setattr(time, "sleep", sleeping)
    patch.setattr(time, "monotonic", measured)
