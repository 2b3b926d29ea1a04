"""The offline rules of support-priority: a given conversation, and the turn they take next."""

import pytest

from tests.models.talk import CHANGED, Talk, ticket

SET = {"outcome": "done", "result": {"ticket": "ZD-4821", "priority": "low"}}


def priority(said, **more):
    return Talk("support-priority", "ZD-4821").answered(ticket(said, **{"subject": "Help", **more}))


@pytest.mark.parametrize(
    ("said", "now", "wanted", "because"),
    [
        ("The whole service is down for all of us.", "normal", "urgent", "down for everybody"),
        ("Urgent: how do I add a colleague?", "normal", "high", '"Urgent"'),
        ("The export crashes, and production is at a stand.", "low", "high", '"production"'),
        ("My invoice shows the wrong VAT.", "urgent", "normal", "billing"),
        ("How do I add a colleague?", "normal", "low", "nothing is broken"),
    ],
)
def test_the_words_of_a_ticket_and_not_its_priority_say_how_urgent_it_is(said, now, wanted, because):
    ((name, asked),) = priority(said, priority=now).calls()
    assert name == "zendesk__set_priority"
    assert (asked["ticket"], asked["priority"]) == ("ZD-4821", wanted)
    assert because in asked["why"]


def test_what_is_right_already_or_over_is_left_as_it_is():
    assert "priority low already" in priority("How do I add a colleague?", priority="low").end()
    assert "is solved" in priority("The whole service is down.", status="solved").end()


def test_an_agents_own_words_do_not_press():
    aside = {"id": "2", "author": "Sam", "role": "agent", "public": True, "text": "This is urgent!", "at": ""}
    asked = ticket("How do I add a colleague?", subject="Help")
    asked["comments"].append(aside)
    ((_, call),) = Talk("support-priority", "ZD-4821").answered(asked).calls()
    assert call["priority"] == "low"


def test_it_ends_with_what_was_set_and_reads_again_what_changed_meanwhile():
    talk = priority("How do I add a colleague?")
    assert talk.answered(SET).end() == "The priority of ZD-4821 is low now."
    again = priority("How do I add a colleague?").answered(CHANGED)
    assert again.calls() == [("zendesk__get_ticket", {"ticket": "ZD-4821"})]
    silent = priority("How do I add a colleague?").answered({"outcome": "shadowed"})
    assert "nothing was carried out" in silent.end()
