"""Tokens against OAuth grants, fetched, renewed and shown over the wire; Salesforce's and Zendesk's own twins."""

import logging
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
import pytest
from plain_vendor import Time, Vendor
from pydantic import SecretStr
from starlette.responses import JSONResponse
from structlog.testing import capture_logs
from tool_examples import KEY, READS, WRITES

from tools.contract import Refused, Unavailable
from tools.credentials import EARLY, Grant, Tokens, unfit
from tools.guard import FAILURES
from tools.registry import by_name
from tools.sandboxes.server import create, serve
from tools.wire import Connection, HttpWire

SECOND = timedelta(seconds=5)
SECRET = "salesforce-client-secret"
CRM = Grant("3MVG9sandboxCrm", SecretStr(SECRET))
REFRESHED = Grant("3MVG9sandboxCrm", SecretStr(SECRET), SecretStr("5Aep861sandboxCrm"))
DESK = Grant("incident-desk", SecretStr("jira-client-secret"))
REFUNDS = Grant("lanekeeper_refunds", SecretStr("zendesk-client-secret"), scope="read write")


class Sandbox:
    def __init__(self, urls):
        self.urls = urls
        self.http = httpx2.Client(trust_env=False)
        self.wires = []

    def wire(self, system, grant):
        self.wires.append(HttpWire(Connection(system, self.urls[system], self.urls[system], grant)))
        return self.wires[-1]

    def issued(self, system):
        return self.http.get(f"{self.urls[system]}/_control/tokens").json()["issued"]

    def end_all(self, system):
        self.http.delete(f"{self.urls[system]}/_control/tokens")

    def state(self, system):
        return self.http.get(f"{self.urls[system]}/_control/state").json()


@pytest.fixture
def sandbox():
    with serve({system: create(system) for system in ("salesforce", "zendesk", "jira")}) as serving:
        sandbox = Sandbox(serving.urls)
        yield sandbox
        for wire in sandbox.wires:
            wire.close()
        sandbox.http.close()


@pytest.fixture
def vendor():
    vendor = Vendor()
    with serve({"vendor": vendor.app}) as serving:
        vendor.url = serving.urls["vendor"]
        yield vendor


@pytest.fixture
def wire(vendor):
    wire = HttpWire(Connection("salesforce", vendor.url, vendor.url, CRM))
    yield wire
    wire.close()


def token(name, **more):
    return JSONResponse({"access_token": name, "token_type": "bearer", **more})


def find(wire):
    tool = by_name("salesforce.find_opportunities")
    return tool.read(wire, tool.arguments(**READS[tool.name]))


@pytest.mark.parametrize("grant", [CRM, REFRESHED], ids=["client", "refresh"])
def test_a_grant_opens_what_a_fixed_credential_opens_with_one_token_for_all(sandbox, grant):
    wire = sandbox.wire("salesforce", grant)
    assert find(wire) == find(wire)
    assert sandbox.issued("salesforce") == 1


def test_zendesk_is_asked_in_its_own_words(sandbox):
    tool = by_name("zendesk.get_ticket")
    assert tool.read(sandbox.wire("zendesk", REFUNDS), tool.arguments(**READS[tool.name]))
    assert sandbox.issued("zendesk") == 1


def test_a_service_account_of_jira_bears_a_token_where_a_persons_token_is_shown_with_their_address(sandbox):
    tool, wire = by_name("jira.create_issue"), sandbox.wire("jira", DESK)
    made = tool.write(wire, tool.arguments(**WRITES[tool.name]), KEY)
    sandbox.end_all("jira")
    assert tool.read_back(wire, tool.arguments(**WRITES[tool.name]), KEY) == made
    assert sandbox.issued("jira") == 2


def test_a_token_is_asked_for_at_the_root_of_the_host_whatever_the_api_begins_with(vendor):
    vendor.answers = [token("eyJ")]
    api = f"{vendor.url}/ex/jira/11223344-a1b2"
    wire = HttpWire(Connection("jira", api, "https://acme.atlassian.net", DESK))
    wire.call("GET", "/rest/api/3/mypermissions", timeout=SECOND)
    asked = [url.removeprefix(vendor.url) for _, url, *_ in vendor.asked]
    assert asked == ["/oauth/token", "/ex/jira/11223344-a1b2/rest/api/3/mypermissions"]
    wire.close()


def test_twenty_threads_whose_token_ends_fetch_one_between_them(sandbox):
    wire, together = sandbox.wire("salesforce", CRM), threading.Barrier(20)
    find(wire)
    sandbox.end_all("salesforce")

    def ask(_):
        together.wait()
        return find(wire)

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(ask, range(20)))
    assert all(one == found[0] for one in found)
    assert sandbox.issued("salesforce") == 2


def test_twenty_threads_that_begin_together_fetch_one(sandbox):
    wire, together = sandbox.wire("salesforce", CRM), threading.Barrier(20)

    def ask(_):
        together.wait()
        return find(wire)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(20)))
    assert sandbox.issued("salesforce") == 1


def test_a_change_that_met_an_ended_token_is_made_once(sandbox):
    tool = by_name("salesforce.update_opportunity")
    arguments, wire = tool.arguments(**WRITES[tool.name]), sandbox.wire("salesforce", REFRESHED)
    tool.look(wire, arguments)
    sandbox.end_all("salesforce")
    assert tool.holds(arguments, tool.write(wire, arguments, "5f" * 32))
    assert sandbox.issued("salesforce") == 2


def test_a_change_is_sent_again_after_a_401_and_never_a_third_time(vendor, wire):
    vendor.answers = [token("t1"), JSONResponse([], 401), token("t2"), JSONResponse([], 401)]
    with pytest.raises(Refused, match="WRONG_CREDENTIAL"):
        wire.call("PATCH", "/x", json={"a": 1}, timeout=SECOND, changes=True)
    sent = [(headers.get("authorization"), body) for method, _, headers, body in vendor.asked if method == "PATCH"]
    assert sent == [("Bearer t1", b'{"a":1}'), ("Bearer t2", b'{"a":1}')]


def test_a_fixed_credential_that_is_refused_is_not_tried_twice(vendor):
    wire = HttpWire(Connection("salesforce", vendor.url, vendor.url, SecretStr("00D-fixed")))
    vendor.answers = [JSONResponse([], 401)]
    with pytest.raises(Refused, match="WRONG_CREDENTIAL"):
        wire.call("PATCH", "/x", json={}, timeout=SECOND, changes=True)
    wire.close()
    assert len(vendor.asked) == 1


def test_the_request_for_a_token_shows_no_token(vendor, wire):
    vendor.answers = [token("t1"), JSONResponse([], 401), token("t2")]
    wire.call("GET", "/x", timeout=SECOND)
    asked = [(method, headers, body) for method, url, headers, body in vendor.asked if url.endswith("/oauth2/token")]
    assert [method for method, _, _ in asked] == ["POST", "POST"]
    assert not any("authorization" in headers for _, headers, _ in asked)
    assert asked[0][2] == f"grant_type=client_credentials&client_id=3MVG9sandboxCrm&client_secret={SECRET}".encode()


def test_a_token_is_replaced_shortly_before_its_end(vendor):
    time = Time()
    with httpx2.Client(base_url=vendor.url, trust_env=False) as client:
        tokens = Tokens("zendesk", REFUNDS, client, clock=time)
        vendor.answers = [token("t1", expires_in=1800), token("t2", expires_in=30), token("t3")]
        assert tokens.current().get_secret_value() == "t1"
        time.now += 1800 - EARLY - 1
        assert tokens.current().get_secret_value() == "t1"
        time.now += 1
        assert tokens.current().get_secret_value() == "t2"
        time.now += 14  # a token of half a minute is not old at birth
        assert tokens.current().get_secret_value() == "t2"
        time.now += 1
        assert tokens.current().get_secret_value() == "t3"
        time.now += 10**6
        assert tokens.current().get_secret_value() == "t3", "nobody said when this one ends"
    assert len(vendor.asked) == 3


def test_a_refresh_token_that_is_replaced_is_used_and_its_owner_is_warned(vendor):
    with httpx2.Client(base_url=vendor.url, trust_env=False) as client, capture_logs() as said:
        tokens = Tokens("salesforce", REFRESHED, client)
        vendor.answers = [token("t1", refresh_token="5Aep-next"), token("t2", refresh_token="5Aep-next")]
        assert tokens.renew(tokens.current())
        assert tokens.current().get_secret_value() == "t2"
    assert b"refresh_token=5Aep861sandboxCrm" in vendor.asked[0][3]
    assert b"refresh_token=5Aep-next" in vendor.asked[1][3]
    assert [line["event"] for line in said] == ["refresh_token_rotated"]
    assert "5Aep" not in str(said)


def test_a_client_that_nobody_knows_is_refused_in_the_vendors_words(sandbox):
    wrong = Grant("3MVG9sandboxCrm", SecretStr("guessed"))
    with pytest.raises(Refused, match="salesforce gives no token: it answered 400, invalid_client") as caught:
        find(sandbox.wire("salesforce", wrong))
    assert caught.value.code == "WRONG_CREDENTIAL"


def test_a_vendor_that_repeats_the_secret_is_not_quoted_with_it(vendor, wire):
    vendor.answers = [JSONResponse({"error": "invalid_client", "error_description": f"{SECRET} is wrong"}, 400)]
    with pytest.raises(Refused, match=r"invalid_client: \[hidden\] is wrong") as caught:
        wire.call("GET", "/x", timeout=SECOND)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("answer", [JSONResponse({}), JSONResponse([]), JSONResponse({"access_token": 7})])
def test_an_answer_without_a_token_is_no_token(vendor, wire, answer):
    vendor.answers = [answer]
    with pytest.raises(Refused, match="without an access token"):
        wire.call("GET", "/x", timeout=SECOND)


def test_a_change_that_got_no_token_was_not_sent(vendor, wire):
    vendor.answers = [JSONResponse({}, 503) for _ in range(FAILURES)]
    for _ in range(FAILURES):
        with pytest.raises(Unavailable, match="NO_TOKEN"):
            wire.call("PATCH", "/x", json={}, timeout=SECOND, changes=True)
    with pytest.raises(Unavailable, match="BREAKER_OPEN"):
        wire.call("PATCH", "/x", json={}, timeout=SECOND, changes=True)
    assert {method for method, *_ in vendor.asked} == {"POST"}


@pytest.mark.parametrize(
    ("system", "grant", "words"),
    [
        ("zendesk", Grant("a", SecretStr("b"), SecretStr("c")), "leave refresh_token out"),
        ("jira", Grant("a", SecretStr("b"), SecretStr("c")), "leave refresh_token out"),
        ("jira", DESK, ""),
        ("hubspot", Grant("a", SecretStr("b")), "add refresh_token"),
        ("stripe", Grant("a", SecretStr("b")), "write env:NAME or file:PATH"),
        ("salesforce", CRM, ""),
        ("salesforce", REFRESHED, ""),
    ],
)
def test_a_grant_that_a_vendor_does_not_take_is_said_before_it_is_tried(system, grant, words):
    assert words in unfit(system, grant)
    assert bool(unfit(system, grant)) == bool(words)


def test_no_token_and_no_secret_is_logged_shown_or_written_down(vendor, wire, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    vendor.answers = [token("00D-very-secret"), JSONResponse([], 500), JSONResponse([], 401), token("00D-more")]
    wire.call("GET", "/x", timeout=SECOND)
    said = capsys.readouterr()
    held = wire.__dict__["_credential"]
    shown = caplog.text + said.out + said.err + repr(wire.__dict__) + repr(held.__dict__) + repr(CRM)
    assert "00D-" not in shown
    assert SECRET not in shown
    with pytest.raises(TypeError):
        pickle.dumps(held)
