"""An event that another system told us of, held against the triggers of every lane's page.

Of a lane that shadows a sample of its events (`shadow.sample`) a share, drawn by the event's id, starts no run that
works but a silent one: people do that work, and are what the lane is held against.

It was signed, stored and acknowledged (`webhooks.py`); of the event only the fields that some page looks at are kept.
Who stands there as the requester is said in `lanes/core/ways_in.py`. Nobody is told but on the card; what started
nothing stands in the log.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.people.standing import People
from lanes.core import commands as c
from lanes.core.page import Lane
from lanes.core.values import Person
from lanes.core.ways_in import NOBODY, Fields, Trigger, unasked
from lanes.engine import Engine

log = structlog.get_logger("triggers")
WEBHOOK = "webhook"


@dataclass(frozen=True)
class Triggers:
    """Starts what an event calls for: one run of each lane that it fits."""

    engine: Engine
    people: People

    def fire(self, kept: Mapping[str, Any], delivery: str) -> None:
        """Raises when Slack cannot say who caused the event: then it is asked again, and nothing has started."""
        for ready in self.engine.lanes.values():
            for count, trigger in fitting(ready.page, kept["from"], kept["fields"]):
                self._start(ready.page, trigger, count, kept["fields"], delivery)
                break

    def _start(self, page: Lane, trigger: Trigger, count: str, fields: Fields, delivery: str) -> None:
        told = log.bind(lane=page.lane, system=trigger.system)
        if self.engine.regime(page.lane).stopped:
            told.warning("trigger_started_nothing", why="the lane is stopped")
            return
        about = next(iter(fields.get(trigger.subject, ())), "")
        subject, by = page.subject.named(about), self._asker(trigger, fields)
        if subject is None or by is None:
            field = trigger.subject if subject is None else trigger.asked_by
            told.warning("trigger_started_nothing", why=f"the event's {field} does not say it")
            return
        run = "r" + hashlib.sha256(f"{delivery}/{page.lane}".encode()).hexdigest()[:10]
        silent = drawn(page, delivery)
        caps = {f"{count}/silent" if silent else count: trigger.per_day}
        outcome = self.engine.handle(c.StartRun(
            run, page.lane, subject, unasked(trigger.system, self.engine.team) if silent else by, "", delivery,
            via=WEBHOOK, caps=caps, silent=silent,
        ))  # fmt: skip
        if outcome.run is None:
            told.warning("trigger_started_nothing", why=f"{trigger.per_day} a day are reached")
        elif outcome.run.id != run:
            told.info("trigger_started_nothing", why="the same is under way", run=outcome.run.id)

    def _asker(self, trigger: Trigger, fields: Fields) -> Person | None:
        """Whoever caused the event, where Slack knows them; None when the event does not say who did."""
        nobody = unasked(trigger.system, self.engine.team)
        if trigger.asked_by == NOBODY:
            return nobody
        email = next(iter(fields.get(trigger.asked_by, ())), "")
        if not email:
            return None
        user = self.people.called(email)
        return Person(user=user, team=self.engine.team) if user else nobody


def drawn(page: Lane, delivery: str) -> bool:
    """Is this event one of the sample that people work on by hand, with a silent run beside them? The same at every
    delivery of it.
    """
    share = page.shadow.sample if page.shadow else 0.0
    number = hashlib.sha256(f"sample/{page.lane}/{delivery}".encode()).digest()
    return int.from_bytes(number[:8]) < share * 2**64


def fitting(page: Lane, system: str, fields: Fields) -> Iterator[tuple[str, Trigger]]:
    """The page's triggers that an event fits, each with what its runs count for."""
    for n, trigger in enumerate(page.triggers):
        if trigger.system == system and trigger.fits(fields):
            yield f"{WEBHOOK}:{n}", trigger
