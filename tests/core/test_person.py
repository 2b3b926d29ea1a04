"""Going away and coming back: who may stand in, until when, and what the record says of a person."""

from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.decide_person import LONGEST, decide_person
from lanes.core.person_state import PersonState, fold
from tools.contract import Refused

DAY = timedelta(days=1)


def away(given, stand_in="U0LEAD2", since=timedelta(), until=2 * DAY, barred=None):
    return c.GoAway(given.person("U0LEAD1"), stand_in, given.now + since, given.now + until, barred)


def test_an_absence_holds_from_its_beginning_until_right_before_its_end(given):
    state = fold(decide_person(PersonState(), away(given, since=DAY), given.now))

    assert state.away_at(given.now) is None
    assert state.away_at(given.now + DAY).stand_in == "U0LEAD2"
    assert state.away_at(given.now + 2 * DAY) is None
    assert (state.ahead(given.now), state.ahead(given.now + 2 * DAY)) == (state.away, None)


def test_a_newer_absence_takes_the_place_of_the_one_before_and_the_same_one_is_nothing_new(given):
    state = fold(decide_person(PersonState(), away(given), given.now))

    assert decide_person(state, away(given), given.now) == ()
    assert decide_person(state, away(given), given.now + timedelta(hours=1)) == (), "said once more while it holds"
    state = fold(decide_person(state, away(given, "U0LEAD3"), given.now), state)
    assert (state.version, state.away.stand_in) == (2, "U0LEAD3")


def test_coming_back_ends_it_once(given):
    back = c.ComeBack(given.person("U0LEAD1"))
    state = fold(decide_person(PersonState(), away(given), given.now))
    assert decide_person(PersonState(), back, given.now) == ()
    assert decide_person(state, back, given.now + 2 * DAY) == (), "it has ended by itself"
    state = fold(decide_person(state, back, given.now), state)

    assert (state.version, state.away) == (2, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stand_in": "U0LEAD1"}, "STANDS_IN_FOR_SELF"),
        *(({"barred": one}, "CANNOT_STAND_IN") for one in Standing if one.value not in {"member", "not_member"}),
        ({"until": timedelta()}, "ENDS_TOO_EARLY"),
        ({"since": 3 * DAY}, "ENDS_TOO_EARLY"),
        ({"until": LONGEST + timedelta(seconds=1)}, "TOO_LONG"),
    ],
)
def test_who_cannot_stand_in_and_when_it_cannot_be(given, changes, code):
    with pytest.raises(Refused) as caught:
        decide_person(PersonState(), away(given, **changes), given.now)

    assert caught.value.code == code


def test_an_absence_that_began_in_the_past_begins_now(given):
    (event,) = decide_person(PersonState(), away(given, since=-DAY), given.now)

    assert (event.since, event.by.user) == (given.now, "U0LEAD1")
