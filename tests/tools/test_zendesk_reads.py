"""What is read from Zendesk beside the ticket itself: history, people, macros, and what a credential may do."""

import pytest
from meddling import Meddled
from pydantic import ValidationError
from tool_examples import CREDENTIALS, KEY

from tools import zendesk
from tools.contract import Refused, WriteTool
from tools.sandboxes import seed
from tools.zendesk.fields import SetStatus, SetStatusArguments, SetTags, SetTagsArguments
from tools.zendesk.history import TicketHistory, TicketHistoryArguments
from tools.zendesk.macros import FindMacros, FindMacrosArguments
from tools.zendesk.people import FindUsers, FindUsersArguments
from tools.zendesk.reads import FindTickets, FindTicketsArguments
from tools.zendesk.rights import shortfalls

ALL = frozenset(scope for tool in zendesk.TOOLS for scope in tool.scopes)


def test_history_says_who_changed_what_from_what_to_what_and_which_was_us(bench):
    wire = bench.wire("zendesk")
    SetTags().write(wire, SetTagsArguments(ticket="ZD-4821", add=("refunded",)), KEY)
    SetStatus().write(wire, SetStatusArguments(ticket="ZD-4821", status="solved"), "0b" * 32)
    bench.http.post(f"{bench.urls['zendesk']}/_control/customer", json={"ticket": 4821, "text": "Thank you!"})
    first, taken, tags, solved, thanks = TicketHistory().read(wire, TicketHistoryArguments(ticket="ZD-4821")).updates
    assert (first.by, first.role, first.comment, first.key) == ("Ada Park", "customer", "public", "")
    assert ("requester", "", "Ada Park") in [(one.field, one.before, one.after) for one in first.changes]
    assert (taken.by, taken.role, [one.after for one in taken.changes]) == ("Lena Fischer", "agent", ["open"])
    [change] = tags.changes
    assert (change.field, change.before) == ("tags", "billing, duplicate_charge")
    assert change.after == "billing, duplicate_charge, refunded"
    assert (tags.by, tags.key, tags.comment) == ("Customer Support", KEY, "none")
    assert [(one.before, one.after) for one in solved.changes] == [("open", "solved")]
    assert (thanks.said, thanks.key) == ("Thank you!", "")
    assert [(one.before, one.after) for one in thanks.changes] == [("solved", "open")]


def test_notes_stay_notes_in_the_history_and_its_evidence_quotes_none(bench):
    tool, arguments = TicketHistory(), TicketHistoryArguments(ticket="ZD-4822")
    history = tool.read(bench.wire("zendesk"), arguments)
    assert [one.comment for one in history.updates] == ["public", "public", "internal"]
    [evidence] = tool.cite(bench.wire("zendesk"), arguments, history)
    assert "internal comment" in evidence.quote
    assert "checkout" not in evidence.quote


def test_people_are_found_by_whole_address_or_by_words_of_their_name(bench):
    wire = bench.wire("zendesk")
    [ada] = FindUsers().read(wire, FindUsersArguments(email="ADA@parkstudio.example")).users
    assert (ada.name, ada.role, ada.user) == ("Ada Park", "end-user", "5001")
    assert FindUsers().read(wire, FindUsersArguments(name="park ada")).users == [ada]
    [lena] = FindUsers().read(wire, FindUsersArguments(name="Lena Fischer")).users
    assert lena.role == "agent"
    assert FindUsers().read(wire, FindUsersArguments(email="no@body.example")).users == []


@pytest.mark.parametrize("wrong", [{}, {"email": "a@b.c", "name": "A"}, {"name": 'A" role:admin'}, {"name": "role:x"}])
def test_one_way_of_looking_for_a_person_that_carries_no_query(wrong):
    with pytest.raises(ValidationError):
        FindUsersArguments(**wrong)


def test_macros_are_told_with_what_they_would_do(bench):
    wire = bench.wire("zendesk")
    macros = {one.title: one for one in FindMacros().read(wire, FindMacrosArguments()).macros}
    assert list(macros) == ["Refund made", "Ask for receipt", "Possible fraud", "Hand to finance"]  # active ones
    asked = {action.field: action.value for action in macros["Ask for receipt"].actions}
    assert (asked["status"], asked["added tags"]) == ("pending", "waiting_receipt")
    assert macros["Ask for receipt"].applicable
    assert not macros["Hand to finance"].applicable
    [one] = FindMacros().read(wire, FindMacrosArguments(words="FRAUD")).macros
    assert one.title == "Possible fraud"


def test_a_macros_comment_may_come_with_its_channel(bench):
    action = {"field": "comment_value", "value": ["channel:all", "Thanks!"]}
    bench.http.post(f"{bench.urls['zendesk']}/_control/macro", json={"macro": 32, "actions": [action]})
    [one] = FindMacros().read(bench.wire("zendesk"), FindMacrosArguments(words="receipt")).macros
    assert [(told.field, told.value) for told in one.actions] == [("comment", "Thanks!")]


def test_a_customers_tickets_are_narrowed_by_status_and_tag(bench):
    wire = bench.wire("zendesk")
    solved = FindTicketsArguments(email="grace@moyofoods.example", status="solved")
    assert [one.ticket for one in FindTickets().read(wire, solved).tickets] == ["ZD-4836"]
    twice = FindTicketsArguments(email="ada@parkstudio.example", tag="duplicate_charge")
    assert [one.ticket for one in FindTickets().read(wire, twice).tickets] == ["ZD-4821"]
    assert FindTickets().read(wire, twice.model_copy(update={"tag": "vip"})).tickets == []
    with pytest.raises(ValidationError):
        FindTicketsArguments(email="ada@parkstudio.example", tag="a status:new")


def test_a_credential_that_may_all_falls_short_of_nothing_and_nothing_is_written(bench):
    before = bench.state("zendesk")
    assert shortfalls(bench.wire("zendesk"), ALL) == ()
    assert shortfalls(bench.wire("zendesk"), frozenset({"zendesk:tickets.bulk.tags", "stripe:refunds.write"})) == ()
    assert bench.state("zendesk") == before


def test_what_a_reader_may_not_do_is_told_in_sentences(bench):
    wire = bench.wire("zendesk", seed.ZENDESK_TRIAGE)
    assert shortfalls(wire, frozenset({"zendesk:tickets.read"})) == ()
    writes = frozenset(scope for tool in zendesk.TOOLS if isinstance(tool, WriteTool) for scope in tool.scopes)
    told = shortfalls(wire, writes)
    assert len(told) == len([scope for scope in writes if not scope.endswith(".read")])
    assert told[0] == ("zendesk:macros.apply needs the Zendesk scope write or tickets:write; this credential has read.")
    assert shortfalls(wire, frozenset({"zendesk:moon.walk"})) == (
        "zendesk:moon.walk is no right that the Zendesk tools know.",
    )


def test_a_wrong_credential_is_refused_and_one_that_tells_nothing_is_said(bench):
    with pytest.raises(Refused, match="WRONG_CREDENTIAL"):
        shortfalls(bench.wire("zendesk", "nobody"), ALL)

    class Silent(Meddled):
        def call(self, method, path, **more):
            if "oauth" in path:
                raise Refused("NOT_FOUND", "zendesk answered 404")
            return super().call(method, path, **more)

    [told] = shortfalls(Silent(bench.wire("zendesk"), None), ALL)
    assert told == "Zendesk does not tell what this credential may do (zendesk answered 404)."
    assert CREDENTIALS["zendesk"] not in told
