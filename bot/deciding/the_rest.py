"""One press on a card of several runs approves the rest: as many decisions as there are drafts.

Each goes its own way: what one person may not approve, or has not read, stops none of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.cards.batch import named
from bot.cards.details import shown_whole
from bot.people.standing import People
from bot.words import batch as words_batch
from bot.words.refused import refused
from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library

Shown = tuple[str, str, int, str, int]  # run, action, version, digits of its digest, whether it stood whole on its line
_SURFACE = "batch"


@dataclass
class _Left:
    """What was not approved, by the reason that people read."""

    why: dict[str, list[str]] = field(default_factory=dict)

    def add(self, why: str, name: str) -> None:
        self.why.setdefault(why, []).append(name)


@dataclass(frozen=True)
class TheRest:
    """Thread-safe. Performed twice, each decision is one: it carries the press and its place on the card."""

    engine: Engine
    library: Library
    people: People

    def approve(self, shown: Sequence[Shown], by: Person, channel: str, delivery: str) -> str:
        """Approve what `by` has read; what was left, and why, in words for them. Empty: nothing was left."""
        left, approved = _Left(), 0
        for n, (name, which, version, digits, whole) in enumerate(shown):
            run = self.engine.run(name)
            action = run.actions.get(which) if run else None
            if run is None or action is None:
                left.add(refused("UNKNOWN_ACTION"), name)
            elif why := _unread(run, action, version, by, whole=bool(whole)):
                left.add(why, named(run, action))
            else:
                voice = self.people.voice(by, self.engine.lanes[run.lane].page, run, action)
                wish = c.Decide(
                    run=name, action=which, version=version, digest=digits, voice=voice, surface=_SURFACE,
                    delivery=f"{delivery}/{n}", channel=channel, decision="approve",
                )  # fmt: skip
                no = self._carry_out(wish)
                approved += no is None
                if no:
                    left.add(refused(no.code, no.winner.user if no.winner else ""), named(run, action))
        return words_batch.left(approved, len(shown), left.why) if left.why else ""

    def _carry_out(self, wish: c.Decide) -> e.DecisionRefused | None:
        """The refusal, where it was one; of a decision that was made before a restart, what came of it then."""
        events = self.engine.handle(wish).events or self.library.events(wish.run)
        return next((x for x in events if isinstance(x, e.DecisionRefused) and x.delivery == wish.delivery), None)


def _unread(run: Run, action: Action, version: int, by: Person, *, whole: bool) -> str:
    """Why a yes of theirs would be one without reading; empty when they have read it, or it waits for no yes."""
    if action.state is not State.HELD or action.version != version:
        return ""
    if not shown_whole(action):
        return words_batch.NOT_WHOLE
    return "" if whole or (action.id, version, by.user) in run.seen_by else words_batch.NOT_READ
