"""Who may say what, to which version, and with how many others."""

from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.commands import Standing
from lanes.core.states import State

FOUR_HOURS = timedelta(hours=4)  # the page's deadline


# --- rights


def test_the_requester_is_refused_whatever_the_approvers_say(given):
    """R7: before the approver set is read, so that a lookup failure cannot change the answer."""
    for standing in (Standing.MEMBER, Standing.NOT_MEMBER, Standing.UNKNOWN):
        for decision, reason in (("approve", ""), ("reject", "other")):
            story = given.held()
            assert given.refused(story.click("U0REQUESTER", decision, reason=reason, standing=standing)) == "REQUESTER"
            assert story.action.state is State.HELD


def test_the_requester_cannot_release_either(given):
    story = given.frozen()
    story.under(given.regime())

    assert given.refused(story.click("U0REQUESTER", "release")) == "REQUESTER"


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (Standing.NOT_MEMBER, "NOT_AN_APPROVER"),
        (Standing.UNKNOWN, "CANNOT_VERIFY"),
        (Standing.GUEST, "GUEST"),
        (Standing.STRANGER, "OTHER_WORKSPACE"),
        (Standing.BOT, "BOT"),
        (Standing.DEACTIVATED, "DEACTIVATED"),
    ],
)
@pytest.mark.parametrize("decision", ["approve", "reject", "release"])
def test_only_a_member_decides(given, standing, code, decision):
    story = given.frozen() if decision == "release" else given.held()
    story.under(given.regime())
    before = story.action

    assert given.refused(story.click("U0SOMEONE", decision, reason="other", standing=standing)) == code
    assert story.action == before


def test_every_standing_but_one_is_tried():
    assert len(Standing) == 7, "a new standing needs its row above"


@pytest.mark.parametrize("standing", Standing)
def test_nobody_decides_from_another_workspace(given, standing):
    assert given.refused(given.held().click("U0LEAD1", team="T0ELSE", standing=standing)) == "OTHER_WORKSPACE"


def test_the_requesters_namesake_of_another_workspace_is_a_stranger(given):
    assert given.refused(given.held().click("U0REQUESTER", team="T0ELSE")) == "OTHER_WORKSPACE"


# --- what was clicked on


def test_a_click_on_another_version_is_refused(given):
    story = given.held()

    assert given.refused(story.click(version=2)) == "STALE_VERSION"
    assert given.refused(story.click(digest="0" * 64)) == "STALE_VERSION"
    assert given.refused(story.click(action="a9")) == "UNKNOWN_ACTION"
    assert story.action.state is State.HELD


def test_after_the_deadline_nobody_decides(given):
    story = given.held()
    story.later(FOUR_HOURS - timedelta(microseconds=1))
    assert not isinstance(story.click("U0LEAD1", "reject", reason="bad")[0], e.DecisionRecorded)
    story.later(timedelta(microseconds=1))

    assert given.refused(story.click()) == "EXPIRED"
    assert story.action.state is State.HELD, "the clock's own command expires it, not a click"

    story.tell(c.Expire("R1", "a1", 1))
    assert given.refused(story.click()) == "EXPIRED"


def test_just_before_the_deadline_somebody_still_does(given):
    story = given.held()
    story.later(FOUR_HOURS - timedelta(microseconds=1))
    story.click()

    assert story.action.state is State.CLEARED


@pytest.mark.parametrize("second", ["approve", "reject"])
@pytest.mark.parametrize("first", ["approve", "reject"])
def test_the_loser_of_two_clicks_is_told_who_won(given, first, second):
    """S5."""
    story = given.held()
    story.click("U0LEAD1", first, reason="other")

    (lost,) = story.click("U0LEAD2", second, reason="other")

    assert (lost.code, lost.winner) == ("ALREADY_DECIDED", given.person("U0LEAD1"))


def test_what_is_not_held_is_not_approved(given):
    assert given.refused(given.frozen().click()) == "FROZEN"
    assert given.refused(given.executing().click()) == "ALREADY_DECIDED"
    assert given.refused(given.held().click(decision="release")) == "NOT_WAITING"
    blocked = given.story()
    blocked.propose(given.proposal("5001.00 USD"))
    assert given.refused(blocked.click()) == "NOT_WAITING"


def test_a_decision_is_on_record_with_the_standing_of_that_moment(given):
    """R9: who, through which surface, and how sure that was."""
    story = given.held()
    recorded, _ = story.click("U0LEAD1", delivery="d-click")

    assert (recorded.by, recorded.standing, recorded.surface) == (given.person("U0LEAD1"), "member", "card")
    assert "d-click" in story.run.handled


# --- how many voices


def test_a_quorum_is_of_different_people(given, kinds):
    story = given.held("600.00 USD")

    assert kinds(story.click("U0LEAD1")) == ["decision.recorded"]
    assert given.refused(story.click("U0LEAD1")) == "ALREADY_SAID"
    assert story.action.state is State.HELD
    assert kinds(story.click("U0LEAD2")) == ["decision.recorded", "action.cleared"]
    assert story.action.approvals == (given.person("U0LEAD1"), given.person("U0LEAD2"))


def test_one_no_outweighs_a_yes(given):
    story = given.held("600.00 USD")
    story.click("U0LEAD1")
    story.click("U0LEAD2", "reject", reason="not_due")

    assert story.action.state is State.REJECTED


def test_somebody_may_take_their_yes_back_while_it_waits(given):
    story = given.held("600.00 USD")
    story.click("U0LEAD1")
    story.click("U0LEAD1", "reject", reason="not_due")

    assert story.action.state is State.REJECTED


@pytest.mark.parametrize("reason", ["", "because", "WRONG_AMOUNT"])
def test_a_no_needs_a_reason_of_the_page(given, reason):
    story = given.held()

    assert given.refused(story.click(decision="reject", reason=reason)) == "UNKNOWN_REASON"
    assert story.action.state is State.HELD


def test_rejected_is_final(given):
    """D6."""
    story = given.held()
    rejected = story.click("U0LEAD1", "reject", reason="wrong_amount")[-1]

    assert (rejected.by, rejected.reason) == (given.person("U0LEAD1"), "wrong_amount")
    assert given.refused(story.click("U0LEAD2")) == "ALREADY_DECIDED"
    assert given.refused(story.click("U0LEAD2", "release")) == "ALREADY_DECIDED"
    assert story.begin() == story.report() == story.tell(c.Expire("R1", "a1", 1)) == ()
    assert story.action.state is State.REJECTED
