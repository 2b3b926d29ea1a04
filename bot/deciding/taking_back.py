"""`/lane undo` and the Undo button: somebody wants a write taken back, and is told at once what stands in the way."""

from dataclasses import dataclass

from bot import words
from bot.people.standing import People
from bot.slack.mrkdwn import plain
from lanes.core import events as e
from lanes.core.run import Action, Run
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library
from lanes.undo import Undoing, undoable
from tools.contract import Refused, Unavailable

_MOST = 8  # runs looked through for something to take back


@dataclass(frozen=True)
class TakingBack:
    """Each answer is a sentence for the one who asked; empty when the card says it all."""

    engine: Engine
    library: Library
    undoing: Undoing
    people: People

    def of(self, run: Run, action: Action, by: Person, delivery: str) -> str:
        """Draft the undoing of one action."""
        barred = self.people.may_start(by)
        if barred:
            return words.barred(barred)
        try:
            outcome = self.undoing.draft(run, action, by, delivery)
        except (Refused, Unavailable) as error:
            return words.cannot_undo(error.message)
        if not outcome.events:
            return words.cannot_undo("somebody else asked for it at the same moment")
        blocked = next((event for event in outcome.events if isinstance(event, e.ActionBlocked)), None)
        return words.cannot_undo(words.reasons(blocked.ruling.reasons)) if blocked else ""

    def asked(self, term: str, by: Person, delivery: str) -> str:
        """`/lane undo ZD-4821`, `/lane undo r1234 a2`: the one thing that can be taken back, or which there are."""
        name, _, which = term.partition(" ")
        if not name:
            return words.UNDO_WHAT
        one = self.library.find_run(name)
        runs = [self.library.run(one)] if one else self.library.about(name, _MOST)
        found = [(run, action) for run in runs if run for action in undoable(run)]
        chosen = [(run, action) for run, action in found if which.strip() in {"", action.id}]
        if len(chosen) == 1:
            said = self.of(*chosen[0], by, delivery)
            return said or words.undo_drafted(self.engine.lanes[chosen[0][0].lane].page.channels.approvals)
        if not found:
            return words.nothing_to_undo(name)
        lines = [
            f"• `/lane undo {run.id} {action.id}`  {plain(action.draft.preview.sentence)}" for run, action in found
        ]
        return "\n".join([words.UNDO_WHICH, *lines])
