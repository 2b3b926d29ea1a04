"""People act in the sandboxes as the vendors' own pages would let them, and as strictly."""

from datetime import UTC, datetime, timedelta

import pytest
from truth_examples import ACTS, ADA, DANA, LENA

from tools.sandboxes import seed
from tools.sandboxes.server import TWINS

ACME = "006Sb00000001AAAAA"
GOOD = {
    "zendesk": {"by": LENA, "ticket": 4821, "update": {"priority": "low"}},
    "stripe": {"refund": {"charge": "ch_3AdaPark02"}},
    "salesforce": {"by": 1, "opportunity": ACME, "fields": {"NextStep": "x"}},
    "hubspot": {"by": 101, "deal": "53001", "properties": {"amount": "5"}},
    "jira": {"by": DANA, "issue": "OPS-14", "comment": "x"},
}
every = pytest.mark.parametrize("system", GOOD)


def person(bench, system, act):
    return bench.http.post(f"{bench.urls[system]}/_control/person", json=act)


def test_people_act_in_every_system_whose_past_is_read():
    assert (
        {system for system, twin in TWINS.items() if twin.act} == set(GOOD) == {one.partition(".")[0] for one in ACTS}
    )


@every
def test_a_person_acts_now_or_in_the_past_and_never_in_the_future(bench, system):
    later = datetime.now(UTC) + timedelta(minutes=1)
    before = bench.state(system)
    assert person(bench, system, GOOD[system] | {"at": later.isoformat()}).status_code == 400
    assert bench.state(system) == before
    assert person(bench, system, GOOD[system] | {"at": (later - timedelta(hours=1)).isoformat()}).status_code == 201
    assert person(bench, system, GOOD[system]).status_code in {201, 400}  # a charge is refunded once


@every
@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"at": "yesterday"}, {"at": "2026-03-10T09:00:00"}])
def test_an_act_with_what_nobody_knows_is_refused_and_changes_nothing(bench, system, wrong):
    before = bench.state(system)
    for act in (GOOD[system] | wrong, [GOOD[system], GOOD[system] | wrong], "act", {}, None):
        assert person(bench, system, act).status_code == 400
    assert bench.state(system) == before


@every
def test_a_history_is_told_in_its_order(bench, system):
    long_ago = {"at": (datetime.now(UTC) - timedelta(days=900)).isoformat()}
    before = bench.state(system)
    assert person(bench, system, GOOD[system] | long_ago).status_code in {400, 422}
    assert bench.state(system) == before


@pytest.mark.parametrize(
    ("system", "act"),
    [
        ("zendesk", {"by": ADA, "ticket": 4821, "update": {"status": "solved"}}),
        ("zendesk", {"by": ADA, "ticket": 4821, "update": {"comment": {"body": "x", "public": False}}}),
        ("zendesk", {"by": LENA, "ticket": 4821, "update": {"status": "closed"}}),
        ("zendesk", {"by": LENA, "ticket": 4837, "update": {"priority": "low"}}),  # it is closed
        ("zendesk", {"by": LENA, "ticket": 4821, "rate": {"score": "good"}}),
        ("zendesk", {"by": ADA, "ticket": 4821, "rate": {"score": "good"}}),  # it is not solved
        ("zendesk", {"by": 77, "ticket": 4821, "update": {"priority": "low"}}),
        ("zendesk", {"by": LENA, "ticket": 1, "update": {"priority": "low"}}),
        ("zendesk", {"by": -1, "ticket": 4821, "update": {"comment": {"body": "x"}}}),
        ("zendesk", {"by": ADA, "new": {"requester": 5002, "subject": "x", "comment": {"body": "x"}}}),
        ("zendesk", {"by": ADA, "new": {"requester": ADA, "subject": "x", "comment": {"body": "x"}, "follows": 4821}}),
        ("stripe", {"refund": {"charge": "ch_3AdaPark02", "amount": 9999}}),
        ("stripe", {"refund": {"charge": "ch_3SofiaRossi02"}}),  # it is disputed
        ("stripe", {"void": "cn_nobody"}),
        ("stripe", {"dispute": {"charge": "ch_3SofiaRossi02"}}),
        ("stripe", {"close": {"dispute": "dp_nobody", "status": "won"}}),
        ("stripe", {"fail": {"refund": "re_nobody"}}),
        ("stripe", {"pay": {"customer": "cus_Nobody", "cents": 1, "description": "x"}}),
        ("stripe", {"void": "cn_1EricSand01", "fail": {"refund": "re_3JonasWeber02"}}),
        ("salesforce", {"by": 1, "opportunity": ACME, "fields": {"StageName": "Somewhere"}}),
        ("salesforce", {"by": 55, "opportunity": ACME, "fields": {"NextStep": "x"}}),
        ("salesforce", {"by": 1, "opportunity": "006nobody", "fields": {"NextStep": "x"}}),
        ("salesforce", {"by": 1, "opportunity": "006nobody", "log": {"subject": "x"}}),
        ("hubspot", {"by": 7, "deal": "53001", "properties": {"amount": "5"}}),
        ("hubspot", {"by": 101, "deal": "53001", "properties": {"amount": "much"}}),
        ("hubspot", {"by": 101, "deal": "1", "properties": {"amount": "5"}}),
        ("hubspot", {"by": 101, "note": {"text": "x", "deal": "1"}}),
        ("hubspot", {"by": 101, "new": {"company": "1", "properties": {"dealname": "x"}}}),
        ("jira", {"by": "nobody", "issue": "OPS-14", "comment": "x"}),
        ("jira", {"by": DANA, "issue": "OPS-999", "comment": "x"}),
        ("jira", {"by": DANA, "issue": "OPS-14", "move": {"to": "Done"}}),
        ("jira", {"by": DANA, "issue": "OPS-14", "move": {"to": "Monitoring", "resolution": "Done"}}),
        ("jira", {"by": DANA, "new": {"project": "SUP", "type": "Incident", "summary": "x", "description": "x"}}),
    ],
)
def test_what_the_vendors_own_pages_would_not_let_them_do_is_refused(bench, system, act):
    before = bench.state(system)
    answer = person(bench, system, act)
    assert answer.status_code in {400, 404, 422}, answer.text
    assert bench.state(system) == before


def test_a_payment_is_there_to_be_found_and_to_be_refunded(bench):
    at = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    paid = {"customer": "cus_AdaPark", "cents": 3800, "description": "Pro plan, monthly"}
    charge = person(bench, "stripe", {"pay": paid, "at": at}).json()
    headers = {"Authorization": f"Bearer {seed.STRIPE_READER}"}
    url = f"{bench.urls['stripe']}/v1/payment_intents?customer=cus_AdaPark"
    intents = bench.http.get(url, headers=headers).json()["data"]
    assert [one["status"] for one in intents if one["latest_charge"] == charge["id"]] == ["succeeded"]
    back = person(bench, "stripe", {"refund": {"charge": charge["id"]}, "at": at}).json()
    assert back["amount"] == 3800


def test_ten_weeks_of_work_are_told_in_one_request(bench):
    began = datetime.now(UTC) - timedelta(weeks=10)
    new = {"requester": ADA, "subject": "Charged twice", "comment": {"body": "Please refund one."}}
    acts = [{"by": ADA, "new": new, "at": (began + timedelta(days=day)).isoformat()} for day in range(70)]
    made = person(bench, "zendesk", acts).json()
    numbers = [one["ticket"]["id"] for one in made]
    solved = {"by": LENA, "update": {"status": "solved", "comment": {"body": "Done."}}}
    answers = [
        {**solved, "ticket": number, "at": (began + timedelta(days=day, hours=3)).isoformat()}
        for day, number in enumerate(numbers)
    ]
    assert len(person(bench, "zendesk", answers).json()) == 70


@every
def test_a_person_makes_a_record_no_younger_than_it_is(bench, system):
    """What was done an hour ago bears that moment, so that it stands where it belongs when it is read."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    person(bench, system, GOOD[system] | {"at": at.isoformat()})
    said = str(bench.state(system))
    stamps = (f"{at:%Y-%m-%dT%H:%M:%S}", str(int(at.timestamp())))
    assert any(stamp in said for stamp in stamps)
