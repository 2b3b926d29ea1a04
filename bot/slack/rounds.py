"""Work that many ask for and that is done in rounds, once for all of them, on a thread of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

PAUSE = 0.2  # seconds between two rounds; whoever asks meanwhile is served by the next one

log = structlog.get_logger("rounds")


@dataclass
class Rounds:
    """`work` does everything that is to be done, and says in how many seconds it must be done again; None is never."""

    name: str
    work: Callable[[], float | None]
    _wanted: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _busy: bool = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._go, name=self.name, daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Have it done, soon. Never waits, never raises."""
        self._wanted.set()

    def idle(self) -> bool:
        """Nobody waits for it."""
        return not self._wanted.is_set() and not self._busy

    def stop(self) -> None:
        self._closing.set()
        self._wanted.set()
        if self._thread:
            self._thread.join()

    def _go(self) -> None:
        while self._wanted.wait() and not self._closing.is_set():
            self._busy = True
            self._wanted.clear()
            again = self._round()
            if again is not None:
                self._wanted.set()
            self._busy = False
            if self._closing.wait(PAUSE if again is None else again):
                return

    def _round(self) -> float | None:
        try:
            return self.work()
        except Exception:
            log.exception("round_failed", what=self.name)
            return None
