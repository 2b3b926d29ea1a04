"""Whether Lanekeeper could do its work right now: for a load balancer, and for whoever is on call."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lanes.engine import Clock
from storage import outbox
from storage.database import StorageUnusable
from storage.writer import Writer

FRESH = 1.0  # seconds an answer is good for: each costs a flush of the disk, and anybody may ask


@dataclass
class Health:
    """Thread-safe. `lines` counts the connections of Socket Mode that live; None where Slack comes to us.

    `refused` says that Slack does not take our token, if it does not.
    """

    writer: Writer
    clock: Clock
    lines: Callable[[], int] | None = None
    refused: Callable[[], str] = lambda: ""
    _asked: float = float("-inf")
    _found: tuple[str, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def troubles(self) -> tuple[str, ...]:
        """A sentence for each thing that keeps it from working; none when all is well.

        One looks at a time, and who asks meanwhile hears what was found last: a database that does not answer must not
        hold up the threads that Slack's requests come in on.
        """
        if self._lock.acquire(blocking=False):
            try:
                if time.monotonic() - self._asked > FRESH:
                    self._found = tuple(filter(None, (self._storage(), self._slack(), self.refused())))
                    self._asked = time.monotonic()
            finally:
                self._lock.release()
        return self._found

    def _storage(self) -> str:
        try:
            self.writer.write(lambda connection: outbox.rehearse(connection, self.clock()))
        except StorageUnusable as error:
            return f"the database cannot be written: {error}"
        return ""

    def _slack(self) -> str:
        return "no connection to Slack lives" if self.lines and not self.lines() else ""
