"""How much a lane may do: less at anybody's word who speaks for it, more only by its owner, in writing, until a day.

R11: a standing yes has a scope, caps and an end. The lease here is the one that an owner signs by breaking the glass;
how one is earned: `test_earning.py`.
"""

from datetime import UTC, datetime, timedelta

import pytest
from eyes import TEAM, wait_until
from house import APPROVALS, LEADS, LENA, OWNER, REP, SAM, SUPPORT

WHY = "The shop closes tonight, and nobody is here to approve."
REFUND, REPLY, SOLVE = "stripe.create_refund", "zendesk.reply", "zendesk.set_status"


def sign(house, *, amount="25.00 USD", per_day="10", days=7, tools=(REFUND, REPLY, SOLVE), why=WHY):
    """The owner asks for autonomy that the lane has not earned, and signs the lease with a reason."""
    house.type("/lane mode refunds autonomous", OWNER)
    house.modal(OWNER)
    until = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    return house.submit(OWNER, tools=list(tools), amount=amount, per_day=per_day, until=until, why=why)


def signed(house, **terms):
    assert sign(house, **terms)["ok"]
    wait_until(lambda: house.engine.regime("support-refunds").mode == "autonomous")
    house.quiet()


def test_the_days_of_a_lease_are_counted_by_the_clock_that_everything_else_goes_by(house):
    """In the demo time can be turned, and what ends yesterday is no lease."""
    house.later(days=30)
    assert sign(house, days=29)["errors"] == {"until": "Choose a day that is still to come."}
    signed(house, days=110)  # from the day it really is; a lease lasts 90 at the most


def test_read_only_refuses_every_write_and_posts_no_card(house):
    assert "now in mode `read_only`" in house.answer("/lane mode refunds read_only", LENA)
    case = house.ended("ZD-4821")
    assert case.run.finished.outcome == "blocked"
    assert "the lane only reads" in case.thread
    assert len(house.messages(APPROVALS)) == 1, "the change of mode, and no card"
    assert house.refunds == []


def test_a_draft_that_waits_when_the_lane_becomes_read_only_is_not_written(house):
    """The gate is asked again at the wire: E4."""
    case = house.held("ZD-4821")
    house.answer("/lane mode refunds read_only", LENA)
    case.click(SAM)
    case.ends()
    assert not case.events("execution.started")
    assert house.refunds == []
    assert [e.reason for e in case.events("action.superseded")] == ["ruled_again"]


def test_shadow_posts_no_card_and_writes_nothing(house):
    """G1. The whole work is drafted in silence, small enough to go alone or not."""
    house.answer("/lane mode refunds shadow", LENA)
    house.quiet()
    before = len(house.messages(APPROVALS))
    for ticket in ("ZD-4821", "ZD-4827"):
        case = house.ended(ticket)
        assert case.run.finished.outcome == "shadowed"
        assert {a.state.value for a in case.run.actions.values()} == {"shadowed"}
        assert case.run.card is None
        assert "no card will appear and nothing is written" in case.thread
        assert {"execution.started", "action.cleared", "action.held"}.isdisjoint(e.kind for e in case.events())
    assert len(house.messages(APPROVALS)) == before
    assert house.refunds == []
    assert house.ticket(4821)["ticket"]["status"] == "open"


def test_a_draft_approved_after_the_lane_went_to_shadow_is_not_executed(house):
    case = house.held("ZD-4821")
    house.answer("/lane mode refunds shadow", LENA)
    case.click(SAM)
    case.ends()
    assert not case.events("execution.started")
    assert house.refunds == []


def test_only_the_owner_signs_and_only_less_is_anybody_elses_to_set(house):
    """G3."""
    assert "Only <@U0OWNER>" in house.answer("/lane mode refunds autonomous", LENA)
    assert "Only <@U0OWNER>" in house.answer("/lane mode refunds read_only", REP)
    assert "now in mode `read_only`" in house.answer("/lane mode refunds read_only", LENA)
    assert "only the lane's owner" in house.answer("/lane mode refunds approval", LENA)
    assert house.engine.regime("support-refunds").mode == "read_only"
    assert "now in mode `approval`" in house.answer("/lane mode refunds approval", OWNER)
    assert "is not a mode" in house.answer("/lane mode refunds yolo", OWNER)
    assert "is in mode `approval`" in house.answer("/lane mode refunds", REP)
    assert "nothing a lease could let go alone" in house.answer("/lane mode crm autonomous", "U0REVOPS", "C0REVOPS")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"amount": "lots"}, "amount"),
        ({"per_day": "0"}, "per_day"),
        ({"per_day": "many"}, "per_day"),
        ({"days": -1}, "until"),
        ({"days": 400}, "until"),
        ({"why": "because"}, "why"),
    ],
    ids=["no-amount", "none-a-day", "no-number", "in-the-past", "too-long", "no-reason"],
)
def test_a_lease_with_a_mistake_is_told_so_in_the_form(house, terms, field):
    answer = sign(house, **terms)
    assert not answer["ok"]
    assert list(answer["errors"]) == [field]
    assert house.engine.regime("support-refunds").mode == "approval"
    assert house.modal(OWNER)


def test_inside_the_lease_a_small_refund_goes_alone_letter_and_solving_included(house):
    signed(house)
    said = house.reads(APPROVALS, "is now in mode *autonomous*")
    assert "up to $25.00 each, 10 a day" in said
    assert "It had not earned this." in said
    assert WHY in house.reads(LEADS, "It had not earned this."), "nobody learns of it by chance"
    case = house.ended("ZD-4827")
    assert case.run.finished.outcome == "succeeded"
    (refund,) = house.refunds
    assert refund["amount"] == 1900
    assert len(house.replies(4827)) == 1
    assert house.ticket(4827)["ticket"]["status"] == "solved"
    assert case.card.count("went alone, under the lease") == 3
    assert case.buttons == {("a3", "undo")}
    assert case.events("decision.recorded") == []
    assert {e.how for e in case.events("action.cleared")} == {"auto"}


def test_over_the_lease_a_person_decides(house):
    signed(house, amount="10.00 USD")
    case = house.held("ZD-4827")
    assert case.run.actions["a1"].ruling.reasons == ("OVER_LEASE_CAP", "LOW_VALUE")
    assert "more than the lease lets go alone" in case.card
    assert house.refunds == []
    case.click(LENA)
    case.becomes("done")


def test_over_policys_own_bound_a_person_decides_whatever_the_lease_says(house):
    signed(house, amount="1000.00 USD")
    case = house.held("ZD-4821")
    assert case.run.actions["a1"].ruling.reasons == ("AMOUNT_OVER_AUTO",)
    assert house.refunds == []


def test_a_tool_outside_the_lease_waits_for_a_person(house):
    signed(house, tools=(REFUND,))
    case = house.begin("ZD-4827")
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    assert len(house.refunds) == 1
    assert case.run.actions["a2"].ruling.reasons == ("OUTSIDE_LEASE", "FIXED_WORDS")
    assert house.replies(4827) == []


def test_when_the_days_writes_are_used_up_a_person_decides(house):
    """Three writes of the first run are three of the day; the next day begins anew."""
    signed(house, per_day="3")
    assert house.ended("ZD-4827").run.finished.outcome == "succeeded"
    case = house.held("ZD-4842")
    assert case.run.actions["a1"].ruling.reasons == ("LEASE_USED_UP_TODAY", "LOW_VALUE")
    assert len(house.refunds) == 1
    house.later(days=1)
    assert house.ended("ZD-4841").run.finished.outcome == "succeeded"


@pytest.mark.parametrize("changed", [{"team": "T0OTHER"}, {"is_restricted": True}, {"deleted": True}])
def test_a_signed_form_of_somebody_who_may_not_use_lanes_gives_no_lease(house, changed):
    """R2: with the owner's id from another workspace, or from an owner who has become a guest or has left."""
    assert not sign(house, amount="lots")["ok"]
    sent = house.delivered("view_submission")
    values = {**sent["view"]["state"]["values"], "amount": {"value": {"type": "plain_text_input", "value": "5 USD"}}}
    team = changed.get("team", TEAM)
    forged = {
        **sent, "trigger_id": "1.2.forged", "team": {**sent["team"], "id": team},
        "user": {**sent["user"], "team_id": team}, "view": {**sent["view"], "state": {"values": values}},
    }  # fmt: skip
    told = {"type": "event_callback", "event_id": "Ev1", "team_id": TEAM, "event": {"type": "subteam_updated"}}
    with house.somebody_is(OWNER, **{name: flag for name, flag in changed.items() if name != "team"}):
        house.deliver(told)  # what Slack said of people is asked anew
        house.quiet()
        house.deliver(forged)
        house.quiet()
    assert house.engine.regime("support-refunds").mode == "approval"
    assert house.engine.lane_state("support-refunds").lease is None


def test_a_lease_ends_by_itself(house):
    signed(house, days=7)
    house.later(days=8)
    assert "a person commits every write" in house.reads(APPROVALS, "The lease of *support-refunds* has ended.")
    case = house.held("ZD-4827")
    assert case.run.actions["a1"].ruling.reasons == ("MODE_APPROVAL", "LOW_VALUE")
    assert house.refunds == []


def test_a_stop_stops_what_would_go_alone(house):
    signed(house)
    house.answer("/lane stop refunds", REP)
    assert "is stopped" in house.answer("/lane refunds ZD-4827", REP)
    assert house.runs() == []
    house.answer("/lane resume refunds", OWNER)
    assert house.ended("ZD-4827", channel=SUPPORT).run.finished.outcome == "succeeded"


def test_back_to_approval_the_lease_is_gone(house):
    """Down at once, and up again only with a new signature."""
    signed(house)
    house.answer("/lane mode refunds approval", LENA)
    assert house.held("ZD-4827").run.actions["a1"].ruling.reasons == ("MODE_APPROVAL", "LOW_VALUE")
    assert house.engine.lane_state("support-refunds").lease is None
