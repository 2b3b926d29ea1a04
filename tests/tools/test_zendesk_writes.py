"""What notes, tags, macros and new tickets promise, and that nobody is overwritten."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from documents.watching import create
from meddling import Meddled
from pydantic import SecretStr, ValidationError
from tool_examples import ADA, KEY

from tools.contract import Refused, Uncertain
from tools.registry import by_name
from tools.sandboxes import seed
from tools.sandboxes.macros import WRITTEN
from tools.sandboxes.server import serve
from tools.wire import Connection, HttpWire
from tools.zendesk.comments import AddNote, AddNoteArguments, Reply, ReplyArguments
from tools.zendesk.create import CreateTicket, CreateTicketArguments
from tools.zendesk.fields import SetStatus, SetStatusArguments, SetTags, SetTagsArguments
from tools.zendesk.macros import ApplyMacro, ApplyMacroArguments
from tools.zendesk.reads import GetTicket, GetTicketArguments

OTHER = "0b" * 32
NOTE = AddNoteArguments(ticket="ZD-4821", text="One of the two is a duplicate.")
TAGS = SetTagsArguments(ticket="ZD-4821", add=("refunded", "billing"), remove=("duplicate_charge", "vip"))
MACRO = ApplyMacroArguments(ticket="ZD-4821", macro="31", updated_at=WRITTEN)
NEW = CreateTicketArguments(
    email="new@person.example", name="Nora New", subject="Welcome", text="Hello Nora.", public=True
)


def _ticket(bench, number=4821):
    return bench.state("zendesk")["tickets"][str(number)]


def _customer_writes(bench):
    bench.http.post(f"{bench.urls['zendesk']}/_control/customer", json={"ticket": 4821, "text": "Never mind!"})


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (Reply(), ReplyArguments(ticket="ZD-4821", template="refund_confirmation", amount=ADA)),
        (SetStatus(), SetStatusArguments(ticket="ZD-4821", status="solved")),
        (AddNote(), NOTE),
        (SetTags(), TAGS),
        (ApplyMacro(), MACRO),
    ],
)
def test_who_changes_the_ticket_at_the_same_moment_is_not_overwritten(bench, tool, arguments):
    wire = bench.wire("zendesk")
    with pytest.raises(Refused, match="same moment; nothing was written") as caught:
        tool.write(Meddled(wire, lambda: _customer_writes(bench)), arguments, KEY)
    assert caught.value.code == "CONFLICT"
    entry = _ticket(bench)
    assert [comment["body"] for comment in entry["comments"]][-1] == "Never mind!"
    assert (entry["ticket"]["status"], entry["ticket"]["tags"]) == ("open", ["billing", "duplicate_charge"])
    assert tool.read_back(wire, arguments, KEY) is None


def test_our_own_writes_on_one_card_follow_each_other(bench):
    wire = bench.wire("zendesk")
    Reply().write(wire, ReplyArguments(ticket="ZD-4821", template="free_text", text="Done."), KEY)
    AddNote().write(wire, NOTE, OTHER)
    SetTags().write(wire, TAGS, "0c" * 32)
    SetStatus().write(wire, SetStatusArguments(ticket="ZD-4821", status="solved"), "0d" * 32)
    assert _ticket(bench)["ticket"]["status"] == "solved"


def test_a_note_is_for_colleagues_only_and_says_so(bench):
    wire = bench.wire("zendesk")
    preview = AddNote().preview(NOTE, AddNote().look(wire, NOTE))
    assert preview.sentence == "Leave a note on ZD-4821, for colleagues only"
    assert preview.body == NOTE.text
    assert AddNote().holds(NOTE, AddNote().write(wire, NOTE, KEY))
    last = GetTicket().read(wire, GetTicketArguments(ticket="ZD-4821")).comments[-1]
    assert (last.text, last.public) == (NOTE.text, False)


def test_a_note_that_went_out_to_the_customer_does_not_hold(bench):
    done = AddNote().write(bench.wire("zendesk"), NOTE, KEY)
    assert not AddNote().holds(NOTE, done.model_copy(update={"public": True}))


def test_tags_beside_those_named_stay_and_undo_takes_back_only_what_was_changed(bench):
    wire = bench.wire("zendesk")
    target = SetTags().look(wire, TAGS)
    [change] = SetTags().preview(TAGS, target).changes
    assert (change.before, change.after) == ("billing, duplicate_charge", "billing, refunded")
    assert SetTags().write(wire, TAGS, KEY).tags == ["billing", "refunded"]
    undo = SetTags().undo(TAGS, target, None)
    assert undo.arguments == {"ticket": "ZD-4821", "add": ["duplicate_charge"], "remove": ["refunded"]}
    back = SetTagsArguments(**undo.arguments)
    assert SetTags().write(wire, back, OTHER).tags == ["billing", "duplicate_charge"]


def test_a_tag_of_somebody_elses_is_no_drift_and_one_that_is_named_is(bench):
    wire = bench.wire("zendesk")
    before = SetTags().look(wire, TAGS).pinned
    SetTags().write(wire, SetTagsArguments(ticket="ZD-4821", add=("seen",)), KEY)
    assert SetTags().look(wire, TAGS).pinned == before
    SetTags().write(wire, SetTagsArguments(ticket="ZD-4821", add=("vip",)), OTHER)
    assert SetTags().look(wire, TAGS).pinned != before


@pytest.mark.parametrize("wrong", [{}, {"add": ["a"], "remove": ["a"]}, {"add": ["two words"]}, {"add": ["Big"]}])
def test_tags_are_words_and_something_is_done_with_them(wrong):
    with pytest.raises(ValidationError):
        SetTagsArguments(ticket="ZD-4821", **wrong)


def test_tags_that_are_there_already_are_refused(bench):
    with pytest.raises(Refused, match="NO_CHANGE"):
        SetTags().look(bench.wire("zendesk"), SetTagsArguments(ticket="ZD-4821", add=("billing",), remove=("vip",)))


def test_a_macro_is_shown_in_full_and_written_as_it_was_shown(bench):
    wire = bench.wire("zendesk")
    preview = ApplyMacro().preview(MACRO, ApplyMacro().look(wire, MACRO))
    assert preview.sentence == "Apply the macro “Refund made” to ZD-4821, which writes to the customer"
    assert preview.body.startswith("Hi Ada,\n\nThe refund is on its way.")
    assert "{{" not in preview.body
    assert [(one.field, one.before, one.after) for one in preview.changes] == [
        ("Status", "open", "solved"),
        ("Tags", "billing, duplicate_charge", "billing, duplicate_charge, refunded"),
    ]
    done = ApplyMacro().write(wire, MACRO, KEY)
    assert (done.status, done.text, done.public) == ("solved", preview.body, True)
    assert done.tags == ["billing", "duplicate_charge", "refunded"]
    assert ApplyMacro().holds(MACRO, done)


def test_a_macro_that_leaves_a_note_writes_nothing_to_the_customer(bench):
    wire, arguments = bench.wire("zendesk"), MACRO.model_copy(update={"macro": "33"})
    preview = ApplyMacro().preview(arguments, ApplyMacro().look(wire, arguments))
    assert preview.sentence.endswith("which leaves a note")
    assert not ApplyMacro().write(wire, arguments, KEY).public
    assert _ticket(bench)["ticket"]["priority"] == "urgent"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"macro": "35"}, "INACTIVE"),
        ({"macro": "34"}, "NOT_SHOWN"),
        ({"macro": "99"}, "NOT_FOUND"),
        ({"updated_at": "2024-01-01T00:00:00Z"}, "CHANGED"),
        ({"ticket": "ZD-4837"}, "CLOSED"),
    ],
)
def test_a_macro_that_cannot_be_shown_as_it_would_act_is_refused(bench, change, code):
    with pytest.raises(Refused) as caught:
        ApplyMacro().look(bench.wire("zendesk"), MACRO.model_copy(update=change))
    assert caught.value.code == code


def test_a_macro_that_was_edited_since_is_not_applied(bench):
    wire, control = bench.wire("zendesk"), f"{bench.urls['zendesk']}/_control/macro"
    ApplyMacro().look(wire, MACRO)
    bench.http.post(control, json={"macro": 31, "actions": [{"field": "comment_value", "value": "Something else"}]})
    with pytest.raises(Refused, match="read it again"):
        ApplyMacro().write(wire, MACRO, KEY)
    assert len(_ticket(bench)["comments"]) == 1


def test_a_macro_with_nothing_left_to_do_is_refused(bench):
    wire, quiet = bench.wire("zendesk"), {"macro": 31, "actions": [{"field": "status", "value": "open"}]}
    bench.http.post(f"{bench.urls['zendesk']}/_control/macro", json=quiet)
    stamp = bench.state("zendesk")["macros"]["31"]["updated_at"]
    with pytest.raises(Refused, match="NO_CHANGE"):
        ApplyMacro().look(wire, MACRO.model_copy(update={"updated_at": stamp}))


def test_a_new_ticket_is_opened_once_and_found_by_its_own_mark(bench):
    wire = bench.wire("zendesk")
    first = CreateTicket().write(wire, NEW, KEY)
    assert CreateTicket().write(wire, NEW, KEY) == first
    assert CreateTicket().read_back(wire, NEW, KEY) == first
    assert CreateTicket().read_back(wire, NEW, OTHER) is None
    made = _ticket(bench, int(first.ticket.removeprefix("ZD-")))
    assert made["ticket"]["external_id"] == f"lanekeeper-{KEY}"
    assert [comment["public"] for comment in made["comments"]] == [True]
    assert KEY in bench.state("zendesk")["keys"]


def test_a_ticket_is_not_opened_again_when_zendesk_has_forgotten_its_key():
    later = threading.Event()
    app = create("zendesk", clock=lambda: datetime.now(UTC) + timedelta(hours=3 if later.is_set() else 0))
    with serve({"zendesk": app}) as serving:
        url = serving.urls["zendesk"]
        wire = HttpWire(Connection("zendesk", url, url, SecretStr(seed.ZENDESK_REFUNDS)))
        first = CreateTicket().write(wire, NEW, KEY)
        later.set()
        assert CreateTicket().write(wire, NEW, KEY) == first
        wire.close()


def test_a_key_that_was_used_for_another_ticket_is_refused_in_zendesks_words(bench):
    wire = bench.wire("zendesk")
    CreateTicket().write(wire, NEW, KEY)
    other = {"ticket": {"subject": "x", "comment": {"body": "x"}, "requester": {"email": NEW.email}}}
    more = {"headers": {"Idempotency-Key": KEY}, "timeout": CreateTicket.timeout, "changes": True}
    with pytest.raises(Refused, match="don't match the given idempotency key") as caught:
        wire.call("POST", "/api/v2/tickets.json", json=other, **more)
    assert caught.value.code == "KEY_REUSED"


def test_a_ticket_for_somebody_new_says_so_and_makes_one_person(bench):
    wire = bench.wire("zendesk")
    preview = CreateTicket().preview(NEW, CreateTicket().look(wire, NEW))
    assert preview.sentence == (
        "Open a ticket for Nora New (new@person.example), who is new to Zendesk, and write to them"
    )
    CreateTicket().write(wire, NEW, KEY)
    CreateTicket().write(wire, NEW.model_copy(update={"subject": "Again"}), OTHER)
    people = [one for one in bench.state("zendesk")["users"].values() if one["email"] == NEW.email]
    assert len(people) == 1
    assert CreateTicket().look(wire, NEW).already[0].quote == "Welcome"


def test_a_ticket_for_a_known_address_is_shown_under_the_name_zendesk_knows(bench):
    arguments = NEW.model_copy(update={"email": "ADA@parkstudio.example", "name": "Somebody Else", "public": False})
    preview = CreateTicket().preview(arguments, CreateTicket().look(bench.wire("zendesk"), arguments))
    assert preview.sentence == "Open a ticket for Ada Park (ADA@parkstudio.example) with a note for colleagues only"


def test_a_ticket_whose_first_request_is_still_at_work_is_uncertain(bench):
    class Busy(Meddled):
        def call(self, method, path, **more):
            if method == "POST":
                raise Refused("CONFLICT", "zendesk answered 409")
            return super().call(method, path, **more)

    with pytest.raises(Uncertain, match="IN_FLIGHT"):
        CreateTicket().write(Busy(bench.wire("zendesk"), None), NEW, KEY)


def test_what_a_customer_was_told_has_no_undo_and_a_note_is_solved_away(bench):
    wire, inside = bench.wire("zendesk"), NEW.model_copy(update={"public": False})
    target = CreateTicket().look(wire, inside)
    done = CreateTicket().write(wire, inside, KEY)
    undo = CreateTicket().undo(inside, target, done)
    solved = by_name(undo.tool).write(wire, by_name(undo.tool).arguments(**undo.arguments), OTHER)
    assert solved.status == "solved"
    assert CreateTicket().undo(inside, target, None) is None
    assert CreateTicket().undo(NEW, target, done) is None


def test_writing_to_a_customer_is_a_right_of_its_own():
    assert "zendesk:tickets.create.public" in CreateTicket().needs(NEW)
    assert "zendesk:tickets.create.internal" in CreateTicket().needs(NEW.model_copy(update={"public": False}))
    assert "zendesk:tickets.create" not in CreateTicket().needs(NEW)


def test_our_marks_never_leave_the_audit(bench):
    """A customer sees comments; the mark stands beside them."""
    Reply().write(bench.wire("zendesk"), ReplyArguments(ticket="ZD-4821", template="free_text", text="Done."), KEY)
    assert KEY not in str(_ticket(bench)["comments"])
    assert seed.ZENDESK_REFUNDS not in str(bench.state("zendesk"))
