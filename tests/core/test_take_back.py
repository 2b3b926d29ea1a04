"""Undoing, and what only a person can settle."""

from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.states import State
from tools.contract import Change

WEEK = timedelta(days=7)


def done(given, within=WEEK):
    story = given.executing()
    story.report("done", undo_within=within)
    assert story.action.state is State.DONE
    return story


def take_back(story, given, user="U0SAM", delivery="d-undo"):
    back = given.proposal(tool=given.solve, call="undo:a1")
    return story.tell(c.TakeBack("R1", "a1", given.person(user), back, delivery))


def test_taking_back_waits_for_a_person_whatever_policy_lets_go_alone(given, kinds):
    story = done(given)

    assert kinds(take_back(story, given)) == ["action.drafted", "action.held"]
    assert story.action.ruling.reasons == ("UNDO",)
    assert story.action.draft.undoes == "a1"


def test_what_takes_something_back_is_not_edited(given):
    """An edited undo would undo something else, and who asked for it could let it go themself."""
    story = done(given)
    take_back(story, given)
    before = story.run.actions["a2"]
    draft, voice = before.draft, c.Voice(given.person("U0LEAD1"), Standing.MEMBER)
    change = (Change(field="status", before="open", after="pending"),)
    (no,) = story.tell(c.Decide(
        run="R1", action="a2", version=1, digest=draft.digest, decision="edit", voice=voice, surface="modal",
        delivery="d-edit", revision=c.Revision(given.proposal(tool=given.solve), change, made=False),
    ))  # fmt: skip

    assert no.code == "UNDO_AS_IT_IS"
    assert story.run.actions["a2"] == before


def test_who_asks_for_it_does_not_decide_on_it_and_the_requester_of_the_run_may(given):
    story = done(given)
    take_back(story, given, "U0SAM")

    assert given.refused(story.click("U0SAM")) == "REQUESTER"
    story.click("U0REQUESTER")
    assert story.action.state is State.CLEARED


@pytest.mark.parametrize("within", [None, timedelta(seconds=-1)])
def test_without_a_window_or_after_it_nothing_is_drafted(given, within):
    assert take_back(done(given, within), given) == ()


def test_what_is_asked_for_once_is_not_asked_for_again(given):
    story = done(given)
    take_back(story, given)

    assert take_back(story, given, delivery="d-again") == ()
    story.click("U0LEAD1", "reject", reason="other")
    assert take_back(story, given, delivery="d-third") != ()


def test_what_was_taken_back_no_longer_counts_as_done(given):
    story = done(given)
    take_back(story, given)
    assert story.run.done == {given.refund}
    story.click("U0LEAD1")
    story.begin()
    story.report("done")

    assert story.run.done == frozenset()
    assert take_back(story, given, delivery="d-again") == (), "once is enough"


def unsettled(given, *, undoable=False):
    story = given.executing()
    story.report("uncertain", code="NO_ANSWER", message="lost")
    story.tell(c.EndSettling("R1", "a1", 1, "nobody answers", undoable))
    return story


@pytest.mark.parametrize(("word", "state"), [("happened", State.DONE), ("did_not_happen", State.FAILED)])
def test_a_person_settles_what_no_system_can(given, word, state):
    story = unsettled(given)
    story.click("U0LEAD1", word)

    assert story.action.state is state
    assert story.action.decided[-1].decision == word
    assert given.refused(story.click("U0LEAD2", "happened")) == "ALREADY_DECIDED"


@pytest.mark.parametrize("word", ["happened", "did_not_happen"])
def test_while_the_system_is_still_asked_nobody_has_to_guess(given, word):
    story = given.executing()
    story.report("uncertain", code="NO_ANSWER", message="lost")

    assert given.refused(story.click("U0LEAD1", word)) == "STILL_ASKING"


@pytest.mark.parametrize("word", ["happened", "did_not_happen"])
def test_only_an_approver_who_did_not_ask_may_say(given, word):
    story = unsettled(given)

    assert given.refused(story.click("U0REQUESTER", word)) == "REQUESTER"
    assert given.refused(story.click("U0X", word, standing=Standing.NOT_MEMBER)) == "NOT_AN_APPROVER"
    story.under(given.regime(stopped=True))
    story.click("U0LEAD1", word)
    assert story.action.decided, "what has happened has happened, whatever is stopped"


def test_what_is_settled_by_the_system_first_stays_so(given):
    story = unsettled(given)
    story.report("done", result={"status": "succeeded"})

    assert story.action.state is State.DONE
    assert given.refused(story.click("U0LEAD1", "did_not_happen")) == "ALREADY_DECIDED"
