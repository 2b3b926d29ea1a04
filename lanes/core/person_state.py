"""What the ledger knows of a person: whether they are away, from when to when, and who decides for them meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lanes.core import events as e
from lanes.core.events import PersonEvent


@dataclass(frozen=True)
class PersonState:
    version: int = 0
    away: e.PersonWentAway | None = None  # the newest; it may be over, or not have begun

    def away_at(self, now: datetime) -> e.PersonWentAway | None:
        """The absence that holds right now."""
        return self.away if self.away and self.away.since <= now < self.away.until else None

    def ahead(self, now: datetime) -> e.PersonWentAway | None:
        """The absence that holds or is still to come."""
        return self.away if self.away and now < self.away.until else None


def evolve(state: PersonState, event: PersonEvent) -> PersonState:
    """The person after one more event; a newer absence takes the place of the one before."""
    state = replace(state, version=state.version + 1)
    match event:
        case e.PersonWentAway():
            return replace(state, away=event)
        case e.PersonCameBack():
            return replace(state, away=None)


def fold(events: Iterable[PersonEvent], state: PersonState = PersonState()) -> PersonState:
    """A person from their history."""
    for event in events:
        state = evolve(state, event)
    return state
