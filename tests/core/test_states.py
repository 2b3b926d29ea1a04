"""The table that moves an action: every state against every event."""

import pytest

from lanes.core import states
from lanes.core.states import FINAL, MOVES, RESERVING, TABLE, WAITING, Impossible, State, step

# As the design states it, in words, so that a slip in the code's table has something to differ from.
STATED = {
    "drafted": "held, cleared, blocked, shadowed",
    "held": "cleared, rejected, expired, superseded, taken_over",
    "cleared": "executing, frozen, superseded",
    "frozen": "cleared, rejected",
    "executing": "done, failed, uncertain",
    "uncertain": "done, failed",
}
ENDS = "blocked, shadowed, rejected, expired, superseded, taken_over, done, failed"


def test_the_table_is_the_one_that_was_agreed():
    agreed = {state: set(row.split(", ")) for state, row in STATED.items()} | {
        state: set() for state in ENDS.split(", ")
    }

    assert {state.value: {to.value for to in row} for state, row in TABLE.items()} == agreed


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("state", State)
def test_exactly_what_the_table_names_moves(state, kind):
    to = MOVES[kind]
    if to.value in STATED.get(state.value, "").split(", "):
        assert step(state, kind) is to
    else:
        with pytest.raises(Impossible, match=rf"{kind} .* {state}"):
            step(state, kind)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", ["decision.recorded", "turn.taken", "action.drafted", "", "held"])
def test_no_other_event_moves_an_action(state, kind):
    with pytest.raises(Impossible):
        step(state, kind)


def test_nothing_leaves_a_final_state():
    assert {state.value for state in FINAL} == set(ENDS.split(", "))
    assert all(not TABLE[state] for state in FINAL)


def test_what_is_open_holds_its_caps_once_it_was_let_through():
    assert set(State) - FINAL - {State.DRAFTED} == RESERVING
    assert WAITING < RESERVING


def test_every_state_can_be_reached():
    reached = {State.DRAFTED}.union(*TABLE.values())

    assert reached == set(State)


def test_what_cannot_be_is_no_value_error():
    """A shell that catches ValueError for bad input must not swallow a broken history."""
    assert not issubclass(states.Impossible, ValueError)
