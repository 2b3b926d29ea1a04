"""Whose hand it was: ours by its key, its mark or its account; a person's; a rule's or a program's."""

import pytest
from documents.watching import create
from harvest import LATER, SYSTEMS, Clock, Field
from tool_examples import KEY, WRITES

from tools.contract import WriteTool
from tools.registry import ACCOUNTS, TOOLS, TRUTHS, by_name, truth
from tools.sandboxes import seed
from tools.sandboxes.server import serve
from tools.truth import By, Deed, folded

# Every write of ours: which source tells it, and by what it is known there. "account": the system keeps no mark on it.
TOLD_BY = {
    "zendesk.reply": ("zendesk.ticket_audits", "mark"),
    "zendesk.add_note": ("zendesk.ticket_audits", "mark"),
    "zendesk.set_status": ("zendesk.ticket_audits", "mark"),
    "zendesk.set_priority": ("zendesk.ticket_audits", "mark"),
    "zendesk.set_tags": ("zendesk.ticket_audits", "mark"),
    "zendesk.apply_macro": ("zendesk.ticket_audits", "mark"),
    "zendesk.create_ticket": ("zendesk.ticket_audits", "mark"),
    "zendesk.update_tickets": ("zendesk.ticket_audits", "account"),
    "stripe.create_refund": ("stripe.refunds", "mark"),
    "stripe.create_credit_note": ("stripe.credit_notes", "mark"),
    "stripe.void_credit_note": ("stripe.events", "key"),
    "salesforce.update_opportunity": ("salesforce.opportunity_history", "account"),
    "salesforce.move_deal": ("salesforce.opportunity_history", "account"),
    "salesforce.log_task": ("salesforce.activities", "mark"),
    "hubspot.update_deal": ("hubspot.deal_history", "account"),
    "hubspot.create_note": ("hubspot.notes", "mark"),
    "jira.create_issue": ("jira.issues", "mark"),
    "jira.add_comment": ("jira.comments", "mark"),
    "jira.transition_issue": ("jira.changelog", "account"),
}
UNTOLD = {
    "salesforce.delete_task": "only activities of our own are deleted by it",
    "hubspot.delete_note": "only notes of our own are deleted by it",
    "stripe.set_subscription_cancellation": "no lane that ships has a person's cancellations to learn from",
}


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


def accounts(field):
    """Under which accounts our full credentials write, by system."""
    found = {system: frozenset({ask(field.wire(system))}) for system, ask in ACCOUNTS.items()}
    return {**found, "hubspot": frozenset({str(seed.LANEKEEPER_APP)}), "stripe": frozenset()}


def written(field, name):
    """Our tool's example is carried out; what its source then tells that it did not tell before."""
    tool, source = by_name(name), TOLD_BY[name][0]
    before = field.seeds(source)
    tool.write(field.wire(tool.system), tool.arguments(**WRITES[name]), KEY)
    field.clock.ahead = LATER
    ours = accounts(field)[tool.system]
    return [one for one in field.deeds(source, ours=ours) if one.id not in before]


def test_every_write_of_ours_is_told_by_a_source_or_there_is_a_reason():
    writes = {tool.name for tool in TOOLS if isinstance(tool, WriteTool)}
    assert set(TOLD_BY) | set(UNTOLD) == writes
    assert {source for source, _ in TOLD_BY.values()} | {"zendesk.ratings"} == {source.name for source in TRUTHS}


@pytest.mark.parametrize("name", TOLD_BY)
def test_a_write_of_ours_is_known_again_and_never_taken_for_a_persons(field, name):
    deeds = written(field, name)
    evidence = TOLD_BY[name][1]
    assert deeds
    assert {one.ours for one in deeds} == {evidence}
    assert {one.key for one in deeds} == ({""} if evidence == "account" else {KEY})


@pytest.mark.parametrize("name", [name for name, (_, evidence) in TOLD_BY.items() if evidence == "account"])
def test_an_account_that_nobody_named_is_not_known_for_ours(field, name):
    """Why a harvest is told every account that we write as: the one that reads is another."""
    source = TOLD_BY[name][0]
    written(field, name)
    mine = [one for one in field.deeds(source) if one.at > field.began]
    assert {one.ours for one in mine} == {""}


def test_a_move_of_a_deal_is_known_by_its_mark_among_the_activities_as_well(field):
    tool = by_name("salesforce.move_deal")
    tool.write(field.wire("salesforce"), tool.arguments(**WRITES[tool.name]), KEY)
    [task] = [one for one in field.deeds("salesforce.activities") if one.key]
    assert (task.ours, task.key, task.tool) == ("mark", KEY, "salesforce.log_task")


def test_the_same_change_by_a_person_beside_ours_stays_a_persons(field):
    refund = by_name("stripe.create_refund")
    arguments = {"charge": "ch_3TomasRuiz02", "amount": {"minor": 1000, "currency": "USD"}, "reason": "duplicate"}
    refund.write(field.wire("stripe"), refund.arguments(**arguments), KEY)
    field.act("stripe", {"refund": {"charge": "ch_3TomasRuiz02", "amount": 1000, "reason": "duplicate"}})
    ours, theirs = sorted(field.deeds("stripe.refunds"), key=lambda one: one.ours, reverse=True)
    assert (ours.ours, theirs.ours) == ("mark", "")
    assert ours.arguments == theirs.arguments == arguments


def test_a_key_of_somebody_elses_is_not_ours(field):
    """Another program may send a key as well; ours are 64 hex digits."""
    wire = field.wire("stripe")
    headers = {"Idempotency-Key": "shop-77"}
    wire.call(
        "POST",
        "/v1/credit_notes/cn_1EricSand01/void",
        form={},
        headers=headers,
        timeout=truth("stripe.events").timeout,
        changes=True,
    )
    [deed] = field.deeds("stripe.events")
    assert (deed.tool, deed.ours, deed.key) == ("stripe.void_credit_note", "", "")


@pytest.mark.parametrize(
    ("source", "act"),
    [
        ("zendesk.ticket_audits", {"by": -1, "ticket": 4836, "update": {"status": "closed"}}),
        ("salesforce.opportunity_history", {"by": 92, "opportunity": "006Sb00000001AAAAA", "fields": {"Amount": 1}}),
        ("hubspot.deal_history", {"by": -1, "deal": "53001", "properties": {"amount": "1"}}),
    ],
)
def test_what_a_rule_of_the_account_does_is_a_machines(field, source, act):
    field.act(truth(source).system, act)
    [deed] = field.deeds(source, ours=accounts(field)[truth(source).system])
    assert (deed.by.kind, deed.ours) == ("machine", "")


def test_another_program_in_hubspot_is_neither_a_person_nor_us(field):
    update = by_name("hubspot.update_deal")
    update.write(field.wire("hubspot", seed.HUBSPOT_SALES), update.arguments(**WRITES[update.name]), KEY)
    field.clock.ahead = LATER
    deeds = field.deeds("hubspot.deal_history", ours=accounts(field)["hubspot"])
    assert {(one.by.kind, one.by.id, one.ours) for one in deeds} == {("machine", "7003", "")}


def test_what_the_customer_writes_is_no_deed(field):
    field.act("zendesk", {"by": 5001, "ticket": 4821, "update": {"comment": {"body": "Hello?"}}})
    assert field.deeds("zendesk.ticket_audits") == []


def test_a_ticket_that_an_agent_opens_for_a_customer_is_one_deed(field):
    new = {"requester": 9002, "subject": "Check this", "comment": {"body": "See the logs.", "public": False}}
    [made] = field.act("zendesk", {"by": 9002, "new": {**new, "priority": "low", "tags": ["internal"]}})
    [deed] = field.deeds("zendesk.ticket_audits")
    assert (deed.tool, deed.ref, deed.unfit) == ("zendesk.create_ticket", "zendesk.user sam@example.com", "")
    assert deed.also[0] == f"zendesk.ticket ZD-{made['ticket']['id']}"
    assert deed.arguments == {
        "email": "sam@example.com",
        "name": "Sam Okafor",
        "subject": "Check this",
        "text": "See the logs.",
        "public": False,
        "priority": "low",
    }


def test_an_issue_that_was_edited_since_is_told_as_it_was_opened(field):
    new = {"project": "OPS", "type": "Bug", "summary": "Exports time out", "description": "EU.", "labels": ["a", "b"]}
    [made] = field.act("jira", {"by": "5b10a2844c20165700ede201", "new": new})
    edits = ({"summary": "Exports fail", "labels": ["c"]}, {"summary": "All exports fail", "priority": "Highest"})
    later = [{"by": "5b10a2844c20165700ede202", "issue": made["key"], "edit": edit} for edit in edits]
    field.act("jira", *later)
    [deed] = field.deeds("jira.issues")
    assert deed.arguments == {**new, "priority": "Medium"}


def deed(name, ref="salesforce.opportunity 1", save="s", tool="salesforce.update_opportunity", **more):
    return Deed(id=name, ref=ref, save=save, tool=tool, at="2026-03-10T09:00:00Z", by=By(id="5"), **more)


DEAL = "006Sb00000001AAAAA"
BY_NAME = {tool.name: tool for tool in TOOLS if isinstance(tool, WriteTool)}


def test_fields_of_one_save_are_one_call_of_the_tool(field):
    field.act("salesforce", {"by": 1, "opportunity": DEAL, "fields": {"StageName": "Negotiation", "NextStep": "Sign"}})
    field.act("hubspot", {"by": 101, "deal": "53001", "properties": {"dealstage": "7002", "amount": "10"}})
    parts = field.deeds("salesforce.opportunity_history")
    [one] = folded(parts, BY_NAME)
    assert len(parts) == 2
    assert one.id == min(part.id for part in parts)
    assert one.arguments == {"opportunity": DEAL, "stage": "Negotiation", "next_step": "Sign"}
    [one] = folded(field.deeds("hubspot.deal_history"), BY_NAME)
    assert one.arguments == {"deal": "53001", "stage": "7002", "amount": {"minor": 1000, "currency": "USD"}}


def test_what_was_not_one_stroke_stays_apart():
    stage, again = ({"opportunity": DEAL, "stage": one} for one in ("Proposal", "Negotiation"))
    step = {"opportunity": DEAL, "next_step": "Sign"}
    cleared = {"opportunity": DEAL, "clear_next_step": True}
    for one, other in (
        (deed("a", arguments=stage), deed("b", arguments=step, save="t")),  # two saves
        (deed("a", arguments=stage), deed("b", arguments=step, ours="mark")),  # two hands
        (deed("a", arguments=stage), deed("b", arguments=again)),  # the same field twice
        (deed("a", arguments=step), deed("b", arguments=cleared)),  # no call of the tool
        (deed("a", arguments=stage, unfit="x"), deed("b", arguments=step)),
        (deed("a", tool="", did="x"), deed("b", tool="", did="y")),
        (deed("a", arguments=stage, save=""), deed("b", arguments=step, save="")),
    ):
        assert folded([one, other], BY_NAME) == (one, other)


def test_folding_does_not_depend_on_the_order_in_which_pages_came():
    stage = deed("a", arguments={"opportunity": DEAL, "stage": "Proposal"})
    step = deed("b", arguments={"opportunity": DEAL, "next_step": "Sign"})
    assert folded([stage, step], BY_NAME) == folded([step, stage], BY_NAME)
