"""What people may answer besides yes: no with a reason, a closer look, a second voice; and what never reaches them."""

import pytest
from eyes import wait_until, words
from house import APPROVALS, LEADS, LENA, OWNER, REP, SAM, SUPPORT, over_both


@over_both
def test_a_rejection_reaches_requester_and_agent_and_nothing_is_written(house):
    """S6, D6."""
    case = house.held("ZD-4821")
    assert case.click(LENA, "reject")["ok"]
    view = house.modal(LENA)
    assert view["title"]["text"] == "Reject this draft"
    assert house.submit(LENA, reason="not_due", note="Ada <!channel> was refunded by phone")["ok"]
    case.ends("rejected")
    assert not case.buttons
    assert "rejected: not due — “Ada &lt;!channel&gt; was refunded by phone”" in case.card
    assert f"rejected by <@{LENA}>" in case.card
    assert f"rejected by <@{LENA}>: No refund is due — “Ada &lt;!channel&gt; was refunded by phone”" in case.thread
    assert "ended: a person said no" in case.root
    assert "A person rejected stripe.create_refund" in case.run.finished.summary
    (rejected,) = case.events("action.rejected")
    assert (rejected.by.user, rejected.reason) == (LENA, "not_due")
    assert house.refunds == []
    assert house.ticket(4821)["ticket"]["status"] == "open"


@over_both
def test_a_rejection_without_a_reason_is_told_so_in_the_form(house):
    case = house.held("ZD-4821")
    case.click(LENA, "reject")
    house.modal(LENA)
    answer = house.submit(LENA, note="no")
    assert not answer["ok"]
    assert list(answer["errors"]) == ["reason"]
    assert case.state() == "held"
    assert house.submit(LENA, reason="other")["ok"]
    case.ends("rejected")


def test_a_rejection_of_somebody_who_may_not_decide_changes_nothing(house):
    """R2: rights are checked when the form comes back, not when it opens."""
    case = house.held("ZD-4821")
    case.click(REP, "reject")
    house.modal(REP)
    house.submit(REP, reason="other")
    house.hears(REP, "You asked for this run")
    assert case.state() == "held"


def test_a_form_that_is_open_when_somebody_else_decides_says_so(house):
    """S4: every surface settles."""
    case = house.held("ZD-4821")
    case.click(SAM, "reject")
    house.modal(SAM)
    case.click(LENA)
    case.becomes("done")
    settled = wait_until(
        lambda: "the draft has moved on" in words(top := house.modal(SAM)) and top, what="the form says nothing"
    )
    assert f"approved by <@{LENA}>" in words(settled)
    assert len(house.refunds) == 1


def test_details_show_everything_and_are_on_record(house):
    """Q1: that somebody looked is recorded."""
    case = house.held("ZD-4821")
    case.click(LENA, "details")
    view = str(house.modal(LENA))
    draft = case.run.actions["a1"].draft
    for part in (
        draft.key,
        draft.digest,
        "ch_3AdaPark02",
        "AMOUNT_OVER_AUTO",
        "charged twice",
        case.id,
    ):
        assert part in view, part
    wait_until(lambda: case.events("details.opened"))
    (opened,) = case.events("details.opened")
    assert (opened.by.user, opened.action, opened.version) == (LENA, "a1", 1)


def test_a_modal_that_slack_no_longer_opens_is_said_so(house):
    case = house.held("ZD-4821")
    house.slack_fails("views.open", error="expired_trigger_id")
    case.click(LENA, "details")
    house.hears(LENA, "Please try once more")
    assert not case.events("details.opened")
    case.click(LENA, "details")
    house.modal(LENA)


def test_a_large_refund_takes_two_different_people(house):
    """R8: the same person twice is one voice."""
    case = house.held("ZD-4823")
    assert "needs 2 different people" in case.card
    assert "Approve (1 of 2)" in case.card, "this yes runs nothing yet"
    case.click(LENA)
    case.shows(f"1 of 2: <@{LENA}> said yes")
    assert "Approve & run" in case.card
    assert case.state() == "held"
    case.click(LENA)
    house.hears(LENA, "You have said yes already")
    assert case.state() == "held"
    assert house.refunds == []
    case.click(OWNER)
    case.becomes("done")
    (refund,) = house.refunds
    assert refund["amount"] == 129_000
    assert [p.user for p in case.run.actions["a1"].approvals] == [LENA, OWNER]
    assert [e.code for e in case.events("decision.refused")] == ["ALREADY_SAID"]


def test_two_groups_say_yes_one_after_the_other(house):
    """R8: whoever is not of the group whose turn it is decides nothing, and the card says whose it is."""
    ready = house.engine.lanes["support-refunds"]
    rows = tuple(
        row.model_copy(update={"stages": ("support-leads", "support-managers")}) if row.reason == "AMOUNT_OVER_AUTO"
        else row for row in ready.page.policy
    )  # fmt: skip
    object.__setattr__(ready, "page", ready.page.model_copy(update={"policy": rows}))
    case = house.held("ZD-4822")
    case.shows("needs @support-leads, then @support-managers")
    assert "Approve (1 of 2)" in case.card
    case.click(LENA)
    case.shows(f"1 of 2: <@{LENA}> said yes")
    assert "needs @support-managers ·" in case.card
    case.click(SAM)
    house.hears(SAM, "The card says who does")
    assert case.state() == "held"
    case.click(OWNER)
    case.becomes("done")
    assert len(house.refunds) == 1


def test_one_no_is_enough_even_after_a_yes(house):
    case = house.held("ZD-4823")
    case.click(LENA)
    case.shows("1 of 2: ")
    case.click(SAM, "reject")
    house.modal(SAM)
    house.submit(SAM, reason="wrong_amount")
    case.ends("rejected")
    assert house.refunds == []


def test_an_amount_no_approval_opens_is_handed_over_without_a_card(house):
    case = house.ended("ZD-4825")
    assert case.run.finished.outcome == "blocked"
    assert case.run.card is None
    assert house.messages(APPROVALS) == []
    (blocked,) = case.events("action.blocked")
    assert "TOO_LARGE" in blocked.ruling.reasons
    said = house.reads(LEADS, "hands over *ZD-4825*")
    assert "not allowed" in said
    assert "too large" in said
    assert "the lane's rules do not allow it" in case.root
    assert house.refunds == []


@pytest.mark.parametrize("ticket", ["ZD-4824", "ZD-4828", "ZD-4829", "ZD-4838", "ZD-4839"])
def test_without_evidence_nothing_is_proposed_and_people_take_over(house, ticket):
    case = house.ended(ticket)
    assert case.run.finished.outcome == "no_evidence"
    assert not case.run.actions
    assert house.messages(APPROVALS) == []
    house.reads(LEADS, f"hands over *{ticket}*")
    assert "No evidence" in case.thread
    assert house.refunds == []


def test_what_a_customer_writes_as_an_order_changes_nothing(house):
    """The ticket orders $900 to somebody else's charge; what is proposed is the customer's own duplicate."""
    case = house.held("ZD-4826")
    (action,) = case.run.actions.values()
    assert action.draft.arguments["charge"] == "ch_3VictorLane02"
    assert action.draft.arguments["amount"]["minor"] == 3800
    assert action.ruling.verdict == "approve"
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    (refund,) = house.refunds
    assert (refund["charge"], refund["amount"]) == ("ch_3VictorLane02", 3800)
    assert house.ticket(4826)["ticket"]["status"] == "open"


def test_a_ticket_that_does_not_exist_is_no_evidence(house):
    case = house.ended("ZD-9999")
    assert case.run.finished.outcome == "no_evidence"
    assert "last 24 h: 1 without evidence" in house.answer("/lane status")
    assert "ZD-9999" in case.root
    assert house.messages(SUPPORT)
