"""The walk of an action: what each command comes to, and who may say what."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.commands import Standing
from lanes.core.decide import decide
from lanes.core.gate import Spent
from lanes.core.page import Mode
from lanes.core.run import evolve, fold
from lanes.core.states import Impossible, State

FOUR_HOURS = timedelta(hours=4)  # the page's deadline


def refused(events):
    """The code somebody was refused with; nothing else may have happened."""
    (event,) = events
    assert isinstance(event, e.DecisionRefused)
    return event.code


# --- the whole walk


def test_from_the_wish_to_the_end(given, kinds):
    story = given.story()
    drafted = story.propose(given.proposal())
    clicked = story.click("U0LEAD1")
    begun = story.begin()
    done = story.report("done", result={"status": "succeeded"})
    ended = story.finish(readings={"refund": {"status": "succeeded"}, "ticket": {"status": "solved"}})

    assert kinds(drafted) == ["turn.taken", "action.drafted", "action.held"]
    assert kinds(clicked) == ["decision.recorded", "action.cleared"]
    assert kinds(begun) == ["execution.started"]
    assert kinds(done) == ["action.done"]
    assert kinds(ended) == ["run.finished"]
    assert (story.run.finished.outcome, story.action.state) == ("succeeded", State.DONE)


def test_a_run_starts_with_what_it_stands_under(given):
    story = given.story(given.regime(Mode.SHADOW))

    started = story.run.started

    assert (started.mode, started.configuration, started.delivery) == (Mode.SHADOW, "c0", "d-start")
    assert story.run.silent


def test_the_key_is_fixed_before_anybody_approves_and_reaches_the_wire(given):
    story = given.held()
    key = story.action.draft.key
    story.click()

    (started,) = story.begin()

    assert started.key == key
    assert len(key) == 64


def test_two_drafts_of_one_turn_have_their_own_keys(given):
    story = given.story()
    story.propose(given.proposal(tool=given.reply, call="one"), given.proposal(tool=given.reply, call="two"))

    first, second = story.run.actions.values()

    assert (first.id, second.id) == ("a1", "a2")
    assert first.draft.key != second.draft.key


@pytest.mark.parametrize(
    "change",
    [
        {"tool": "zendesk.reply"},
        {"tool_version": 2},
        {"arguments": {"charge": "ch_2"}},
        {"target": "other"},
        {"target": "moved"},
        {"preview": "other"},
    ],
)
def test_the_digest_covers_what_a_person_approves(given, change):
    one, other = given.story(), given.story()
    proposal = given.proposal()
    if change.get("target") == "other":
        change = {"target": proposal.target.model_copy(update={"ref": "stripe.charge ch_2"})}
    elif change.get("target") == "moved":
        change = {"target": proposal.target.model_copy(update={"pinned": {"refunded": 1}})}
    elif "preview" in change:
        change = {"preview": proposal.preview.model_copy(update={"sentence": "Refund nothing"})}

    one.propose(proposal)
    other.propose(replace(proposal, **change))

    assert one.action.draft.digest != other.action.draft.digest


def test_the_digest_covers_the_configuration_and_the_requester(given):
    proposal = given.proposal()
    stories = [given.story(), given.story(configuration="c1"), given.story()]
    stories[2].run = replace(
        stories[2].run, started=stories[2].run.started.model_copy(update={"by": given.person("U0B")})
    )
    for story in stories:
        story.propose(proposal)

    assert len({story.action.draft.digest for story in stories}) == 3


def test_one_turn_counts_its_own_drafts_against_the_caps(given, kinds):
    story = given.story()

    events = story.propose(given.proposal(call="one"), given.proposal(call="two"))

    assert kinds(events)[1:] == ["action.drafted", "action.held", "action.drafted", "action.blocked"]
    assert story.action.ruling.reasons == ("CAP_PER_CUSTOMER",)


def test_writes_that_go_alone_use_up_the_lease_within_one_turn(given, kinds):
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=given.lease(per_day=1)))

    events = story.propose(
        given.proposal("5.00 USD", call="one"), given.proposal("5.00 USD", customer="cus_b", call="two")
    )

    assert kinds(events)[2::2] == ["action.cleared", "action.held"]
    assert story.action.ruling.reasons[0] == "LEASE_USED_UP_TODAY"


def test_reads_are_recorded_with_the_turn_they_belong_to(given, kinds):
    story = given.story()
    read = c.Answered("call_0", "stripe.find_charges", {"email": "ada@example.com"}, "[]", ok=True, ms=12)

    events = story.propose(given.proposal(), answered=(read,))

    assert kinds(events) == ["turn.taken", "call.answered", "action.drafted", "action.held"]
    assert story.run.answers["call_0"].answer == "[]"
    assert story.run.worked == timedelta(milliseconds=5 + 12)
    assert story.run.cost == 10


# --- rights


def test_the_requester_is_refused_whatever_the_approvers_say(given):
    """R7: before the approver set is read, so that a lookup failure cannot change the answer."""
    for standing in (Standing.MEMBER, Standing.NOT_MEMBER, Standing.UNKNOWN):
        for decision, reason in (("approve", ""), ("reject", "other")):
            story = given.held()
            assert refused(story.click("U0REQUESTER", decision, reason=reason, standing=standing)) == "REQUESTER"
            assert story.action.state is State.HELD


def test_the_requester_cannot_release_either(given):
    story = given.frozen()
    story.under(given.regime())

    assert refused(story.click("U0REQUESTER", "release")) == "REQUESTER"


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

    assert refused(story.click("U0SOMEONE", decision, reason="other", standing=standing)) == code
    assert story.action == before


def test_every_standing_but_one_is_tried():
    assert len(Standing) == 7, "a new standing needs its row above"


@pytest.mark.parametrize("standing", Standing)
def test_nobody_decides_from_another_workspace(given, standing):
    assert refused(given.held().click("U0LEAD1", team="T0ELSE", standing=standing)) == "OTHER_WORKSPACE"


def test_the_requesters_namesake_of_another_workspace_is_a_stranger(given):
    assert refused(given.held().click("U0REQUESTER", team="T0ELSE")) == "OTHER_WORKSPACE"


# --- what was clicked on


def test_a_click_on_another_version_is_refused(given):
    story = given.held()

    assert refused(story.click(version=2)) == "STALE_VERSION"
    assert refused(story.click(digest="0" * 64)) == "STALE_VERSION"
    assert refused(story.click(action="a9")) == "UNKNOWN_ACTION"
    assert story.action.state is State.HELD


def test_after_the_deadline_nobody_decides(given):
    story = given.held()
    story.later(FOUR_HOURS - timedelta(microseconds=1))
    assert not isinstance(story.click("U0LEAD1", "reject", reason="bad")[0], e.DecisionRecorded)
    story.later(timedelta(microseconds=1))

    assert refused(story.click()) == "EXPIRED"
    assert story.action.state is State.HELD, "the clock's own command expires it, not a click"

    story.tell(c.Expire("R1", "a1", 1))
    assert refused(story.click()) == "EXPIRED"


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
    assert refused(given.frozen().click()) == "FROZEN"
    assert refused(given.executing().click()) == "ALREADY_DECIDED"
    assert refused(given.held().click(decision="release")) == "NOT_WAITING"
    blocked = given.story()
    blocked.propose(given.proposal("5001.00 USD"))
    assert refused(blocked.click()) == "NOT_WAITING"


def test_a_decision_is_on_record_with_the_standing_of_that_moment(given):
    story = given.held()
    recorded, _ = story.click("U0LEAD1", delivery="d-click")

    assert (recorded.by, recorded.standing, recorded.surface) == (given.person("U0LEAD1"), "member", "card")
    assert "d-click" in story.run.handled


# --- how many voices


def test_a_quorum_is_of_different_people(given, kinds):
    story = given.held("600.00 USD")

    assert kinds(story.click("U0LEAD1")) == ["decision.recorded"]
    assert refused(story.click("U0LEAD1")) == "ALREADY_SAID"
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

    assert refused(story.click(decision="reject", reason=reason)) == "UNKNOWN_REASON"
    assert story.action.state is State.HELD


def test_rejected_is_final(given):
    """D6."""
    story = given.held()
    rejected = story.click("U0LEAD1", "reject", reason="wrong_amount")[-1]

    assert (rejected.by, rejected.reason) == (given.person("U0LEAD1"), "wrong_amount")
    assert refused(story.click("U0LEAD2")) == "ALREADY_DECIDED"
    assert refused(story.click("U0LEAD2", "release")) == "ALREADY_DECIDED"
    assert story.begin() == story.report() == story.tell(c.Expire("R1", "a1", 1)) == ()
    assert story.action.state is State.REJECTED


# --- kill switch


def test_the_kill_switch_freezes_what_was_cleared_until_a_person_releases_it(given, kinds):
    """K2."""
    story = given.frozen()

    assert refused(story.click("U0LEAD2", "release")) == "KILL_SWITCH"
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
        assert refused(story.click()) == "KILL_SWITCH"


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
    assert refused(story.click("U0LEAD2")) == "STALE_VERSION"


@pytest.mark.parametrize(
    ("now", "reason"), [({"tool_version": 2}, "tool_changed"), ({"body": "Other words"}, "content_changed")]
)
def test_a_tool_that_would_now_do_it_otherwise_is_not_let_go(given, now, reason):
    """D1: what was approved is what is executed, in the same words."""
    (gone,) = given.cleared().begin(**now)

    assert (gone.kind, gone.reason) == ("action.superseded", reason)


@pytest.mark.parametrize(("late", "kind"), [(timedelta(0), "execution.started"), (timedelta(1), "action.superseded")])
def test_an_approval_grows_old(given, late, kind):
    """U6: a day behind its deadline, what was approved is asked about anew."""
    story = given.cleared()
    story.facts = replace(story.facts, now=story.action.until + late + timedelta(seconds=1))

    assert story.begin()[0].kind == kind


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
    place, other = e.Place(channel="C0", ts="1"), e.Place(channel="C0", ts="2")

    assert kinds(story.tell(c.HangCard("R1", place))) == ["card.posted"]
    assert story.tell(c.HangCard("R1", place)) == ()
    assert kinds(story.tell(c.OpenThread("R1", place, place))) == ["thread.opened"]
    assert story.tell(c.OpenThread("R1", other, other)) == ()
    assert story.run.card == place


def test_a_card_that_was_taken_down_hangs_where_it_was_posted_anew(given, kinds):
    story = given.story()
    place, other = e.Place(channel="C0", ts="1"), e.Place(channel="C0", ts="2")
    story.tell(c.HangCard("R1", place))

    assert kinds(story.tell(c.HangCard("R1", other))) == ["card.posted"]
    assert story.run.card == other


def test_a_look_at_the_details_is_on_record_whoever_looks(given, kinds):
    story = given.held()

    assert kinds(story.tell(c.OpenDetails("R1", "a1", 1, given.person("U0LEAD2"), "d-look"))) == ["details.opened"]
    assert story.action.state is State.HELD


# --- shadow


@pytest.mark.parametrize("late", [False, True])
def test_a_shadow_draft_is_never_held_and_never_cleared(given, late):
    """Whether the run began in shadow or the lane went back to it meanwhile, and the other way round."""
    shadow = given.regime(Mode.SHADOW)
    autonomous = given.regime(Mode.AUTONOMOUS, lease=given.lease())
    story = given.story(autonomous if late else shadow)
    story.under(shadow if late else autonomous)

    story.propose(given.proposal("5.00 USD"))

    assert story.action.state is State.SHADOWED
    assert refused(story.click()) == "NOT_WAITING"
    assert story.begin() == ()


def test_a_shadow_draft_that_policy_forbids_is_blocked(given):
    story = given.story(given.regime(Mode.SHADOW))
    story.propose(given.proposal("5001.00 USD"))

    assert story.action.state is State.BLOCKED


# --- history


def test_a_run_folded_from_its_history_is_the_run(given):
    stories = [given.held(), given.executing(), given.frozen(), given.story()]
    stories[1].report("uncertain", code="TIMEOUT")
    stories[1].finish("uncertain")
    stories[2].click("U0REQUESTER")

    for story in stories:
        assert fold(story.events) == story.run
        for cut in range(len(story.events)):
            assert fold(story.events[cut:], fold(story.events[:cut])) == story.run
        assert story.run.version == len(story.events)


def test_an_event_that_cannot_follow_is_impossible(given):
    story = given.held()
    drafted, held = story.events[-2:]

    for event in (
        held,
        held.model_copy(update={"action": "a9"}),
        e.ActionExpired(at=given.now, action="a1", version=2),
        drafted,
        drafted.model_copy(update={"version": 2}),
    ):
        with pytest.raises(Impossible):
            evolve(story.run, event)


def test_what_was_superseded_may_be_drafted_as_the_next_version(given):
    story = given.held()
    drafted = story.events[-2]
    gone = e.ActionSuperseded(at=given.now, action="a1", version=1, reason="edited")

    run = fold([gone, drafted.model_copy(update={"version": 2})], story.run)

    assert (run.actions["a1"].state, run.actions["a1"].version) == (State.DRAFTED, 2)
    with pytest.raises(Impossible):
        fold([gone, drafted.model_copy(update={"version": 3})], story.run)


def test_a_history_begins_with_the_start(given):
    story = given.story()

    with pytest.raises(AssertionError):
        evolve(None, e.CardPosted(at=given.now, place=e.Place(channel="C", ts="1")))
    with pytest.raises(AssertionError):
        evolve(story.run, story.events[0])
