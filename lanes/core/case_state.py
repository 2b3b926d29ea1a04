"""What the ledger knows of a case that people look at: who is asked what, where it hangs, what was said."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from lanes.core import case_events as ce
from lanes.core.case_events import CaseEvent
from lanes.core.values import Place


@dataclass(frozen=True)
class CaseState:
    version: int = 0
    drawn: ce.AuditDrawn | None = None  # of an action that went alone
    asked: ce.CaseAsked | None = None
    place: Place | None = None  # where its card hangs
    labelled: ce.CaseLabelled | None = None
    passed: tuple[ce.CasePassed, ...] = ()  # by those who could not tell
    given_up: ce.CaseGivenUp | None = None
    handled: frozenset[str] = field(default_factory=frozenset)  # deliveries

    @property
    def open(self) -> bool:
        """Does its card still ask?"""
        return self.asked is not None and self.labelled is None and self.given_up is None


def evolve(state: CaseState, event: CaseEvent) -> CaseState:  # noqa: PLR0911 - one line an event
    """The case after one more event."""
    state = replace(state, version=state.version + 1)
    match event:
        case ce.AuditDrawn():
            return replace(state, drawn=event)
        case ce.CaseAsked():
            return replace(state, asked=event)
        case ce.CasePosted():
            return replace(state, place=event.place)
        case ce.CaseLabelled():
            return replace(state, labelled=event, handled=state.handled | {event.delivery})
        case ce.CasePassed():
            return replace(state, passed=(*state.passed, event), handled=state.handled | {event.delivery})
        case ce.CaseGivenUp():
            return replace(state, given_up=event)
        case ce.CaseRefused():
            return replace(state, handled=state.handled | {event.delivery})
        case _:
            assert_never(event)


def fold(events: Iterable[CaseEvent], state: CaseState = CaseState()) -> CaseState:
    """A case from its history."""
    for event in events:
        state = evolve(state, event)
    return state
