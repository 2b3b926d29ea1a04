"""How requests leave and what their failures are called; the other end here says whatever a vendor might."""

import gzip
import logging
import socket
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from plain_vendor import Vendor
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from tools.contract import Refused, Unavailable, Uncertain
from tools.sandboxes.server import serve
from tools.wire import LARGEST, Answer, Connection, HttpWire, understand

SECOND = timedelta(seconds=1)
SECRET = "sk_sandbox_very_secret"
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
def vendor():
    vendor = Vendor()
    with serve({"vendor": vendor.app}) as serving:
        vendor.url = serving.urls["vendor"]
        yield vendor


@pytest.fixture
def connect(vendor):
    wires = []

    def made(system="stripe", url=None):
        wires.append(HttpWire(Connection(system, url or vendor.url, vendor.url, SecretStr(SECRET))))
        return wires[-1]

    yield made
    for wire in wires:
        wire.close()


def test_a_request_carries_the_credential_and_says_who_we_are(vendor, connect):
    connect().call("POST", "/v1/refunds", form={"amount": 5, "metadata[a]": "b c"}, timeout=SECOND, changes=True)
    [(method, _, headers, body)] = vendor.asked
    assert method == "POST"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["stripe-version"] == "2022-11-15"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["user-agent"].startswith("lanekeeper/")
    assert body == b"amount=5&metadata%5Ba%5D=b+c"


@pytest.mark.parametrize(
    ("system", "status", "body", "changes", "kind", "code"),
    [
        ("stripe", 401, {"error": {"type": "x"}}, True, Refused, "WRONG_CREDENTIAL"),
        ("stripe", 403, {"error": {"type": "x"}}, False, Refused, "NO_RIGHT"),
        ("stripe", 404, {"error": {"type": "x"}}, True, Refused, "NOT_FOUND"),
        ("stripe", 409, {"error": {"code": "idempotency_key_in_use"}}, True, Uncertain, "IN_FLIGHT"),
        ("stripe", 400, {"error": {"type": "idempotency_error"}}, True, Refused, "KEY_REUSED"),
        ("stripe", 400, {"error": {"code": "charge_already_refunded"}}, True, Refused, "INVALID"),
        ("stripe", 429, {"error": {"code": "lock_timeout"}}, True, Unavailable, "BUSY"),
        ("stripe", 500, "an error page", True, Uncertain, "VENDOR_ERROR"),
        ("stripe", 502, "an error page", False, Unavailable, "VENDOR_ERROR"),
        ("stripe", 408, [], True, Uncertain, "VENDOR_ERROR"),
        ("stripe", 503, {"error": {"type": "api_error"}}, True, Uncertain, "VENDOR_ERROR"),
        ("stripe", 501, "no such method", True, Refused, "INVALID"),
        ("stripe", 410, {"error": {"type": "x"}}, True, Refused, "NOT_FOUND"),
        ("stripe", 423, "locked", True, Unavailable, "BUSY"),
        ("stripe", 425, "too early", True, Unavailable, "TOO_EARLY"),
        ("stripe", 429, {"error": {"type": "rate_limit"}}, True, Unavailable, "RATE_LIMITED"),
        ("stripe", 301, None, True, Refused, "REDIRECTED"),
        ("zendesk", 409, {"error": {"title": "Conflict", "message": "Please retry"}}, True, Refused, "CONFLICT"),
        ("zendesk", 412, {"error": "PreconditionFailed"}, True, Refused, "CONFLICT"),
        ("zendesk", 422, {"error": "RecordInvalid", "details": {}}, True, Refused, "INVALID"),
        ("salesforce", 403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], True, Unavailable, "RATE_LIMITED"),
        ("salesforce", 400, [{"errorCode": "UNABLE_TO_LOCK_ROW"}], True, Unavailable, "BUSY"),
        ("salesforce", 400, [{"errorCode": "INVALID_FIELD"}], False, Refused, "INVALID"),
        ("salesforce", 404, [], False, Refused, "NOT_FOUND"),
        ("jira", 401, {"errorMessages": ["x"], "errors": {}}, True, Refused, "WRONG_CREDENTIAL"),
        ("jira", 400, {"errorMessages": [], "errors": {"summary": "x"}}, True, Refused, "INVALID"),
        ("jira", 404, "an error page", False, Refused, "NOT_FOUND"),
        ("jira", 429, {"errorMessages": ["Rate limit exceeded."]}, True, Unavailable, "RATE_LIMITED"),
    ],
)
def test_an_error_is_named_by_what_is_known_afterwards(vendor, connect, *, system, status, body, changes, kind, code):
    vendor.answers = [JSONResponse(body, status) for _ in range(3)]
    with pytest.raises(kind) as caught:
        connect(system).call("POST", "/x", json={}, timeout=SECOND, changes=changes)
    assert caught.value.code == code
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("system", "body", "words"),
    [
        ("stripe", {"error": {"message": "No such charge: 'ch_x'"}}, "No such charge: 'ch_x'"),
        ("zendesk", {"error": "RecordInvalid", "details": {"status": [{"description": "is closed"}]}}, "is closed"),
        ("salesforce", [{"errorCode": "X", "message": "No such column"}], "No such column"),
        ("jira", {"errorMessages": ["No"], "errors": {"summary": "Too long", "labels": None}}, "No; summary: Too long"),
    ],
)
def test_a_refusal_keeps_the_vendors_own_words_up_to_a_length(vendor, connect, system, body, words):
    vendor.answers = [JSONResponse(body, 400), JSONResponse({"error": {"message": "x" * 5000}}, 400)]
    with pytest.raises(Refused, match=words):
        connect(system).call("POST", "/x", json={}, timeout=SECOND, changes=True)
    with pytest.raises(Refused) as caught:
        connect("stripe").call("POST", "/x", json={}, timeout=SECOND, changes=True)
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("dated", [False, True])
def test_retry_after_is_read_in_both_its_forms_and_a_long_one_is_not_slept_through(vendor, connect, dated):
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True) if dated else "90"
    vendor.answers = [JSONResponse({}, 429, {"Retry-After": header})]
    with pytest.raises(Unavailable) as caught:
        connect().call("GET", "/x", timeout=SECOND)
    assert caught.value.retry_after == pytest.approx(90, abs=5)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("status", "system", "body"),
    [
        (409, "zendesk", {"error": {"title": "Conflict", "message": "Please retry"}}),
        (423, "zendesk", {}),
        (425, "zendesk", {}),
        (429, "stripe", {"error": {"code": "lock_timeout", "message": "Please retry"}}),
        (503, "zendesk", {}),
    ],
)
def test_whoever_may_ask_again_later_is_told_when(vendor, connect, status, system, body):
    vendor.answers = [JSONResponse(body, status, {"Retry-After": "70"})]
    with pytest.raises(Unavailable) as caught:
        connect(system).call("POST", "/x", json={}, timeout=SECOND, changes=status != 503)
    assert caught.value.retry_after == 70


def test_a_limit_that_is_used_up_says_itself_when_there_is_more(vendor, connect):
    headers = {"ratelimit-limit": "700", "ratelimit-remaining": "0", "ratelimit-reset": "41"}
    vendor.answers = [JSONResponse({}, 429, headers)]
    with pytest.raises(Unavailable) as caught:
        connect("zendesk").call("GET", "/x", timeout=SECOND)
    assert caught.value.retry_after == 41


def test_a_vendor_that_repeats_our_credential_is_not_quoted_with_it(vendor, connect):
    vendor.answers = [JSONResponse({"error": {"message": f"Invalid API Key provided: {SECRET}"}}, 401)]
    with pytest.raises(Refused, match=r"Invalid API Key provided: \[hidden\]") as caught:
        connect().call("GET", "/x", timeout=SECOND)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("system", "repeated"),
    [
        ("datadog", "one-api-key-of-ours"),
        ("datadog", "and-its-application-key"),
        ("jira", "and-its-application-key"),
        ("jira", b64encode(b"one-api-key-of-ours:and-its-application-key").decode()),
    ],
)
def test_nor_with_a_part_of_it_or_as_it_stood_in_the_header(vendor, system, repeated):
    """Two keys are one credential at Datadog; an address and a token are one at Jira."""
    held = SecretStr("one-api-key-of-ours:and-its-application-key")
    wire = HttpWire(Connection(system, vendor.url, vendor.url, held))
    said = {"datadog": "errors", "jira": "errorMessages"}[system]
    vendor.answers = [JSONResponse({said: [f"Bad key {repeated}"]}, 400)]
    with pytest.raises(Refused, match=r"\[hidden\]") as caught:
        wire.call("GET", "/x", timeout=SECOND)
    wire.close()
    assert repeated not in str(caught.value)


@pytest.mark.parametrize("changes", [True, False])
@pytest.mark.parametrize(
    "answer",
    [
        (b"[" * 200_000, {}),
        (b'{"amount": 1e999999999999999999999999}', {}),
        (b"no gzip at all", GZIP),
        (gzip.compress(b"[" + b" " * (LARGEST + 1) + b"]", 1), GZIP),
    ],
    ids=["nested", "huge-number", "no-gzip", "bomb"],
)
def test_an_answer_that_nobody_can_read_is_told_as_that(vendor, connect, answer, changes):
    """Whatever a vendor sends after a change, it may have happened; nothing else is raised."""
    content, headers = answer
    vendor.answers = [Response(content, headers=headers) for _ in range(3)]
    with pytest.raises(Uncertain if changes else Unavailable) as caught:
        connect().call("POST", "/x", json={}, timeout=60 * SECOND, changes=changes)
    assert caught.value.code == "BAD_ANSWER"


def test_an_error_that_nobody_can_read_is_an_error_all_the_same(vendor, connect):
    vendor.answers = [Response(b"[" * 200_000, 400)]
    with pytest.raises(Refused, match="stripe answered 400"):
        connect().call("POST", "/x", json={}, timeout=SECOND, changes=True)


def test_a_packed_answer_is_unpacked(vendor, connect):
    vendor.answers = [Response(gzip.compress(b'{"a": 1}'), headers=GZIP)]
    assert connect().call("GET", "/x", timeout=SECOND) == {"a": 1}


def test_half_a_sign_keeps_no_record_from_being_read(vendor, connect):
    """A text that was cut in the middle of an emoji; a whole one stays whole."""
    vendor.answers = [Response(b'{"subject": "cut \\ud83d", "a\\uDE00": ["\\ud83d\\ude00", "\\\\ud83d"]}')]
    assert connect().call("GET", "/x", timeout=SECOND) == {"subject": "cut \ufffd", "a\ufffd": ["😀", "\\ud83d"]}


@pytest.mark.parametrize("header", ["", "soon", "-5", "9" * 400])
def test_a_retry_after_that_says_nothing_is_none_or_now(vendor, connect, header):
    vendor.answers = [JSONResponse({}, 429, {"Retry-After": header})]
    with pytest.raises(Unavailable) as caught:
        connect().call("POST", "/x", timeout=SECOND, changes=True)
    assert caught.value.retry_after in {None, 0.0}


def test_a_short_retry_after_is_waited_for(vendor, connect):
    vendor.answers = [JSONResponse({}, 429, {"Retry-After": "1"})]
    start = datetime.now(UTC)
    assert connect().call("GET", "/x", timeout=SECOND) == {"ok": True}
    assert datetime.now(UTC) - start >= SECOND


def test_a_change_is_never_sent_twice(vendor, connect):
    vendor.answers = [JSONResponse({}, 503)]
    with pytest.raises(Uncertain):
        connect().call("POST", "/x", form={}, timeout=SECOND, changes=True)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("changes", [True, False])
def test_who_cannot_be_reached_has_done_nothing(connect, changes):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused
        wire = connect(url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Unavailable) as caught:
            wire.call("POST", "/x", timeout=SECOND, changes=changes)
    assert caught.value.code == "UNREACHABLE"


def test_a_redirect_is_not_followed_with_the_credential(vendor, connect):
    vendor.answers = [Response(status_code=302, headers={"Location": f"{vendor.url}/elsewhere"})]
    with pytest.raises(Refused, match="302"):
        connect().call("GET", "/x", timeout=SECOND)
    assert len(vendor.asked) == 1


def test_decimals_arrive_exact(vendor, connect):
    vendor.answers = [Response(b'{"Amount": 0.1}')]
    assert connect("salesforce").call("GET", "/x", timeout=SECOND) == {"Amount": Decimal("0.1")}


def test_no_log_line_and_no_representation_holds_the_credential(vendor, connect, caplog, capsys):
    vendor.answers = [JSONResponse({}, 500), JSONResponse({}, 401)]
    caplog.set_level(logging.DEBUG)
    wire = connect()
    with pytest.raises(Refused) as caught:
        wire.call("GET", "/x", timeout=SECOND)
    said = capsys.readouterr()
    shown = caplog.text + said.out + said.err + repr(wire) + repr(wire.__dict__) + repr(caught.value)
    assert SECRET not in shown
    assert SECRET not in repr(Connection("stripe", "a", "b", SecretStr(SECRET)))


def test_many_threads_share_one_wire(vendor, connect):
    wire, barrier = connect(), threading.Barrier(16)

    def ask(number):
        barrier.wait()
        return wire.call("GET", f"/{number}", timeout=5 * SECOND)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(16))) == [{"ok": True}] * 16


class Shape(Answer):
    name: str
    rows: list[Answer]


def test_an_unknown_field_is_the_vendors_to_add_and_a_missing_one_is_drift():
    assert understand(Shape, {"name": "a", "rows": [], "new": 1}, "x.y").name == "a"
    for answer, field in (({"rows": []}, "name"), ({"name": 3, "rows": []}, "name"), ([], "the whole answer")):
        with pytest.raises(Refused, match=f"x.y: the answer's {field}"):
            understand(Shape, answer, "x.y")
        with pytest.raises(Uncertain, match="SCHEMA_DRIFT"):
            understand(Shape, answer, "x.y", changes=True)


def test_drift_does_not_repeat_what_the_vendor_sent():
    with pytest.raises(Refused) as caught:
        understand(Shape, {"name": {"ssn": "078-05-1120"}, "rows": []}, "x.y")
    assert "078" not in str(caught.value)
