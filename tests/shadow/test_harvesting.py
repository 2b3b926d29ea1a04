"""What people did is read once, whatever stops the reading; our own writes are known as ours."""

import json
from datetime import timedelta

import pytest
import yaml
from harvest import LATER
from sqlalchemy import func, select
from truth_examples import ACTS, TOLD

from bot.settings import Settings
from lanes.jobs import Progress
from lanes.loading import FaultyPage, load_lanes
from lanes.shadow.harvesting import HARVEST, Harvesting
from storage import facts
from storage.tables import Fact
from tools.contract import Refused, Unavailable
from tools.registry import TOOLS, truth
from tools.sandboxes import seed
from tools.zendesk import TOOLS as ZENDESK

CATALOG = Settings(_env_file=None).catalog
LANES = load_lanes(CATALOG, TOOLS)
AUDITS, REFUNDS = "zendesk.ticket_audits", "stripe.refunds"
AGENTS = {
    "svc-support-refunds": {"zendesk": seed.ZENDESK_REFUNDS, "stripe": seed.STRIPE_REFUNDS},
    "svc-support-triage": {"zendesk": seed.ZENDESK_TRIAGE},
    "svc-crm-hygiene": {"salesforce": seed.SALESFORCE_CRM},
    "svc-renewals": {"salesforce": seed.SALESFORCE_RENEWALS, "hubspot": seed.HUBSPOT_RENEWALS},
    "svc-incident-first-look": {"jira": seed.JIRA_INCIDENTS},
    "svc-truth": seed.HARVESTERS,
}


class Once:
    """A wire that answers as often as it is allowed to."""

    def __init__(self, wire, allowed):
        self._wire, self.left, self.web = wire, allowed, wire.web

    def call(self, *asked, **more):
        self.left -= 1
        if self.left < 0:
            raise Unavailable("UNREACHABLE", "it does not answer")
        return self._wire.call(*asked, **more)


@pytest.fixture
def wires(field):
    return {(who, system): field.wire(system, key) for who, keys in AGENTS.items() for system, key in keys.items()}


@pytest.fixture
def harvesting(field, database, writer, wires):
    return Harvesting(database, writer, LANES, wires, field.clock)


def progress(before=None):
    kept = {}
    made = Progress(before or {}, kept.update)
    made.kept = kept
    return made


def kept(database):
    with database.connect() as connection:
        return {row.id: row for row in connection.execute(select(Fact))}


def reading(database, source, purpose=HARVEST):
    with database.connect() as connection:
        return facts.reading(connection, source, "svc-truth", purpose)


def read(harvesting, field, source, size=100):
    return harvesting.read(type(truth(source))(size), "svc-truth", HARVEST, field.began)


def test_what_people_did_is_kept_with_what_it_is_about_each_fact_once(harvesting, field, database):
    for source in (AUDITS, REFUNDS):
        field.act(truth(source).system, *ACTS[source])
    new = read(harvesting, field, AUDITS) + read(harvesting, field, REFUNDS)
    rows = kept(database)
    assert new == len(rows) >= len(TOLD[AUDITS]) + len(TOLD[REFUNDS])
    again = read(harvesting, field, AUDITS) + read(harvesting, field, REFUNDS)
    assert (again, kept(database)) == (0, rows)
    with database.connect() as connection:
        span = (field.began, field.clock())
        found = {row.id for _, row in facts.about(connection, ["zendesk.ticket ZD-4821"], *span, deeds=True)}
        assert found == {name for name, row in rows.items() if row.ref == "zendesk.ticket ZD-4821"}
        assert len(found) >= 5
        customer = [row for _, row in facts.about(connection, ["zendesk.user ada@parkstudio.example"], *span)]
        assert [row.tool for row in customer if row.source == REFUNDS] == ["stripe.create_refund"]
        same = [row.id for _, row in facts.about(connection, ["stripe ch_3AdaPark02"], *span)]
        assert same == [row.id for row in customer if row.source == REFUNDS]
        assert not [*facts.about(connection, ["zendesk.ticket ZD-4821"], field.began - timedelta(1), field.began)]


@pytest.mark.parametrize("calls", range(2, 7))
def test_a_reading_goes_on_where_it_was_when_nobody_answered(harvesting, field, database, wires, calls):
    field.act("zendesk", *ACTS[AUDITS])
    whole = Once(wires["svc-truth", "zendesk"], calls)
    stopped = Harvesting(
        harvesting.database, harvesting.writer, LANES, {**wires, ("svc-truth", "zendesk"): whole}, field.clock
    )
    with pytest.raises(Unavailable):
        read(stopped, field, AUDITS, size=1)
    half, place = set(kept(database)), reading(database, AUDITS)
    assert place.cursor is not None
    assert place.read_until is None
    read(harvesting, field, AUDITS, size=1)
    ids = [one.id for page in field.pages(AUDITS) for one in (*page.deeds, *page.reactions)]
    assert half <= set(kept(database)) == set(ids)
    assert reading(database, AUDITS).facts == len(set(ids))


def test_a_night_reads_every_source_and_one_that_is_away_keeps_no_other_from_it(harvesting, field, database, wires):
    field.began = field.clock() - timedelta(minutes=30)
    for source in (AUDITS, "jira.issues"):
        field.act(truth(source).system, *ACTS[source])
    away = {**wires, ("svc-truth", "zendesk"): Once(wires["svc-truth", "zendesk"], 0)}
    halting = Harvesting(harvesting.database, harvesting.writer, LANES, away, field.clock)
    said = progress()
    with pytest.raises(Unavailable):
        halting.harvest(said)
    told = {row.source for row in kept(database).values()}
    assert ("jira.issues" in told, AUDITS in told) == (True, False)
    names = {f"{source.name} as {identity}" for source, identity in harvesting.sources()}
    missing = {f"{name} as svc-truth" for name in (AUDITS, "zendesk.ratings")}
    assert set(said.kept["new"]) == names - missing
    done = harvesting.harvest(progress(json.loads(json.dumps(said.kept))))
    assert set(done.new) == names
    assert all(reading(database, source.name).read_until for source, _ in harvesting.sources())


def test_our_own_writes_are_ours_and_none_is_taken_for_a_persons(harvesting, field, database, wires):
    note = next(tool for tool in ZENDESK if tool.name == "zendesk.reply")
    arguments = note.arguments.model_validate(note.example)
    note.write(wires["svc-support-refunds", "zendesk"], arguments, "0" * 64)
    field.act("zendesk", {"by": 9001, "ticket": 4822, "update": {"comment": {"body": "By hand.", "public": True}}})
    field.clock.ahead = LATER
    read(harvesting, field, AUDITS)
    replies = {row.ref: row.ours for row in kept(database).values() if row.tool == "zendesk.reply"}
    assert replies == {"zendesk.ticket ZD-4821": True, "zendesk.ticket ZD-4822": False}


def test_nothing_is_read_while_nobody_says_under_which_account_we_write(harvesting, field, database, wires):
    field.act("zendesk", *ACTS[AUDITS])
    silent = {**wires, ("svc-support-refunds", "zendesk"): Once(wires["svc-support-refunds", "zendesk"], 0)}
    with pytest.raises(Unavailable):
        read(Harvesting(harvesting.database, harvesting.writer, LANES, silent, field.clock), field, AUDITS)
    assert kept(database) == {}


def test_a_cursor_that_is_too_old_begins_its_reading_anew(harvesting, field, database, writer):
    field.act("stripe", *ACTS[REFUNDS])
    stale = facts.Reading(REFUNDS, "svc-truth", HARVEST, field.began, cursor='{"it": "is none"}')
    writer.write(lambda connection: facts.keep_page(connection, [], stale, field.clock()))
    read(harvesting, field, REFUNDS)
    assert len([row for row in kept(database).values() if row.at >= field.began]) == len(TOLD[REFUNDS])


def test_time_is_told_by_the_clock_that_was_handed_in(harvesting, field, database):
    field.clock.ahead = timedelta(days=7)
    read(harvesting, field, REFUNDS)
    assert reading(database, REFUNDS).read_until > field.clock() - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"identity": "svc-nobody"}, "shadow.identity: svc-nobody is not in identities.yml"),
        ({"truth": ["stripe.deeds"]}, "shadow.truth: stripe.deeds is no source; there are hubspot.deal_history"),
        ({"identity": "svc-crm-hygiene"}, "shadow.truth: stripe.refunds needs stripe:charges.read, which svc-crm"),
        ({"identity": "svc-noone"}, "shadow.truth: svc-noone has no credential for stripe"),
        ({"beside": "nothing"}, "shadow.beside: nothing is not another lane; there are crm-hygiene"),
        ({"beside": "renewals"}, "shadow.beside: renewals is about salesforce.account, and this lane is not"),
    ],
)
def test_a_page_whose_truth_nobody_can_read_does_not_load(tmp_path, changes, said):
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (tmp_path / "suites").symlink_to(CATALOG.parent / "suites")
    for file in CATALOG.glob("*.yml"):
        (catalog / file.name).write_text(file.read_text())
    with (catalog / "identities.yml").open("a") as file:
        file.write("svc-noone:\n  credentials: {}\n  scopes: [stripe:charges.read]\n")
    page = catalog / "support-refunds.yml"
    content = yaml.safe_load(page.read_text())
    content["shadow"] |= {"truth": ["stripe.refunds"], **changes}
    page.write_text(yaml.safe_dump(content))
    with pytest.raises(FaultyPage) as wrong:
        load_lanes(catalog, TOOLS)
    assert said in str(wrong.value)


def test_how_many_facts_a_source_has_told(harvesting, field, database):
    field.act("stripe", *ACTS[REFUNDS])
    read(harvesting, field, REFUNDS)
    with database.connect() as connection:
        assert facts.counts(connection)[REFUNDS] == (
            connection.execute(select(func.count()).select_from(Fact)).scalar_one(), 0
        )  # fmt: skip


def test_a_source_that_says_no_is_named(harvesting, field, wires):
    stranger = {**wires, ("svc-truth", "jira"): field.wire("jira", "nobody@example.com:wrong")}
    said = progress()
    with pytest.raises(Refused, match=r"jira\.comments: .*jira\.issues: "):
        Harvesting(harvesting.database, harvesting.writer, LANES, stranger, field.clock).harvest(said)
    assert "zendesk.ticket_audits as svc-truth" in said.kept["new"]
