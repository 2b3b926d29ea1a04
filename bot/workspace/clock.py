"""A clock that can be turned forwards: the machine's own time, plus how far somebody has turned it.

Reminders, escalations and expiry take hours; whoever tries them out turns the clock instead of waiting. Kept in a
file, one turning holds for the workspace, for the app beside it (another process, which follows the file), and for the
next start: time never goes back.
"""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

LOOK_EVERY = 0.2  # seconds between looks at the file; a turning is noticed sooner than a person looks up
FILE_NAME = "clock.json"


class Clock:
    """Thread-safe. `clock()` is now as a datetime in UTC, `clock.now()` the same in seconds since 1970."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._stamp: tuple[int, int] | None = None
        self._looked = float("-inf")

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def now(self) -> float:
        return time.time() + self.ahead

    @property
    def ahead(self) -> float:
        """How far it is turned, in seconds."""
        with self._lock:
            if self._file and time.monotonic() - self._looked >= LOOK_EVERY:
                self._look(self._file)
            return self._ahead

    def turn(self, seconds: float) -> None:
        """Forwards only: raises ValueError for less than nothing."""
        if not seconds >= 0:
            raise ValueError("time goes forwards only")
        with self._lock:
            if self._file:
                self._look(self._file)
            self._ahead += seconds
            if self._file:
                self._write(self._file)

    def forget(self) -> None:
        """Back to the machine's own time; a clock kept in a file goes on, because others follow it."""
        if self._file is None:
            with self._lock:
                self._ahead = 0.0

    def _look(self, file: Path) -> None:
        self._looked = time.monotonic()
        try:
            found = file.stat()
        except FileNotFoundError:
            return
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            self._ahead = max(self._ahead, float(json.loads(file.read_text(encoding="utf-8"))["ahead_seconds"]))
            self._stamp = stamp

    def _write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps({"ahead_seconds": self._ahead}), encoding="utf-8")
        os.replace(beside, file)  # noqa: PTH105  # the name says that it is atomic
