"""The sandboxes are as strict as the vendors, remember what happened, and answer this machine only."""

import asyncio
import json
import socket
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from tool_examples import CREDENTIALS, KEY, READERS

from tools.dialects import DIALECTS
from tools.sandboxes import seed
from tools.sandboxes.server import create, serve

TICKET = "/api/v2/tickets/4821.json"
DEAL = "/services/data/v62.0/sobjects/Opportunity/006Sb00000001AAAAA"
ISSUE = "/rest/api/3/issue/OPS-14"
FIND = "/rest/api/3/search/jql"
OPS = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}}
QUERY = "/services/data/v62.0/query"
HUB = "/crm/v3/objects"
NOTE = {"properties": {"hs_timestamp": "2026-03-10T09:00:00Z", "hs_note_body": "x"}}


@pytest.fixture
def ask(bench):
    def asked(system, method, path, *, token=None, **more):
        shown = DIALECTS[system].sign(token or CREDENTIALS[system])
        headers = {**shown, **more.pop("headers", {})}
        return bench.http.request(method, bench.urls[system] + path, headers=headers, **more)

    return asked


@pytest.mark.parametrize(
    ("system", "method", "path", "more", "status", "said"),
    [
        ("zendesk", "PUT", TICKET, {"json": {"ticket": {"subject": "x"}}}, 400, "InvalidAttribute"),
        ("zendesk", "PUT", TICKET, {"json": {"ticket": {}, "x": 1}}, 400, "InvalidAttribute"),
        ("zendesk", "PUT", TICKET, {"json": {"ticket": {"status": "done"}}}, 422, "RecordInvalid"),
        ("zendesk", "PUT", TICKET, {"json": {"ticket": {"comment": {"body": " "}}}}, 422, "RecordInvalid"),
        ("zendesk", "PUT", TICKET, {"json": {"ticket": {"comment": {"body": "a", "x": 1}}}}, 422, "RecordInvalid"),
        ("zendesk", "PUT", TICKET, {"content": b"{"}, 400, "InvalidJSON"),
        ("zendesk", "GET", "/api/v2/tickets/1.json", {}, 404, "RecordNotFound"),
        ("zendesk", "GET", "/api/v2/nothing", {}, 404, "RecordNotFound"),
        ("zendesk", "GET", "/api/v2/search.json?query=status:open", {}, 422, "InvalidQuery"),
        ("zendesk", "GET", "/api/v2/tickets/4821/comments?page[size]=101", {}, 400, "InvalidPaginationParameter"),
        ("stripe", "POST", "/v1/refunds", {"data": {"charge": "ch_3AdaPark02", "note": "x"}}, 400, "parameter_unknown"),
        ("stripe", "POST", "/v1/refunds", {"data": {"amount": "5"}}, 400, "payment_intent or charge"),
        ("stripe", "POST", "/v1/refunds", {"data": {"charge": "ch_x"}}, 404, "resource_missing"),
        ("stripe", "POST", "/v1/refunds", {"json": {"charge": "ch_3AdaPark02"}}, 400, "x-www-form-urlencoded"),
        (
            "stripe",
            "POST",
            "/v1/refunds",
            {"data": {"charge": "ch_3AdaPark02", "amount": "1.5"}},
            400,
            "Invalid integer",
        ),
        ("stripe", "POST", "/v1/refunds", {"data": {"charge": "ch_3AdaPark02", "amount": "9999"}}, 400, "greater than"),
        ("stripe", "GET", "/v1/charges?colour=red", {}, 400, "parameter_unknown"),
        ("stripe", "GET", "/v1/charges?limit=101", {}, 400, "limit"),
        (
            "stripe",
            "GET",
            "/v1/charges",
            {"headers": {"Stripe-Version": "2011-01-01"}},
            400,
            "Invalid Stripe API version",
        ),
        ("salesforce", "PATCH", DEAL, {"json": {"Colour": "red"}}, 400, "INVALID_FIELD"),
        ("salesforce", "PATCH", DEAL, {"json": {"Amount": 1}}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("salesforce", "PATCH", DEAL, {"json": {"StageName": "Won"}}, 400, "RESTRICTED_PICKLIST"),
        ("salesforce", "PATCH", DEAL, {"json": {"CloseDate": "soon"}}, 400, "JSON_PARSER_ERROR"),
        ("salesforce", "PATCH", DEAL, {"json": {}}, 400, "JSON_PARSER_ERROR"),
        ("salesforce", "GET", f"{QUERY}?q=SELECT Id FROM Case LIMIT 1", {}, 400, "INVALID_TYPE"),
        ("salesforce", "GET", f"{QUERY}?q=SELECT Colour FROM Account", {}, 400, "INVALID_FIELD"),
        ("salesforce", "GET", f"{QUERY}?q=SELECT Id FROM Account WHERE Name = 'a' 'b'", {}, 400, "MALFORMED_QUERY"),
        ("salesforce", "GET", f"{QUERY}?q=DELETE FROM Account", {}, 400, "MALFORMED_QUERY"),
        ("jira", "POST", FIND, {"json": {"jql": "ORDER BY created"}}, 400, "Unbounded JQL"),
        ("jira", "POST", FIND, {"json": {"jql": "colour = red"}}, 400, "Field 'colour' does not exist"),
        ("jira", "POST", FIND, {"json": {"jql": 'project = "NO"'}}, 400, "The value 'NO' does not exist"),
        ("jira", "POST", FIND, {"json": {"jql": 'project = "OPS" AND'}}, 400, "Error in the JQL Query"),
        ("jira", "POST", FIND, {"json": {"jql": 'text ~ "a AND (b"'}}, 400, "Unable to parse the text"),
        ("jira", "POST", FIND, {"json": {"jql": 'key = "OPS-1"', "startAt": 1}}, 400, "error parsing JSON"),
        ("jira", "POST", FIND, {"json": {"jql": 'key = "OPS-1"', "nextPageToken": "x"}}, 400, "next page token"),
        ("jira", "GET", f"{ISSUE}?colour=red", {}, 400, "not known"),
        ("jira", "GET", "/rest/api/3/issue/OPS-99", {}, 404, "Issue does not exist or you do not have permission"),
        ("jira", "GET", "/rest/api/3/search?jql=project=OPS", {}, 404, "errorMessages"),
        ("jira", "POST", "/rest/api/3/issue", {"json": {"fields": {}, "colour": 1}}, 400, "error parsing JSON"),
        ("jira", "POST", "/rest/api/3/issue", {"json": {"fields": {}}}, 400, "valid project is required"),
        ("jira", "POST", "/rest/api/3/issue", {"json": {"fields": OPS}}, 400, "You must specify a summary"),
        ("jira", "POST", "/rest/api/3/issue", {"json": {"fields": {**OPS, "colour": 1}}}, 400, "cannot be set"),
        ("jira", "POST", "/rest/api/3/issue", {"json": {"fields": {**OPS, "labels": ["a b"]}}}, 400, "contains spaces"),
        ("jira", "POST", f"{ISSUE}/comment", {"json": {"body": "plain"}}, 400, "Atlassian Document"),
        ("jira", "POST", f"{ISSUE}/comment", {"content": b"{"}, 400, "error parsing JSON"),
        ("jira", "POST", f"{ISSUE}/transitions", {"json": {"transition": {"id": "51"}}}, 400, "is not valid"),
        ("jira", "POST", f"{ISSUE}/transitions", {"json": {"transition": {"id": "41"}}}, 400, "Resolution is required"),
        ("jira", "GET", "/rest/api/3/mypermissions", {}, 400, "'permissions' query parameter is required"),
        ("hubspot", "PATCH", f"{HUB}/deals/53001", {"json": {"properties": {"colour": "red"}}}, 400, "DOESNT_EXIST"),
        ("hubspot", "PATCH", f"{HUB}/deals/53001", {"json": {"properties": {"dealstage": "x"}}}, 400, "INVALID_OPTION"),
        ("hubspot", "PATCH", f"{HUB}/deals/53001", {"json": {"properties": {"amount": "a"}}}, 400, "INVALID_NUMBER"),
        ("hubspot", "PATCH", f"{HUB}/deals/53001", {"json": {"colour": "red"}}, 400, "VALIDATION_ERROR"),
        ("hubspot", "PATCH", f"{HUB}/deals/1", {"json": {"properties": {}}}, 404, "OBJECT_NOT_FOUND"),
        (
            "hubspot",
            "POST",
            f"{HUB}/notes",
            {"json": {"properties": {"hs_note_body": "x"}}},
            400,
            "required properties",
        ),
        (
            "hubspot",
            "POST",
            f"{HUB}/notes",
            {"json": NOTE | {"associations": [{"to": {"id": "51001"}, "types": [{"associationTypeId": 3}]}]}},
            400,
            "no type of association",
        ),
        ("hubspot", "POST", f"{HUB}/deals/search", {"json": {"limit": 201}}, 400, "limit"),
        ("hubspot", "POST", f"{HUB}/deals/batch/read", {"json": {"inputs": []}}, 400, "1 to 100"),
        ("hubspot", "GET", f"{HUB}/notes/1", {}, 404, "OBJECT_NOT_FOUND"),
        ("hubspot", "POST", f"{HUB}/notes", {"content": b"["}, 400, "Invalid input JSON"),
    ],
)
def test_what_the_vendor_would_refuse_is_refused_in_its_words(bench, ask, *, system, method, path, more, status, said):
    before = bench.state(system)
    answer = ask(system, method, path, **more)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    before.pop("keys", None)
    assert {name: value for name, value in bench.state(system).items() if name != "keys"} == before


@pytest.mark.parametrize("system", READERS)
def test_nobody_gets_in_without_a_credential_and_a_reader_may_not_write(ask, system):
    method, path, more, reader = {
        "zendesk": ("PUT", TICKET, {"json": {"ticket": {"status": "solved"}}}, seed.ZENDESK_TRIAGE),
        "stripe": ("POST", "/v1/refunds", {"data": {"charge": "ch_3AdaPark02"}}, seed.STRIPE_READER),
        "salesforce": ("PATCH", DEAL, {"json": {"NextStep": "x"}}, seed.SALESFORCE_READER),
        "jira": ("POST", f"{ISSUE}/transitions", {"json": {"transition": {"id": "21"}}}, seed.JIRA_READER),
        "hubspot": ("PATCH", f"{HUB}/deals/53001", {"json": {"properties": {"amount": "1"}}}, seed.HUBSPOT_READER),
    }[system]
    assert ask(system, method, path, token="somebody", **more).status_code == 401
    assert ask(system, method, path, token=reader, **more).status_code == 403
    assert ask(system, method, path, **more).is_success


def test_stripe_keeps_an_answer_under_its_key_and_replays_it(ask):
    form, headers = {"charge": "ch_3AdaPark02", "amount": "100"}, {"Idempotency-Key": KEY}
    first = ask("stripe", "POST", "/v1/refunds", data=form, headers=headers)
    again = ask("stripe", "POST", "/v1/refunds", data=form, headers=headers)
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = ask("stripe", "POST", "/v1/refunds", data={**form, "amount": "200"}, headers=headers)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_stripe_keeps_a_refusal_only_once_it_had_begun(ask):
    headers = {"Idempotency-Key": KEY}
    assert ask("stripe", "POST", "/v1/refunds", data={"charge": "ch_x"}, headers=headers).status_code == 404
    over = {"charge": "ch_3AdaPark02", "amount": "99999"}
    assert ask("stripe", "POST", "/v1/refunds", data=over, headers=headers).status_code == 400
    kept = ask("stripe", "POST", "/v1/refunds", data=over, headers=headers)
    assert (kept.status_code, kept.headers["idempotent-replayed"]) == (400, "true")


@pytest.mark.parametrize(
    ("system", "path", "header"),
    [
        ("zendesk", TICKET, "x-rate-limit-remaining"),
        ("stripe", "/v1/charges", "request-id"),
        ("salesforce", DEAL, "sforce-limit-info"),
        ("jira", ISSUE, "x-ratelimit-remaining"),
        ("hubspot", f"{HUB}/deals/53001", "x-hubspot-ratelimit-remaining"),
    ],
)
def test_answers_carry_the_vendors_headers(ask, system, path, header):
    assert ask(system, "GET", path).headers[header]


def test_a_page_shows_what_a_customer_wrote_and_runs_none_of_it(bench):
    wicked = '<script>alert(1)</script> & "quotes"'
    url = bench.urls["zendesk"]
    bench.http.post(f"{url}/_control/customer", json={"ticket": 4821, "text": wicked})
    page = bench.http.get(f"{url}/agent/tickets/4821")
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "SANDBOX" in page.text


@pytest.mark.parametrize("system", CREDENTIALS)
def test_the_front_page_leads_to_every_record(bench, system):
    front = bench.http.get(bench.urls[system]).text
    links = front.split('<a href="')[1:]
    assert len(links) >= 14
    for link in links:
        assert bench.http.get(bench.urls[system] + link.partition('"')[0]).status_code == 200


def test_another_name_for_this_machine_does_not_get_in(bench):
    for url in bench.urls.values():
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
            assert bench.http.get(f"{url}/_control/state", headers={"Host": host}).status_code == 403


def test_another_machine_does_not_get_in():
    said = []

    async def send(message):
        said.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": ""}
    scope |= {"headers": [(b"host", b"127.0.0.1:1")], "client": ("10.0.0.7", 5000), "server": ("127.0.0.1", 1)}
    asyncio.run(create("stripe")(scope, receive, send))
    assert said[0]["status"] == 403


def test_state_survives_a_restart_and_a_reset_forgets_it(tmp_path):
    change = {"ticket": {"status": "solved"}}
    headers = {"Authorization": f"Bearer {seed.ZENDESK_REFUNDS}"}
    with serve({"zendesk": create("zendesk", tmp_path)}) as serving:
        answer = httpx2.put(serving.urls["zendesk"] + TICKET, json=change, headers=headers, trust_env=False)
        assert answer.status_code == 200
    assert [file.name for file in tmp_path.iterdir()] == ["zendesk.json"]
    with serve({"zendesk": create("zendesk", tmp_path)}) as serving:
        url = serving.urls["zendesk"]
        assert httpx2.get(url + TICKET, headers=headers, trust_env=False).json()["ticket"]["status"] == "solved"
        httpx2.post(f"{url}/_control/reset", trust_env=False)
        assert httpx2.get(url + TICKET, headers=headers, trust_env=False).json()["ticket"]["status"] == "open"
    assert json.loads((tmp_path / "zendesk.json").read_text())["tickets"]["4821"]["ticket"]["status"] == "open"


def test_a_taken_port_is_answered_with_another_and_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serve({"stripe": create("stripe")}, {"stripe": port}) as serving:
            assert serving.moved["stripe"] != port
            assert serving.urls["stripe"] == f"http://127.0.0.1:{serving.moved['stripe']}"
    with serve({"stripe": create("stripe")}, {"stripe": port}) as serving:
        assert serving.moved == {}
        assert serving.urls["stripe"].endswith(f":{port}")


def test_the_sandboxes_start_and_stop_at_once():
    start = time.monotonic()
    serve({system: create(system) for system in CREDENTIALS}).stop()
    assert time.monotonic() - start < 1.5


def test_a_fault_that_is_not_understood_is_refused(bench):
    answer = bench.http.post(f"{bench.urls['stripe']}/_control/faults", json={"kind": "earthquake"})
    assert answer.status_code == 400


def test_a_fault_hits_what_it_names_and_no_more(bench, ask):
    bench.fault("stripe", "500", path="/v1/charges/*", method="GET", times=1)
    assert ask("stripe", "GET", "/v1/customers").status_code == 200
    assert ask("stripe", "GET", "/v1/charges/ch_3AdaPark01").status_code == 500
    assert ask("stripe", "GET", "/v1/charges/ch_3AdaPark01").status_code == 200


DAY = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("system", CREDENTIALS)
def test_the_same_day_seeds_the_same_state(system):
    assert seed.STATES[system](DAY) == seed.STATES[system](DAY)
    assert seed.STATES[system](DAY) != seed.STATES[system](DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("ticket", "cents", "kept"),
    [
        (4821, 3800, 2),
        (4822, 41200, 2),
        (4823, 129000, 2),
        (4824, 3800, 1),
        (4825, 640000, 2),
        (4826, 3800, 2),
        (4827, 1900, 2),
        (4828, 5200, 1),
        (4829, 0, 0),
    ],
)
def test_each_ticket_tells_what_stripe_holds(ticket, cents, kept):
    """How many charges of that amount, paid on the day the ticket names, have not been given back."""
    zendesk, stripe = seed.STATES["zendesk"](DAY), seed.STATES["stripe"](DAY)
    entry = zendesk["tickets"][str(ticket)]
    email = zendesk["users"][str(entry["ticket"]["requester_id"])]["email"]
    charges = [
        charge
        for charge in stripe["charges"].values()
        if charge["billing_details"]["email"] == email and charge["status"] == "succeeded" and not charge["refunded"]
    ]
    days = [datetime.fromtimestamp(charge["created"], UTC) for charge in charges]
    text = entry["comments"][0]["body"]
    named = [charge for charge, day in zip(charges, days, strict=True) if f"{day:%b} {day.day}" in text]
    assert [charge["amount"] for charge in named] == [cents] * kept


def test_the_seed_is_large_enough_to_look_around_in():
    systems = ("zendesk", "stripe", "salesforce", "jira", "datadog")
    zendesk, stripe, salesforce, jira, datadog = (seed.STATES[one](DAY) for one in systems)
    assert len(zendesk["tickets"]) == 30
    assert len(stripe["customers"]) >= 23
    assert len(salesforce["Opportunity"]) == 14
    assert len(jira["issues"]) == 18
    assert len(datadog["monitors"]) == 11
    known = [tokens for name, tokens in vars(seed).items() if name.endswith("_TOKENS")]
    assert set(seed.ENVIRONMENT.values()) <= {token for tokens in known for token in tokens}


def test_hubspot_and_salesforce_know_the_same_accounts_and_deals():
    salesforce, hubspot = seed.STATES["salesforce"](DAY), seed.STATES["hubspot"](DAY)["objects"]
    accounts = {row["Name"] for row in salesforce["Account"].values()}
    assert {one["properties"]["name"] for one in hubspot["companies"].values()} == accounts
    names = {row["Name"] for row in salesforce["Opportunity"].values()}
    assert {one["properties"]["dealname"] for one in hubspot["deals"].values()} == names
