"""What customers felt, as the systems tell it."""

from datetime import timedelta

import pytest
from documents.watching import create
from harvest import LATER, SYSTEMS, Clock, Field
from tool_examples import KEY
from truth_examples import ADA, LENA

from tools.registry import by_name, truth
from tools.sandboxes.server import serve

TICKETS, RATINGS, EVENTS = "zendesk.ticket_audits", "zendesk.ratings", "stripe.events"
SOLVED = {"by": LENA, "ticket": 4821, "update": {"status": "solved", "comment": {"body": "Done."}}}
AGAIN = {"by": ADA, "ticket": 4821, "update": {"comment": {"body": "It is not on my card yet!"}}}
CLOSED = {"by": -1, "ticket": 4821, "update": {"status": "closed"}}


@pytest.fixture(scope="module")
def _sandboxes():
    clock = Clock()
    with serve({system: create(system, clock=clock) for system in SYSTEMS}) as serving:
        yield serving, clock


@pytest.fixture
def field(_sandboxes):
    field = Field(*_sandboxes)
    field.reset()
    yield field
    field.close()


def test_a_customer_who_writes_on_a_solved_ticket_has_reopened_it(field):
    field.act("zendesk", SOLVED, AGAIN)
    [felt] = field.reactions(TICKETS)
    assert (felt.kind, felt.ref, felt.quote) == ("reopened", "zendesk.ticket ZD-4821", "It is not on my card yet!")
    assert (felt.by.id, felt.by.name, felt.by.email) == (str(ADA), "Ada Park", "ada@parkstudio.example")
    assert felt.at == field.began + timedelta(seconds=2)
    assert [one.tool for one in field.deeds(TICKETS)] == ["zendesk.reply", "zendesk.set_status"]


def test_an_agent_who_opens_a_solved_ticket_again_is_no_customer(field):
    field.act("zendesk", SOLVED, {"by": LENA, "ticket": 4821, "update": {"status": "open"}})
    assert field.reactions(TICKETS) == []


def test_a_new_ticket_and_one_that_follows_a_closed_one_are_told_apart(field):
    new = {"requester": ADA, "subject": "Still wrong", "comment": {"body": "As before."}}
    acts = ({"by": ADA, "new": new}, SOLVED, CLOSED, {"by": ADA, "new": {**new, "follows": 4821}})
    made = field.act("zendesk", *acts)
    asked, followed = sorted(field.reactions(TICKETS), key=lambda one: one.at)
    assert (asked.kind, asked.ref) == ("asked", f"zendesk.ticket ZD-{made[0]['ticket']['id']}")
    assert (followed.kind, followed.ref) == ("followed_up", f"zendesk.ticket ZD-{made[3]['ticket']['id']}")
    assert followed.also == (f"zendesk.user {ADA}", "zendesk.ticket ZD-4821")


def test_a_rating_is_told_once_and_once_more_when_the_customer_thinks_better_of_it(field):
    field.act("zendesk", SOLVED, {"by": ADA, "ticket": 4821, "rate": {"score": "good"}})
    [good] = field.reactions(RATINGS)
    assert (good.kind, good.value, good.ref) == ("rated", "good", "zendesk.ticket ZD-4821")
    bad = {"by": ADA, "ticket": 4821, "rate": {"score": "bad", "comment": "I spoke too soon."}}
    field.act("zendesk", {**bad, "at": (field.began + timedelta(minutes=30)).isoformat()})
    [worse] = field.reactions(RATINGS)
    assert (worse.value, worse.quote) == ("bad", "I spoke too soon.")
    assert worse.id != good.id
    assert {one.id for one in field.reactions(RATINGS, since=field.began + timedelta(minutes=20))} == {worse.id}


@pytest.mark.parametrize("size", [1, 2])
def test_ratings_come_by_the_page(field, size):
    mine = {4821: ADA, 4822: 5002, 4823: 5003, 4824: 5004}
    solved = [{"by": LENA, "ticket": number, "update": {"status": "solved"}} for number in mine]
    rated = [{"by": asker, "ticket": number, "rate": {"score": "good"}} for number, asker in mine.items()]
    field.act("zendesk", *solved, *rated, apart=timedelta())
    pages = field.pages(type(truth(RATINGS))(size))
    assert len(pages) == 4 // size
    assert len({one.id for page in pages for one in page.reactions}) == 4
    rest = field.pages(type(truth(RATINGS))(size), cursor=pages[0].cursor)
    assert len([one for page in rest for one in page.reactions]) == 4 - size


def test_a_refund_of_ours_that_comes_back_names_the_write_it_came_back_on(field):
    refund = by_name("stripe.create_refund")
    made = refund.write(field.wire("stripe"), refund.arguments(**refund.example), KEY)
    field.clock.ahead = LATER
    field.http.post(
        f"{field.urls['stripe']}/_control/person", json={"fail": {"refund": made.refund, "why": "declined"}}
    )
    [felt] = field.reactions(EVENTS)
    assert (felt.kind, felt.value, felt.key) == ("refund_failed", "declined", KEY)
    assert (felt.ref, felt.also) == (f"stripe.charge {made.charge}", (f"stripe.refund {made.refund}",))


def test_a_persons_refund_that_comes_back_names_no_write_of_ours(field):
    [made] = field.act("stripe", {"refund": {"charge": "ch_3AdaPark02", "reason": "duplicate"}})
    field.act("stripe", {"fail": {"refund": made["id"]}}, apart=timedelta(minutes=5))
    [felt] = field.reactions(EVENTS)
    assert (felt.kind, felt.key) == ("refund_failed", "")
    [deed] = field.deeds("stripe.refunds")
    assert deed.tool == "stripe.create_refund"  # it was what the person did, whatever the bank made of it


def test_a_refund_that_succeeds_late_is_no_reaction(field):
    field.act("stripe", {"refund": {"charge": "ch_3YaraSilva01", "reason": "duplicate"}})
    assert field.reactions(EVENTS) == []


@pytest.mark.parametrize(("status", "kind"), [("won", "dispute_won"), ("lost", "dispute_lost")])
def test_a_dispute_is_told_when_it_begins_and_when_it_ends(field, status, kind):
    [made] = field.act("stripe", {"dispute": {"charge": "ch_3AdaPark01", "reason": "duplicate"}})
    field.act("stripe", {"close": {"dispute": made["id"], "status": status}}, apart=timedelta(minutes=5))
    ended, began = sorted(field.reactions(EVENTS), key=lambda one: one.at, reverse=True)
    assert (began.kind, began.value, began.ref) == ("disputed", "duplicate", "stripe.charge ch_3AdaPark01")
    assert (ended.kind, ended.value, ended.also) == (kind, status, (f"stripe.dispute {made['id']}",))


def test_events_are_told_for_as_long_as_stripe_keeps_them(field):
    reach = truth(EVENTS).reaches
    assert reach is not None
    old = field.began - reach - timedelta(hours=1)
    made = field.http.post(
        f"{field.urls['stripe']}/_control/person",
        json={"pay": {"customer": "cus_AdaPark", "cents": 3800, "description": "Pro plan"}, "at": old.isoformat()},
    ).json()
    field.act("stripe", {"dispute": {"charge": made["id"]}, "at": old.isoformat()})
    field.began = old - timedelta(hours=1)
    assert field.reactions(EVENTS) == []
