"""Salesforce's contacts and history, what a credential may not, and how its errors and its allowance are taken."""

import pytest
from tool_examples import ACME, KEY, NEXT_MONTH

from tools.contract import Refused, Unavailable
from tools.registry import by_name
from tools.salesforce import TOOLS, shortfalls
from tools.sandboxes import seed
from tools.sandboxes.salesforce import Salesforce
from tools.sandboxes.salesforce_people import JORDAN

SCOPES = frozenset(scope for tool in TOOLS for scope in tool.scopes)


def _read(bench, name, **arguments):
    tool = by_name(f"salesforce.{name}")
    return tool.read(bench.wire("salesforce"), tool.arguments(**arguments))


def test_the_people_of_an_account_come_with_their_role_on_each_deal(bench):
    found = _read(bench, "find_contacts", account="acme")
    assert [one.name for one in found.contacts] == ["Dana Whitfield", "Luis Ortega", "Priya Nair"]
    dana, _, priya = found.contacts
    assert (dana.email, dana.title) == ("dana.whitfield@acme.example", "Head of Procurement")
    [role] = dana.roles
    assert (role.opportunity, role.role, role.primary) == (ACME, "Decision Maker", True)
    assert (dana.no_email, priya.no_email) == (False, True)


def test_an_account_nobody_knows_has_no_contacts_and_one_without_roles_has_none(bench):
    assert _read(bench, "find_contacts", account="Nobody & Sons").account is None
    [art] = _read(bench, "find_contacts", account="Vandelay").contacts
    assert art.roles == []


def test_a_history_tells_who_changed_what_and_knows_our_own_hand(bench):
    tool = by_name("salesforce.update_opportunity")
    tool.write(bench.wire("salesforce"), tool.arguments(opportunity=ACME, stage="Negotiation"), KEY)
    bench.tell("salesforce", "colleague", opportunity=ACME, user=JORDAN, fields={"CloseDate": NEXT_MONTH})
    found = _read(bench, "opportunity_history", opportunity=ACME)
    [moved] = [one for one in found.changes if one.after == "Negotiation"]
    [dated] = [one for one in found.changes if one.field == "close_date"]
    assert (moved.field, moved.before, moved.by, moved.ours) == ("stage", "Proposal", "Lanekeeper Integration", True)
    assert (dated.after, dated.by, dated.ours) == (NEXT_MONTH, "Jordan Blake", False)
    assert [one.at for one in found.changes] == sorted((one.at for one in found.changes), reverse=True)
    assert found.changes[-1].field == "created"


def test_a_history_begins_where_it_is_asked_to(bench):
    everything = _read(bench, "opportunity_history", opportunity=ACME).changes
    day = everything[1].at[:10]
    later = _read(bench, "opportunity_history", opportunity=ACME, since=day).changes
    assert later == [one for one in everything if one.at[:10] >= day]
    assert 0 < len(later) < len(everything)


def test_a_long_history_is_followed_to_its_end(bench, monkeypatch):
    everything = _read(bench, "opportunity_history", opportunity=ACME)
    monkeypatch.setattr(Salesforce, "batch", 1)
    assert _read(bench, "opportunity_history", opportunity=ACME) == everything


def test_a_credential_that_holds_all_falls_short_of_nothing(bench):
    before = bench.state("salesforce")
    assert shortfalls(bench.wire("salesforce"), SCOPES) == ()
    assert bench.state("salesforce") == before


def test_what_a_credential_may_not_is_said_field_by_field(bench):
    wire = bench.wire("salesforce", seed.SALESFORCE_NOTES)
    assert shortfalls(wire, {"salesforce:opportunities.read", "salesforce:opportunities.write.next_step"}) == ()
    assert shortfalls(wire, {"salesforce:opportunities.write"}) == (
        "Salesforce lets this credential not set the stage of an opportunity (salesforce:opportunities.write).",
        "Salesforce lets this credential not set the close date of an opportunity (salesforce:opportunities.write).",
    )
    [stage] = shortfalls(wire, {"salesforce:opportunities.write.stage"})
    assert "the stage of an opportunity (salesforce:opportunities.write.stage)" in stage
    first, *_ = shortfalls(wire, {"salesforce:tasks.write"})
    assert "create and delete activities" in first


def test_a_right_nobody_knows_is_said_and_a_wrong_credential_refused(bench):
    [unknown] = shortfalls(bench.wire("salesforce"), {"salesforce:leads.read"})
    assert unknown == "salesforce:leads.read is no right that a Salesforce tool asks for."
    with pytest.raises(Refused, match="WRONG_CREDENTIAL"):
        shortfalls(bench.wire("salesforce", "nobody"), SCOPES)


def test_what_cannot_be_told_now_is_no_shortfall(bench):
    bench.fault("salesforce", "500", times=3)
    with pytest.raises(Unavailable):
        shortfalls(bench.wire("salesforce"), SCOPES)


def test_a_day_that_is_nearly_spent_is_said(bench, monkeypatch):
    monkeypatch.setattr(Salesforce, "left", Salesforce.limit // 50)
    said = shortfalls(bench.wire("salesforce"), {"salesforce:contacts.read"})
    assert said == ("Salesforce answers 2000 more requests within these 24 hours, of 100000 a day.",)


def test_two_activities_under_one_key_are_for_a_person_to_tell_apart(bench):
    tool = by_name("salesforce.log_task")
    wire = bench.wire("salesforce")
    arguments = tool.arguments(**tool.example)
    tool.write(wire, arguments, KEY)
    bench.tell("salesforce", "twice", mark=KEY)
    for ask in (tool.write, tool.read_back):
        with pytest.raises(Refused) as caught:
            ask(wire, arguments, KEY)
        assert caught.value.code == "AMBIGUOUS"


def test_what_stands_still_comes_longest_first_with_its_owners_address(bench):
    [one] = _read(bench, "find_stalled_opportunities", untouched_days=30).opportunities
    assert (one.account, one.next_step, one.owner_email) == ("Initech", "", "jordan@example.com")
    every = _read(bench, "find_stalled_opportunities", untouched_days=7, only_without_next_step=False).opportunities
    assert [found.changed for found in every] == sorted(found.changed for found in every)
    assert "Stark Industries" not in {found.account for found in every}, "somebody touched it four days ago"
    assert not any(found.stage.startswith("Closed") for found in every)


def test_whoever_changes_a_deal_takes_it_from_those_that_stand_still(bench):
    [one] = _read(bench, "find_stalled_opportunities").opportunities
    bench.tell("salesforce", "colleague", opportunity=one.opportunity, user=JORDAN, fields={"CloseDate": NEXT_MONTH})
    assert _read(bench, "find_stalled_opportunities").opportunities == []
