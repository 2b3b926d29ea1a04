"""What time it is for a tool. A replay lives in the moment of its recording: in its own thread, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """Now, in UTC."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside, for the tools this thread calls, it is that moment."""
    before = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(before)
