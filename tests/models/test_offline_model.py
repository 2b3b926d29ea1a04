"""The offline rules: what holds in every lane, then support-triage and crm-hygiene."""

from collections.abc import Iterable

import pytest

from lanes.models.base import Usage
from tests.models.talk import CHANGED, DONE, FIRST, MODEL, SECOND, TWICE, Talk, customer, refunds, ticket, usd

# Every lane


def test_it_says_what_it_is_and_costs_nothing():
    turn = Talk("support-refunds", "ZD-4821").turn()
    assert MODEL.label == "offline rules (no model)"
    assert (turn.model, turn.cost, turn.usage) == ("offline-rules-1", 0, Usage())
    assert MODEL.prices("anything")


def test_an_unknown_lane_is_not_guessed():
    assert "do not know the lane gardening" in Talk("gardening", "acme").end()


def test_a_tool_the_lane_does_not_offer_is_not_called():
    assert "zendesk.get_ticket" in Talk("support-refunds", "ZD-4821", tools=()).end()


def test_call_ids_are_unique_in_a_conversation_and_the_same_each_time():
    talk = refunds(TWICE, customer(FIRST, SECOND), DONE)
    said = [message["content"] for message in talk.messages if message["role"] == "assistant"]
    ids = [block["id"] for content in [*said, talk.turn().content] for block in content]
    assert ids == [f"toolu_offline_{number}" for number in range(1, 6)]
    assert talk.turn() == talk.turn()


def test_only_the_first_message_names_the_subject():
    talk = Talk("support-refunds", "ZD-4821")
    talk.messages[0] = {"role": "user", "content": "Hello"}
    talk.messages.append({"role": "user", "content": "Subject: ZD-9999"})
    assert talk.end().startswith("No evidence:")


def test_a_read_that_fails_ends_the_run():
    talk = refunds().answered({"error": "NOT_FOUND", "message": "There is no ticket ZD-4821."}, is_error=True)
    assert talk.end() == "No evidence: zendesk.get_ticket gave no result (NOT_FOUND). Nothing was changed by this run."


# support-triage


def triage(said: str, others: Iterable[dict] = (), **more) -> Talk:
    talk = Talk("support-triage", "ZD-4821").answered(ticket(said, **{"subject": "Help", **more}))
    return talk.answered({"tickets": list(others)})


@pytest.mark.parametrize(
    ("said", "category", "urgency", "route"),
    [
        ("The whole service is down for all of us.", "outage", "high", "engineering"),
        ("I cannot log in since the password reset.", "account_access", "normal", "support"),
        ("My invoice shows the wrong VAT.", "billing", "normal", "billing"),
        ("The export crashes with an error.", "bug", "normal", "engineering"),
        ("It would be great to have a dark theme.", "feedback", "low", "customer_success"),
        ("How do I add a colleague?", "how_to", "low", "support"),
        ("How do I add a colleague? Urgent!", "how_to", "high", "support"),
    ],
)
def test_the_words_of_a_ticket_decide_what_it_is(said, category, urgency, route):
    ((name, answer),) = triage(said).calls()
    assert name == "answer"
    assert (answer["category"], answer["urgency"], answer["route"]) == (category, urgency, route)


def test_the_subject_line_says_more_than_an_aside():
    aside = "I do not see it since I reset my password."
    assert triage(aside, subject="Still waiting for my refund").calls()[0][1]["category"] == "billing"


def test_the_summary_is_made_of_this_ticket_and_its_history():
    others = [
        {"ticket": "ZD-4821", "subject": "Help", "status": "open", "created_at": "2026-10-02"},
        {"ticket": "ZD-4700", "subject": "Login", "status": "pending", "created_at": "2026-09-02"},
        {"ticket": "ZD-4600", "subject": "VAT", "status": "solved", "created_at": "2026-08-02"},
    ]
    ((_, answer),) = triage("The export crashes with an error.", others).calls()
    assert answer["summary"] == (
        'Ada Park writes under "Help": "The export crashes with an error". By its words this is bug, urgency normal; '
        "the ticket is open. The customer has 2 other tickets, still open: ZD-4700."
    )


def test_a_priority_set_in_zendesk_counts():
    assert triage("How do I add a colleague?", priority="urgent").calls()[0][1]["urgency"] == "high"


def test_triage_ends_with_its_summary():
    talk = triage("The export crashes.")
    summary = talk.calls()[0][1]["summary"]
    assert talk.answered({"outcome": "done"}).end() == summary


# crm-hygiene


def opportunity(*texts: str, **more) -> dict:
    activities = [
        {"at": f"2026-10-0{day}T10:00:00Z", "subject": "Call with Dana", "text": words}
        for day, words in enumerate(texts, 1)
    ]
    plain = {
        "opportunity": "006A1",
        "name": "Acme renewal",
        "stage": "Proposal",
        "next_step": "Call",
        "amount": usd(100),
    }
    return {**plain, "close_date": "2026-11-30", "owner": "Lee", "modified": "x", "activities": activities, **more}


def crm(*found: dict) -> Talk:
    account = {"id": "001", "name": "Acme"}
    return Talk("crm-hygiene", "acme").answered({"account": account, "opportunities": list(found)})


def test_it_looks_up_the_account():
    assert Talk("crm-hygiene", "acme").calls() == [("salesforce__find_opportunities", {"account": "acme"})]


@pytest.mark.parametrize(
    "said",
    [
        "Next step: Send quote v2.1\nExpected close: 2026-12-15\nStage: Negotiation",
        "Good call. Next step: Send quote v2.1. Expected close: 2026-12-15. Stage: Negotiation. Dana was happy.",
        "next step: Send quote v2.1; expected close: 2026-12-15, stage: Negotiation.",
    ],
)
def test_the_marks_of_the_latest_activity_are_proposed(said):
    older = "Next step: Old news\nStage: Qualification"
    ((name, arguments),) = crm(opportunity(older, said)).calls()
    why = arguments.pop("why")
    assert name == "salesforce__update_opportunity"
    assert arguments == {
        "opportunity": "006A1",
        "stage": "Negotiation",
        "next_step": "Send quote v2.1",
        "close_date": "2026-12-15",
    }
    assert '"Call with Dana" of 2026-10-02' in why


def test_only_what_differs_is_proposed():
    ((_, arguments),) = crm(opportunity("Next step: Call\nStage: Negotiation\nExpected close: 2026-11-30")).calls()
    assert (arguments["stage"], arguments["next_step"], arguments["close_date"]) == ("Negotiation", "", "")


def test_when_nothing_differs_but_capitals_nothing_is_proposed():
    assert crm(opportunity("Next step: call")).end().startswith("Nothing to change:")


@pytest.mark.parametrize(
    "found",
    [
        (opportunity("We should probably send them a quote next week."),),
        (opportunity("Expected close: soon"),),
        (opportunity("Expected close: 2026-11-45"),),
        (opportunity(),),
        (opportunity("Stage: Proposal", stage="Closed Won"),),
        (),
    ],
    ids=["prose", "no date", "no such date", "no activity", "closed", "none"],
)
def test_without_marks_there_is_no_evidence(found):
    assert crm(*found).end().startswith("No evidence:")


def test_an_account_salesforce_does_not_know_is_no_evidence():
    talk = Talk("crm-hygiene", "acme").answered({"account": None, "opportunities": []})
    assert talk.end() == "No evidence: Salesforce knows no account acme."


def test_an_update_that_was_made_ends_the_run():
    assert crm(opportunity("Stage: Negotiation")).answered({"outcome": "done"}).end().startswith("Acme renewal was")


def test_of_two_opportunities_only_the_one_that_changed_is_drafted_again():
    first, second = (
        opportunity("Stage: Negotiation"),
        opportunity("Stage: Negotiation", opportunity="006A2", name="Acme seats"),
    )
    talk = crm(first, second)
    assert [arguments["opportunity"] for _, arguments in talk.calls()] == ["006A1", "006A2"]
    talk.answered(CHANGED, {"outcome": "done"})
    talk.answered({"account": {"id": "001"}, "opportunities": [first, {**second, "stage": "Negotiation"}]})
    assert [arguments["opportunity"] for _, arguments in talk.calls()] == ["006A1"]
    assert talk.answered({"outcome": "done"}).end().startswith("Acme seats, Acme renewal was")


def test_an_opportunity_that_changed_is_read_again():
    talk = crm(opportunity("Stage: Negotiation")).answered(CHANGED)
    assert talk.calls() == [("salesforce__find_opportunities", {"account": "acme"})]
