"""What the ledger knows of a case that people look at: who is asked what, where it hangs, what was said."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from lanes.core import events as e
from lanes.core.events import CaseEvent
from lanes.core.values import Place


@dataclass(frozen=True)
class CaseState:
    version: int = 0
    drawn: e.AuditDrawn | None = None  # of an action that went alone
    asked: e.CaseAsked | None = None
    place: Place | None = None  # where its card hangs
    labelled: e.CaseLabelled | None = None
    handled: frozenset[str] = field(default_factory=frozenset)  # deliveries


def evolve(state: CaseState, event: CaseEvent) -> CaseState:
    """The case after one more event."""
    state = replace(state, version=state.version + 1)
    match event:
        case e.AuditDrawn():
            return replace(state, drawn=event)
        case e.CaseAsked():
            return replace(state, asked=event)
        case e.CasePosted():
            return replace(state, place=event.place)
        case e.CaseLabelled():
            return replace(state, labelled=event, handled=state.handled | {event.delivery})
        case e.CaseRefused():
            return replace(state, handled=state.handled | {event.delivery})
        case _:
            assert_never(event)


def fold(events: Iterable[CaseEvent], state: CaseState = CaseState()) -> CaseState:
    """A case from its history."""
    for event in events:
        state = evolve(state, event)
    return state
