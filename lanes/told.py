"""The runs as everybody may see them: what is committed, and never what is about to be."""

import threading
from collections import OrderedDict

from lanes.core.run import Run


class Told:
    """The newest committed state of each of the last `most` runs. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, run: Run) -> None:
        """A state that was committed; of two that are told at once, the later one stays."""
        with self._lock:
            known = self._runs.get(run.id)
            if known is None or known.version < run.version:
                self._runs[run.id] = run
            self._runs.move_to_end(run.id)
            if len(self._runs) > self._most:
                self._runs.popitem(last=False)

    def forget(self, run: str) -> None:
        """What is told of it may be old."""
        with self._lock:
            self._runs.pop(run, None)

    def get(self, run: str) -> Run | None:
        return self._runs.get(run)
