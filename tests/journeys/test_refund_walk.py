"""The walk everybody tries first: a ticket, a card, two decisions, a refund, a letter, a solved ticket."""

import re

import pytest
from eyes import clicked_by, status, wait_until
from house import APPROVALS, LENA, OWNER, REP, SAM, SUPPORT, over_both


def test_the_card_says_all_that_a_lead_must_know(house):
    """D16: what the model says is called its words, and quoted; it holds no button and has no voice."""
    case = house.held("ZD-4821")
    card, draft = case.card, case.run.actions["a1"].draft
    assert "Refund $38.00 of charge ch_3AdaPark02 to Ada Park (ada@parkstudio.example)" in card
    assert "Refunded: $0.00 of $38.00 → *$38.00 of $38.00*" in card
    assert "*Why*, in the agent's words\n> Charges ch_3AdaPark01 and ch_3AdaPark02 are both $38.00" in card
    assert "Held because" in card
    assert "needs one approver" in card
    assert f"asked by <@{REP}> in <#{SUPPORT}>" in card
    assert re.search(r"until <!date\^\d+\^", card)
    assert "cost so far $" in card
    assert "Approve?" in case.message["text"]
    assert "$38.00" in case.message["text"]
    assert draft.evidence, "a draft rests on something"
    links = re.findall(r"<(http[^|>]+)\|", card)
    assert len(links) >= 3, "the subject, the ticket and each charge lead to their records"
    assert {status(url) for url in links} == {200}
    wanted = {("a1", what) for what in ("approve", "edit", "reject", "details", "more")}
    assert case.buttons == wanted
    assert house.refunds == []


@over_both
def test_the_whole_walk_ends_with_one_refund_one_letter_and_a_solved_ticket(house):
    """E1: the key that was fixed before approval is the one Stripe sees."""
    case = house.held("ZD-4821")
    key = case.run.actions["a1"].draft.key
    first = case.message["ts"]
    assert case.click(LENA)["ok"]
    wait_until(lambda: {"a2", "a3"} <= {a.id for a in case.run.waiting})
    house.quiet()

    (refund,) = house.refunds
    assert (refund["amount"], refund["charge"]) == (3800, "ch_3AdaPark02")
    assert refund["metadata"] == {"lanekeeper_key": key}
    assert list(house.state("stripe")["keys"]) == [key]
    assert case.message["ts"] == first, "reply and solving join the same card"
    assert {("a2", "approve"), ("a3", "approve"), ("all", "approve_all")} <= case.buttons
    assert "Hi Ada,\n> \n> We have refunded $38.00" in case.card
    assert re.search(r"waiting in #support-approvals until <!date\^\d+\^\{date_short_pretty\}", case.root)

    assert case.click(LENA, "approve_all")["ok"]
    case.ends("succeeded")
    assert len(house.refunds) == 1
    (reply,) = house.replies(4821)
    assert reply["body"].startswith("Hi Ada,\n\nWe have refunded $38.00")
    assert house.ticket(4821)["ticket"]["status"] == "solved"
    assert case.run.finished.readings["refund"]["status"] == "succeeded"
    assert case.buttons == {("a3", "undo")}, "a ticket's status can be taken back, money and letters cannot"
    case.shows("Done, and checked against the systems")
    assert re.search(rf"approved by <@{LENA}> <!date\^\d+\^\{{date_short_pretty\}}", case.card), "on which day, too"
    assert "done, and checked against the systems" in case.root
    assert "✓ Read the ticket" in case.thread
    assert "Refund $38.00 of charge ch_3AdaPark02" in case.thread
    assert len(house.messages(APPROVALS)) == 1
    assert house.library.verify()[0] == []


def test_each_draft_of_a_card_has_its_own_decision(house):
    """D13, D5: the second is approved, the first still waits; a click finds its draft by name, not by place."""
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    case.click(SAM, "approve", "a3")
    case.becomes("done", "a3")
    assert case.state("a2") == "held"
    assert house.replies(4821) == []
    assert house.ticket(4821)["ticket"]["status"] == "solved"
    case.click(SAM, "approve", "a2")
    case.ends("succeeded")
    assert len(house.replies(4821)) == 1


def test_the_requester_cannot_approve_what_they_asked_for(house):
    """R7: refused before the approvers are looked at, an approver included."""
    case = house.held("ZD-4821", who=LENA)
    case.click(LENA)
    house.hears(LENA, "You asked for this run")
    assert case.state() == "held"
    assert house.refunds == []
    (refused,) = case.events("decision.refused")
    assert (refused.code, refused.by.user) == ("REQUESTER", LENA)
    case.click(SAM)
    case.becomes("done")


@over_both
def test_the_loser_of_two_clicks_is_told_who_was_first(house):
    """S5. The second lead clicks on a card that their screen still shows as open."""
    case = house.held("ZD-4821")
    case.click(LENA)
    stale = house.delivered("block_actions")
    case.becomes("done")
    house.deliver(clicked_by(stale, SAM))
    house.hears(SAM, f"<@{LENA}> was first")
    assert len(house.refunds) == 1
    assert [e.by.user for e in case.events("decision.refused")] == [SAM]


@over_both
def test_a_double_click_and_a_delivery_that_comes_again_do_nothing_twice(house):
    """U3: the same trigger is one decision; a second click of the same person is refused in words."""
    case = house.held("ZD-4821")
    case.click(LENA)
    again = house.delivered("block_actions")
    house.deliver(again)
    house.deliver(again)
    house.deliver(clicked_by(again, LENA))
    house.hears(LENA, "was first")
    case.becomes("done")
    assert len(house.refunds) == 1
    assert len(case.events("decision.recorded")) == 1
    assert len(case.events("decision.refused")) == 1


@over_both
def test_a_command_that_is_delivered_again_starts_one_run(house):
    house.held("ZD-4821")
    house.deliver(house.delivered("slash_commands"))
    house.quiet()
    assert len(house.runs()) == 1
    assert len(house.messages(APPROVALS)) == 1


def test_a_button_that_carries_another_digest_is_refused(house):
    """D4, D3: what was seen is what is decided on; nothing the client sends can stand in for it."""
    case = house.held("ZD-4821")
    seen = case.glance(OWNER)
    value = seen["actions"][0]["value"]
    house.deliver(clicked_by(seen, LENA, action="lane:approve", value=value.replace('"v":1', '"v":2')))
    house.hears(LENA, "replaced by a newer one")
    other = re.sub(r'"d":"[0-9a-f]', '"d":"z', value)
    house.deliver(clicked_by(seen, SAM, action="lane:approve", value=other))
    house.hears(SAM, "replaced by a newer one")
    assert case.state() == "held"
    assert house.refunds == []


@pytest.mark.parametrize("ticket", ["ZD-4822", "ZD-4827", "ZD-4841"])
def test_other_duplicate_charges_walk_the_same_way(house, ticket):
    case = house.held(ticket)
    case.click(SAM)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    case.click(SAM, "approve_all")
    case.ends("succeeded")
    assert len(house.refunds) == 1
