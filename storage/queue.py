"""Rows of what waits for people, and of what has ended lately: what a list shows without reading a history."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, literal, select, text

from storage.tables import RunRow
from storage.views import PRACTISED

_RUN: Table = RunRow.__table__  # type: ignore[attr-defined]
_GLANCE = (_RUN.c.run, _RUN.c.lane, _RUN.c.subject, _RUN.c.started, _RUN.c.waits)
_waiting = select(*_GLANCE).where(text("waiting > 0"))  # written out: only so does SQLite take the partial index


def waiting(connection: Connection) -> tuple[Any, ...]:
    """Every run that waits for people: run, lane, subject, started, waits."""
    return tuple(connection.execute(_waiting).all())


def ended(connection: Connection, *, since: datetime | None = None, limit: int) -> tuple[Any, ...]:
    """Runs that have ended (since a moment), the newest first: run, lane, subject, requester, finished, outcome."""
    kept = _RUN.c.finished.is_not(None) if since is None else _RUN.c.finished >= since
    shown = (_RUN.c.run, _RUN.c.lane, _RUN.c.subject, _RUN.c.requester, _RUN.c.finished, _RUN.c.outcome)
    return tuple(connection.execute(select(*shown).where(kept).order_by(_RUN.c.finished.desc()).limit(limit)).all())


def tally(connection: Connection, since: datetime) -> dict[str, dict[str, int]]:
    """By lane: how many runs ended since a moment, by outcome; what has not ended is counted as "open"."""
    done = select(_RUN.c.lane, _RUN.c.outcome, func.count()).where(_RUN.c.finished >= since)
    still = select(_RUN.c.lane, literal("open"), func.count()).where(_RUN.c.finished.is_(None))
    out: dict[str, dict[str, int]] = {}
    for query in (done.group_by(_RUN.c.lane, _RUN.c.outcome), still.group_by(_RUN.c.lane)):
        for lane, outcome, count in connection.execute(query):
            if outcome != PRACTISED:  # no work of the lane
                out.setdefault(lane, {})[str(outcome)] = int(count)
    return out
