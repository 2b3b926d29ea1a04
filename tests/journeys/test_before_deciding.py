"""What people do around a draft beside yes and no: take it, ask, put it off, do it by hand, break the glass; and what
calls them back to it.
"""

import pytest
from eyes import wait_until, words
from house import APPROVALS, LEADS, LENA, OWNER, REP, SAM, SUPPORT

from lanes.prompt import opening

WHY = "The customer is on the phone and threatens a chargeback"


def open_form(house, case, who, wish, **where):
    assert case.choose(who, wish, **where)["ok"]
    return house.modal(who)


def test_who_is_on_it_keeps_the_others_from_deciding_until_they_let_go(house):
    case = house.held("ZD-4821")
    case.choose(LENA, "claim")
    case.shows(f"<@{LENA}> is on it until")
    case.click(SAM)
    house.hears(SAM, f"<@{LENA}> is on it")
    assert case.state() == "held"
    case.choose(LENA, "let_go")
    wait_until(lambda: "is on it" not in case.card, what="the claim still shows")
    case.click(SAM)
    case.becomes("done")
    assert len(house.refunds) == 1


def test_a_forgotten_claim_ends_by_itself_and_the_card_says_so(house):
    case = house.held("ZD-4821")
    case.choose(LENA, "claim")
    case.shows("is on it until")
    house.later(minutes=16)
    wait_until(lambda: "is on it" not in case.card, what="the claim outlived its time")
    case.click(SAM)
    case.becomes("done")


def test_whoever_may_not_decide_cannot_take_the_card(house):
    case = house.held("ZD-4821")
    case.choose(REP, "claim")
    house.hears(REP, "You asked for this run")
    assert "is on it" not in case.card


def test_a_person_who_does_it_by_hand_ends_the_draft_and_everyone_hears(house):
    case = house.held("ZD-4821")
    open_form(house, case, LENA, "take_over")
    house.submit(LENA, note="I refund it in Stripe")
    case.ends("taken_over")
    assert f"taken over by <@{LENA}>" in case.card
    assert "I refund it in Stripe" in case.card
    assert "is above what may go alone" not in case.card, "why it was held is not why it ended"
    assert "taken over by a person" in case.thread
    assert not case.buttons
    assert house.refunds == []


def test_a_question_to_the_requester_is_answered_in_the_thread_and_the_agent_drafts_anew(house):
    case = house.held("ZD-4821")
    open_form(house, case, LENA, "ask")
    house.submit(LENA, to="requester", text="Did they *really* pay twice? <!here>")
    case.shows(f"<@{LENA}> asked <@{REP}>")
    asked = wait_until(lambda: _question(house, case), what="nothing was asked in the thread")
    assert "Did they *really* pay twice? &lt;!here&gt;" in words(asked)
    button = next(b for b in asked["blocks"] if b["type"] == "actions")
    click = {"channel": SUPPORT, "ts": asked["ts"], "action_id": "lane:answer", "block_id": button["block_id"]}
    house.act("click", SAM, **click)
    house.hears(SAM, "Only they can answer", SUPPORT)
    house.act("click", REP, **click)
    house.modal(REP)
    house.submit(REP, text="Yes, the later one is the duplicate")
    case.becomes("held", "a2")
    assert case.state() == "superseded"
    settled = wait_until(lambda: (q := _question(house, case)) and "is the duplicate" in words(q) and q, what="stale")
    assert not [b for b in settled["blocks"] if b["type"] == "actions"], "an answered question has no button"
    case.click(LENA, action="a2")
    case.becomes("done", "a2")
    assert len(house.refunds) == 1


def _question(house, case):
    return next((m for m in house.below(case.run.thread.place) if "asks before deciding" in words(m)), None)


def test_a_question_to_the_agent_brings_another_draft(house):
    case = house.held("ZD-4821")
    open_form(house, case, SAM, "ask")
    house.submit(SAM, to="agent", text="Is this the right charge?")
    case.becomes("held", "a2")
    assert case.run.actions["a1"].code == "asked"
    assert "Is this the right charge?" in case.card
    case.click(SAM, action="a2")
    case.becomes("done", "a2")


def test_what_is_put_off_comes_back_to_that_person_alone(house):
    case = house.held("ZD-4821")
    open_form(house, case, LENA, "put_off")
    house.submit(LENA, **{"for": "30"})
    assert "ZD-4821 comes back to you" in house.hears(LENA, "On Home it stands below")
    assert LENA in case.run.snoozed
    house.later(minutes=31)
    wait_until(lambda: _told(house, LENA, "You put this off until now"), what="nobody called Lena back")
    assert not _told(house, SAM, "You put this off")


def test_what_was_decided_meanwhile_calls_nobody_back(house):
    case = house.held("ZD-4821")
    open_form(house, case, LENA, "put_off")
    house.submit(LENA, **{"for": "30"})
    wait_until(lambda: LENA in case.run.snoozed)
    open_form(house, case, SAM, "take_over")
    house.submit(SAM)
    case.ends("taken_over")
    house.later(minutes=31)
    house.quiet()
    assert not _told(house, LENA, "You put this off")


def test_approvers_are_called_by_name_and_the_last_time_those_above_them_too(house):
    """R8."""
    case = house.held("ZD-4821")
    house.later(hours=1, minutes=1)
    wait_until(lambda: [t for t in case.below if "still waits" in t], what="no reminder came")
    (first,) = case.below
    assert "<!subteam^S0LEADS>" in first
    assert "S0MANAGERS" not in first
    house.later(hours=2)
    wait_until(lambda: len(case.below) == 2, what="no second reminder came")
    assert "<!subteam^S0MANAGERS>" in case.below[1]
    house.restart()
    house.later(minutes=5)
    house.quiet()
    assert len(case.below) == 2, "a reminder is sent once"


def test_breaking_the_glass_lets_it_run_on_one_word_and_tells_everyone(house):
    """R8: HIGH_VALUE needs two people; the owner, who asked for it, lets it through with a reason."""
    case = house.held("ZD-4823", who=OWNER)
    assert case.run.actions["a1"].ruling.quorum == 2
    open_form(house, case, OWNER, "break_glass")
    answer = house.submit(OWNER, note="urgent")
    assert not answer["ok"]
    house.submit(OWNER, note=WHY)
    case.becomes("done")
    assert f"let through by breaking the glass by <@{OWNER}>" in case.card
    for channel in (APPROVALS, LEADS):
        assert WHY in house.reads(channel, "broke the glass")
    (told,) = case.events("decision.recorded")
    assert (told.decision, told.note) == ("break_glass", WHY)


def test_no_card_offers_glass_where_the_page_has_none(house):
    case = house.held("acme", lane="crm", who="U0SALES", channel="C0REVOPS")
    with pytest.raises(StopIteration):
        case.choose("U0REVOPS", "break_glass")


def test_details_carry_the_cards_buttons_and_deciding_there_is_deciding(house):
    case = house.held("ZD-4821")
    case.click(LENA, "details")
    view = house.modal(LENA)
    row = next(b for b in view["blocks"] if b["type"] == "actions")
    house.act("click", LENA, view_id=view["id"], action_id="lane:approve", block_id=row["block_id"])
    case.becomes("done")
    (said,) = [one for one in case.events("decision.recorded") if one.action == "a1"]
    assert said.surface == "modal"
    wait_until(lambda: house.modal(LENA)["title"]["text"] == "Decided meanwhile", what="Details stayed as it was")


def test_what_people_said_of_one_like_it_stands_on_the_next_card(house):
    case = house.held("ZD-4821")
    case.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due", note="They were refunded by phone")
    case.ends("rejected")
    house.later(minutes=11)  # sooner, it would be taken for the same request
    again = house.held("ZD-4821")
    assert f"One like it was rejected* by <@{LENA}>" in again.card
    assert "They were refunded by phone" in again.card
    assert again.run.started.precedents[0].note == "They were refunded by phone"
    assert "They were refunded by phone" in opening(again.run.started), "the agent reads it first of all"


def _told(house, user, part):
    return [m for m in house.messages(f"D0{user.removeprefix('U0')}") if part in words(m)]
