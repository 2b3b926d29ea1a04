"""The events of a stream as they were recorded, read back: of a run, of a lane, of a person, of a case.

What has been masked in the ledger has no body any more, and is left out.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from lanes.core import events as e
from lanes.core import lane_state as ls
from lanes.core.case_events import CaseEvent
from lanes.core.events import PersonEvent, RunEvent
from lanes.core.lane_events import LaneEvent
from lanes.core.lane_state import LaneState, Proposal
from storage import ledger
from storage.ledger import Recorded


def _read(rows: Sequence[Recorded]) -> tuple[Any, ...]:
    return tuple(e.load(row.kind, row.at, row.body) for row in rows if row.body is not None)


def run_events(rows: Sequence[Recorded]) -> tuple[RunEvent, ...]:
    return _read(rows)


def lane_events(rows: Sequence[Recorded]) -> tuple[LaneEvent, ...]:
    return _read(rows)


def person_events(rows: Sequence[Recorded]) -> tuple[PersonEvent, ...]:
    return _read(rows)


def case_events(rows: Sequence[Recorded]) -> tuple[CaseEvent, ...]:
    return _read(rows)


def lane_event(connection: Connection, lane: str, version: int) -> LaneEvent | None:
    """What changed a lane into this version."""
    rows = ledger.read(connection, f"lane:{lane}")
    return next(iter(lane_events([row for row in rows if row.version == version])), None)


def person_event(connection: Connection, person: str, version: int) -> PersonEvent | None:
    """What changed a person into this version."""
    rows = ledger.read(connection, f"person:{person}")
    return next(iter(person_events([row for row in rows if row.version == version])), None)


def proposal(connection: Connection, lane: str, name: str) -> Proposal | None:
    """A lease that was proposed some time, as it stood at last."""
    states = (state.proposal for state in _states(lane_events(ledger.read(connection, f"lane:{lane}"))))
    return next((one for one in reversed([*states]) if one and one.id == name), None)


def _states(events: Sequence[LaneEvent]) -> Iterator[LaneState]:
    state = LaneState()
    for event in events:
        state = ls.evolve(state, event)
        yield state
