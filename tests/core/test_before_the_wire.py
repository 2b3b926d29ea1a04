"""The kill switch, and everything that is asked again right before the wire."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core.gate import Spent
from lanes.core.page import Mode
from lanes.core.states import State

# --- kill switch


def test_the_kill_switch_freezes_what_was_cleared_until_a_person_releases_it(given, kinds):
    """K2."""
    story = given.frozen()

    assert given.refused(story.click("U0LEAD2", "release")) == "KILL_SWITCH"
    assert story.begin() == ()
    story.under(given.regime())
    assert story.begin() == (), "that the lane goes on again is not yet a release"
    assert kinds(story.click("U0LEAD2", "release")) == ["decision.recorded", "action.cleared"]
    assert kinds(story.begin()) == ["execution.started"]


def test_a_release_stands_on_the_ruling_that_people_approved(given):
    story = given.frozen()
    story.under(given.regime())

    cleared = story.click("U0LEAD2", "release")[-1]

    assert (cleared.how, cleared.ruling.verdict) == ("released", "approve")


def test_a_release_is_no_approval(given):
    """What went alone, was frozen and released, still needs its people once the lane may no longer act alone."""
    autonomous = given.regime(Mode.AUTONOMOUS, lease=given.lease())
    story = given.story(autonomous)
    story.propose(given.proposal("5.00 USD"))
    story.under(given.regime(Mode.AUTONOMOUS, lease=given.lease(), stopped=True))
    story.tell(c.Freeze("R1"))
    story.under(given.regime(Mode.APPROVAL))
    story.click("U0LEAD1", "release")

    (gone,) = story.begin()

    assert story.action.approvals == ()
    assert (gone.kind, gone.reason) == ("action.superseded", "ruled_again")


def test_what_is_frozen_can_be_rejected_even_while_all_is_stopped(given):
    story = given.frozen()
    story.click("U0LEAD2", "reject", reason="other")

    assert story.action.state is State.REJECTED


def test_nothing_is_approved_while_the_lane_is_stopped(given):
    for stopped in (given.regime(stopped=True), given.regime(all_stopped=True)):
        story = given.held()
        story.under(stopped)
        assert given.refused(story.click()) == "KILL_SWITCH"


def test_freezing_touches_only_what_is_cleared(given):
    executing, held = given.executing(), given.held()
    for story in (executing, held):
        story.under(given.regime(stopped=True))
        assert story.tell(c.Freeze("R1")) == ()


def test_nothing_is_frozen_without_the_kill_switch(given):
    assert given.cleared().tell(c.Freeze("R1")) == ()


def test_the_kill_switch_is_asked_again_right_before_the_wire(given, kinds):
    story = given.cleared()
    story.under(given.regime(all_stopped=True))

    assert kinds(story.begin()) == ["action.frozen"]


def test_what_was_sent_before_the_kill_switch_ends_as_known(given):
    """K3: never silently dropped."""
    story = given.executing()
    story.under(given.regime(stopped=True))
    story.report("uncertain", code="TIMEOUT")
    story.report("done", result={"status": "succeeded"})

    assert story.action.state is State.DONE


# --- right before the wire


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"never": [{"tool": "stripe.create_refund", "reason": "NOT_TODAY"}]}, "NOT_TODAY"),
        ({"policy": []}, "NO_RULE"),
        (
            {"policy": [{"may": "stripe.create_refund", "then": "approve", "reason": "MORE_EYES", "quorum": 2}]},
            "MORE_EYES",
        ),
    ],
)
def test_a_page_that_became_stricter_stops_what_was_approved(given, change, reason):
    """D7."""
    story = given.cleared()
    story.under(given.regime(lane=given.page(**change)))

    (gone,) = story.begin()

    assert (gone.kind, gone.reason, gone.detail) == ("action.superseded", "ruled_again", reason)


def test_a_page_that_became_milder_changes_nothing_for_what_is_held(given, kinds):
    story = given.held("600.00 USD")
    milder = given.page(policy=[{"may": given.refund, "then": "approve", "reason": "FEWER_EYES"}])
    story.under(given.regime(lane=milder))

    assert kinds(story.click("U0LEAD1")) == ["decision.recorded"]


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.READ_ONLY])
def test_a_lane_that_may_no_longer_write_stops_what_was_approved(given, mode, kinds):
    story = given.cleared()
    story.under(given.regime(mode))

    assert kinds(story.begin()) == ["action.superseded"]


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.READ_ONLY, Mode.APPROVAL])
def test_a_demoted_lane_takes_back_what_it_cleared_alone(given, mode, kinds):
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=given.lease()))
    story.propose(given.proposal("5.00 USD"))
    assert story.action.state is State.CLEARED
    story.under(given.regime(mode))

    assert kinds(story.begin()) == ["action.superseded"]


def test_a_lane_that_lost_its_scope_stops(given):
    story = given.cleared()
    story.facts = replace(story.facts, scopes=frozenset())

    assert story.begin()[0].detail == "SCOPE_MISSING"


def test_what_is_about_to_happen_does_not_count_against_itself(given, kinds):
    full = Spent({"USD": 200_000 - 3_800}, {})
    story = given.story(spent=full)
    story.propose(given.proposal("38.00 USD"))
    story.click()

    assert kinds(story.begin()) == ["execution.started"]


def test_what_others_spent_meanwhile_counts(given):
    story = given.cleared()
    story.facts = replace(story.facts, spent=Spent({"USD": 196_201}, {}))

    assert story.begin()[0].detail == "CAP_MONEY_PER_DAY"


@pytest.mark.parametrize(
    "found",
    [
        {"refunded": 3800, "disputed": False, "note": None},
        {"refunded": 0, "disputed": True, "note": None},
        {"disputed": False, "note": None},
        {"refunded": 0, "disputed": False},
        {},
    ],
)
def test_a_target_that_changed_or_cannot_be_read_is_not_touched(given, found):
    """D15; what was pinned as empty must be read as empty, not be missing."""
    story = given.cleared()

    (gone,) = story.begin(pinned=found)

    assert (gone.kind, gone.reason) == ("action.superseded", "content_changed")
    assert gone.detail
    assert story.run.at_rest, "the agent may draft anew"


def test_what_nobody_pinned_may_change(given, kinds):
    found = {"refunded": 0, "disputed": False, "note": None, "updated": "today"}

    assert kinds(given.cleared().begin(pinned=found)) == ["execution.started"]


def test_a_cleared_action_that_cannot_be_begun_is_withdrawn_with_its_reason(given):
    story = given.cleared()
    story.tell(c.Withdraw("R1", "a1", 1, "content_changed", "the charge is gone"))

    assert (story.action.state, story.action.code) == (State.SUPERSEDED, "content_changed")
    assert given.refused(story.click("U0LEAD2")) == "STALE_VERSION"


@pytest.mark.parametrize(
    ("now", "reason"), [({"tool_version": 2}, "tool_changed"), ({"body": "Other words"}, "content_changed")]
)
def test_a_tool_that_would_now_do_it_otherwise_is_not_let_go(given, now, reason):
    """D1, D2: what was approved is what is executed, in the same words; the card shows what is sent."""
    (gone,) = given.cleared().begin(**now)

    assert (gone.kind, gone.reason) == ("action.superseded", reason)


@pytest.mark.parametrize(("late", "kind"), [(timedelta(0), "execution.started"), (timedelta(1), "action.superseded")])
def test_an_approval_grows_old(given, late, kind):
    """U6: a day behind its deadline, what was approved is asked about anew."""
    story = given.cleared()
    story.facts = replace(story.facts, now=story.action.until + late + timedelta(seconds=1))

    assert story.begin()[0].kind == kind
