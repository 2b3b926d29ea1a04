"""What time it is for a tool. A replay lives in the moment of its recording: in its own thread, and nowhere else. The
demo's time can be turned: for its whole process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial

_told: ContextVar[datetime | None] = ContextVar("moment", default=None)
_clock: Callable[[], datetime] = partial(datetime.now, UTC)


def now() -> datetime:
    """Now, in UTC."""
    return _told.get() or _clock()


def follow(clock: Callable[[], datetime]) -> None:
    """From now on it is what this clock says, in UTC, for the tools of this process that are told no other moment."""
    global _clock  # noqa: PLW0603 - a process has one time
    _clock = clock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside, for the tools this thread calls, it is that moment."""
    before = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(before)
