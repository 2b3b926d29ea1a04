"""Runs that nobody asked for: events of other systems, signed and bounded, and what a lane looks for by itself."""

import hashlib
import json
import shutil
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
import structlog
import yaml
from eyes import wait_until
from house import LENA, OWNER, REP, RITA, SAM, House
from pydantic import SecretStr
from shapes import complaints

from bot.scheduler import sweep
from bot.settings import CannotStart
from bot.slack.webhooks import MOST, SENDERS, signature
from lanes.core import effects as f
from lanes.files import FaultyPage
from lanes.loading import load_lanes
from storage import outbox
from tools.registry import TOOLS

SECRET = "dGhpc19pc19hX3NlY3JldA=="
TICKET = {"from": "zendesk", "when": {"type": "zen:event-type:ticket.created", "detail.tags": ["refund", "double"]},
          "subject": "detail.id", "asked_by": "actor", "per_day": 2}  # fmt: skip
DEAL = {"from": "salesforce", "when": {"type": "stage"}, "subject": "account", "asked_by": "nobody", "per_day": 5}
STALLED = {
    "find": {"tool": "salesforce.find_stalled_opportunities",
             "arguments": {"untouched_days": 3, "only_without_next_step": False}},
    "each": "opportunities", "subject": "account", "person": "owner_email", "per_day": 5, "per_person_per_day": 2,
}  # fmt: skip


@pytest.fixture
def catalog(settings, tmp_path):
    """The shipped lanes; refunds begin with Zendesk's events, hygiene with Salesforce's and with a wider sweep."""
    folder = tmp_path / "lanes"
    shutil.copytree(settings.catalog, folder)
    (tmp_path / "suites").symlink_to(settings.catalog.parent / "suites")
    write(folder / "support-refunds.yml", triggers=[TICKET])
    write(folder / "crm-hygiene.yml", triggers=[DEAL], sweep=STALLED)
    return folder


def write(file, **fields):
    page = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**page, **fields}), encoding="utf-8")


@pytest.fixture
def settings_with_secrets(settings, catalog):
    kept = {f"{name}_webhook_secret": SecretStr(SECRET) for name in SENDERS}
    return settings.model_copy(update={"catalog": catalog, "http_port": 0, **kept})


@pytest.fixture
def house(slack, twins, settings_with_secrets, leaving):
    town = House(slack, twins, settings_with_secrets)
    town.tell_twins("reset")
    town.tell("reset")
    town.start()
    try:
        yield town
        town.quiet()
        assert complaints(town.ask("calls")["calls"]) == []
    finally:
        leaving.append(town.leave())


def event(number=4821, which="E1", **changes):
    """A ticket was created, as Zendesk's webhook tells it, with the fields that its administrator added."""
    return {
        "id": which, "type": "zen:event-type:ticket.created", "account_id": 1, "subject": f"zen:ticket:{number}",
        "actor": "ada@parkstudio.example", "detail": {"id": str(number), "tags": ["refund"], "description": "secret"},
        **changes,
    }  # fmt: skip


def sends(house, content, system="zendesk", *, secret=SECRET, ago=timedelta(), signed=None):
    """A request as the other system makes it; the status it is answered with."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    made = (house.clock() - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {SENDERS[system].timestamp: made, "Content-Type": "application/json"}
    headers[SENDERS[system].signature] = signature(secret, made, body) if signed is None else signed
    request = urllib.request.Request(f"{house.lanekeeper.reach.door.url}/webhooks/{system}", body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def begun(house, many):
    wait_until(lambda: len(house.runs()) >= many, what="no run began")
    house.quiet()
    assert len(house.runs()) == many
    return house.runs()


# ---------------------------------------------------------------- events


def test_the_signature_is_the_one_that_zendesk_documents():
    """base64(HMAC-SHA256(timestamp + body)), computed with openssl over "2021-03-25T05:09:27Z{}"."""
    assert signature("secret", "2021-03-25T05:09:27Z", b"{}") == "GhpvRAaZJm2qK40ZLj6n1F3eNwgxlwXQSHVuQ3hNtsA="


def test_an_event_starts_a_run_that_is_told_on_its_card_alone(house):
    assert sends(house, event()) == 200
    (case,) = begun(house, 1)
    wait_until(lambda: case.run.card)
    house.quiet()
    started = case.run.started
    assert (started.via, started.subject, started.by.user) == ("webhook", "ZD-4821", "auto:zendesk")
    assert "asked by an event in Zendesk" in case.card
    assert house.messages("C0SUPPORT") == [], "nobody asked, so nobody is told elsewhere"
    assert case.run.thread is None
    assert "by itself today: 1 of 2" in house.answer("/lane status")
    assert "an event in Zendesk asked support-refunds" in house.answer(f"/lane audit {case.id}")
    assert case.click(OWNER)["ok"], "the owner wrote the page and asked for nothing"
    case.becomes("done")


def test_whoever_caused_the_event_does_not_decide_on_it(house):
    """R7: Lena tags the ticket in Zendesk; Slack knows her address, and she is the requester."""
    assert sends(house, event(actor="lena@northwind.example")) == 200
    (case,) = begun(house, 1)
    wait_until(lambda: case.run.card)
    assert case.run.started.by.user == LENA
    case.click(LENA)
    house.hears(LENA, "You asked for this run")
    case.click(SAM)
    case.becomes("done")


def test_when_slack_does_not_say_who_caused_it_nothing_starts_until_it_does(house):
    """Fails closed: an address that cannot be looked up is not nobody's."""
    house.slack_fails("users.lookupByEmail", error="internal_error", times=1)
    assert sends(house, event(actor="lena@northwind.example")) == 200
    (case,) = begun(house, 1)
    assert case.run.started.by.user == LENA
    with structlog.testing.capture_logs() as said:
        assert sends(house, event(4822, "E2", actor="")) == 200
        wait_until(lambda: [one for one in said if one["event"] == "trigger_started_nothing"])
    assert len(house.runs()) == 1


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"secret": "another"}, 401),
        ({"signed": ""}, 401),
        ({"signed": "ünïcode".encode().decode("latin-1")}, 401),
        ({"ago": timedelta(minutes=6)}, 401),
        ({"ago": -timedelta(minutes=6)}, 401),
    ],
)
def test_what_is_not_signed_now_is_refused(house, how, status):
    assert sends(house, event(), **how) == status
    house.quiet()
    assert house.runs() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        *((b"no json", 400), (b"[]", 400), (b'{"type": "x"}', 400), (b'{"id": ""}', 400), (b"x" * (MOST + 1), 413)),
        (b'{"id": ' + b"[" * 200_000, 400),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(house, body, status):
    assert sends(house, body) == status


def test_the_same_event_again_is_one_run_whatever_its_headers(house):
    assert sends(house, event()) == 200
    begun(house, 1)
    assert sends(house, event(), ago=timedelta(minutes=1)) == 200
    assert sends(house, {**event(4822), "id": "E1"}) == 200
    house.quiet()
    assert len(house.runs()) == 1


def test_half_a_sign_in_an_event_keeps_nothing_from_beginning(house):
    """A system that cuts its texts may cut an emoji in two."""
    assert sends(house, event(which="E1 \ud83d", actor="ada\ud83d@parkstudio.example")) == 200
    begun(house, 1)


def test_an_event_that_fits_no_page_is_taken_and_forgotten(house):
    assert sends(house, event(detail={"id": "4821", "tags": ["other"]})) == 200
    assert sends(house, event(type="zen:event-type:ticket.deleted")) == 200
    house.quiet()
    assert house.runs() == []


def test_of_an_event_only_the_fields_that_a_page_looks_at_are_kept(house):
    assert sends(house, event()) == 200
    begun(house, 1)
    file = house.database_file
    assert b"zen:event-type:ticket.created" in file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()
    assert b"secret" not in file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()


def test_so_many_a_day_and_no_more(house):
    house.lanekeeper.scheduler.pause()  # the next day's sweep would start runs as well
    with structlog.testing.capture_logs() as said:
        for n, number in enumerate((4821, 4822, 4827)):
            assert sends(house, event(number, f"E{n}")) == 200
        begun(house, 2)
        wait_until(lambda: [one for one in said if "2 a day are reached" in one.get("why", "")])
    assert "by itself today: 2 of 2" in house.answer("/lane status")
    house.later(days=1)
    assert sends(house, event(4841, "E9")) == 200
    begun(house, 3)


def test_a_stopped_lane_starts_nothing_and_says_so(house):
    house.type("/lane stop refunds drill", LENA)
    house.reads("C0SUPPORTAPPROVALS", "was stopped by")
    with structlog.testing.capture_logs() as said:
        assert sends(house, event()) == 200
        wait_until(lambda: [one for one in said if one.get("why") == "the lane is stopped"])
    assert house.runs() == []
    assert "starts nothing by itself while it is stopped" in house.answer("/lane status")


def test_an_apex_callout_starts_what_salesforce_has_to_tell(house):
    assert sends(house, {"id": "0D5-1", "type": "stage", "account": "Acme"}, "salesforce") == 200
    (case,) = begun(house, 1)
    assert (case.run.lane, case.run.started.subject) == ("crm-hygiene", "Acme")
    assert sends(house, {"id": "0D5-1", "type": "stage", "account": "Acme"}, "zendesk", secret="x") == 401


def test_what_a_page_says_of_events_stands_on_its_page(house):
    said = house.answer("/lane show refunds")
    assert "an event in Zendesk when" in said
    assert "type is zen:event-type:ticket.created" in said
    assert "detail.tags is refund or double" in said
    assert "asked by whom actor names; 2 a day" in said
    assert "`amount`: Amount, an amount such as 25.00 USD (may be left out)" in said
    assert "nobody counts as the one who asked" in house.answer("/lane show crm")


def test_without_a_secret_a_lane_that_waits_for_events_does_not_start(slack, twins, settings, catalog):
    without = House(slack, twins, settings.model_copy(update={"catalog": catalog}))
    with pytest.raises(CannotStart, match="LANEKEEPER_HTTP_PORT and LANEKEEPER_SALESFORCE_WEBHOOK_SECRET"):
        without.start()


# ---------------------------------------------------------------- the sweep


def test_a_sweep_starts_what_it_finds_within_its_bounds(house):
    """At most five a day, two for each owner; three people own what stands still."""
    sweep(house.engine)
    runs = begun(house, 5)
    assert {case.run.started.via for case in runs} == {"schedule"}
    assert {case.run.started.by.user for case in runs} == {"auto:schedule"}
    owners = [count for case in runs for count in case.run.started.counts if count.startswith("schedule:")]
    assert max(owners.count(one) for one in owners) == 2
    assert "by itself today: 5 of 10" in house.answer("/lane status", RITA, "C0REVOPS")
    assert "example" not in "".join(owners), "no address stands in a count"


def test_what_a_sweep_drafts_lies_on_one_card_for_each_who_decides(house):
    """D13: fewer messages than drafts, and the owner of a record sees their own on theirs."""
    sweep(house.engine)
    held = [case for case in begun(house, 5) if case.run.waiting]
    assert held
    by_owner = {case.run.actions["a1"].draft.record_owner: case.run.batch for case in held}
    assert all(by_owner.values()), "each lies on a shared card"
    assert len({case.run.card.ts for case in held}) == len(by_owner)


def test_a_sweep_performed_again_goes_on_where_it_was(house):
    """Two machines, or a restart in the middle: the same period and subject are one run."""
    sweep(house.engine)
    before = {case.id for case in begun(house, 5)}
    again = f.SweepLane(lane="crm-hygiene", period=house.clock().date().isoformat())
    house.lanekeeper.dispatcher.parts[f.SweepLane].perform(again, True)
    house.quiet()
    assert {case.id for case in house.runs()} == before
    named = {f"sweep/crm-hygiene/{again.period}/{case.run.started.subject}" for case in house.runs()}
    assert before == {"r" + hashlib.sha256(one.encode()).hexdigest()[:10] for one in named}


def test_a_sweep_waits_for_a_system_that_does_not_answer(house):
    house.fails("salesforce", "500", times=8)
    sweep(house.engine)
    house.heals("salesforce")
    wait_until(lambda: len(house.runs()) == 5, timeout=20, what="the sweep was not taken up again")


def test_what_was_swept_is_left_alone_for_its_time(house):
    sweep(house.engine)
    first = {case.run.started.subject for case in begun(house, 5)}
    house.later(days=1)
    sweep(house.engine)
    house.quiet()
    second = [case.run.started.subject for case in house.runs() if case.run.started.subject not in first]
    assert len(house.runs()) == 5 + len(second)


def test_a_stopped_lane_is_not_swept(house):
    house.type("/lane stop crm drill", RITA, "C0REVOPS")
    house.reads("C0REVOPSAPPROVALS", "was stopped by")
    sweep(house.engine)
    house.quiet()
    assert house.runs() == []


def test_the_same_period_is_owed_once(house):
    house.fails("salesforce", "500", times=30)
    sweep(house.engine)
    sweep(house.engine)
    with house.lanekeeper.database.connect() as connection:
        owed = [one.id for one in outbox.all_due(connection, house.clock() + timedelta(days=1))]
    assert len([one for one in owed if one.startswith("sweep:")]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"find": {"tool": "salesforce.update_opportunity"}}, "is not a tool that reads"),
        ({"find": {"tool": "salesforce.find_contacts"}}, "needs salesforce:contacts.read"),
        ({"find": {"tool": "jira.find_issues"}}, "needs jira:issues.read"),
        ({"find": {"tool": "salesforce.find_stalled_opportunities", "arguments": {"days": 3}}}, "days: Extra inputs"),
        ({"subject": "acount"}, "opportunities.*.acount is not found by salesforce.find_stalled_opportunities"),
        ({"person": None}, "per_person_per_day counts by `person`"),
    ],
)
def test_a_sweep_that_cannot_work_does_not_load(catalog, change, words):
    write(catalog / "crm-hygiene.yml", sweep={**STALLED, **change})
    with pytest.raises(FaultyPage) as said:
        load_lanes(catalog, TOOLS)
    assert words in str(said.value)


@pytest.mark.parametrize("user", [REP, OWNER])
def test_nobody_stands_for_the_one_who_did_not_ask(house, user):
    """The id of whoever did not ask is no id that Slack could send."""
    assert sends(house, event()) == 200
    (case,) = begun(house, 1)
    assert case.run.started.by.user != user
    assert not case.run.started.by.user.startswith(("U", "W"))
