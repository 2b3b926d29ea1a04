"""What an answer about a case comes to: the first one stands, and who cannot tell passes it on."""

from datetime import UTC, datetime, timedelta

import pytest

from lanes.core import case_commands as cc
from lanes.core import case_events as ce
from lanes.core.case_state import fold
from lanes.core.commands import Standing
from lanes.core.decide_case import PATIENCE, decide_case
from lanes.core.react import react_case
from lanes.core.values import Person

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEN, LENA, SAM = (Person(user=f"U0{name}", team="T") for name in ("BEN", "LENA", "SAM"))


def asked(about="comparison"):
    return ce.CaseAsked(at=NOW, case="k", lane="l", about=about, handle="h", agent_is="b")


def answer(by, a="", b="", **more):
    return cc.LabelCase("k", by, Standing.MEMBER, a, b, f"{by.user}{a}{b}", **more)


def told(history, *commands, at=NOW):
    """The kinds of what the commands add to a history."""
    kinds = []
    for command in commands:
        events = decide_case(fold(history), command, at)
        history.extend(events)
        kinds += [one.kind for one in events]
    return kinds


def test_who_cannot_tell_passes_it_on_and_the_next_answer_stands():
    history = [asked()]
    assert told(history, answer(BEN), answer(LENA, "correct", "wrong")) == ["case.passed", "case.labelled"]
    assert (fold(history).labelled.label, fold(history).given_up) == ("wrong", None)
    assert told(history, answer(SAM)) == ["case.refused"]


def test_one_person_passes_once_and_may_still_find_out():
    history = [asked()]
    told(history, answer(BEN))
    again = cc.LabelCase("k", BEN, Standing.MEMBER, "", "", "another click")
    assert told(history, again) == ["case.refused"]
    assert history[-1].code == "PASSED_ALREADY"
    assert told(history, answer(BEN, "correct", "correct")) == ["case.labelled"]


@pytest.mark.parametrize("about", ["comparison", "audit"])
def test_what_two_could_not_tell_is_given_up_and_the_lane_is_looked_at_where_it_went_alone(about):
    history = [asked(about)]
    assert told(history, answer(BEN), answer(LENA)) == ["case.passed", "case.passed", "case.given_up"]
    effects = [one.kind for one in react_case("k", fold(history), history[-1])]
    assert ("watch_lane" in effects) == (about == "audit")
    assert "ask_cases" in effects, "the next one follows"
    assert told(history, answer(SAM, "correct", "correct")) == ["case.refused"]
    assert history[-1].code == "GIVEN_UP"


def test_what_one_could_not_tell_and_nobody_else_answers_is_given_up_after_a_week():
    history = [asked()]
    give_up = cc.GiveUpCase("k")
    assert told(history, give_up, at=NOW + 2 * PATIENCE) == [], "whatever nobody looked at goes on asking"
    told(history, answer(BEN), at=NOW)
    assert told(history, give_up, at=NOW + PATIENCE - timedelta(seconds=1)) == []
    assert told(history, give_up, give_up, at=NOW + PATIENCE) == ["case.given_up"]
