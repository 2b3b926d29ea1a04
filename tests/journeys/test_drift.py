"""The world moves on while a card waits: what was approved is carried out only on what was seen. D15."""

from eyes import wait_until
from house import APPROVALS, LEADS, LENA, SAM


def test_a_charge_refunded_by_hand_meanwhile_is_never_refunded_again(house):
    case = house.held("ZD-4821")
    house.refund_by_hand("ch_3AdaPark02", 3800)
    case.click(LENA)
    case.ends()
    (by_hand,) = house.refunds
    assert by_hand["metadata"] == {}, "ours would carry its key"
    (gone,) = case.events("action.superseded")
    assert gone.reason == "content_changed"
    assert not case.events("execution.started")
    assert "charge ch_3AdaPark02 has been refunded in full" in case.card
    assert f"approved by <@{LENA}>" in case.card
    assert not case.buttons
    assert case.run.finished.outcome != "succeeded"
    assert "Already refunded, in whole or in part: ch_3AdaPark02" in case.run.finished.summary
    assert house.replies(4821) == []
    assert house.ticket(4821)["ticket"]["status"] == "open"


def test_a_part_refunded_meanwhile_is_drift_too(house):
    case = house.held("ZD-4823")
    house.refund_by_hand("ch_3MeiChen02", 100)
    case.click(LENA)
    case.click(SAM)
    case.ends()
    assert [one["amount"] for one in house.refunds] == [100]
    (gone,) = case.events("action.superseded")
    assert gone.reason == "content_changed"
    case.shows("only $1,289.00 of charge ch_3MeiChen02 is left to refund")


def test_a_customer_who_writes_again_makes_the_reply_a_new_draft(house):
    """The answer that was approved was an answer to something else."""
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a2") == "held")
    house.quiet()
    house.customer_writes(4821, "Please do not refund, I was wrong.")
    case.click(LENA, "approve", "a2")
    case.becomes("superseded", "a2")
    assert house.replies(4821) == []
    assert "last customer comment was" in case.card


def test_what_drifted_frees_what_it_had_reserved(house):
    case = house.held("ZD-4822")
    house.refund_by_hand("ch_3TomasRuiz02", 100)
    case.click(LENA)
    case.ends()
    house.tell_twins("reset")
    again = house.held("ZD-4822 again")
    assert again.state() == "held"
    assert len(house.messages(APPROVALS)) == 2


def test_a_run_that_fell_short_is_handed_over_with_what_happened(house):
    case = house.held("ZD-4821")
    house.refund_by_hand("ch_3AdaPark02", 3800)
    case.click(LENA)
    case.ends("fell_short")
    said = house.reads(LEADS, "hands over *ZD-4821*")
    assert "success test does not hold" in said
