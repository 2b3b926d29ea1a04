"""What people did is told once, whatever the pages, the pauses and the weather."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from documents.watching import create
from harvest import LATER, SYSTEMS, Clock, Field
from truth_examples import ACTS, FIRST_BY, READ, TOLD

from tools.contract import Refused, Unavailable, WriteTool
from tools.fields import leaves
from tools.registry import ACCOUNTS, DOCTORS, TRUTHS, by_name, truth
from tools.sandboxes import seed
from tools.sandboxes.server import serve
from tools.truth import Deed, Reaction, happened

sources = pytest.mark.parametrize("name", [source.name for source in TRUTHS])
told = pytest.mark.parametrize("name", TOLD)


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


def acted(field, name, **more):
    """What the source tells of the example's acts alone."""
    before = field.seeds(name)
    field.act(truth(name).system, *ACTS[name], **more)
    return [one for one in field.deeds(name) if one.id not in before]


def essence(deed):
    return deed.ref, deed.tool, deed.did or dict(deed.arguments)


def listed(deeds):
    return sorted((essence(one) for one in deeds), key=str)


@told
def test_every_kind_of_change_is_told_once_as_the_call_that_would_have_made_it(field, name):
    assert listed(one for one in acted(field, name) if "assignee" not in one.did) == sorted(TOLD[name], key=str)


@told
def test_who_did_it_and_when_is_told_as_far_as_the_system_says_it(field, name):
    deeds = sorted(acted(field, name), key=lambda one: one.at)
    assert {one.ours for one in deeds} == {""}
    assert {one.by.kind for one in deeds} == {"person"}
    assert deeds[0].at == field.began + timedelta(seconds=2 if name == "stripe.events" else 1)
    by = deeds[0].by
    assert (by.id, by.name, by.email) == FIRST_BY.get(name, ("", "", ""))


@told
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_any_size_tell_the_same_also_of_one_and_the_same_second(field, name, size):
    whole = acted(field, name, apart=timedelta())
    assert len(whole) >= len(TOLD[name])
    source = type(truth(name))(size)
    pages = field.pages(source)
    ids = [one.id for page in pages for one in page.deeds if one.at >= field.began]
    assert len(ids) == len(set(ids))
    assert {one.id for one in whole} <= set(ids)
    assert {one.id for one in field.deeds(source)} == {one.id for one in field.deeds(name)}


@told
def test_a_reading_that_was_killed_goes_on_from_its_last_cursor(field, name):
    acted(field, name)
    source = type(truth(name))(2)
    pages = field.pages(source)
    whole = [one.id for page in pages for one in page.deeds]
    for n, page in enumerate(pages[:-1]):
        rest = field.pages(source, cursor=page.cursor)
        before = [one.id for done in pages[: n + 1] for one in done.deeds]
        assert before + [one.id for later in rest for one in later.deeds] == whole
        assert rest[-1].read_until == pages[-1].read_until


@told
def test_readings_that_overlap_tell_the_same_facts_under_the_same_ids(field, name):
    first = {one.id: one for one in acted(field, name)}
    middle = field.began + truth(name).overlap + timedelta(seconds=1)
    again = {one.id: one for one in field.deeds(name, since=middle)}
    assert {one.at >= field.began for one in again.values()} <= {True}
    assert all(first[name] == deed for name, deed in again.items() if name in first)
    assert set(first) <= set(again) | {one.id for one in first.values() if one.at < field.began + timedelta(seconds=1)}


@told
def test_what_comes_to_light_late_is_told_by_the_next_reading(field, name):
    """Made before the last reading ended, visible after it."""
    until = field.pages(name)[-1].read_until
    assert until is not None
    field.began = until.replace(microsecond=0) - timedelta(minutes=9)
    before = field.seeds(name)
    field.act(truth(name).system, *ACTS[name])
    late = [one for page in field.pages(name, since=until) for one in page.deeds if one.id not in before]
    assert len(late) >= len(TOLD[name])


@told
def test_each_page_is_one_request(field, name):
    acted(field, name)

    class Counted:
        def __init__(self, wire):
            self.web, self._wire, self.calls = wire.web, wire, 0

        def call(self, *asked, **more):
            self.calls += 1
            assert not more.get("changes")
            return self._wire.call(*asked, **more)

    wire = Counted(field.harvester(truth(name).system))
    pages = field.pages(type(truth(name))(2), wire=wire)
    assert wire.calls == len(pages)
    assert [page.read_until for page in pages[:-1]] == [None] * (len(pages) - 1)


@told
def test_arguments_are_the_tools_own_or_the_deed_says_why_they_are_not(field, name):
    for deed in acted(field, name):
        assert Deed.model_validate_json(deed.model_dump_json()) == deed
        assert bool(deed.tool) != bool(deed.did)
        if not deed.tool:
            continue
        tool = by_name(deed.tool)
        assert isinstance(tool, WriteTool)
        if deed.unfit:
            assert "field required" in deed.unfit
        else:
            meant = tool.arguments.model_validate(deed.arguments)
            assert meant.model_dump(mode="json", exclude_unset=True) == deed.arguments


@told
def test_a_person_can_open_what_was_changed(field, name):
    for deed in acted(field, name):
        page = field.http.get(deed.url)
        assert (page.status_code, "SANDBOX" in page.text) == (200, True), deed.url


@sources
def test_a_source_says_what_it_is_and_what_right_it_needs(name):
    source = truth(name)
    assert name.startswith(f"{source.system}.")
    assert source.tells.endswith(".")
    assert all(scope.startswith(f"{source.system}:") for scope in source.scopes)
    assert source.overlap >= timedelta(minutes=10)


def test_every_field_of_a_fact_says_what_kind_of_data_it_holds():
    for model in (Deed, Reaction):
        assert [leaf.path for leaf in leaves(model) if leaf.data is None] == []


@sources
def test_the_rights_of_a_source_can_be_asked_for_and_a_reader_holds_them(field, name):
    source = truth(name)
    before = field.state(source.system)
    assert DOCTORS[source.system](field.harvester(source.system), source.scopes) == ()
    assert field.state(source.system) == before


def test_what_is_for_admins_in_zendesk_is_said_to_an_agent(field):
    said = DOCTORS["zendesk"](field.wire("zendesk", seed.ZENDESK_TRIAGE), truth("zendesk.ticket_audits").scopes)
    assert said == ("zendesk:tickets.export is for admins in Zendesk; Triage is an agent.",)
    for name in ("zendesk.ticket_audits", "zendesk.ratings"):
        with pytest.raises(Refused) as caught:
            field.pages(name, wire=field.wire("zendesk", seed.ZENDESK_TRIAGE))
        assert caught.value.code == "NO_RIGHT"


def test_an_organisation_without_our_field_is_told_before_activities_are_read(field):
    class Without:
        def __init__(self, wire):
            self.web, self._wire = wire.web, wire

        def call(self, *asked, **more):
            said = self._wire.call(*asked, **more)
            if asked[1].endswith("Task/describe"):
                said["fields"] = [one for one in said["fields"] if one["name"] != "Lanekeeper_Key__c"]
            return said

    scopes = truth("salesforce.activities").scopes
    [told] = DOCTORS["salesforce"](Without(field.harvester("salesforce")), scopes)
    assert "Lanekeeper_Key__c" in told


@sources
@pytest.mark.parametrize("kind", ["500", "429", "malformed"])
def test_weather_is_waited_out_and_a_storm_keeps_the_cursor_good(field, name, kind):
    source = truth(name)
    more = {"retry_after": 0} if kind == "429" else {}
    field.fault(source.system, kind, times=2, **more)
    field.pages(name)
    field.fault(source.system, kind, times=3, **more)
    with pytest.raises(Unavailable):
        field.pages(name)
    field.pages(name)


@sources
def test_a_long_wait_is_the_callers_to_plan(field, name):
    field.fault(truth(name).system, "429", retry_after=600)
    with pytest.raises(Unavailable) as caught:
        field.pages(name)
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 600)


@sources
def test_an_answer_that_is_not_what_was_agreed_is_refused_by_name(field, name):
    field.fault(truth(name).system, "drift", field=READ[name])
    with pytest.raises(Refused) as caught:
        field.pages(name)
    assert caught.value.code == "SCHEMA_DRIFT"
    assert name in caught.value.message


@sources
def test_a_cursor_belongs_to_one_reading(field, name):
    source = truth(name)
    wire, first = field.harvester(source.system), field.pages(name)[0]
    for since, cursor in ((field.began, "nonsense"), (field.began, "{}"), (field.began - LATER, first.cursor)):
        if cursor is None:
            continue
        with pytest.raises(Refused) as caught:
            source.read(wire, since, cursor)
        assert caught.value.code == "CURSOR"


@sources
def test_nobody_reads_without_a_credential(field, name):
    with pytest.raises(Refused) as caught:
        field.pages(name, wire=field.wire(truth(name).system, "nobody"))
    assert caught.value.code == "WRONG_CREDENTIAL"


@told
def test_the_moment_to_begin_at_means_the_same_in_every_time_zone(field, name):
    """Across the date line, where it is another day."""
    here = acted(field, name)
    for hours in (-12, 14):
        there = field.began.astimezone(timezone(timedelta(hours=hours)))
        assert {one.id for one in here} <= {one.id for one in field.deeds(name, since=there)}


def test_a_moment_is_read_with_its_offset_and_never_without():
    assert happened("2026-03-10T09:00:00.000-1100", "x") == datetime(2026, 3, 10, 20, tzinfo=UTC)
    assert happened("2026-03-10T09:00:00Z", "x").tzinfo is UTC
    for nonsense in ("2026-03-10T09:00:00", "yesterday", ""):
        with pytest.raises(Refused, match="SCHEMA_DRIFT"):
            happened(nonsense, "x")


def test_a_close_date_is_the_day_of_the_hubspot_account(field):
    state = field.state("hubspot") | {"zone": "Pacific/Auckland"}
    field.http.put(f"{field.urls['hubspot']}/_control/state", json=state)
    field.act("hubspot", {"by": 101, "deal": "53001", "properties": {"closedate": "2099-03-30T23:30:00Z"}})
    [deed] = field.deeds("hubspot.deal_history")
    assert deed.arguments == {"deal": "53001", "close_date": "2099-03-31"}


def test_a_source_is_read_by_the_page_and_no_more():
    for source in TRUTHS:
        for size in (0, 101):
            with pytest.raises(ValueError, match="1 to 100"):
                type(source)(size)


def test_who_we_are_can_be_asked_where_the_system_names_who_did_it(field):
    found = {system: ask(field.wire(system)) for system, ask in ACCOUNTS.items()}
    assert found == {
        "zendesk": str(seed.REFUNDS_BOT),
        "salesforce": "005Sb00000090AAAAA",
        "jira": "712020:lanekeeper-incidents",
    }


def test_a_page_that_promises_more_and_leads_nowhere_is_refused(field):
    """To stop there would lose what comes after it in silence."""
    field.act("zendesk", *ACTS["zendesk.ticket_audits"])
    wire, source = field.harvester("zendesk"), type(truth("zendesk.ticket_audits"))(1)
    first = source.read(wire, field.began)
    field.fault("zendesk", "drift", field="after_cursor", path="*/audits.json")
    with pytest.raises(Refused, match="no cursor leads to it"):
        source.read(wire, field.began, first.cursor)
