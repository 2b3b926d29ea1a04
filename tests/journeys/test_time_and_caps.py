"""What time and other runs do to a card: it expires, it outlives a restart, what it reserves nobody else can spend."""

from datetime import timedelta

import pytest
from eyes import clicked_by, wait_until
from house import APPROVALS, LENA, REP, SAM

from bot.app import build
from storage.database import StorageUnusable


def test_nobody_decides_in_time_and_the_card_settles(house):
    """S4, S12, D8: silence is neither yes nor no; a late click is told so; what was reserved is free again."""
    case = house.held("ZD-4821")
    case.click(SAM, "details")
    house.modal(SAM)
    late = house.delivered("block_actions")
    house.later(hours=4, seconds=1)
    case.ends("expired")
    assert not case.buttons
    case.shows("expired: nobody decided in time, nothing was done")
    assert "ended: nobody decided in time" in case.root
    house.deliver(clicked_by(late, LENA, action="lane:approve"))
    house.hears(LENA, "The time for this decision has run out")
    assert case.state() == "expired"
    assert house.refunds == []
    assert case.events("decision.recorded") == []

    again = house.held("ZD-4821")
    again.click(LENA)
    again.becomes("done")


def test_a_card_does_not_expire_before_its_time(house):
    case = house.held("ZD-4821")
    house.later(hours=3, minutes=59)
    house.quiet()
    assert case.state() == "held"
    case.click(LENA)
    case.becomes("done")


def test_a_card_outlives_a_restart(house):
    """U1: who clicks meanwhile is told that it did not work, and can click again."""
    case = house.held("ZD-4821")
    hung = case.message["ts"]
    house.stop()
    missed = house.act("click", LENA, channel=APPROVALS, ts=hung, action_id="lane:approve", block_id=f"{case.id}/a1/1")
    assert not missed["ok"]
    house.start()
    assert case.state() == "held"
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    assert case.message["ts"] == hung
    house.restart()
    case.click(LENA, "approve_all")
    case.ends("succeeded")
    assert len(house.refunds) == 1
    assert len(house.messages(APPROVALS)) == 1
    assert house.library.verify()[0] == []


def test_what_expired_while_nobody_was_there_is_settled_at_the_start(house):
    case = house.held("ZD-4821")
    house.stop()
    house.clock.ahead += timedelta(hours=5)
    house.start()
    case.ends("expired")
    assert not case.buttons


def test_a_second_lanekeeper_on_the_same_file_is_refused(house):
    with pytest.raises(StorageUnusable, match="another Lanekeeper is running"):
        build(house.settings)


def test_one_refund_a_customer_and_day(house):
    """E6: what waits counts already; what was rejected does not; what is done counts until the day is over."""
    first = house.held("ZD-4821")
    second = house.ended("ZD-4821 again")
    assert second.run.finished.outcome == "blocked"
    (blocked,) = second.events("action.blocked")
    assert blocked.ruling.reasons == ("ALREADY_UNDER_WAY", "CAP_PER_CUSTOMER")
    wait_until(lambda: "this customer has had as many of these today" in second.thread, what=lambda: second.thread)
    assert len(house.messages(APPROVALS)) == 1

    first.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="other")
    first.ends("rejected")
    third = house.held("ZD-4821 again")
    third.click(LENA)
    wait_until(lambda: third.state("a3") == "held")
    house.tell_twins("reset")  # Stripe forgets the refund, our ledger does not
    assert house.ended("ZD-4821 again").run.finished.outcome == "blocked"
    house.later(days=1)
    house.held("ZD-4821 again")


def test_money_is_reserved_while_a_card_is_open(house):
    """E6: parallel approvals can never add up past the day's cap of $2,000; a rejection gives its part back."""
    tickets = ("ZD-4823", "ZD-4822", "ZD-4843", "ZD-4821", "ZD-4841", "ZD-4827", "ZD-4842")  # 1,991 dollars together
    cases = {ticket: house.held(ticket) for ticket in tickets}
    over = house.ended("ZD-4826")  # and 38 more
    (blocked,) = over.events("action.blocked")
    assert blocked.ruling.reasons == ("CAP_MONEY_PER_DAY",)
    wait_until(lambda: "it would pass the lane's money cap for the day" in over.thread, what=lambda: over.thread)

    cases["ZD-4841"].click(SAM, "reject")
    house.modal(SAM)
    house.submit(SAM, reason="not_due")
    cases["ZD-4841"].ends("rejected")
    cases["ZD-4842"].click(SAM)  # executed is still spent
    cases["ZD-4842"].becomes("done")
    assert house.ended("ZD-4826 again").run.finished.outcome == "blocked"
    cases["ZD-4843"].click(SAM, "reject")
    house.modal(SAM)
    house.submit(SAM, reason="not_due")
    cases["ZD-4843"].ends("rejected")
    house.held("ZD-4826 again")
    assert len(house.refunds) == 1


def test_the_inbox_of_a_lead_begins_with_what_costs_most_to_leave_for_later(house):
    house.held("ZD-4821")
    house.later(minutes=10)
    house.held("ZD-4822")
    said = house.answer("/lane inbox", LENA)
    assert said.startswith("*2 waiting for you*")
    assert said.index("ZD-4822") < said.index("ZD-4821"), "$412 before $38, though its deadline is ten minutes later"
    assert house.answer("/lane inbox", REP) == "Nothing waits for you."
