"""The life of an action, as a table. The rules, before the code:

1. An action is in exactly one state, and only the events of `MOVES` move it.
2. A move that `TABLE` does not name cannot be: `step` raises, and nothing is written.
3. A final state has an empty row: nothing leaves it.
4. An edit does not move an action, it supersedes this version and drafts the next one.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFTED = "drafted"  # written down, not yet ruled on
    HELD = "held"  # waits for people
    CLEARED = "cleared"  # may be executed
    FROZEN = "frozen"  # was cleared when the kill switch fell; a person must release it
    EXECUTING = "executing"  # the intent is committed; the wire may have been touched
    UNCERTAIN = "uncertain"  # sent, not answered
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"  # the gate said no
    SHADOWED = "shadowed"  # drafted in silence, for comparison only
    REJECTED = "rejected"
    EXPIRED = "expired"  # nobody decided in time: neither yes nor no
    SUPERSEDED = "superseded"  # another version, or another draft, stands in its place
    TAKEN_OVER = "taken_over"  # a person does it by hand


TABLE: Mapping[State, frozenset[State]] = {
    State.DRAFTED: frozenset({State.HELD, State.CLEARED, State.BLOCKED, State.SHADOWED}),
    State.HELD: frozenset({State.CLEARED, State.REJECTED, State.EXPIRED, State.SUPERSEDED, State.TAKEN_OVER}),
    State.CLEARED: frozenset({State.EXECUTING, State.FROZEN, State.SUPERSEDED}),
    State.FROZEN: frozenset({State.CLEARED, State.REJECTED}),
    State.EXECUTING: frozenset({State.DONE, State.FAILED, State.UNCERTAIN}),
    State.UNCERTAIN: frozenset({State.DONE, State.FAILED}),
    State.BLOCKED: frozenset(),
    State.SHADOWED: frozenset(),
    State.REJECTED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
    State.TAKEN_OVER: frozenset(),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
}

MOVES: Mapping[str, State] = {
    "action.held": State.HELD,
    "action.cleared": State.CLEARED,
    "action.blocked": State.BLOCKED,
    "action.shadowed": State.SHADOWED,
    "action.rejected": State.REJECTED,
    "action.taken_over": State.TAKEN_OVER,
    "action.expired": State.EXPIRED,
    "action.superseded": State.SUPERSEDED,
    "action.frozen": State.FROZEN,
    "execution.started": State.EXECUTING,
    "action.done": State.DONE,
    "action.failed": State.FAILED,
    "action.uncertain": State.UNCERTAIN,
}

FINAL = frozenset(state for state, row in TABLE.items() if not row)
WAITING = frozenset({State.HELD, State.FROZEN})  # for people
# These hold their caps. The kill switch gives back what it ends; what it freezes may be released, and then has to fit.
RESERVING = frozenset({State.HELD, State.CLEARED, State.FROZEN, State.EXECUTING, State.UNCERTAIN})


class Impossible(Exception):
    """An event asks for a move that the table does not have."""


def step(state: State, kind: str) -> State:
    """The state after an event of this kind. Raises `Impossible` for every move that `TABLE` lacks."""
    to = MOVES.get(kind)
    if to is None or to not in TABLE[state]:
        raise Impossible(f"{kind} cannot happen to an action that is {state}")
    return to
