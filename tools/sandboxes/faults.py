"""What can go wrong with a sandbox's requests: faults planned one by one, and a storm of them that one integer repeats.

Success in part is each vendor's own: a ticket of Zendesk's batch that could not be changed, a refund of Stripe's that
is pending, a part of Salesforce's composite that found its row locked, a record that HubSpot's batch could not read
(207), a search that Datadog gave up on. A twin says of which requests that can happen, and does what its vendor does.
"""

import hashlib
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Message

Kind = Literal[
    "timeout_before", "timeout_after", "disconnect_after", "429", "500", "malformed", "drift", "slow_drip",
    "stale_read", "partial",
]  # fmt: skip
STORMY: tuple[Kind, ...] = (  # `drift` needs a field that is known to be read
    "timeout_before", "timeout_after", "disconnect_after", "429", "500", "malformed", "slow_drip", "stale_read",
    "partial",
)  # fmt: skip
Places = Sequence[tuple[str, str]]  # methods and paths, these as patterns in a shell
REMEMBERED = 1_000  # answers kept for `stale_read`, the least used dropped first
# Names made by chance, days and times: the same work done again has others, and is the same work.
CHANCE = re.compile(r"[0-9a-f]{32,}|\d{4}-\d\d-\d\d(?:[T ]\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?(?:Z|[+-]\d{4})?)?")


class How(BaseModel):
    """What some kinds need to be told.

    A timeout holds the line for `delay` seconds, then drops it; `slow_drip` gives the whole answer in small pieces, the
    last of them after `delay` seconds. `drift` gives `field` another name, wherever it stands in the answer.
    `stale_read` repeats what the same request was answered, `lag` seconds ago at most.
    """

    model_config = ConfigDict(extra="forbid")

    retry_after: int | None = Field(default=None, ge=0)  # seconds, for 429 and 500
    delay: float = Field(default=30.0, ge=0)  # seconds
    lag: float = Field(default=30.0, gt=0)  # seconds; a replica that is farther behind is taken out of service
    field: str = ""


class Fault(How):
    """A fault planned for the next `times` requests that fit, after the first `skip` of them.

    `…_before`: nothing is done; `…_after`: all is done, as it is with `malformed`, `drift` and `slow_drip`. `path` is a
    pattern as in a shell. `stale_read` fits only a GET that has been answered before, `partial` only what the vendor
    may do in part.
    """

    path: str = "*"
    method: str | None = None
    kind: Kind
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)


class Storm(How):
    """Every request meets a fault with the probability `share`: which one, if any, follows from `seed` and the request.

    A request is told from others by its method, path, query and body, without names made by chance and without days and
    times, and by how many like it came before. So threads may run as they like: the same seed and the same work meet
    the same faults, except where an id that the vendor numbers stands in the request. After a 500 the next `burst` - 1
    requests like it meet one as well.
    """

    seed: int
    share: float = Field(gt=0, le=1)
    kinds: tuple[Kind, ...] = Field(default=STORMY, min_length=1)
    burst: int = Field(default=1, ge=1)

    def kind(self, request: str, nth: int, kinds: Sequence[Kind]) -> Kind | None:
        """What the `nth` such request (from 0) meets, of `kinds`."""
        drawn = self._drawn(request, nth, kinds)
        earlier = range(max(0, nth - self.burst + 1), nth)
        return drawn or ("500" if any(self._drawn(request, n, kinds) == "500" for n in earlier) else None)

    def _drawn(self, request: str, nth: int, kinds: Sequence[Kind]) -> Kind | None:
        number = hashlib.sha256(f"{self.seed} {nth} {request}".encode()).digest()
        met = int.from_bytes(number[:8]) < self.share * 2**64
        return kinds[int.from_bytes(number[8:16]) % len(kinds)] if met and kinds else None


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: str
    body: bytes
    who: str  # its Authorization header

    @property
    def words(self) -> str:
        """What it asks for, without what is made by chance."""
        return CHANCE.sub("*", f"{self.method} {self.path}?{self.query} {self.body.decode(errors='replace')}")

    @property
    def control(self) -> bool:
        """One of the test's own levers: nothing ever happens to those."""
        return self.path.startswith("/_control/")


@dataclass(frozen=True)
class Answered:
    at: float  # seconds, by the monotonic clock
    messages: tuple[Message, ...]


class Plan:
    """The faults still to come, oldest first, then the storm; and what it has done so far."""

    def __init__(self, in_part: Places = ()) -> None:
        self._in_part = in_part
        self.faults: list[Fault] = []
        self.storm: Storm | None = None
        self._count_anew()

    def begin(self, storm: Storm) -> None:
        """From now on this storm, as if nothing had been asked before."""
        self.storm = storm
        self._count_anew()

    def calm(self) -> None:
        """All is well again: no fault is planned, no storm blows."""
        self.faults.clear()
        self.storm = None
        self._count_anew()

    def _count_anew(self) -> None:
        self.requests = 0  # since the storm began
        self.met: Counter[str] = Counter()  # faults, by kind
        self._asked: Counter[str] = Counter()  # how many requests like this one

    def take(self, asked: Asked, heard: "Heard") -> Fault | None:
        """What happens to this request."""
        if asked.control:
            return None
        return self._planned(asked, heard) or self._storming(asked, heard)

    def _planned(self, asked: Asked, heard: "Heard") -> Fault | None:
        for fault in self.faults:
            fits = fault.method in {None, asked.method} and fnmatchcase(asked.path, fault.path)
            if not fits or (fault.kind == "stale_read" and heard.lately(asked, fault.lag) is None):
                continue
            if fault.kind == "partial" and not self._may_be_half_done(asked):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self.faults.remove(fault)
            return fault
        return None

    def _storming(self, asked: Asked, heard: "Heard") -> Fault | None:
        if (storm := self.storm) is None:
            return None
        words = asked.words
        nth, self.requests = self._asked[words], self.requests + 1
        self._asked[words] += 1
        unfit = {"stale_read"} if asked.method != "GET" else set()
        unfit |= set() if self._may_be_half_done(asked) else {"partial"}
        kinds = [one for one in storm.kinds if one not in unfit]
        kind = storm.kind(words, nth, kinds)
        if kind is None or (kind == "stale_read" and heard.lately(asked, storm.lag) is None):
            return None
        self.met[kind] += 1
        return Fault(kind=kind, **storm.model_dump(include={*How.model_fields}))

    def _may_be_half_done(self, asked: Asked) -> bool:
        return any(asked.method == method and fnmatchcase(asked.path, path) for method, path in self._in_part)


class Heard:
    """What each GET was answered last, by whom it was asked."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Asked, Answered] = OrderedDict()

    def lately(self, asked: Asked, lag: float) -> Answered | None:
        """The last answer to this request, where it was one, and where it is not older than `lag` seconds."""
        found = self._answers.get(asked)
        return found if found and time.monotonic() - found.at <= lag else None

    def keep(self, asked: Asked, messages: Sequence[Message]) -> None:
        self._answers[asked] = Answered(time.monotonic(), tuple(messages))
        self._answers.move_to_end(asked)
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    def clear(self) -> None:
        self._answers.clear()
