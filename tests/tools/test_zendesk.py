"""What is Zendesk's own."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from tool_examples import ADA, KEY

from tools.contract import Refused
from tools.registry import by_name
from tools.zendesk.comments import Reply, ReplyArguments
from tools.zendesk.fields import SetStatus, SetStatusArguments
from tools.zendesk.reads import GetTicket, GetTicketArguments

CONFIRM = ReplyArguments(ticket="ZD-4821", template="refund_confirmation", amount=ADA)
SOLVE = SetStatusArguments(ticket="ZD-4821", status="solved")


def _say(bench, wire, ticket, text):
    """A comment from outside Lanekeeper."""
    change = {"ticket": {"comment": {"body": text, "public": True}}}
    wire.call("PUT", f"/api/v2/tickets/{ticket}.json", json=change, timeout=timedelta(seconds=5), changes=True)


def test_a_reply_is_exactly_what_was_shown(bench):
    wire = bench.wire("zendesk")
    preview = Reply().preview(CONFIRM, Reply().look(wire, CONFIRM))
    assert preview.sentence == "Reply to Ada Park (ada@parkstudio.example) on ZD-4821"
    assert preview.body.startswith("Hi Ada,\n\nWe have refunded $38.00 ")
    assert Reply().write(wire, CONFIRM, KEY).text == preview.body
    last = GetTicket().read(wire, GetTicketArguments(ticket="ZD-4821")).comments[-1]
    assert (last.text, last.role, last.public) == (preview.body, "agent", True)


def test_free_text_is_sent_as_it_stands(bench):
    wire = bench.wire("zendesk")
    arguments = ReplyArguments(ticket="ZD-4832", template="free_text", text="Use {braces} & <tags>,\nAda.")
    assert Reply().preview(arguments, Reply().look(wire, arguments)).body == arguments.text
    assert Reply().holds(arguments, Reply().write(wire, arguments, KEY))


def test_the_mark_goes_where_zendesk_keeps_it(bench):
    Reply().write(bench.wire("zendesk"), CONFIRM, KEY)
    audit = bench.state("zendesk")["tickets"]["4821"]["audits"][-1]
    assert audit["metadata"]["custom"] == {"lanekeeper_key": KEY}  # flat in the request, under "custom" in the audit


def test_a_status_set_twice_leaves_one_audit(bench):
    wire = bench.wire("zendesk")
    before = len(bench.state("zendesk")["tickets"]["4821"]["audits"])
    SetStatus().write(wire, SOLVE, KEY)
    SetStatus().write(wire, SOLVE, KEY)
    assert len(bench.state("zendesk")["tickets"]["4821"]["audits"]) == before + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"template": "refund_confirmation"},
        {"template": "refund_confirmation", "amount": ADA, "text": "and more"},
        {"template": "free_text"},
        {"template": "free_text", "text": "  \n "},
        {"template": "free_text", "text": "x", "amount": ADA},
        {"template": "another", "text": "x"},
    ],
)
def test_a_template_takes_what_it_needs_and_nothing_else(wrong):
    with pytest.raises(ValidationError):
        ReplyArguments(ticket="ZD-4821", **wrong)


@pytest.mark.parametrize("ticket", ["4821", "ZD-", "ZD-0", "ZD-1/../2", "ZD-1\n", "zd-1", "ZD-4821?x=1"])
def test_only_a_ticket_id_is_a_ticket_id(ticket):
    for name in ("zendesk.get_ticket", "zendesk.set_status"):
        with pytest.raises(ValidationError):
            by_name(name).arguments(ticket=ticket, **({"status": "open"} if name.endswith("status") else {}))


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Ada Park", "Hi Ada,"),
        ("Anne-Marie O’Neil", "Hi Anne-Marie,"),
        ("Тома Ruiz", "Hi Тома,"),
        ("http://evil.example Park", "Hi there,"),
        ("<b>Ada</b>", "Hi there,"),
        ("{amount} Park", "Hi there,"),
        ("", "Hi there,"),
    ],
)
def test_a_customers_own_name_cannot_write_our_letter(bench, name, greeting):
    target = Reply().look(bench.wire("zendesk"), CONFIRM)
    named = target.model_copy(update={"pinned": {**target.pinned, "requester": name}})
    assert Reply().preview(CONFIRM, named).body.startswith(greeting)


def test_a_customers_new_comment_is_drift_and_our_own_reply_is_not(bench):
    wire = bench.wire("zendesk")
    for ticket in ("ZD-4821", "ZD-4835"):  # open, and new: the first reply opens it
        solve = SetStatusArguments(ticket=ticket, status="solved")
        before = SetStatus().look(wire, solve).pinned
        Reply().write(wire, ReplyArguments(ticket=ticket, template="free_text", text="Done."), KEY)
        assert SetStatus().look(wire, solve).pinned == before
    before = SetStatus().look(wire, SOLVE).pinned
    bench.http.post(f"{bench.urls['zendesk']}/_control/customer", json={"ticket": 4821, "text": "One more thing"})
    assert SetStatus().look(wire, SOLVE).pinned != before


def test_a_closed_ticket_cannot_be_written_to(bench):
    wire = bench.wire("zendesk")
    for tool, arguments in (
        (Reply(), ReplyArguments(ticket="ZD-4837", template="free_text", text="x")),
        (SetStatus(), SetStatusArguments(ticket="ZD-4837", status="open")),
    ):
        with pytest.raises(Refused, match="CLOSED"):
            tool.look(wire, arguments)
    with pytest.raises(Refused, match="closed"):  # and Zendesk says so itself
        SetStatus().write(wire, SetStatusArguments(ticket="ZD-4837", status="open"), KEY)


def test_a_status_that_is_there_already_is_refused(bench):
    with pytest.raises(Refused, match="NO_CHANGE"):
        SetStatus().look(bench.wire("zendesk"), SetStatusArguments(ticket="ZD-4821", status="open"))


def test_an_unknown_ticket_is_refused(bench):
    with pytest.raises(Refused, match="NOT_FOUND"):
        GetTicket().read(bench.wire("zendesk"), GetTicketArguments(ticket="ZD-99"))


def test_a_long_conversation_is_read_to_its_end_and_its_marks_are_found(bench):
    wire = bench.wire("zendesk")
    Reply().write(wire, CONFIRM, KEY)
    for number in range(120):
        _say(bench, wire, 4821, f"comment {number}")
    last = ReplyArguments(ticket="ZD-4821", template="free_text", text="The last one.")
    Reply().write(wire, last, "0b" * 32)
    ticket = GetTicket().read(wire, GetTicketArguments(ticket="ZD-4821"))
    assert len(ticket.comments) == 123
    assert ticket.comments[-1].text == "The last one."
    assert Reply().read_back(wire, last, "0b" * 32) is not None
    assert Reply().read_back(wire, CONFIRM, KEY) is not None


def test_internal_notes_are_never_quoted(bench):
    wire, tool = bench.wire("zendesk"), GetTicket()
    arguments = GetTicketArguments(ticket="ZD-4828")
    [evidence] = tool.cite(wire, arguments, tool.read(wire, arguments))
    assert "charged me $52.00 twice" in evidence.quote
    assert "refund it now" in evidence.quote
    assert "dashboard" not in evidence.quote


def test_a_customers_tickets_come_newest_first(bench):
    tool = by_name("zendesk.find_tickets")
    found = tool.read(bench.wire("zendesk"), tool.arguments(email="grace@moyofoods.example")).tickets
    assert [one.ticket for one in found] == ["ZD-4830", "ZD-4836", "ZD-4837"]
    assert tool.read(bench.wire("zendesk"), tool.arguments(email="no@body.example")).tickets == []


@pytest.mark.parametrize("email", ['a"b@c.example', "a b@c.example", "@c.example", "a@", "a@b@c", "a:b@c.example"])
def test_an_address_cannot_carry_a_query(email):
    for name in ("zendesk.find_tickets", "stripe.find_charges"):
        with pytest.raises(ValidationError):
            by_name(name).arguments(email=email)
