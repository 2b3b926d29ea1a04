"""How often each method may be called: docs.slack.dev, "Rate limits". Off until somebody switches it on.

What is granted "and more" is taken at its word only as far as bursts: half of a minute's calls beyond the minute's.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

MINUTE: Final = 60.0  # seconds
BURST: Final = 1.5  # times a tier's calls, within any minute
POSTS: Final = 60  # messages a minute into one channel; "one per second", short bursts allowed
POSTS_AT_ONCE: Final = 12  # into one channel within a second
TIERS: Final[dict[str, int]] = {  # calls a minute, by each method's own page
    "chat.postEphemeral": 100,
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.list": 20,
    "conversations.open": 50,
    "conversations.replies": 50,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.info": 100,
    "users.list": 20,
    "views.open": 100,
    "views.publish": 100,
    "views.push": 100,
    "views.update": 100,
}


@dataclass
class Tiers:
    """Counts calls, and says for how many seconds a method is closed."""

    on: bool = False
    times: float = 1.0
    """How many times what Slack grants; more than one lets a long day pass in minutes."""
    _calls: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def closed(self, method: str, channel: str, now: float) -> int:
        """Seconds for Retry-After; 0 when the call may pass, which is then counted."""
        if not self.on:
            return 0
        posting = method == "chat.postMessage"
        most = (POSTS if posting else TIERS.get(method, math.inf)) * BURST * self.times
        calls = self._calls.setdefault((method, channel if posting else ""), deque())
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if len(calls) >= most:
            return math.ceil(calls[0] + MINUTE - now)
        if posting and sum(one > now - 1 for one in calls) >= POSTS_AT_ONCE * self.times:
            return 1
        calls.append(now)
        return 0

    def forget(self) -> None:
        self.on, self.times = False, 1.0
        self._calls.clear()
