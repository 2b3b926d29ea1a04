"""How fast Lanekeeper may speak to Slack, so that Slack need not say it.

Context: Slack grants each method so many calls a minute, and about one message a second in a channel; beyond that it
answers 429, and whoever goes on may lose the token. Five hundred cards to draw again are five hundred calls. Decision:
a leaky bucket for each method, and for each channel that is posted in. Nobody waits for it in a thread: who comes too
early is told when to come again (`NotYet`), the effect is postponed, and by then a card is drawn from its newest state,
so that what was overtaken is never sent. What nobody waits for (progress, a lane's cards drawn again) leaves a part of
the bucket to what somebody does. Slack counts a call when it arrives, at the latest when it has answered: until then a
call stays in the bucket whole. What we gave up: the order of calls of one method.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tools.contract import NotYet
from tools.guard import Seconds

LONGEST = 30.0  # seconds; nobody is sent away for longer, because others may not come back for their turn
_EVEN = 1e-6  # seconds; a sum of gaps is no exact number
KEPT = 0.4  # of each bucket, for what a person waits for


@dataclass(frozen=True)
class Tier:
    """So many `calls` a minute for ever, and `burst` of them at once after a quiet time."""

    calls: int
    burst: int


# docs.slack.dev, "Rate limits": the calls of a tier are promised, bursts are welcome without a number; half of a
# minute's calls is ours.
TWO, THREE, FOUR = Tier(20, 10), Tier(50, 25), Tier(100, 50)
POSTING = Tier(60, 10)  # into one channel: one a second, short bursts allowed; the same page, "Posting messages"
POSTS = "chat.postMessage"
SHARES = "files.completeUploadExternal"
TIERS: Mapping[str, Tier] = {  # each method's own page says its tier
    POSTS: POSTING,
    "chat.postEphemeral": FOUR,
    "chat.update": THREE,
    "chat.getPermalink": FOUR,  # special, without a number, and so is the next one
    "auth.test": FOUR,
    "views.open": FOUR,
    "views.push": FOUR,
    "views.update": FOUR,
    "views.publish": FOUR,
    "users.info": FOUR,
    "users.lookupByEmail": THREE,
    "conversations.history": THREE,
    "conversations.replies": THREE,
    "conversations.open": THREE,
    "conversations.info": THREE,
    "conversations.list": TWO,
    "files.getUploadURLExternal": FOUR,
    SHARES: FOUR,
    "usergroups.list": TWO,
    "usergroups.users.list": TWO,
}
UNKNOWN = TWO  # of a method that is not in the list

_unhurried: ContextVar[bool] = ContextVar("unhurried", default=False)


@contextmanager
def unhurried() -> Iterator[None]:
    """What is said to Slack in here, nobody waits for: it goes after what somebody does."""
    before = _unhurried.set(True)
    try:
        yield
    finally:
        _unhurried.reset(before)


class Pace:
    """Says when a call may leave. Thread-safe.

    `times` is how many times what Slack grants every app may be used; `seconds` is what the time is counted by.
    """

    def __init__(self, times: float = 1.0, seconds: Seconds = time.monotonic) -> None:
        self._times = times
        self._seconds = seconds
        self._lock = threading.Lock()
        self._empty: dict[tuple[str, str], float] = {}  # when what was answered has leaked out, by `seconds`
        self._under_way: Counter[tuple[str, str]] = Counter()  # calls that Slack has not answered yet
        self._promised: dict[tuple[str, str, bool], float] = {}  # the last turn that was given to somebody sent away
        self._resting: dict[str, float] = {}  # until when Slack does not want to hear of a method

    @contextmanager
    def turn(self, method: str, channel: str = "") -> Iterator[None]:
        """The turn of one call, from before it leaves until it is answered.

        Raises `NotYet`, with the seconds until it is worth to ask again.
        """
        tier, bucket = TIERS.get(method, UNKNOWN), (method, channel if method == POSTS else "")
        gap = 60 / (tier.calls * self._times)
        self._enter(bucket, tier.burst, gap)
        try:
            yield
        finally:
            with self._lock:
                self._under_way[bucket] -= 1
                self._empty[bucket] = max(self._empty.get(bucket, 0.0), self._seconds()) + gap

    def _enter(self, bucket: tuple[str, str], burst: int, gap: float) -> None:
        method, late = bucket[0], _unhurried.get()
        room = max(1.0, burst * (1 - KEPT if late else 1))
        with self._lock:
            now = self._seconds()
            full = max(self._empty.get(bucket, now) - now, 0.0) + self._under_way[bucket] * gap
            wait = max(full - (room - 1) * gap, self._resting.get(method, now) - now)
            if wait < _EVEN:
                self._under_way[bucket] += 1
                return
            turn = max(now + wait, self._promised.get((*bucket, late), now) + gap)
            turn = min(turn, now + max(LONGEST, wait))
            self._promised[*bucket, late] = turn
        raise NotYet("SLACK_PACE", f"{method} has been called as often as Slack grants", turn - now)

    def rest(self, method: str, seconds: float) -> None:
        """Slack said 429 to `method`: it is not called for so long. Other methods go on."""
        with self._lock:
            self._resting[method] = max(self._resting.get(method, 0.0), self._seconds() + seconds)
