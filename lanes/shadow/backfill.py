"""A past period, shadowed from history: silent runs about what people worked on then, held against what they did.

1. What people did from the period's beginning on is read first, under a purpose of its own, so that the nightly harvest
   goes on where it is.
2. Each subject of the lane that a deed of the period names gets one run. Its id comes from lane, period and subject: a
   second call, after a kill or with a larger limit, begins what is missing and nothing twice.
3. An agent reads the records as they are today, with what people have done to them since, and not as they were. So what
   is drafted here shows how a lane may fare and earns it nothing; every figure that holds it says "backfill".
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine as Database

from lanes.core import commands as c
from lanes.core.page import Lane
from lanes.core.ways_in import BACKFILL, unasked
from lanes.engine import Engine
from lanes.ready import ReadyLane
from lanes.shadow.deeds import EARLIER
from lanes.shadow.harvesting import Harvesting
from storage import facts, silent_runs
from tools.contract import Refused
from tools.truth import Deed


@dataclass(frozen=True)
class Backfilled:
    """`subjects` are all that the period's deeds name; `runs` those that there are by now, `begun` by this call."""

    subjects: int
    begun: int
    runs: tuple[str, ...]

    @property
    def left(self) -> int:
        return self.subjects - len(self.runs)


@dataclass(frozen=True)
class Backfill:
    """Begins the runs; whoever performs effects works on them, and the nightly job holds them against people."""

    engine: Engine
    database: Database
    harvesting: Harvesting

    def read(self, lane: str, since: datetime, until: datetime) -> Iterator[tuple[str, int]]:
        """Read what people did, source by source: its name, and how many facts were new. Raises `Refused`,
        `Unavailable`; called again, it goes on where it stopped.
        """
        ready = self._ready(lane, since, until)
        identity, purpose = ready.truth_identity.name, f"{BACKFILL} {_named(since, until)}"
        for source in ready.truths:
            if source.reaches and since < self.engine.clock() - source.reaches:
                raise Refused(
                    "TOO_LONG_AGO", f"{source.name} tells the last {source.reaches.days} days; begin later than that"
                )
            yield source.name, self.harvesting.read(source, identity, purpose, since)

    def begin(self, lane: str, since: datetime, until: datetime, limit: int | None = None) -> Backfilled:
        """Begin a run for each subject that has none, the one first worked on first, at most `limit` of them."""
        ready = self._ready(lane, since, until)
        first = self._worked_on(ready, since, until)
        runs = {_run(lane, since, until, subject): subject for subject in first}
        with self.database.connect() as connection:
            known = set(silent_runs.known(connection, [*runs]))
        missing = [run for run in runs if run not in known][:limit]
        for run in missing:
            subject = runs[run]
            self.engine.handle(c.StartRun(
                run, lane, subject, unasked(BACKFILL, self.engine.team), "", f"{BACKFILL}/{run}", via=BACKFILL,
                anew=True, silent=True, past=first[subject],
            ))  # fmt: skip
        return Backfilled(len(first), len(missing), (*known, *missing))

    def under_way(self, runs: Sequence[str]) -> int:
        """How many of these runs have not ended."""
        with self.database.connect() as connection:
            return silent_runs.unfinished(connection, runs)

    def _ready(self, lane: str, since: datetime, until: datetime) -> ReadyLane:
        ready = self.engine.lanes[lane]
        if ready.page.shadow is None:
            raise Refused("NOT_SHADOWED", f"the page of {lane} has no `shadow`: it does not say what people's work is")
        if until > self.engine.clock() - ready.page.shadow.settle_after:
            days = ready.page.shadow.settle_after / timedelta(days=1)
            raise Refused("NOT_SETTLED", f"end the period at least {days:g} days ago: what is younger is not settled")
        if since >= until:
            raise Refused("NO_PERIOD", "the period ends before it begins")
        return ready

    def _worked_on(self, ready: ReadyLane, since: datetime, until: datetime) -> dict[str, datetime]:
        """The subjects that people's deeds of the period name, each with the moment its run is set back to."""
        tools = [tool.name for tool in ready.writes]
        found: dict[str, datetime] = {}
        with self.database.connect() as connection:
            for row in facts.of_tools(connection, tools, since, until):
                if not row.ours:
                    for subject in _subjects(ready.page, Deed.model_validate_json(row.content)):
                        found.setdefault(subject, row.at - EARLIER)
        return found


def _subjects(page: Lane, deed: Deed) -> Iterator[str]:
    for ref in (deed.ref, *deed.also):
        kind, _, name = ref.partition(" ")
        if kind == page.subject.kind and deed.by.kind == "person" and (subject := page.subject.named(name)):
            yield subject


def _named(since: datetime, until: datetime) -> str:
    return f"{since:%Y-%m-%d}..{until:%Y-%m-%d}"


def _run(lane: str, since: datetime, until: datetime, subject: str) -> str:
    told = f"{BACKFILL}/{lane}/{_named(since, until)}/{subject}"
    return "r" + hashlib.sha256(told.encode()).hexdigest()[:10]
