"""Performs a job's work, and says in its row what came of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from lanes.core import effects as f
from lanes.core.canonical import canonical
from lanes.engine import Clock
from lanes.jobs import Job, Progress, Work, period_called
from storage import firings, outbox
from storage.clock import to_micros
from storage.database import StorageUnusable
from storage.firings import Firing
from storage.outbox import Owed
from storage.writer import Writer
from tools.contract import Refused

log = structlog.get_logger("jobs")
_MOST = 20  # attempts of one firing, kills included: what ends the process each time must not do so for ever


@dataclass(frozen=True)
class JobEffects:
    """Performs `run_job`. `work` is by the kind of job; by `seconds` is counted what an attempt took."""

    writer: Writer
    clock: Clock
    jobs: Mapping[str, Job]
    work: Mapping[str, Work]
    seconds: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        idle = {job.kind for job in self.jobs.values()} - set(self.work)
        assert not idle, f"jobs without work: {idle}"

    def perform(self, effect: f.RunJob, again: bool) -> None:
        """Do what is left of it. What the work raises is raised on, so that it is tried again, except `Refused`."""
        named: dict[str, Any] = {"job": effect.job, "period": effect.period}
        firing = self.writer.write(partial(firings.begin, **named, now=self.clock()))
        if firing is None:
            return
        began = self.seconds()
        try:
            said = self._perform(effect, firing)
        except Refused as refused:
            self._end(effect, "failed", refused.message, self._ms(began))
        except StorageUnusable:
            raise
        except Exception as error:
            self.writer.write(partial(firings.stumble, **named, said=str(error), ms=self._ms(began)))
            raise
        else:
            self._end(effect, "done", said, self._ms(began))

    def give_up(self, effect: f.RunJob, why: str) -> None:
        """It has been tried often enough."""
        self._end(effect, "failed", why)

    def _perform(self, effect: f.RunJob, firing: Firing) -> str:
        job = self.jobs.get(effect.job)
        if firing.attempts > _MOST:
            raise Refused("NEVER_ENDS", f"it was begun {_MOST} times, and none of them came to an end")
        if job is None:
            raise Refused("NO_SUCH_JOB", f"this Lanekeeper has no job {effect.job} any more")
        try:
            period = period_called(job, effect.period)
        except ValueError as error:
            raise Refused("NO_SUCH_PERIOD", f"the job has other periods now: {error}") from error

        def keep(detail: Mapping[str, Any]) -> None:
            self.writer.write(partial(firings.keep, job=effect.job, period=effect.period, detail=detail), durable=False)

        return self.work[job.kind](job, period, Progress(firing.detail, keep))

    def _end(self, effect: f.RunJob, outcome: str, said: str, ms: int | None = None) -> None:
        if outcome == "failed":
            log.error("job_failed", job=effect.job, period=effect.period, why=said)
        self.writer.write(partial(self._finish, effect, outcome, said, ms))

    def _finish(self, effect: f.RunJob, outcome: str, said: str, ms: int | None, connection: Connection) -> None:
        """The outcome and, where it failed, the telling: neither without the other, and once."""
        now = self.clock()
        new = firings.finish(
            connection, job=effect.job, period=effect.period, outcome=outcome, said=said, now=now, ms=ms
        )
        if new and outcome == "failed":
            telling = f.TellJobFailed(job=effect.job, period=effect.period)
            name = f"job:{effect.job}:{effect.period}:failed@{to_micros(now)}"
            outbox.put(connection, [Owed(name, canonical(telling.model_dump(mode="json")), now)])

    def _ms(self, began: float) -> int:
        return round(1000 * (self.seconds() - began))
