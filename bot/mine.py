"""Which of the cases that wait are a person's to decide on, the most pressing first.

Who decides is asked once for all drafts that say the same of it, of one that stands for them (`lanes/core/waiting.py`):
five hundred cases are a few dozen such questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.people import People
from bot.urgency import in_order
from lanes.core.commands import Standing
from lanes.core.values import Person
from lanes.core.waiting import Asks, WaitingDraft
from lanes.engine import Engine
from lanes.queue import Queue, Waiting

_Answers = dict[tuple[str, Asks], bool]


@dataclass(frozen=True)
class Mine:
    """Reads only. Thread-safe."""

    engine: Engine
    people: People
    queue: Queue

    def of(self, by: Person, cases: Iterable[Waiting] | None = None) -> list[Waiting]:
        """Cases of which `by` may decide on something; `cases`: among these, without it among all that wait."""
        answers: _Answers = {}
        every = self.queue.all() if cases is None else cases
        theirs = [one for one in every if any(self._decides(by, one, draft, answers) for draft in one.waits.drafts)]
        return in_order(theirs, by.user, self.engine.clock())

    def open_to(self, by: Person, case: Waiting) -> frozenset[str]:
        """The actions of a case that `by` may decide on."""
        answers: _Answers = {}
        return frozenset(one.action for one in case.waits.drafts if self._decides(by, case, one, answers))

    def _decides(self, by: Person, case: Waiting, draft: WaitingDraft, answers: _Answers) -> bool:
        asks = draft.asks
        if case.lane not in self.engine.lanes or by.user == asks.asker or by.user in asks.wrote:
            return False
        if any(by.user == who for who, _ in asks.yes):
            return False
        known = answers.get((case.lane, asks))
        if known is None:
            run = self.engine.run(case.run)
            action = run.actions.get(draft.action) if run else None
            if run is None or action not in run.waiting:
                return False  # it has moved on since, and says nothing about the others
            voice = self.people.voice(by, self.engine.lanes[case.lane].page, run, action)
            known = voice.standing is Standing.MEMBER and voice.on_behalf not in {asks.asker, *asks.wrote}
            answers[case.lane, asks] = known
        return known
