"""Edit, take over, ask, claim, snooze, remind, cancel, break the glass: what people do beside yes and no."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.commands import Standing
from lanes.core.decide import decide
from lanes.core.page import Mode
from lanes.core.states import State
from lanes.core.values import Precedent
from tools.contract import Change

MINUTES = timedelta(minutes=1)
WHY = "The customer is on the phone and the second lead is ill"


def revision(given, amount="20.00 USD", *, made=False, **changes):
    change = (Change(field="amount", before="38.00 USD", after=amount),)
    return c.Revision(given.proposal(amount, **changes), change, made)


def ask(given, story, to="agent"):
    one = story.action
    return story.tell(c.Ask(
        run="R1", action=one.id, version=one.version, digest=one.draft.digest, surface="card", delivery="q1",
        voice=c.Voice(given.person("U0LEAD1"), Standing.MEMBER), to=to, text="Why not the other charge?",
    ))  # fmt: skip


def claim(given, story, user="U0LEAD1", delivery="c1", standing=Standing.MEMBER):
    return story.tell(c.Claim("R1", c.Voice(given.person(user), standing), delivery))


# --- edit


def test_an_edit_is_a_new_version_that_is_ruled_on_again(given, kinds):
    """DESIGN 4.2: a larger amount may need two people, and the click on what stood there before is stale."""
    story = given.held()
    shown = story.action
    new = story.click(decision="edit", revision=revision(given, "600.00 USD", made=True))

    assert kinds(new) == ["decision.recorded", "action.superseded", "action.drafted", "action.held"]
    now = story.action
    assert (now.version, now.state, now.ruling.quorum) == (2, State.HELD, 2)
    assert now.draft.edit.arguments == shown.draft.arguments
    assert now.draft.digest != shown.draft.digest
    assert now.draft.key != shown.draft.key
    assert given.refused(story.click("U0LEAD2", version=1, digest=shown.draft.digest)) == "STALE_VERSION"


def test_who_made_it_go_elsewhere_does_not_let_it_through(given):
    """Maker and checker: a larger amount or another recipient is written by somebody, and let go by somebody else."""
    story = given.held()
    story.click("U0LEAD1", "edit", revision=revision(given, "90.00 USD", made=True))
    story.click("U0LEAD2", "edit", revision=revision(given, "80.00 USD"))

    assert given.refused(story.click("U0LEAD1")) == "WROTE_IT"
    story.click("U0LEAD2")
    assert story.action.state is State.CLEARED


def test_who_only_made_it_smaller_may_say_yes_to_it(given):
    story = given.held()
    story.click("U0LEAD1", "edit", revision=revision(given))
    story.click("U0LEAD1")

    assert story.action.state is State.CLEARED


def test_an_edit_that_the_gate_blocks_leaves_what_waited(given):
    story = given.held()
    before = story.action
    (no,) = story.click(decision="edit", revision=revision(given, "5001.00 USD", made=True))

    assert (no.code, set(no.reasons) >= {"TOO_LARGE"}) == ("EDIT_BLOCKED", True)
    assert story.action == before


def test_an_edit_is_held_against_the_caps_without_the_version_it_replaces(given):
    """1,900 of 2,000 dollars wait on this very card: edited to 1,800 they are no more than that."""
    story = given.held("1900.00 USD")
    story.click(decision="edit", revision=revision(given, "1800.00 USD"))

    assert (story.action.version, story.action.state) == (2, State.HELD)


def test_an_edit_that_changes_nothing_is_told_so(given):
    assert given.refused(given.held().click(decision="edit")) == "NOTHING_CHANGED"


def test_a_second_edit_may_put_back_what_the_agent_wrote(given):
    story = given.held()
    story.click("U0LEAD1", "edit", revision=revision(given, "20.00 USD"))
    story.click("U0LEAD2", "edit", revision=replace(revision(given, "38.00 USD", made=True), changes=()))

    assert (story.action.version, story.action.draft.edit.changes) == (3, ())
    assert given.refused(story.click("U0LEAD2")) == "WROTE_IT"


def test_an_edit_takes_the_record_from_nobody_and_forgets_nothing_that_people_said(given):
    """The owner of the record decides on the edited version as well."""
    said = Precedent(run="R0", action="a1", decision="reject", by="U0LEAD1", at=given.now, sentence="Refund $40.00")
    story = given.story(precedents={f"{given.refund} cus_ada": (said,)})
    story.propose(replace(given.proposal(), record_owner="U0THEO"))
    story.facts = replace(story.facts, precedents={})
    story.click("U0THEO", "edit", revision=revision(given))

    assert (story.action.version, story.action.draft.record_owner) == (2, "U0THEO")
    assert story.action.draft.precedents == (said,)


def test_what_a_person_edited_never_goes_alone(given):
    """Lowered into the lease it would: but somebody was asked, and has not said yes yet."""
    story = given.held("30.00 USD", given.regime(Mode.AUTONOMOUS, lease=given.lease()))
    story.click(decision="edit", revision=revision(given, "20.00 USD"))

    assert (story.action.state, story.action.ruling.reasons[0]) == (State.HELD, "EDITED")


# --- take over, ask


def test_a_person_who_does_it_by_hand_ends_the_draft(given, kinds):
    story = given.held()
    new = story.click(decision="take_over", note="I do it in Stripe")

    assert kinds(new) == ["decision.recorded", "action.taken_over"]
    story.finish()
    assert story.run.finished.outcome == "taken_over"
    assert not story.run.finished.handed_over


def test_asking_the_agent_takes_the_draft_off_the_table(given, kinds):
    story = given.held()

    assert kinds(ask(given, story)) == ["question.asked", "action.superseded"]
    assert story.action.code == "asked"
    assert story.run.at_rest


def test_asking_the_requester_leaves_it_there_until_they_answer(given, kinds):
    story = given.held()
    assert kinds(ask(given, story, "requester")) == ["question.asked"]
    assert story.action.state is State.HELD
    answer = c.AnswerQuestion("R1", "q1", given.person(), "The later one", "d-answer")
    assert story.tell(replace(answer, by=given.person("U0LEAD2"))) == (), "the question was not theirs"

    assert kinds(story.tell(answer)) == ["question.answered", "action.superseded"]
    assert story.tell(replace(answer, delivery="d-second")) == (), "a question is answered once"


def test_an_answer_that_comes_after_the_decision_is_kept_and_changes_nothing(given, kinds):
    story = given.held()
    ask(given, story, "requester")
    story.click()

    assert kinds(story.tell(c.AnswerQuestion("R1", "q1", given.person(), "Yes", "d-a"))) == ["question.answered"]
    assert story.action.state is State.CLEARED


# --- claim, snooze, remind


def test_nobody_decides_on_what_somebody_else_has_taken(given):
    story = given.held()
    claim(given, story)

    (no,) = story.click("U0LEAD2")
    assert (no.code, no.winner) == ("CLAIMED", given.person("U0LEAD1"))
    assert given.refused(claim(given, story, "U0LEAD2", "c2")) == "CLAIMED"
    story.later(15 * MINUTES)
    story.click("U0LEAD2")
    assert story.action.state is State.CLEARED


def test_a_claim_is_let_go_by_its_holder_or_the_owner_and_by_deciding(given):
    story = given.held("600.00 USD")
    claim(given, story)
    assert story.tell(c.LetGo("R1", given.person("U0LEAD2"), "l1")) == ()
    story.tell(c.LetGo("R1", given.person("U0OWNER"), "l2"))
    assert story.run.claimed(story.facts.now) is None
    claim(given, story, delivery="c2")
    story.click("U0LEAD1")
    story.click("U0LEAD2")

    assert story.action.state is State.CLEARED, "the first of two voices has let the card go"


@pytest.mark.parametrize(
    ("user", "standing", "code"),
    [
        ("U0REQUESTER", Standing.MEMBER, "REQUESTER"),
        ("U0X", Standing.NOT_MEMBER, "NOT_AN_APPROVER"),
        ("U0X", Standing.UNKNOWN, "CANNOT_VERIFY"),
        ("U0X", Standing.GUEST, "GUEST"),
    ],
)
def test_a_claim_is_for_those_who_may_decide(given, user, standing, code):
    assert given.refused(claim(given, given.held(), user, standing=standing)) == code


def test_a_snooze_is_one_persons_and_moves_no_deadline(given, kinds):
    story = given.held()
    until = story.facts.now + 30 * MINUTES
    assert kinds(story.tell(c.Snooze("R1", given.person("U0LEAD1"), until, "s1"))) == ["card.snoozed"]

    assert story.run.snoozed == {"U0LEAD1": until}
    story.later(timedelta(hours=4))
    assert kinds(story.tell(c.Expire("R1", "a1", 1))) == ["action.expired"]


def test_the_last_reminder_goes_to_those_above_and_none_comes_twice(given):
    page = given.page(approvers={
        "group": "support-leads", "fallback": [], "expires": "4h", "remind": ["1h", "3h"], "escalate_to": "managers",
    })  # fmt: skip
    story = given.held(regime=given.regime(lane=page))
    (first,) = story.tell(c.Remind("R1", "a1", 1, 1))
    (second,) = story.tell(c.Remind("R1", "a1", 1, 2))

    assert (first.escalated, second.escalated) == (False, True)
    assert story.tell(c.Remind("R1", "a1", 1, 2)) == ()
    story.click()
    assert story.tell(c.Remind("R1", "a1", 1, 3)) == (), "nobody is reminded of what is decided"


# --- break the glass


def glass(given):
    said = {"group": "support-leads", "fallback": [], "expires": "4h", "break_glass": True}
    return given.regime(lane=given.page(approvers=said))


def test_breaking_the_glass_passes_over_quorum_and_requester_and_needs_a_reason(given, kinds):
    """R8."""
    story = given.held("600.00 USD", glass(given))
    assert given.refused(story.click("U0REQUESTER", "break_glass", note="quick")) == "NOT_JUSTIFIED"
    new = story.click("U0REQUESTER", "break_glass", note=WHY)

    assert kinds(new) == ["decision.recorded", "action.cleared"]
    assert kinds(story.begin()) == ["execution.started"], "the gate lets it pass at the wire as well"


def test_no_glass_is_broken_where_the_page_has_none_or_the_lane_is_stopped(given):
    plain = given.regime(lane=given.page(approvers={"group": "support-leads", "fallback": [], "expires": "4h"}))
    assert given.refused(given.held(regime=plain).click(decision="break_glass", note=WHY)) == "NO_BREAK_GLASS"
    story = given.held(regime=glass(given))
    page = story.facts.regime.lane
    assert given.refused(story.click("U0X", "break_glass", note=WHY, standing=Standing.NOT_MEMBER)) == "NOT_AN_APPROVER"
    story.under(given.regime(lane=page, stopped=True))
    assert given.refused(story.click(decision="break_glass", note=WHY)) == "KILL_SWITCH"


def test_the_owner_may_break_it_without_being_an_approver(given):
    story = given.held(regime=glass(given))
    story.click("U0OWNER", "break_glass", note=WHY, standing=Standing.NOT_MEMBER)

    assert story.action.state is State.CLEARED


# --- voices: stages, stand-ins


def staged(given):
    rows = [{"may": given.refund, "then": "approve", "reason": "HIGH_VALUE", "stages": ["support-leads", "finance"]}]
    said = {"group": "support-leads", "fallback": [], "expires": "4h", "groups": {"finance": ["U0FIN"]}}
    return given.regime(lane=given.page(policy=rows, approvers=said))


def test_stages_say_yes_one_after_the_other(given):
    story = given.held(regime=staged(given))
    assert story.action.stage == "support-leads"
    assert given.refused(story.click("U0FIN", stage="finance")) == "OTHER_GROUPS_TURN"
    story.click("U0LEAD1", stage="support-leads")
    assert (story.action.state, story.action.stage) == (State.HELD, "finance")
    story.click("U0FIN", stage="finance")

    assert story.action.state is State.CLEARED


def test_one_persons_yes_counts_once_whoever_says_it(given):
    story = given.held("600.00 USD")
    story.click("U0STAND_IN", on_behalf="U0LEAD1")

    assert given.refused(story.click("U0LEAD1")) == "SAID_FOR_THEM"
    assert given.refused(story.click("U0OTHER", on_behalf="U0STAND_IN")) == "SAID_FOR_THEM"
    assert given.refused(story.click("U0OTHER", on_behalf="U0REQUESTER")) == "FOR_THE_REQUESTER"
    story.click("U0LEAD2")
    assert story.action.state is State.CLEARED


def test_a_short_digest_is_enough_and_a_shorter_one_is_not(given):
    story = given.held()
    assert given.refused(story.click(digest=story.action.draft.digest[:15])) == "STALE_VERSION"
    story.click(digest=story.action.draft.digest[:16])

    assert story.action.state is State.CLEARED


# --- cancel, the same again


def cancel(given, user="U0REQUESTER", standing=Standing.NOT_MEMBER, delivery="x1"):
    return c.Cancel("R1", given.person(user), standing, delivery)


@pytest.mark.parametrize("state", ["held", "cleared", "frozen"])
def test_cancelling_takes_everything_off_the_table(given, kinds, state):
    story = getattr(given, state)()
    new = story.tell(cancel(given))

    gone = "action.rejected" if state == "frozen" else "action.superseded"
    assert kinds(new) == ["cancel.asked", gone, "run.finished"]
    assert story.run.finished.outcome == "cancelled"


def test_what_is_under_way_comes_to_its_own_end_first(given, kinds):
    story = given.executing()
    assert kinds(story.tell(cancel(given))) == ["cancel.asked"]
    story.report(result={})

    assert story.run.at_rest, "the agent is called once more, and ends it"


def over(given):
    story = given.story()
    story.finish("budget")
    return story


def test_only_who_asked_or_decides_may_cancel(given):
    story = given.held()
    assert given.refused(story.tell(cancel(given, "U0X"))) == "NOT_YOURS_TO_CANCEL"
    story.tell(cancel(given, "U0LEAD1", Standing.MEMBER, "x2"))
    assert story.tell(cancel(given, delivery="x3")) == (), "it is cancelled already"
    assert given.refused(over(given).tell(cancel(given))) == "ALREADY_ENDED"


def test_the_same_request_a_moment_later_is_no_second_run(given):
    start = c.StartRun("R2", "support-refunds", "ZD-4821", given.person(), "C0", "d-2")
    assert decide(None, start, given.facts(running="R1")) == ()
    assert len(decide(None, replace(start, anew=True), given.facts(running="R1"))) == 1


def test_what_people_said_of_one_like_it_stands_on_the_next_draft(given):
    said = Precedent(
        run="R0", action="a1", decision="reject", by="U0LEAD1", at=given.now, sentence="Refund $40.00",
        reason="not_due", note="They were charged once",
    )  # fmt: skip
    story = given.story(precedents={f"{given.refund} cus_ada": (said,)})
    story.propose(given.proposal())

    assert story.action.draft.precedents == (said,)


def test_a_shadow_run_is_never_claimed(given):
    story = given.story(given.regime(Mode.SHADOW))
    story.propose(given.proposal())

    assert given.refused(claim(given, story)) == "NOT_WAITING"
    assert isinstance(story.events[-1], e.DecisionRefused)
