"""What happened on the wire, kept for tests and for the curious: Web API calls, deliveries, and planned faults."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.seed import Json

KEEP = 5000  # entries; a long demo stays small, and hardly a test reaches it


@dataclass
class Fault:
    """One planned failure: the next `times` calls of `method` ("*" means any) go wrong in this way."""

    method: str
    times: int = 1
    error: str = ""
    """Slack's error name, answered with ok: false."""
    status: int = 200
    """An HTTP status; 429 carries Retry-After, others a plain page as a broken proxy would send."""
    retry_after: int = 1
    """Seconds, for 429."""
    delay: float = 0.0
    """Seconds before anything happens; with nothing else wrong, the answer is only late."""
    after: bool = False
    """The call takes effect first and only the answer is lost."""
    ts: str = ""
    """Only calls about this message."""

    @property
    def only_late(self) -> bool:
        return bool(self.delay) and not self.error and self.status == 200 and not self.after


@dataclass
class Journal:
    """The record, oldest first."""

    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=KEEP))
    deliveries: deque[Json] = field(default_factory=lambda: deque(maxlen=KEEP))
    faults: list[Fault] = field(default_factory=list)
    back_at: float = 0.0
    """Until when Slack is down, in seconds of the machine's monotonic clock."""

    @property
    def down(self) -> float:
        """Seconds for which Slack will still be down; 0 when it is up."""
        return max(0.0, self.back_at - time.monotonic())

    def break_down(self, seconds: float) -> None:
        self.back_at = time.monotonic() + seconds

    def mend(self) -> None:
        """Nothing more goes wrong."""
        self.faults.clear()
        self.back_at = 0.0

    def plan(self, wanted: dict[str, Any]) -> Fault:
        """Raises TypeError for a key that no fault has."""
        fault = Fault(**wanted)
        self.faults.append(fault)
        return fault

    def fault_for(self, method: str, ts: str) -> Fault | None:
        """The next planned fault of this method, about any message or this one, used up by one."""
        fault = next((f for f in self.faults if f.method in {method, "*"} and f.ts in {"", ts}), None)
        if fault:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        return fault

    def keep(self, entries: int) -> None:
        """Remember so many of either from now on; what is there stays, the newest of it."""
        self.calls, self.deliveries = deque(self.calls, entries), deque(self.deliveries, entries)

    def forget(self) -> None:
        self.calls, self.deliveries = deque(maxlen=KEEP), deque(maxlen=KEEP)
        self.mend()
