"""A lane looks for its own work: one search in a period, a run for each subject found, within what its page allows.

A run's id comes from lane, period and subject. So a sweep that is performed again, after a kill or because the system
did not answer halfway, goes on where it was, and two machines that sweep the same period start the same runs once. The
caps count inside the transaction that starts a run. Nobody is told but on the cards.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from lanes.agent import Wires
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.page import Lane
from lanes.core.ways_in import Sweep, texts, unasked
from lanes.engine import Engine

log = structlog.get_logger("sweeping")
SCHEDULE = "schedule"  # how a run that a sweep starts came in, and what it counts for


@dataclass(frozen=True)
class Sweeping:
    """Performs `sweep_lane`."""

    engine: Engine
    wires: Wires

    def sweep(self, effect: f.SweepLane, again: bool) -> None:
        """Raises `Refused` or `Unavailable` when the system could not be asked; then nothing new has been started."""
        ready = self.engine.lanes.get(effect.lane)
        if ready is None or ready.page.sweep is None or ready.finder is None:
            return  # the page was changed since
        if self.engine.regime(effect.lane).stopped:
            log.warning("sweep_not_started", lane=effect.lane, period=effect.period, why="the lane is stopped")
            return
        tool = ready.finder
        arguments = tool.arguments.model_validate(dict(ready.page.sweep.find.arguments))
        found = tool.read(self.wires(ready.identity.name, tool.system), arguments).model_dump(mode="json")
        came: Counter[str] = Counter()
        for subject, person in _work(ready.page, ready.page.sweep, found):
            came[self._start(ready.page, ready.page.sweep, effect.period, subject, person)] += 1
        log.info("swept", lane=effect.lane, period=effect.period, **came)

    def _start(self, page: Lane, sweep: Sweep, period: str, subject: str, person: str) -> str:
        """What came of it, for the log."""
        delivery = f"sweep/{page.lane}/{period}/{subject}"
        caps = {SCHEDULE: sweep.per_day}
        if sweep.per_person_per_day:
            caps[f"{SCHEDULE}:{_short(person)}"] = sweep.per_person_per_day
        run = "r" + _short(delivery)
        outcome = self.engine.handle(c.StartRun(
            run, page.lane, subject, unasked(SCHEDULE, self.engine.team), "", delivery, via=SCHEDULE, caps=caps,
            same_within=sweep.again_after,
        ))  # fmt: skip
        if outcome.events:
            return "started"
        if outcome.run is None:
            return "over_the_cap"
        return "started_before" if outcome.run.id == run else "not_again_yet"


def _work(page: Lane, sweep: Sweep, found: Any) -> Iterator[tuple[str, str]]:
    """Subjects with whose they are, each subject once."""
    for step in sweep.each.split("."):
        found = found.get(step) or []
    seen: set[str] = set()
    for entry in found:
        said = next(iter(texts(entry, sweep.subject)), "")
        subject = page.subject.named(said)
        if subject is None:
            log.warning("sweep_skipped", lane=page.lane, why=f"{said!r} is no {page.subject.kind}")
        elif subject not in seen:
            seen.add(subject)
            yield subject, next(iter(texts(entry, sweep.person)), "") if sweep.person else ""


def _short(text: str) -> str:
    """Ten hex digits of a text's hash: a day's count needs no address of anybody."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
