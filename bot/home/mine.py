"""Which of the cases that wait are a person's to decide on, the most pressing first.

Who decides is asked once for all drafts that say the same of it, of one that stands for them (`lanes/core/waiting.py`):
five hundred cases are a few dozen such questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.home.urgency import in_order
from bot.people.standing import People
from lanes.core.commands import Standing
from lanes.core.values import Person
from lanes.core.waiting import Asks, WaitingDraft
from lanes.engine import Engine
from lanes.queue import Queue, Waiting


@dataclass(frozen=True)
class Mine:
    """Reads only. Thread-safe."""

    engine: Engine
    people: People
    queue: Queue

    def of(self, by: Person) -> list[Waiting]:
        """Cases of all that wait of which `by` may decide on something."""
        return self.look(by).cases(self.queue.all())

    def look(self, by: Person) -> "Look":
        """One look of one person at what waits."""
        return Look(self.engine, self.people, by)


@dataclass(frozen=True)
class Look:
    """What is answered once holds for the whole look, which takes less than a second. For one thread."""

    engine: Engine
    people: People
    by: Person
    _answers: dict[tuple[str, Asks], bool] = field(default_factory=dict)

    def cases(self, every: Iterable[Waiting]) -> list[Waiting]:
        """Those of which they may decide on something, the most pressing first."""
        return in_order((one for one in every if self.open_to(one)), self.by.user, self.engine.clock())

    def open_to(self, case: Waiting) -> frozenset[str]:
        """The actions of a case that they may decide on."""
        return frozenset(one.action for one in case.waits.drafts if self._decides(case, one))

    def _decides(self, case: Waiting, draft: WaitingDraft) -> bool:
        asks, user = draft.asks, self.by.user
        if case.lane not in self.engine.lanes or user == asks.asker or user in asks.wrote:
            return False
        if any(user == who for who, _ in asks.yes):
            return False
        known = self._answers.get((case.lane, asks))
        if known is None:
            run = self.engine.run(case.run)
            action = run.actions.get(draft.action) if run else None
            if run is None or action not in run.waiting:
                return False  # it has moved on since, and says nothing about the others
            voice = self.people.voice(self.by, self.engine.lanes[case.lane].page, run, action)
            known = voice.standing is Standing.MEMBER and voice.on_behalf not in {asks.asker, *asks.wrote}
            self._answers[case.lane, asks] = known
        return known
