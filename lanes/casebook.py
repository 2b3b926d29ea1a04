"""Cases in the ledger: one stream each, and the row of `shadow_case` that shows what was asked and said.

A part of the engine's transaction, see `Engine.handle_case`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from lanes import histories
from lanes.core import case_commands as cc
from lanes.core import case_events as ce
from lanes.core import case_state as cs
from lanes.core import events as e
from lanes.core.case_events import CaseEvent
from lanes.core.case_state import CaseState
from lanes.core.decide_case import decide_case
from lanes.core.effects import Effect
from lanes.core.react import react_case
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome
from storage import cases, ledger, views
from storage.ledger import GENESIS, New


@dataclass(frozen=True)
class Written:
    """What came of a command: the case after it, and what was new."""

    state: CaseState
    events: tuple[CaseEvent, ...] = ()
    owed: tuple[tuple[str, Effect], ...] = ()


def load(connection: Connection, case: str) -> tuple[CaseState, str]:
    """A case as it stands, and the hash of its newest event."""
    rows = ledger.read(connection, f"case:{case}")
    return cs.fold(histories.case_events(rows)), rows[-1].hash if rows else GENESIS


def write(connection: Connection, command: cc.CaseCommand, now: datetime) -> Written:
    """Decide, append, and bring the row up to date."""
    stream = f"case:{command.case}"
    state, last = load(connection, command.case)
    events = decide_case(state, command, now)
    if not events:
        return Written(state)
    after = cs.fold(events, state)
    ledger.append(connection, stream, (state.version, last), [New(one.kind, one.at, e.body(one)) for one in events])
    for event in events:
        _project(connection, stream, command.case, event)
    wanted = [effect for event in events for effect in react_case(command.case, after, event)]
    return Written(after, events, tuple((f"{stream}#{after.version}.{k}", effect) for k, effect in enumerate(wanted)))


def find(connection: Connection, handle: str) -> str | None:
    """The case that a card calls so."""
    stream = views.stream_called(connection, handle, "case:")
    return stream.removeprefix("case:") if stream else None


def _project(connection: Connection, stream: str, case: str, event: CaseEvent) -> None:
    match event:
        case ce.AuditDrawn():
            views.mention(connection, stream, [event.run])
            if event.drawn:
                cases.put(connection, [_audited(event).row()])
        case ce.CaseAsked():
            cases.ask(connection, case, event.at)
            views.mention(connection, stream, [event.handle])
        case ce.CaseLabelled():
            cases.say(
                connection, case, label=event.label, person_label=event.person_label, reason=event.reason, at=event.at
            )
            views.mention(connection, stream, [event.by.user])
        case ce.CaseGivenUp():
            cases.say(connection, case, label="", person_label="", reason="", at=event.at)
        case ce.CasePassed():
            views.mention(connection, stream, [event.by.user])
        case ce.CasePosted() | ce.CaseRefused():
            return


def _audited(event: ce.AuditDrawn) -> Case:
    """Nobody did it beside the agent, so until somebody has looked nothing is known."""
    return Case(
        id=event.case, lane=event.lane, source="audit", configuration=event.configuration, segment=event.segment,
        tool=event.tool, subject=event.subject, run=event.run, action=event.action, fact="", at=event.done,
        settled=None, outcome=Outcome.UNSETTLED, suggested=event.arguments, actual=None, chance=event.chance,
    )  # fmt: skip
