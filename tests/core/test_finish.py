"""How a run ends: one outcome, its reasons, and whether people take over."""

import pytest

from lanes.core import commands as c
from lanes.core.page import Mode
from lanes.core.states import State

WELL = {"refund": {"status": "succeeded"}, "ticket": {"status": "solved"}}


def done(given):
    story = given.executing()
    story.report("done", result={"status": "succeeded"})
    return story


def rejected(given):
    story = given.held()
    story.click("U0LEAD1", "reject", reason="wrong_amount")
    return story


def expired(given):
    story = given.held()
    story.later(given.page().approvers.expires)
    story.tell(c.Expire("R1", "a1", 1))
    return story


def blocked(given):
    story = given.story()
    story.propose(given.proposal("5001.00 USD"))
    return story


def failed(given):
    story = given.executing()
    story.report("failed", code="CHARGE_DISPUTED")
    return story


def uncertain(given):
    story = given.executing()
    story.report("uncertain", code="TIMEOUT")
    return story


def shadowed(given):
    story = given.story(given.regime(Mode.SHADOW))
    story.propose(given.proposal())
    return story


def untouched(given):
    return given.story()


NEVER_READ = "was never read back"


@pytest.mark.parametrize(
    ("before", "readings", "ending"),
    [
        (done, WELL, ("succeeded", (), False)),
        (done, {"refund": WELL["refund"]}, ("fell_short", (f"ticket.status {NEVER_READ}",), True)),
        (done, {}, ("fell_short", (f"refund.status {NEVER_READ}", f"ticket.status {NEVER_READ}"), True)),
        (untouched, WELL, ("no_evidence", (), True)),
        (rejected, WELL, ("rejected", ("wrong_amount",), False)),
        (expired, WELL, ("expired", ("AMOUNT_OVER_AUTO",), True)),
        (blocked, WELL, ("blocked", ("TOO_LARGE",), True)),
        (failed, WELL, ("failed", ("CHARGE_DISPUTED",), True)),
        (uncertain, WELL, ("uncertain", ("TIMEOUT",), True)),
        (shadowed, WELL, ("shadowed", ("AMOUNT_OVER_AUTO",), False)),
    ],
)
def test_what_came_of_the_actions_makes_the_outcome(given, before, readings, ending):
    story = before(given)

    (ended,) = story.finish(readings=readings, summary="said")

    assert (ended.outcome, ended.reasons, ended.handed_over) == ending
    assert ended.summary == "said"


@pytest.mark.parametrize(
    ("cause", "handed"),
    [
        ("budget", True),
        ("refusal", True),
        ("uncertain", True),
        ("model_unavailable", True),
        ("cut_short", True),
        ("malformed", True),
    ],
)
def test_what_stopped_the_agent_is_the_outcome(given, cause, handed):
    (ended,) = done(given).finish(cause, detail="STEPS", readings=WELL)

    assert (ended.outcome, ended.reasons, ended.handed_over) == (cause, ("STEPS",), handed)


CAUSES = {
    "uncertain": "uncertain",
    "budget": "budget",
    "refusal": "refusal",
    "no_evidence": "no_evidence",
    "cut_short": "failed",
    "malformed": "failed",
    "model_unavailable": "failed",
    "something_nobody_thought_of": "failed",
}


@pytest.mark.parametrize(("outcome", "cause"), CAUSES.items())
def test_people_take_over_only_what_the_page_says(given, outcome, cause):
    every = given.page().fallback.on

    for on in ([cause], [other for other in every if other != cause]):
        story = given.story(given.regime(lane=given.page(fallback={"to": "#support-leads", "on": on})))
        (ended,) = story.finish(outcome)
        assert ended.handed_over == (cause in on)


def test_an_agent_whose_drafts_do_not_stand_hands_over_and_the_outcome_stays_rejected(given):
    gives_up, told_so = rejected(given), rejected(given)

    (ended,) = gives_up.finish("redrafts", summary="Three drafts did not stand")
    (ends_itself,) = told_so.finish(summary="It is not due, so I stop")

    assert (ended.outcome, ended.reasons, ended.handed_over) == ("rejected", ("wrong_amount",), True)
    assert (ends_itself.outcome, ends_itself.handed_over) == ("rejected", False)


def test_drafts_that_were_replaced_until_one_was_done_need_nobody(given):
    (ended,) = done(given).finish("redrafts", readings=WELL)

    assert (ended.outcome, ended.handed_over) == ("succeeded", False)


def test_a_page_that_wants_no_failures_is_not_given_drafts_that_did_not_stand(given):
    lane = given.page(fallback={"to": "#support-leads", "on": ["uncertain", "budget"]})
    story = rejected(given)
    story.under(given.regime(lane=lane))

    (ended,) = story.finish("redrafts")

    assert not ended.handed_over


def test_a_shadow_run_is_handed_over_to_nobody(given):
    (ended,) = given.story(given.regime(Mode.SHADOW)).finish("budget")

    assert not ended.handed_over


@pytest.mark.parametrize("open_one", ["held", "cleared", "executing", "frozen"])
def test_a_run_does_not_end_while_something_is_open(given, open_one):
    story = getattr(given, open_one)()

    assert story.finish() == story.finish("budget") == ()


def test_a_run_ends_once(given):
    story = given.story()
    story.finish("budget")

    assert story.finish() == story.finish("budget") == ()


def test_the_worst_that_came_of_it_names_the_outcome(given):
    story = given.story()
    story.propose(given.proposal(call="one"), given.proposal("5001.00 USD", call="two", customer="cus_b"))
    story.click("U0LEAD1", "reject", action="a1", digest=story.run.actions["a1"].draft.digest, reason="not_due")
    (ended,) = story.finish()

    assert (ended.outcome, ended.reasons) == ("rejected", ("not_due",))


def test_what_is_settled_after_the_end_is_still_recorded(given):
    story = uncertain(given)
    story.finish("uncertain")
    story.report("done", result={"status": "succeeded"})

    assert story.action.state is State.DONE
    assert story.run.finished.outcome == "uncertain"


def test_a_lane_that_ends_with_an_answer_needs_no_write(given):
    page = given.page("support-triage")
    answer = {"category": "billing", "urgency": "low", "route": "support"}
    with_answer, without = given.story(given.regime(lane=page)), given.story(given.regime(lane=page))

    (ended,) = with_answer.finish(answer=answer)
    (short,) = without.finish()

    assert (ended.outcome, ended.answer) == ("succeeded", answer)
    assert (short.outcome, short.reasons) == ("fell_short", ("answer.category was never read back",))
