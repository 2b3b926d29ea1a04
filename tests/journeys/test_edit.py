"""A lead changes a draft before letting it go: from the card to the form, to the new version, to the wire. D10, D11."""

import json

import pytest
from eyes import wait_until, words
from house import APPROVALS, LENA, OWNER, REP, SAM

from lanes.conversation import conversation


def edit(house, case, who, action="a1", version=1, **entries):
    """Open the form and send it; what the workspace answers."""
    assert case.click(who, "edit", action, version)["ok"]
    assert house.modal(who)["title"]["text"] == "Edit this draft"
    return house.submit(who, **entries)


def becomes_version(case, version, action="a1"):
    wait_until(lambda: case.run.actions[action].version == version, what=lambda: f"no new version: {case.story()}")
    case.house.quiet()


def edit_again(house, who):
    """Press the button of the last whisper that has one; the form that opens."""
    told = house.ask(f"messages?channel={APPROVALS}&user={who}")["ephemeral"]
    message = next(one["message"] for one in reversed(told) if one["message"].get("blocks"))
    assert house.act("click", who, channel=APPROVALS, ts=message["ts"], action_id="lane:edit_again")["ok"]
    return house.modal(who)


def began_with(view, block):
    shown = next(one for one in view["blocks"] if one.get("block_id") == block)
    return shown["element"].get("initial_value")


# --- the amount


def test_a_lead_lowers_an_amount_and_lets_it_go_themself(house):
    case = house.held("ZD-4821")
    key = case.run.actions["a1"].draft.key
    assert edit(house, case, LENA, amount="20.00 USD")["ok"]
    becomes_version(case, 2)
    assert "Approve? Refund $20.00 of charge ch_3AdaPark02" in case.card
    assert f"*Edited by <@{LENA}>*" in case.card
    assert "Amount: $38.00 → *$20.00*" in case.card
    assert "Approve runs the edited version" in case.card
    assert "Held because a person changed it, so a person says yes" in case.card
    assert "amount from what a person typed over the draft" in case.card
    assert "in the agent's words, before the edit" in case.card
    assert house.refunds == []
    case.click(LENA, version=2)
    case.becomes("done")
    case.shows(f"done · edited by <@{LENA}> · approved by <@{LENA}>")
    (refund,) = house.refunds
    assert (refund["amount"], refund["charge"]) == (2000, "ch_3AdaPark02")
    new = case.run.actions["a1"].draft.key
    assert new != key
    assert list(house.state("stripe")["keys"]) == [new]


def test_who_asked_and_the_model_hear_that_a_person_changed_it(house):
    """D11: the model is told what went out instead of its call."""
    case = house.held("ZD-4821")
    edit(house, case, LENA, amount="20.00 USD")
    becomes_version(case, 2)
    wait_until(lambda: f"edited by <@{LENA}>" in case.thread, what=lambda: case.thread)
    assert "Refund $20.00" in case.thread
    case.click(SAM, version=2)
    case.becomes("done")
    wait_until(lambda: case.state("a2") == "held")
    told = json.dumps(conversation(case.run))
    assert "a_person_changed_it_to" in told
    assert '\\"minor\\": 2000' in told
    assert "We have refunded $20.00" in case.card, "the letter to the customer follows the edit"


def test_details_hold_both_versions(house):
    case = house.held("ZD-4821")
    edit(house, case, LENA, amount="20.00 USD", reason="requested_by_customer")
    becomes_version(case, 2)
    assert case.click(SAM, "details", version=2)["ok"]
    view = words(house.modal(SAM))
    assert "What the agent had written" in view
    assert '"minor": 3800' in view
    assert '"minor": 2000' in view
    assert "Reason: duplicate → *requested_by_customer*" in view
    assert f"edited by <@{LENA}>" in view


def test_who_raises_an_amount_does_not_let_it_go(house):
    case = house.held("ZD-4821")
    edit(house, case, LENA, amount="20.00 USD")
    becomes_version(case, 2)
    edit(house, case, SAM, version=2, amount="30.00 USD")
    becomes_version(case, 3)
    assert "Amount: $38.00 → *$30.00*" in case.card, "the diff is beside what the agent wrote"
    case.click(SAM, version=3)
    house.hears(SAM, "changed where this goes or made it more")
    assert house.refunds == []
    case.click(LENA, version=3)
    case.becomes("done")
    assert [refund["amount"] for refund in house.refunds] == [3000]


def test_a_larger_amount_needs_the_voices_of_a_larger_amount(house):
    case = house.held("ZD-4823")
    assert "needs 2 different people" in case.card
    edit(house, case, LENA, amount="400.00 USD")
    becomes_version(case, 2)
    assert "needs one approver" in case.card
    edit(house, case, LENA, version=2, amount="600.00 USD")
    becomes_version(case, 3)
    assert "needs 2 different people" in case.card
    case.click(SAM, version=3)
    case.shows("1 of 2: ")
    case.click(OWNER, version=3)
    case.becomes("done")
    assert [refund["amount"] for refund in house.refunds] == [60_000]


def test_an_approval_of_the_agents_version_does_not_count_for_the_edited_one(house):
    """DESIGN 4.1."""
    case = house.held("ZD-4823")
    case.click(LENA)
    case.shows("1 of 2: ")
    edit(house, case, SAM, amount="1000.00 USD")
    becomes_version(case, 2)
    assert not case.run.actions["a1"].approvals
    assert "1 of 2: " not in case.card


# --- the wording


def test_wording_that_a_person_wrote_arrives_word_for_word(house):
    text = "Hi Ada,\n\nyou were right & we were not: <b>38</b> dollars are on their way. 🎉\n\n@channel — Lena"
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a2") == "held")
    house.quiet()
    edit(house, case, LENA, "a2", template="free_text", amount="", text=text)
    becomes_version(case, 2, "a2")
    assert "> you were right &amp; we were not: &lt;b&gt;38" in case.card
    case.click(SAM, action="a2", version=2)
    case.becomes("done", "a2")
    (reply,) = house.replies(4821)
    assert reply["body"] == text


# --- what is wrong is told in the form


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ({"amount": "about 20"}, {"amount": "Write an amount such as 38.00 USD."}),
        ({"amount": "-5.00 USD"}, {"amount": "It is more than nothing."}),
        ({}, {"amount": "Nothing was changed. Change something, or cancel."}),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_the_form_stays(house, entries, told):
    case = house.held("ZD-4821")
    answer = edit(house, case, LENA, **entries)
    assert not answer["ok"]
    assert answer["errors"] == told
    assert house.submit(LENA, amount="20.00 USD")["ok"]
    becomes_version(case, 2)


# --- who may not, and who is too late


def test_who_asked_for_the_run_may_not_edit(house):
    """R2: told at the click; and a form sent all the same changes nothing."""
    case = house.held("ZD-4821")
    case.click(REP, "edit")
    house.hears(REP, "You asked for this run")
    assert house.ask(f"view?user={REP}")["top"] is None
    case.click(LENA, "edit")
    house.modal(LENA)
    house.submit(LENA, amount="20.00 USD")
    becomes_version(case, 2)
    case.click(LENA, "edit", version=2)
    house.modal(LENA)
    house.submit(LENA, amount="19.00 USD")
    becomes_version(case, 3)
    forged = house.delivered("view_submission")
    forged = {**forged, "user": {**forged["user"], "id": REP}, "view": {**forged["view"], "id": "V0FORGED"}}
    carried = {**json.loads(forged["view"]["private_metadata"]), "v": 3, "d": case.run.actions["a1"].draft.digest}
    forged["view"]["private_metadata"] = json.dumps(carried)
    forged["view"]["state"]["values"]["amount"]["value"]["value"] = "18.00 USD"
    house.deliver(forged)
    wait_until(lambda: [one.code for one in case.events("decision.refused")] == ["REQUESTER"])
    assert case.run.actions["a1"].version == 3


def test_of_two_who_edit_at_once_the_second_is_told_and_loses_no_word(house):
    case = house.held("ZD-4821")
    for who in (LENA, SAM):
        case.click(who, "edit")
        house.modal(who)
    house.submit(LENA, amount="20.00 USD")
    becomes_version(case, 2)
    assert house.submit(SAM, amount="10.00 USD", reason="requested_by_customer")["ok"]
    house.hears(SAM, "replaced by a newer one")
    house.hears(SAM, "What you typed is kept.")
    assert case.run.actions["a1"].version == 2
    view = edit_again(house, SAM)
    assert began_with(view, "amount") == "10.00 USD"
    assert "Now: 20.00 USD" in str(view)
    house.submit(SAM)
    becomes_version(case, 3)
    assert case.run.actions["a1"].draft.arguments["amount"]["minor"] == 1000
    assert case.run.actions["a1"].draft.arguments["reason"] == "requested_by_customer"
    assert [e.code for e in case.events("decision.refused")] == ["STALE_VERSION"]


def test_an_edit_that_comes_after_the_decision_is_told_who_was_first(house):
    case = house.held("ZD-4821")
    case.click(SAM, "edit")
    house.modal(SAM)
    case.click(LENA)
    case.becomes("done")
    house.submit(SAM, amount="20.00 USD")
    house.hears(SAM, f"<@{LENA}> was first")
    assert [refund["amount"] for refund in house.refunds] == [3800]


def test_an_edit_that_comes_after_its_time_changes_nothing(house):
    case = house.held("ZD-4821")
    case.click(LENA, "edit")
    house.modal(LENA)
    house.later(hours=5)
    case.ends("expired")
    assert house.submit(LENA, amount="20.00 USD")["ok"]
    house.hears(LENA, "The time for this decision has run out")
    assert case.run.actions["a1"].version == 1
    assert house.refunds == []


# --- what the rules or the systems say no to


def test_an_edit_that_the_rules_forbid_is_told_why_and_the_draft_waits_on(house):
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    before = case.run.actions["a3"]
    edit(house, case, LENA, "a3", status="pending")
    house.hears(LENA, "Your version was not taken, because no line of the lane's policy allows it")
    assert case.run.actions["a3"] == before
    house.quiet()
    (said,) = [one for one in house.whispers(LENA) if "Your version was not taken" in one or "is kept" in one]
    assert "What you typed is kept." in said, "it is told once, with the way on"
    assert [e.code for e in case.events("decision.refused")] == ["EDIT_BLOCKED"]


def test_an_edit_that_would_pass_the_days_cap_is_told_and_the_draft_waits_on(house):
    """E6: 90 dollars that an edit gave back are taken by others meanwhile; the edit that wants them again gets none."""
    case = house.held("ZD-4823")
    edit(house, case, LENA, amount="1200.00 USD")
    becomes_version(case, 2)
    for ticket in ("ZD-4822", "ZD-4843", "ZD-4821", "ZD-4841", "ZD-4827", "ZD-4842", "ZD-4826"):
        house.held(ticket)
    edit(house, case, LENA, version=2, amount="1290.00 USD")
    house.hears(LENA, "Your version was not taken, because it would pass the lane's money cap for the day")
    assert (case.state(), case.run.actions["a1"].version) == ("held", 2)


def test_what_the_system_would_refuse_is_told_in_its_words_and_can_be_put_right(house):
    case = house.held("ZD-4821")
    edit(house, case, LENA, amount="50.00 USD")
    said = house.hears(LENA, "was not taken")
    assert "What you typed is kept." in said
    assert case.run.actions["a1"].version == 1
    view = edit_again(house, LENA)
    assert began_with(view, "amount") == "50.00 USD"
    house.submit(LENA, amount="60.00 USD")
    wait_until(lambda: sum(call["args"]["text"] in said for call in house.calls("chat.postEphemeral")) == 2)
    house.quiet()
    (told,) = [one for one in house.whispers(LENA) if "was not taken" in one]
    assert began_with(edit_again(house, LENA), "amount") == "60.00 USD", "one offer, with what was typed last"
    house.submit(LENA, amount="30.00 USD")
    becomes_version(case, 2)
    house.hears(LENA, "Your version was taken")
    assert told not in house.whispers(LENA)


def test_while_the_system_is_silent_nothing_typed_is_lost_even_over_a_restart(house):
    case = house.held("ZD-4821")
    house.fails("stripe", "500", times=30)
    edit(house, case, LENA, amount="20.00 USD")
    house.hears(LENA, "was not taken")
    assert case.state() == "held"
    house.heals("stripe")
    house.restart()
    assert began_with(edit_again(house, LENA), "amount") == "20.00 USD"
    house.submit(LENA)
    becomes_version(case, 2)
    case.click(LENA, version=2)
    case.becomes("done")
    assert [refund["amount"] for refund in house.refunds] == [2000]


def test_what_takes_something_back_is_not_edited(house):
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    case.click(LENA, action="a3")
    case.becomes("done", "a3")
    house.type("/lane undo ZD-4821", LENA)
    wait_until(lambda: case.state("a4") == "held", what=case.story)
    house.quiet()
    assert ("a4", "approve") in case.buttons
    assert ("a4", "edit") not in case.buttons
