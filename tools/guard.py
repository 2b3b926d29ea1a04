"""What stands between all our requests and one vendor: a limit of our own, and a breaker. One guard a vendor, however
many identities ask it.

Nothing leaves while the breaker is open or the limit is used up: both are `Unavailable`, for reads and changes alike.

The breaker is our own. purgatory, the library that was looked at, counts without a lock, lets every thread through
while half-open, measures by the wall clock, and raises one shared exception whose traceback keeps the frames of all
callers alive, credentials included. We gave up its store in Redis: each process learns by itself that a vendor is down.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from pyrate_limiter import AbstractBucket, InMemoryBucket, Rate, RateItem

from tools.contract import Unavailable
from tools.limits import PACES, UNKNOWN, Pace, Room

FAILURES = 10  # in a row: three reads with all their tries; a vendor that only restarts is back before that
REST = 20.0  # seconds without a request after that; a person who waits for a card still waits, a sick server recovers
PATIENCE = 5.0  # seconds that a request waits for its turn; a longer wait is the caller's to plan around
LITTLE = 0.05  # of a vendor's limit; below it what is left is spread over the time until there is more
INTERVAL = 1000  # milliseconds in a second, which the limiter counts in

Seconds = Callable[[], float]
Buckets = Callable[[str, Pace], AbstractBucket]

log = structlog.get_logger("guard")


def in_memory(_: str, pace: Pace) -> AbstractBucket:
    """A sliding window of this process: never more than `pace.calls` in any `pace.seconds`."""
    return InMemoryBucket([Rate(pace.calls, pace.seconds * INTERVAL)])


class Breaker:
    """Closed, every request passes. After `failures` in a row it opens and none does, for `rest` seconds. Then one is
    let through on trial, and how it ends closes the breaker or opens it anew. Thread-safe.
    """

    def __init__(
        self, system: str, *, failures: int = FAILURES, rest: float = REST, clock: Seconds = time.monotonic
    ) -> None:
        self._system = system
        self._failures = failures
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._opened: float | None = None
        self._on_trial = False

    @property
    def open(self) -> bool:
        """Has it failed so often that it is left alone, or let through on trial only?"""
        with self._lock:
            return self._opened is not None

    def enter(self) -> bool:
        """Ask to pass; true for the one on trial. Raises `Unavailable`. Whoever passes calls `leave`."""
        with self._lock:
            if self._opened is None:
                return False
            wait = self._opened + self._rest - self._clock()
            if wait <= 0 and not self._on_trial:
                self._on_trial = True
                return True
            wait = max(wait, 1.0)  # the one on trial is back by then, or nearly
            said = f"{self._system} has failed {self._in_a_row} times in a row; asked again in {math.ceil(wait)} s"
        raise Unavailable("BREAKER_OPEN", said, wait)

    def leave(self, *, trial: bool, well: bool | None) -> None:
        """How it went; None when nothing was learnt. While open only the trial counts: others began before that."""
        with self._lock:
            if trial:
                self._on_trial = False
            if well is None or (self._opened is not None and not trial):
                return
            if well:
                turned = self._opened is not None
                self._in_a_row, self._opened = 0, None
            else:
                self._in_a_row += 1
                turned = self._in_a_row >= self._failures
                self._opened = self._clock() if turned else None
        if turned:
            log.warning("breaker", system=self._system, state="closed" if well else "open")


@dataclass
class Passage:
    """One request on its way. `well`: the vendor is able to answer, whatever it answers; None: nothing was learnt."""

    well: bool | None = None


class Guard:
    """Breaker and limit of one vendor. Thread-safe; every wire to that vendor shares it."""

    def __init__(
        self,
        system: str,
        pace: Pace | None = None,
        *,
        buckets: Buckets = in_memory,
        breaker: Breaker | None = None,
        clock: Seconds = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._system = system
        self._pace = pace or PACES.get(system, UNKNOWN)
        self._bucket = buckets(system, self._pace)
        self._breaker = breaker or Breaker(system, clock=clock)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._apart = 0.0  # seconds between two requests while the vendor has little left for us
        self._next = 0.0  # when the next one may leave, by `clock`
        self._little: set[str] = set()  # names of the limits with little left, so that it is said once

    @property
    def failing(self) -> bool:
        """The vendor has failed so often that it is left alone for now."""
        return self._breaker.open

    @contextmanager
    def passage(self) -> Iterator[Passage]:
        """Let one request out, in its turn. Raises `Unavailable` ("BREAKER_OPEN", "RATE_LIMITED"): nothing was sent."""
        trial, passage = self._breaker.enter(), Passage()
        try:
            self._take_turn()
            yield passage
        finally:
            self._breaker.leave(trial=trial, well=passage.well)

    def note(self, room: Room) -> None:
        """What an answer said is left. Where that is little of everything, requests leave further apart."""
        little = room.left <= room.of * LITTLE
        with self._lock:
            told = room.name in self._little
            (self._little.add if little else self._little.discard)(room.name)
            if room.everything and room.seconds is not None:
                self._apart = room.seconds / (room.left + 1) if little else 0.0
                self._next = self._clock() + self._apart if little else 0.0
        if little and not told:
            log.warning(
                "little_left", system=self._system, limit=room.name, left=room.left, of=room.of, seconds=room.seconds
            )

    def _take_turn(self) -> None:
        end = self._clock() + PATIENCE
        while True:
            wait, why = self._wait()
            if not wait:
                return
            if self._clock() + wait > end:
                said = f"{why}; asked again in {math.ceil(wait)} s"
                raise Unavailable("RATE_LIMITED", said, wait)
            self._sleep(wait)

    def _wait(self) -> tuple[float, str]:
        """Seconds until it may be asked for again, and why; 0 when the turn was taken."""
        with self._lock:
            now = self._clock()
            if self._next > now:
                return self._next - now, f"{self._system} has little left of its rate limit"
            item = RateItem(self._system, self._bucket.now())  # type: ignore[no-untyped-call]
            self._bucket.leak(item.timestamp)  # what is older than the window, or the bucket grows for ever
            if self._bucket.put(item):
                self._next = now + self._apart
                return 0.0, ""
            wait = self._bucket.waiting(item)
            assert isinstance(wait, int), "a bucket of threads answers at once"
            return max(wait, 1) / INTERVAL, f"{self._system} is asked {self._pace} at most, by our own limit"
