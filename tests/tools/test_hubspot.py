"""What is HubSpot's own."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from tool_examples import KEY

from tools.contract import Refused, Unavailable, Uncertain
from tools.hubspot import shortfalls
from tools.hubspot.answers import DEALS, Crm, Record
from tools.hubspot.books import Books
from tools.hubspot.markup import markup, plain, same
from tools.hubspot.notes import CreateNoteArguments
from tools.hubspot.past import GetDealHistory
from tools.hubspot.update import UpdateDeal, UpdateDealArguments, past
from tools.money import Money
from tools.registry import by_name
from tools.sandboxes import hubspot_rules, seed
from tools.sandboxes.hubspot import HubSpot
from tools.sandboxes.server import serve
from tools.wire import Connection, HttpWire

FIND, PEOPLE, UPDATE = by_name("hubspot.find_deals"), by_name("hubspot.find_contacts"), by_name("hubspot.update_deal")
NOTE, DELETE = by_name("hubspot.create_note"), by_name("hubspot.delete_note")
RENEWAL, DANA, WILEY, HANK = "53001", "51001", "51002", "51003"
SOON = timedelta(seconds=5)


def _deals(bench, company="acme"):
    return FIND.read(bench.wire("hubspot"), FIND.arguments(company=company))


def _update(deal=RENEWAL, **wanted):
    return UpdateDealArguments(deal=deal, **wanted)


def _note(**more):
    return CreateNoteArguments(**{**NOTE.example, **more})


def _free(text, **more):
    return CreateNoteArguments(contact=DANA, deal=RENEWAL, template="free_text", text=text, **more)


def _held(bench, kind="deals", name=RENEWAL):
    return bench.state("hubspot")["objects"][kind][name]


def test_a_companys_deals_come_with_people_notes_and_what_their_stage_means(bench):
    found = _deals(bench)
    assert found.company.name == "Acme"
    renewal, training = found.deals
    assert (renewal.name, renewal.pipeline, renewal.stage_label) == (
        "Acme — Platform renewal", "Renewals", "Term ending"
    )  # fmt: skip
    assert str(renewal.amount) == "$48,000.00"
    assert [(one.name, one.label) for one in renewal.contacts] == [
        ("Dana Whitfield", "Decision maker"), ("Wiley Carver", "")
    ]  # fmt: skip
    assert renewal.notes[0].text.startswith("Dana confirmed")
    assert [one.at for one in renewal.notes] == sorted((one.at for one in renewal.notes), reverse=True)
    assert training.closed
    assert not renewal.closed


def test_an_unknown_company_is_none_and_two_that_fit_are_refused(bench):
    assert _deals(bench, "Nobody & Sons").company is None
    assert _deals(bench, "Stark").company.name == "Stark Industries"
    sales = bench.wire("hubspot", seed.HUBSPOT_SALES)
    body = {"properties": {"name": "Stark Holdings"}}
    sales.call("PATCH", "/crm/v3/objects/companies/52002", json=body, timeout=SOON, changes=True)
    with pytest.raises(Refused, match=r"AMBIGUOUS.*Stark Holdings, Stark Industries"):
        _deals(bench, "stark")
    assert _deals(bench, "stark industries").company.name == "Stark Industries"


def test_amounts_are_in_the_deals_own_currency(bench):
    assert str(_deals(bench, "Wonka").deals[0].amount) == "£12,400.00"
    assert _deals(bench, "Vandelay").deals[0].amount is None


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"email": "DANA@acme.example"}, ["Dana Whitfield"]),
        ({"name": "Dana"}, ["Dana Whitfield"]),
        ({"name": "whitfield"}, ["Dana Whitfield"]),
        ({"company_domain": "stark.example"}, ["Pepper Hogan", "Harold Rhodes"]),
        ({"company_domain": "nobody.example"}, []),
    ],
)
def test_people_are_found_by_address_name_or_company(bench, asked, names):
    assert [one.name for one in PEOPLE.read(bench.wire("hubspot"), PEOPLE.arguments(**asked)).contacts] == names


@pytest.mark.parametrize("wrong", [{}, {"name": "a*"}, {"name": "Dana", "email": "d@x.y"}, {"email": "*"}])
def test_a_search_takes_one_thing_and_no_wildcards(wrong):
    with pytest.raises(ValidationError):
        PEOPLE.arguments(**wrong)


def test_a_long_list_of_associations_is_followed_to_its_end(bench, monkeypatch):
    for n in range(5):
        NOTE.write(bench.wire("hubspot"), _free(f"Call number {n}"), f"{n:064x}")
    monkeypatch.setattr(HubSpot, "batch", 2)
    assert NOTE.read_back(bench.wire("hubspot"), _free("Call number 0"), f"{0:064x}").text == "Call number 0"


def test_an_update_speaks_of_stages_by_name_and_of_nothing_that_stays(bench):
    arguments = _update(stage="7002", amount=Money(minor=4_800_000, currency="USD"), close_date="2099-03-31")
    target = UPDATE.look(bench.wire("hubspot"), arguments)
    preview = UPDATE.preview(arguments, target)
    assert preview.sentence == "Update Acme — Platform renewal: stage, close date"
    assert (preview.changes[0].before, preview.changes[0].after) == ("Term ending", "Quote sent")
    assert UPDATE.needs(arguments) >= {"hubspot:deals.write.stage", "hubspot:deals.write.amount"}


def test_an_update_changes_what_it_names_keeps_the_history_and_can_be_taken_back(bench):
    wire = bench.wire("hubspot")
    before = _held(bench)["properties"]
    arguments = _update(stage="7002", amount=Money(minor=4_700_050, currency="USD"))
    target = UPDATE.look(wire, arguments)
    done = UPDATE.write(wire, arguments, KEY)
    held = _held(bench)
    changed = {name for name in before if before[name] != held["properties"][name]}
    assert changed == {"dealstage", "amount", "hs_lastmodifieddate"}
    assert held["properties"]["amount"] == "47000.50"
    assert [line["value"] for line in held["history"]["dealstage"]] == ["7001", "7002"]
    undo = UPDATE.undo(arguments, target, done)
    assert undo.tool == UPDATE.name
    UPDATE.write(wire, UPDATE.arguments(**undo.arguments), "a" * 64)
    assert _deals(bench).deals[0].stage == "7001"
    assert _deals(bench).deals[0].amount == Money(minor=4_800_000, currency="USD")


def test_a_change_by_somebody_else_is_drift(bench):
    wire, arguments = bench.wire("hubspot"), _update(stage="7002")
    before = UPDATE.look(wire, arguments).pinned
    body = {"properties": {"amount": "1"}}
    wire.call("PATCH", f"/crm/v3/objects/deals/{RENEWAL}", json=body, timeout=SOON, changes=True)
    assert UPDATE.look(wire, arguments).pinned != before


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"stage": "closedwon"}, "UNKNOWN_STAGE"),  # a stage of the other pipeline
        ({"stage": "7001"}, "NO_CHANGE"),
        ({"amount": Money(minor=1, currency="EUR")}, "CURRENCY"),
        ({"close_date": "2020-01-01"}, "PAST_DATE"),
    ],
)
def test_an_update_that_cannot_be_meant_is_refused(bench, wanted, code):
    with pytest.raises(Refused) as caught:
        UPDATE.look(bench.wire("hubspot"), _update(**wanted))
    assert caught.value.code == code


def test_an_update_whose_result_cannot_be_read_is_uncertain(bench):
    wire = bench.wire("hubspot")
    bench.fault("hubspot", "500", method="GET", path=f"/crm/v3/objects/deals/{RENEWAL}", times=3)
    with pytest.raises(Uncertain):
        UPDATE.write(wire, _update(stage="7002"), KEY)
    assert UPDATE.read_back(wire, _update(stage="7002"), KEY) is not None


@pytest.mark.parametrize("wrong", [{}, {"close_date": "tomorrow"}, {"close_date": "20990331"}, {"stage": "Quote sent"}])
def test_arguments_that_are_no_update_do_not_validate(wrong):
    with pytest.raises(ValidationError):
        _update(**wrong)


def test_a_close_date_is_the_day_that_people_of_the_account_see():
    record = Record(id="1", properties={"closedate": "2026-04-01T03:30:00.000Z"})
    assert Books("USD", ZoneInfo("America/New_York"), {}).close_date(record) == "2026-03-31"
    assert Books("USD", UTC, {}).close_date(record) == "2026-04-01"


def test_a_quote_is_made_of_fixed_words_and_typed_values(bench):
    preview = NOTE.preview(_note(), NOTE.look(bench.wire("hubspot"), _note()))
    assert preview.sentence == (
        "Leave an unsent $48,000.00 renewal quote for Dana Whitfield (dana@acme.example) on Acme — Platform renewal"
    )
    assert (
        "Hi Dana,\n\nYour current term ends on March 31, 2099. The price of the renewal is $48,000.00." in preview.body
    )
    assert preview.changes == ()


def test_a_note_hangs_on_contact_and_deal_and_its_words_cannot_be_markup(bench):
    done = NOTE.write(bench.wire("hubspot"), _free("Dana & <b>Wiley</b>\nagree <script>x</script>"), KEY)
    assert done.text == "Dana & <b>Wiley</b>\nagree <script>x</script>"
    held = _held(bench, "notes", done.note)["properties"]
    assert "<script>" not in held["hs_note_body"]
    assert held["lanekeeper_key"] == KEY
    ties = bench.state("hubspot")["ties"]
    assert (list(ties[f"notes/{done.note}/contacts"]), list(ties[f"notes/{done.note}/deals"])) == ([DANA], [RENEWAL])
    page = bench.http.get(f"{bench.urls['hubspot']}/record/0-3/{RENEWAL}").text
    assert "<script>" not in page
    assert "Lanekeeper ·" in page


def test_a_note_is_found_again_before_the_search_can_see_it(bench):
    wire = bench.wire("hubspot")
    done = NOTE.write(wire, _note(), KEY)
    asked = [{"filters": [{"propertyName": "lanekeeper_key", "operator": "EQ", "value": KEY}]}]
    body = {"filterGroups": asked, "properties": ["lanekeeper_key"], "limit": 10}
    assert wire.call("POST", "/crm/v3/objects/notes/search", json=body, timeout=SOON)["total"] == 0
    assert NOTE.read_back(wire, _note(), KEY) == done


def test_the_same_note_made_before_is_told(bench):
    wire = bench.wire("hubspot")
    assert NOTE.look(wire, _note()).already == ()
    NOTE.write(wire, _note(), KEY)
    [told] = NOTE.look(wire, _note()).already
    assert told.label.startswith("The same note of ")
    assert "Hi Dana," in told.quote


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"contact": HANK}, "OTHER_DEAL"),
        ({"deal": "53013"}, "CLOSED"),
        ({"term_end": "2020-01-01"}, "PAST_DATE"),
        ({"amount": {"minor": 4_500_000, "currency": "USD"}}, "OTHER_PRICE"),
        ({"amount": {"minor": 4_800_000, "currency": "EUR"}}, "OTHER_PRICE"),
        ({"contact": "1"}, "NOT_FOUND"),
    ],
)
def test_a_note_that_cannot_be_meant_is_refused(bench, more, code):
    with pytest.raises(Refused) as caught:
        NOTE.look(bench.wire("hubspot"), _note(**more))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "x"},
        {"amount": None},
        {"term_end": ""},
        {"term_end": "next year"},
        {"template": "free_text"},
        {"template": "free_text", "amount": None, "term_end": "", "text": "  "},
        {"contact": "0"},
        {"contact": "../deals/1"},
    ],
)
def test_arguments_that_are_no_note_do_not_validate(wrong):
    with pytest.raises(ValidationError):
        _note(**wrong)


def test_what_moved_on_the_deal_is_drift_of_the_quote(bench):
    wire = bench.wire("hubspot")
    before = NOTE.look(wire, _note()).pinned
    UPDATE.write(wire, _update(stage="7003", close_date="2099-06-30"), KEY)
    after = NOTE.look(wire, _note()).pinned
    assert {name for name in before if before[name] != after[name]} == {"stage", "close_date"}


def test_a_note_is_taken_back_and_lies_in_the_recycle_bin(bench):
    wire = bench.wire("hubspot")
    done = NOTE.write(wire, _note(), KEY)
    undo = NOTE.undo(_note(), NOTE.look(wire, _note()), done)
    assert NOTE.undo(_note(), NOTE.look(wire, _note()), None) is None
    arguments = by_name(undo.tool).arguments(**undo.arguments)
    preview = DELETE.preview(arguments, DELETE.look(wire, arguments))
    assert "Hi Dana," in preview.changes[0].before
    DELETE.write(wire, arguments, "b" * 64)
    assert _held(bench, "notes", done.note)["archived"]
    assert NOTE.read_back(wire, _note(), KEY) is None
    with pytest.raises(Refused, match="NOT_FOUND"):
        DELETE.look(wire, arguments)


def test_a_note_that_a_person_wrote_is_not_deleted(bench):
    notes = {
        name: one["properties"]["lanekeeper_key"] for name, one in bench.state("hubspot")["objects"]["notes"].items()
    }
    theirs = next(name for name, key in notes.items() if not key)
    with pytest.raises(Refused, match="NOT_OURS"):
        DELETE.look(bench.wire("hubspot"), DELETE.arguments(note=theirs))


def test_whether_a_note_is_gone_is_not_told_when_it_is_nowhere(bench):
    with pytest.raises(Refused, match="NOT_FOUND"):
        DELETE.read_back(bench.wire("hubspot"), DELETE.arguments(note="99"), KEY)


def test_what_was_deleted_between_two_reads_is_left_out(bench):
    """A batch read answers 207 and names what it could not get."""
    wire = bench.wire("hubspot")
    body = {"inputs": [{"id": "53001"}, {"id": "1"}], "properties": ["dealname"]}
    answer = wire.call("POST", "/crm/v3/objects/deals/batch/read", json=body, timeout=SOON)
    assert (len(answer["results"]), answer["errors"][0]["category"]) == (1, "OBJECT_NOT_FOUND")


def test_a_batch_that_failed_in_part_is_no_answer():
    def half(_):
        fault = {"status": "error", "category": "INTERNAL_ERROR", "message": "try later"}
        return JSONResponse({"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [fault]}, 207)

    app = Starlette(routes=[Route("/crm/v3/objects/deals/batch/read", half, methods=["POST"])])
    with serve({"hubspot": app}) as serving:
        url = serving.urls["hubspot"]
        wire = HttpWire(Connection("hubspot", url, url, SecretStr("any")))
        with pytest.raises(Unavailable, match=r"PARTIAL_ANSWER.* 0 of 2 deals: try later"):
            Crm(wire, FIND).many(DEALS, ["1", "2"])
        wire.close()


def test_a_property_the_account_does_not_know_has_a_name(bench):
    body = {"properties": {"colour": "red"}}
    with pytest.raises(Refused) as caught:
        bench.wire("hubspot").call("PATCH", f"/crm/v3/objects/deals/{RENEWAL}", json=body, timeout=SOON, changes=True)
    assert caught.value.code == "PROPERTY_MISSING"


def test_what_a_credential_lacks_is_said_and_nothing_is_changed(bench):
    scopes = frozenset().union(*(tool.scopes for tool in (FIND, UPDATE, NOTE))) | {"zendesk:tickets.read"}
    before = bench.state("hubspot")
    assert shortfalls(bench.wire("hubspot"), scopes | {"hubspot:deals.write.stage"}) == ()
    said = shortfalls(bench.wire("hubspot", seed.HUBSPOT_READER), scopes)
    assert said == (
        "HubSpot does not let this credential change deals: give its app the scope crm.objects.deals.write",
        "HubSpot does not let this credential change notes: give its app the scope crm.objects.contacts.write",
    )
    with pytest.raises(Refused, match="WRONG_CREDENTIAL"):
        shortfalls(bench.wire("hubspot", "nobody"), scopes)
    assert bench.state("hubspot") == before


def test_an_account_without_our_property_is_told_to_make_it(bench, monkeypatch):
    monkeypatch.setitem(hubspot_rules.KNOWN, "notes", hubspot_rules.KNOWN["notes"] - {"lanekeeper_key"})
    [said] = shortfalls(bench.wire("hubspot"), {"hubspot:notes.write"})
    assert "lanekeeper_key" in said
    with pytest.raises(Refused, match="PROPERTY_MISSING"):
        NOTE.write(bench.wire("hubspot"), _note(), KEY)


@pytest.mark.parametrize(
    "text", ["one line", "two\nlines", "a < b & c > d", "&amp; as it stands", "", "tab\tand  spaces"]
)
def test_plain_words_come_back_from_a_notes_body(text):
    assert plain(markup(text)) == text


def test_what_people_wrote_in_hubspot_is_read_as_words():
    assert plain("<div><p>Hello <b>Dana</b>,</p><p>see&nbsp;you</p></div>") == "Hello Dana,\nsee\xa0you"
    assert same("a  b\nc", "a b c")
    assert not same("a b", "a c")


def test_dates_are_read_as_of_now():
    assert past((datetime.now(UTC).date() - timedelta(days=2)).isoformat())
    assert not past(datetime.now(UTC).date().isoformat())


def test_what_a_deal_has_been_is_told_with_whose_hand_it_was_and_stages_by_their_names(bench):
    wire = bench.wire("hubspot")
    tool = GetDealHistory()
    asked = tool.arguments(**tool.example)
    born = tool.read(wire, asked).changes
    assert {one.field for one in born} >= {"name", "stage", "amount", "close_date"}
    assert {(one.before, one.person) for one in born} == {("", False)}
    bench.tell("hubspot", "person", by=101, deal=asked.deal, properties={"dealstage": "7003"})
    UpdateDeal().write(wire, UpdateDealArguments(deal=asked.deal, close_date="2099-03-31"), KEY)
    ours, theirs, *rest = tool.read(wire, asked).changes
    assert rest == born
    assert (theirs.field, theirs.after, theirs.by, theirs.person) == ("stage", "In negotiation", "101", True)
    assert theirs.before == next(one.after for one in born if one.field == "stage")
    assert (ours.field, ours.person) == ("close_date", False)
    assert ours.after.startswith("2099-03-31")
