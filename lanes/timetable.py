"""Fires jobs: a firing is a row and an owed effect, written together, once a period, whoever asks and however often.

Context: a scheduler that remembers its own firings forgets them with its process, knows nothing of a second process,
and tells time by the machine's clock. Decision: asked every few seconds, `fire_due` compares the clock it was given
with what the table `firing` says was looked after; the row's key is job and period, so two processes, a restart or a
clock turned by a week owe each piece of work once. While one period of a job is under way the next one waits, unless
every period counts. What we gave up: firing to the second.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core import effects as f
from lanes.core.canonical import canonical
from lanes.core.periods import Period, newest_due
from lanes.engine import Clock
from lanes.jobs import Job, due_periods, next_due, period_called, period_of
from storage import firings, outbox
from storage.clock import to_micros
from storage.database import StorageUnusable
from storage.firings import CLOCK, Firing
from storage.outbox import Owed
from storage.writer import Writer
from tools.contract import Refused

log = structlog.get_logger("timetable")


@dataclass(frozen=True)
class Entry:
    """One job as `lanekeeper jobs` shows it: the period due next, and what was fired last."""

    job: Job
    next: Period
    last: Firing | None


@dataclass(frozen=True)
class ByHand:
    """What came of firing by hand. `fired` is False when the period was fired before; `firing` says what it came to."""

    fired: bool
    firing: Firing


class Timetable:
    """The jobs there are. `fire_due` is called by one thread at a time, everything else by any."""

    def __init__(self, database: Database, writer: Writer, jobs: Iterable[Job], clock: Clock) -> None:
        self.jobs = {job.name: job for job in jobs}
        self._database, self._writer, self._clock = database, writer, clock
        self._looked_after: dict[str, datetime] = {}  # by job, as far as this process knows

    def fire_due(self) -> None:
        """Owe the work of every period that has become due. What could not be stored is fired at a later call."""
        now = self._clock()
        for job in self.jobs.values():
            known = self._looked_after.get(job.name)
            try:
                if known is None or due_periods(job, known, now):
                    self._looked_after[job.name] = self._writer.write(partial(self._fire, job, now), durable=False)
            except StorageUnusable as error:
                log.warning("job_not_fired", job=job.name, error=str(error))
            except Exception:  # the jobs behind it in the list must not wait for one mistake
                log.exception("job_not_fired", job=job.name)

    def fire_by_hand(self, name: str, period: str, by: str) -> ByHand:
        """Fire one period, today's or this week's when `period` is empty. One that failed is tried anew,
        once each time somebody asks.

        Raises `Refused` with a sentence: no such job, no such period, one that has not begun.
        """
        job, now = self.jobs.get(name), self._clock()
        if job is None:
            raise Refused("NO_SUCH_JOB", f"there is no job {name}; there are {', '.join(self.jobs)}")
        try:
            meant = period_called(job, period) if period else period_of(job, now)
        except ValueError as error:
            raise Refused("NO_SUCH_PERIOD", f"{name} has no such period: {error}") from error
        if meant.begin > now:
            raise Refused("NOT_BEGUN", f"{meant.name} has not begun, so {name} cannot be fired for it")
        return self._writer.write(partial(self._fire_by_hand, job, meant, now, by))

    def entries(self) -> list[Entry]:
        """Every job, the one due next first."""
        now = self._clock()
        with self._database.connect() as connection:
            found = [
                Entry(job, _next(connection, job, now), firings.newest(connection, name))
                for name, job in self.jobs.items()
            ]
        return sorted(found, key=lambda entry: entry.next.due)

    def under_way(self, job: str) -> bool:
        """Is some period of a job fired and not finished?"""
        with self._database.connect() as connection:
            return firings.under_way(connection, job)

    def firing(self, job: str, period: str) -> Firing | None:
        with self._database.connect() as connection:
            return firings.find(connection, job, period)

    def sweep(self, before: datetime) -> int:
        """Forget firings that were due before a moment, but each job's newest; how many."""
        return self._writer.write(partial(firings.sweep, before=before))

    def _fire(self, job: Job, now: datetime, connection: Connection) -> datetime:
        """Up to which due moment the job is looked after now."""
        last = firings.looked_after(connection, job.name)
        if last is None:  # a job that is new here has missed nothing
            before = newest_due(job.when, job.zone, now)
            firings.pass_over(connection, job.name, before.name, before.due, now)
            return before.due
        if job.catch_up != "every" and firings.under_way(connection, job.name):
            return last
        for period in due_periods(job, last, now):
            if firings.fire(connection, job.name, period.name, period.due, now=now, by=CLOCK):
                _owe(connection, job.name, period.name, now)
            last = period.due
        return last

    def _fire_by_hand(self, job: Job, period: Period, now: datetime, by: str, connection: Connection) -> ByHand:
        new = firings.fire(connection, job.name, period.name, period.due, now=now, by=by)
        anew = not new and firings.fire_anew(connection, job.name, period.name, now, by)
        if new or anew:
            _owe(connection, job.name, period.name, now, again=anew)
        firing = firings.find(connection, job.name, period.name)
        assert firing is not None
        return ByHand(new or anew, firing)


def _next(connection: Connection, job: Job, now: datetime) -> Period:
    """The period due next, but for what was fired by hand ahead of its time."""
    period = next_due(job, now)
    while firings.find(connection, job.name, period.name):
        period = next_due(job, period.due)
    return period


def _owe(connection: Connection, job: str, period: str, now: datetime, *, again: bool = False) -> None:
    """The effect's id is the period: owed twice, it is one. Tried anew it is another piece of work."""
    name = f"job:{job}:{period}" + (f"@{to_micros(now)}" if again else "")
    effect = f.RunJob(job=job, period=period)
    outbox.put(connection, [Owed(name, canonical(effect.model_dump(mode="json")), now)])
