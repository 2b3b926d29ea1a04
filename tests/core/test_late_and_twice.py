"""Commands that come late, twice or out of turn."""

from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core.decide import decide
from lanes.core.states import State
from lanes.core.values import Place

FOUR_HOURS = timedelta(hours=4)  # the page's deadline


# --- late, twice, out of turn


def test_a_delivery_that_comes_twice_does_nothing(given):
    story = given.held("600.00 USD")
    story.click("U0LEAD1", delivery="d-once")
    story.click("U0REQUESTER", delivery="d-refused")
    seen = c.OpenDetails("R1", "a1", 1, given.person("U0LEAD2"), "d-look")
    story.tell(seen)

    assert story.click("U0LEAD1", delivery="d-once") == ()
    assert story.click("U0LEAD2", delivery="d-once") == ()
    assert story.click("U0LEAD2", delivery="d-refused") == ()
    assert story.tell(seen) == ()


def test_late_and_doubled_commands_come_to_nothing(given):
    story = given.held()
    begin = c.Begin("R1", "a1", 1, frozenset(), "native_key", {})

    assert decide(None, begin, story.facts) == ()
    assert story.begin() == (), "not yet cleared"
    assert story.report() == (), "not yet begun"
    assert story.tell(c.Withdraw("R1", "a1", 1, "gone", "")) == ()
    assert story.tell(c.Expire("R1", "a1", 1)) == (), "not yet due"
    assert story.tell(c.Expire("R1", "a9", 1)) == ()
    assert story.tell(c.Expire("R1", "a1", 2)) == ()
    assert story.tell(c.OpenDetails("R1", "a9", 1, given.person(), "d-x")) == ()
    story.click()
    assert story.begin(version=2) == ()
    story.begin()
    assert story.begin() == (), "it was begun before"
    assert story.tell(c.Report("R1", "a1", 2, "done")) == ()
    assert story.tell(c.Report("R1", "a9", 1, "done")) == ()


def test_a_run_starts_once(given):
    story = given.story()
    again = c.StartRun("R1", "support-refunds", "ZD-4821", given.person("U0B"), "C0", "d-other")

    assert story.tell(again) == ()


def test_a_turn_is_taken_once_and_only_while_nothing_is_open(given):
    story = given.held()

    assert story.propose(given.proposal(), turn=2) == (), "a draft waits"
    story.click("U0LEAD1", "reject", reason="other")
    assert story.propose(given.proposal(), turn=1) == (), "this turn was taken before"
    assert story.propose(given.proposal(), turn=3) == ()
    assert story.propose(given.proposal(), turn=2)
    story.click("U0LEAD1", "reject", reason="other")
    story.finish()
    assert story.propose(given.proposal(), turn=3) == (), "the run is over"


@pytest.mark.parametrize("outcome", ["done", "failed", "uncertain"])
def test_an_outcome_is_reported_once(given, outcome, kinds):
    story = given.executing()

    assert kinds(story.report(outcome, code="X")) == [f"action.{outcome}"]
    assert story.report(outcome, code="X") == ()


def test_the_first_outcome_stands(given):
    story = given.executing()
    story.report("failed", code="REFUSED", message="no")

    assert story.report("done") == story.report("uncertain") == ()
    assert (story.action.state, story.action.code) == (State.FAILED, "REFUSED")


@pytest.mark.parametrize("outcome", ["done", "failed"])
def test_uncertain_is_settled_once(given, outcome, kinds):
    story = given.executing()
    story.report("uncertain", code="TIMEOUT")

    assert story.report("uncertain", code="TIMEOUT") == ()
    assert kinds(story.report(outcome)) == [f"action.{outcome}"]


def test_what_waits_expires_once_and_releases_the_agent(given, kinds):
    story = given.held()
    story.later(FOUR_HOURS)

    assert kinds(story.tell(c.Expire("R1", "a1", 1))) == ["action.expired"]
    assert story.tell(c.Expire("R1", "a1", 1)) == ()
    assert story.run.at_rest


def test_a_card_hangs_once_at_a_place_and_a_thread_is_opened_once(given, kinds):
    story = given.story()
    place, other = Place(channel="C0", ts="1"), Place(channel="C0", ts="2")

    assert kinds(story.tell(c.HangCard("R1", place))) == ["card.posted"]
    assert story.tell(c.HangCard("R1", place)) == ()
    assert kinds(story.tell(c.OpenThread("R1", place, place))) == ["thread.opened"]
    assert story.tell(c.OpenThread("R1", other, other)) == ()
    assert story.run.card == place


def test_a_card_that_was_taken_down_hangs_where_it_was_posted_anew(given, kinds):
    story = given.story()
    place, other = Place(channel="C0", ts="1"), Place(channel="C0", ts="2")
    story.tell(c.HangCard("R1", place))

    assert kinds(story.tell(c.HangCard("R1", other))) == ["card.posted"]
    assert story.run.card == other


def test_a_look_at_the_details_is_on_record_whoever_looks(given, kinds):
    story = given.held()

    assert kinds(story.tell(c.OpenDetails("R1", "a1", 1, given.person("U0LEAD2"), "d-look"))) == ["details.opened"]
    assert story.action.state is State.HELD
