"""What is on record, for whoever asks. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine as Database

from lanes.core.events import RunEvent
from lanes.core.lane_events import LaneEvent
from lanes.core.run import Run, fold
from lanes.histories import lane_events, run_events
from lanes.projection import started_today
from storage import ledger, views
from storage.ledger import Problem


@dataclass(frozen=True)
class Library:
    """Look-ups over the ledger and its indexes."""

    database: Database

    def events(self, run: str) -> tuple[RunEvent, ...]:
        """A run's events, those whose bodies have not been erased."""
        with self.database.connect() as connection:
            rows = ledger.read(connection, f"run:{run}")
        return run_events(rows)

    def lane(self, lane: str) -> tuple[LaneEvent, ...]:
        """What has happened to a lane, in order: its modes, stops, leases, demotions and drills."""
        with self.database.connect() as connection:
            rows = ledger.read(connection, f"lane:{lane}")
        return lane_events(rows)

    def run(self, run: str) -> Run | None:
        return fold(self.events(run))

    def find_run(self, start: str) -> str | None:
        """The one run whose id begins so; None when there is none or more than one."""
        with self.database.connect() as connection:
            found = views.find_run(connection, start)
        return found[0] if len(found) == 1 else None

    def about(self, term: str, limit: int) -> list[Run]:
        """Runs that speak of a ticket, a customer or a person, the newest first."""
        with self.database.connect() as connection:
            streams = views.streams_about(connection, term, limit)
        runs = (self.run(stream.removeprefix("run:")) for stream in streams)
        return [run for run in runs if run]

    def waiting(self, lane: str | None = None) -> tuple[Any, ...]:
        """Rows of runs that wait for people, soonest deadline first."""
        with self.database.connect() as connection:
            return views.runs(connection, lane=lane, waiting=True, limit=500)

    def latest(self, limit: int) -> tuple[Any, ...]:
        """Rows of the newest runs."""
        with self.database.connect() as connection:
            return views.runs(connection, limit=limit)

    def unfinished(self, lane: str | None = None) -> tuple[Any, ...]:
        """Rows of runs that have not ended."""
        with self.database.connect() as connection:
            return views.runs(connection, lane=lane, unfinished=True, limit=10_000)

    def counts(self, lane: str, since: datetime) -> dict[str, int]:
        """How a lane's runs since a moment ended; "open" are those that have not."""
        with self.database.connect() as connection:
            return views.counts(connection, lane, since)

    def started(self, lane: str, what: Iterable[str], now: datetime) -> dict[str, int]:
        """How many runs of a lane began today, by what they count for."""
        with self.database.connect() as connection:
            return started_today(connection, lane, what, now)

    def verify(self) -> tuple[list[Problem], int]:
        """Everything in the history that does not fit together, and how many streams were read."""
        with self.database.connect() as connection:
            return list(ledger.verify(connection)), len(ledger.streams(connection))

    def verify_next(self, after: str, many: int) -> tuple[list[Problem], tuple[str, ...]]:
        """The same for the `many` streams that come after `after` by name; their names, none when there are no more."""
        with self.database.connect() as connection:
            names = ledger.names(connection, after, many)
            return list(ledger.verify(connection, after, names[-1])) if names else [], names
