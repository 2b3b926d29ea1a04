"""What a job is: when it is due, how it catches up, what its work is given. Its periods are told by `core.periods`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Any, Literal

from lanes.core.periods import Period, When, due_since, newest_due, period_at, period_named

LATE = timedelta(minutes=10)  # a restart takes less; what may not be caught up is still sent that much later
_AT_ONCE = 100  # periods that one look fires: bounds the transaction after a long absence; the next look goes on

CatchUp = Literal["newest", "every", "none"]


@dataclass(frozen=True)
class Job:
    """Work that comes again. `lane`: whose owner hears that it failed; without one, whoever runs Lanekeeper."""

    kind: str
    when: When
    zone: tzinfo
    catch_up: CatchUp = "newest"  # of the periods that were missed
    lane: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.lane}" if self.lane else self.kind


class Progress:
    """How far a job's work is. What was said last is kept in the firing's row, so that a kill costs only what came
    after it: performed again, the work finds it in `before` and goes on from there.
    """

    def __init__(self, before: Mapping[str, Any], keep: Callable[[Mapping[str, Any]], None]) -> None:
        self.before = before  # empty at the first attempt
        self._keep = keep

    def __call__(self, **detail: Any) -> None:
        """Keep `detail`, values of JSON, in place of what was kept."""
        self._keep(detail)


Work = Callable[[Job, Period, Progress], str]
"""What a kind of job does for one period; answers what came of it, in words. It may be performed again after a kill, so
what it changes is named by the period. Raises `Refused` when trying again would bring the same; people read its words.
"""


def period_of(job: Job, moment: datetime) -> Period:
    """The period of a job that a moment falls in."""
    return period_at(job.when, job.zone, moment)


def period_called(job: Job, name: str) -> Period:
    """A job's period by its name. Raises ValueError, with a sentence."""
    return period_named(job.when, job.zone, name)


def due_periods(job: Job, last: datetime, now: datetime) -> tuple[Period, ...]:
    """What shall fire `now`, the oldest first, when everything due up to `last` has been looked after."""
    if job.catch_up == "every":
        return tuple(islice(due_since(job.when, job.zone, last, now), _AT_ONCE))
    newest = newest_due(job.when, job.zone, now)
    if newest.due <= last or (job.catch_up == "none" and now - newest.due > LATE):
        return ()
    return (newest,)


def next_due(job: Job, now: datetime) -> Period:
    """The first period that will be due after `now`."""
    ahead = period_of(job, now).end
    while not (found := next(due_since(job.when, job.zone, now, ahead), None)):
        ahead = period_of(job, ahead).end
    return found
