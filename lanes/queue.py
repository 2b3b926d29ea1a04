"""What waits for people, everywhere, in one look: a row a case, and no history is read for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Engine as Database

from lanes.core.run import Run
from lanes.core.waiting import Waits, waits
from storage import queue


@dataclass(frozen=True)
class Waiting:
    """One case that waits."""

    run: str
    lane: str
    subject: str
    started: datetime
    waits: Waits


@dataclass(frozen=True)
class Queue:
    """Reads only. `run` knows a run by its id."""

    database: Database
    run: Callable[[str], Run | None]

    def all(self) -> tuple[Waiting, ...]:
        """Every case that waits, in no order."""
        with self.database.connect() as connection:
            rows = queue.waiting(connection)
        read = ((row, self._waits(row.run, row.waits)) for row in rows)
        return tuple(Waiting(row.run, row.lane, row.subject, row.started, what) for row, what in read if what)

    def _waits(self, run: str, kept: str | None) -> Waits | None:
        """As it was kept; of a case that waited before this was kept, or kept otherwise, as its run has it."""
        try:
            if kept:
                return Waits.model_validate_json(kept)
        except ValidationError:
            pass
        found = self.run(run)
        return waits(found) if found else None
