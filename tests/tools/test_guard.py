"""Between all our requests and one vendor: a limit and a breaker, tried over the wire, by a time of our own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

import pytest
from plain_vendor import Time, Vendor
from pydantic import SecretStr
from starlette.responses import JSONResponse
from structlog.testing import capture_logs

from tools.contract import Refused, ToolError, Unavailable, Uncertain
from tools.guard import FAILURES, REST, Guard
from tools.limits import Pace
from tools.sandboxes.server import serve
from tools.wire import Connection, HttpWire

SECOND = timedelta(seconds=1)


@pytest.fixture
def vendor():
    vendor = Vendor()
    with serve({"vendor": vendor.app}) as serving:
        vendor.url = serving.urls["vendor"]
        yield vendor


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def connect(vendor, time):
    """A wire to the vendor behind a guard; behind one of its own where none is given."""
    wires = []

    def made(guard=None, system="zendesk", pace=None):
        guard = guard or Guard(system, pace, buckets=time.buckets, clock=time, sleep=time.sleep)
        wires.append(HttpWire(Connection(system, vendor.url, vendor.url, SecretStr("sk_sandbox")), guard))
        return wires[-1]

    yield made
    for wire in wires:
        wire.close()


def change(wire):
    return wire.call("POST", "/x", json={}, timeout=SECOND, changes=True)


def fail(vendor, wire, times, status=500):
    for _ in range(times):
        vendor.answers = [JSONResponse({}, status)]
        with pytest.raises(ToolError):
            change(wire)


def test_a_vendor_that_keeps_failing_is_left_alone_and_nothing_is_sent(vendor, connect):
    wire = connect()
    fail(vendor, wire, FAILURES)
    with pytest.raises(Unavailable) as caught:
        change(wire)
    assert caught.value.code == "BREAKER_OPEN"
    assert caught.value.message == f"zendesk has failed {FAILURES} times in a row; asked again in {REST:.0f} s"
    assert caught.value.retry_after == REST
    assert len(vendor.asked) == FAILURES


def test_a_read_is_told_at_once_and_not_tried_three_times(vendor, connect, time):
    wire = connect()
    fail(vendor, wire, FAILURES)
    time.now += REST - 2  # a wait short enough to be slept through, were it any other
    began = monotonic()
    with pytest.raises(Unavailable, match="BREAKER_OPEN"):
        wire.call("GET", "/x", timeout=SECOND)
    assert monotonic() - began < 1
    assert len(vendor.asked) == FAILURES


def test_it_is_asked_again_after_a_rest_and_trusted_when_it_answers(vendor, connect, time):
    wire = connect()
    fail(vendor, wire, FAILURES)
    time.now += REST
    with capture_logs() as said:
        assert change(wire) == {"ok": True}
    assert ("breaker", "closed") in {(line["event"], line.get("state")) for line in said}
    fail(vendor, wire, FAILURES - 1)
    assert change(wire) == {"ok": True}, "it began to count anew"


def test_a_trial_that_fails_is_a_rest_more(vendor, connect, time):
    wire = connect()
    fail(vendor, wire, FAILURES)
    time.now += REST
    fail(vendor, wire, 1)
    with pytest.raises(Unavailable, match=f"failed {FAILURES + 1} times"):
        change(wire)
    time.now += REST
    assert change(wire) == {"ok": True}


def test_of_many_threads_one_tries_a_vendor_that_had_failed(vendor, connect, time):
    wire, others = connect(), threading.Barrier(20)
    fail(vendor, wire, FAILURES)
    time.now += REST
    vendor.slow = 0.3

    def ask(_):
        others.wait()
        try:
            return change(wire)
        except Unavailable as error:
            return error.code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert answers.count({"ok": True}) == 1
    assert answers.count("BREAKER_OPEN") == 19
    assert len(vendor.asked) == FAILURES + 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 423, 429])
def test_a_refusal_is_an_answer_and_opens_nothing(vendor, connect, status):
    wire = connect()
    fail(vendor, wire, FAILURES + 2, status)
    assert change(wire) == {"ok": True}


def test_one_answer_ends_the_row(vendor, connect):
    wire = connect()
    for _ in range(3):
        fail(vendor, wire, FAILURES - 1)
        fail(vendor, wire, 1, 404)
    assert change(wire) == {"ok": True}


def test_silence_counts_as_failing(vendor, connect):
    wire = connect()
    vendor.slow = 0.5
    for _ in range(FAILURES):
        with pytest.raises(Uncertain):
            wire.call("POST", "/x", json={}, timeout=timedelta(milliseconds=20), changes=True)
    with pytest.raises(Unavailable, match="BREAKER_OPEN"):
        change(wire)


def test_what_one_identity_learns_holds_for_all_that_ask_the_same_vendor(vendor, connect, time):
    shared = Guard("zendesk", buckets=time.buckets, clock=time, sleep=time.sleep)
    one, other, elsewhere = connect(shared), connect(shared), connect(system="stripe")
    fail(vendor, one, FAILURES)
    with pytest.raises(Unavailable, match="BREAKER_OPEN"):
        change(other)
    assert change(elsewhere) == {"ok": True}


def test_a_late_answer_from_before_does_not_close_an_open_breaker(vendor, connect, time):
    guard = Guard("zendesk", buckets=time.buckets, clock=time, sleep=time.sleep)
    wire = connect(guard)
    with guard.passage() as early:
        fail(vendor, wire, FAILURES)
        early.well = True
    with pytest.raises(Unavailable, match="BREAKER_OPEN"):
        change(wire)


def test_who_is_turned_away_by_the_limit_does_not_keep_the_trial(vendor, connect, time):
    wire = connect(pace=Pace(FAILURES, 60))
    fail(vendor, wire, FAILURES)
    time.now += REST
    with pytest.raises(Unavailable, match="RATE_LIMITED"):
        change(wire)
    time.now += 60
    assert change(wire) == {"ok": True}


def test_fifty_threads_never_pass_the_limit(vendor, connect, time):
    shared = Guard("zendesk", Pace(20, 60), buckets=time.buckets, clock=time, sleep=time.sleep)
    wires = [connect(shared) for _ in range(5)]
    for minute in range(1, 4):
        together = threading.Barrier(50)

        def ask(number, together=together):
            together.wait()
            try:
                return change(wires[number % 5])
            except Unavailable as error:
                return error.code

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(ask, range(50)))
        assert answers.count({"ok": True}) == 20
        assert answers.count("RATE_LIMITED") == 30
        assert len(vendor.asked) == 20 * minute
        time.now += 61


def test_a_short_wait_is_waited_and_a_long_one_is_said(vendor, connect, time):
    quick = connect(pace=Pace(2, 3))
    for _ in range(5):
        change(quick)
    assert sum(time.slept) == pytest.approx(6, abs=0.1)
    slow = connect(pace=Pace(2, 60))
    change(slow)
    change(slow)
    with pytest.raises(Unavailable) as caught:
        change(slow)
    assert caught.value.code == "RATE_LIMITED"
    assert caught.value.message == "zendesk is asked 2 times a minute at most, by our own limit; asked again in 61 s"
    assert caught.value.retry_after == pytest.approx(60, abs=0.1)
    assert len(vendor.asked) == 7


def left(remaining, of=400, reset=30):
    named = {"ratelimit-limit": of, "ratelimit-remaining": remaining, "ratelimit-reset": reset}
    return JSONResponse({}, headers={name: str(value) for name, value in named.items()})


def test_little_left_is_spread_over_the_time_until_there_is_more(vendor, connect, time):
    wire = connect()
    vendor.answers = [left(14), left(13), left(12)]
    with capture_logs() as said:
        for _ in range(3):
            change(wire)
    assert time.slept == [pytest.approx(2.0), pytest.approx(30 / 14)]
    assert [line["event"] for line in said] == ["little_left"], "it is said once"


def test_whoever_leaves_while_little_is_left_keeps_the_next_one_waiting(vendor, connect, time):
    wire = connect()
    vendor.answers = [left(14)]  # and the answers after it say nothing, as if they were still under way
    for _ in range(4):
        change(wire)
    assert time.slept == [pytest.approx(2.0)] * 3


def test_nothing_left_sends_nothing_and_plenty_again_is_forgotten(vendor, connect, time):
    wire = connect()
    vendor.answers = [left(0)]
    change(wire)
    with pytest.raises(Unavailable, match="RATE_LIMITED: zendesk has little left of its rate limit") as caught:
        change(wire)
    assert caught.value.retry_after == 30
    time.now += 30
    vendor.answers = [left(399)]
    for _ in range(3):
        change(wire)
    assert not time.slept
    assert len(vendor.asked) == 4


@pytest.mark.parametrize(
    ("system", "headers", "logged"),
    [
        ("salesforce", {"Sforce-Limit-Info": "api-usage=96000/100000"}, {"left": 4000, "of": 100_000}),
        ("salesforce", {"Sforce-Limit-Info": "api-usage=40/100000"}, None),
        ("salesforce", {"Sforce-Limit-Info": "api-usage=soon/100000"}, None),
        ("stripe", {"ratelimit-remaining": "0", "ratelimit-limit": "9"}, None),
        ("zendesk", {"ratelimit-remaining": "-1", "ratelimit-limit": "many"}, None),
    ],
)
def test_a_limit_without_an_end_is_only_told(vendor, connect, time, *, system, headers, logged):
    wire = connect(system=system)
    vendor.answers = [JSONResponse({}, headers=headers)]
    with capture_logs() as said:
        change(wire)
        change(wire)
    assert [{key: line[key] for key in ("left", "of")} for line in said] == ([logged] if logged else [])
    assert not time.slept


def test_a_wrong_shape_of_refusal_is_still_a_refusal_behind_a_guard(vendor, connect):
    vendor.answers = [JSONResponse(["?"], 400)]
    with pytest.raises(Refused):
        change(connect())
