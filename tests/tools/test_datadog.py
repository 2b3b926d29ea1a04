"""What is Datadog's own: a search that only its values can shape, counts of our making, keys in two headers."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from pydantic import ValidationError

from tools import datadog
from tools.contract import Refused, Unavailable
from tools.datadog import counts
from tools.datadog.answers import LogAnswer
from tools.datadog.logs import SearchLogs, SearchLogsArguments
from tools.datadog.monitors import FindMonitors, FindMonitorsArguments
from tools.datadog.query import log_query
from tools.sandboxes import log_query as sandbox_query
from tools.sandboxes import seed, signals
from tools.sandboxes.server import create, serve

SCOPES = frozenset({"datadog:logs.read", "datadog:monitors.read"})
KEYS = dict(zip(("DD-API-KEY", "DD-APPLICATION-KEY"), seed.DATADOG_INCIDENTS.split(":"), strict=True))
SEARCH = "/api/v2/logs/events/search"


def _logs(wire, service="checkout-api", **more):
    return SearchLogs().read(wire, SearchLogsArguments(service=service, **more))


def _line(text, at="2026-11-22T18:02:11.000Z", status="error", n=1):
    return LogAnswer(id=f"l{n}", attributes={"timestamp": at, "status": status, "message": text})


# ---------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    "words",
    [
        'x" OR service:"auth-service',
        "x) OR (service:auth-service",
        "\\",
        'a\\" OR status:"info',
        "* -status:error",
        "first\nservice:auth-service",
    ],
)
def test_words_are_looked_for_and_never_obeyed(bench, words):
    terms = sandbox_query.parse(log_query("checkout-api", "error", words))
    assert [term.key for term in terms] == ["service", "status", ""]
    assert terms[2].values == (" ".join(words.split()),)
    assert _logs(bench.wire("datadog"), status="error", words=words).lines == 0


@pytest.mark.parametrize("service", ['a" OR service:"b', "a b", "", "*", "checkout:api", "x" * 101])
def test_only_a_service_name_is_a_service(service):
    for arguments in (SearchLogsArguments, FindMonitorsArguments):
        with pytest.raises(ValidationError):
            arguments(service=service)


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60 + 1])
def test_a_search_has_a_window(minutes):
    with pytest.raises(ValidationError):
        SearchLogsArguments(service="checkout-api", minutes=minutes)


def test_words_in_a_row_narrow_the_search(bench):
    wire = bench.wire("datadog")
    every, some = _logs(wire, status="error"), _logs(wire, status="error", words="upstream request timeout")
    assert 0 < some.lines < every.lines
    assert all(message.text.startswith("payment-gateway answered") for message in some.messages)


def test_an_error_search_takes_in_what_is_worse_and_nothing_else():
    asked = sandbox_query.parse(log_query("checkout-api", "error", ""))
    assert {"error", "critical", "emergency"} <= set(asked[1].values)
    assert not {"warn", "info"} & set(asked[1].values)


# ---------------------------------------------------------------------- what is counted


def test_errors_that_rise_for_twenty_five_minutes_are_counted_by_minute(bench):
    logs = _logs(bench.wire("datadog"), status="error")
    began = f"{datetime.fromtimestamp(bench.state('datadog')['began'] * 60, UTC):%Y-%m-%dT%H:%MZ}"
    before = sum(minute.errors for minute in logs.by_minute if minute.at < began)
    after = [minute.errors for minute in logs.by_minute if minute.at >= began]
    assert before < 10
    assert len(after) in {25, 26}  # the minute that is not over yet may have none
    assert sum(after) > 150
    assert sum(after[-6:-1]) > 3 * sum(after[:5])
    assert sum(minute.errors for minute in logs.by_minute) == logs.errors == logs.lines
    assert sum(one.lines for one in logs.statuses) == logs.lines
    assert logs.complete


def test_errors_that_say_the_same_are_one_message(bench):
    first, *_ = _logs(bench.wire("datadog"), status="error").messages
    assert first.text.startswith("payment-gateway answered … after … ms: upstream request timeout")
    assert first.text.endswith("(order …)")
    assert first.lines > 50
    assert first.first < first.last


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("order ord_17 failed after 30s", "order ord_9 failed after 1m30s", True),
        ("from 10.0.0.1:443", "from 10.0.0.2:8443", True),
        ("request 5f3a-77b failed", "request 0c1d-12e failed", True),
        ("disk full", "disk fine", False),
        ("no number here\n  at line 17", "no number here\n  at line 18", True),
    ],
)
def test_what_differs_only_in_numbers_is_alike(one, other, alike):
    assert (len(counts.messages([_line(one), _line(other, n=2)])) == 1) is alike


def test_what_stands_around_a_number_stays():
    (one,) = counts.messages([_line("Order ord_17: failed after 2.5s, at 10.0.0.1:443.")])
    assert one.text == "Order …: failed after …, at …."


def test_a_message_is_cut_and_what_is_no_error_is_shown_only_without_errors():
    long, calm = _line("x" * 1000), _line("all is well", status="info", n=2)
    assert [len(one.text) for one in counts.samples([long, calm])] == [300]
    assert [one.text for one in counts.samples([calm])] == ["all is well"]


def test_more_lines_than_are_counted_are_admitted(bench):
    logs = _logs(bench.wire("datadog"), minutes=24 * 60)
    assert logs.lines == SearchLogs.most
    assert not logs.complete
    assert max(minute.lines for minute in logs.by_minute) <= 20, "no line is counted twice"
    newest = datetime.fromisoformat(logs.by_minute[-1].at)
    assert datetime.now(UTC) - newest < timedelta(minutes=3), "the newest are the ones that are counted"
    (shown,) = SearchLogs().cite(bench.wire("datadog"), SearchLogsArguments(service="checkout-api"), logs)
    assert "more than" in shown.label


def test_every_line_of_two_pages_is_read_once(bench):
    answers = []
    page = {"limit": 40}
    window = {"query": 'service:"webhooks"', "from": "now-30m", "to": datetime.now(UTC).isoformat()}
    while True:
        body = {"filter": window, "page": page, "sort": "timestamp"}
        said = bench.http.post(bench.urls["datadog"] + SEARCH, json=body, headers=KEYS).json()
        answers += said["data"]
        if "page" not in said["meta"]:
            break
        page = {"limit": 40, "cursor": said["meta"]["page"]["after"]}
    ids = [line["id"] for line in answers]
    assert len(ids) == len(set(ids)) > 80
    moments = [line["attributes"]["timestamp"] for line in answers]
    assert moments == sorted(moments)


# ---------------------------------------------------------------------- monitors


def test_the_loudest_monitor_comes_first_and_says_when_it_was_triggered(bench):
    found = FindMonitors().read(bench.wire("datadog"), FindMonitorsArguments(service="checkout-api")).monitors
    assert [one.state for one in found] == ["Alert", "Warn", "OK"]
    ago = datetime.now(UTC) - datetime.fromisoformat(found[0].last_triggered)
    assert timedelta(minutes=17) < ago < timedelta(minutes=20)


def test_another_services_monitors_are_not_shown(bench):
    wire = bench.wire("datadog")
    assert {one.state for one in FindMonitors().read(wire, FindMonitorsArguments(service="auth-service")).monitors} == {
        "OK"
    }
    nobody = FindMonitorsArguments(service="checkout")
    assert FindMonitors().read(wire, nobody).monitors == []
    assert FindMonitors().cite(wire, nobody, FindMonitors().read(wire, nobody)) == ()


def test_a_monitor_that_was_never_triggered_says_so(bench):
    found = FindMonitors().read(bench.wire("datadog"), FindMonitorsArguments(service="auth-service")).monitors
    assert [one.last_triggered for one in found if "latency" in one.name] == [""]


# ---------------------------------------------------------------------- keys and limits


def test_keys_that_suffice_fall_short_of_nothing(bench):
    before = bench.state("datadog")
    assert datadog.shortfalls(bench.wire("datadog"), SCOPES) == ()
    (other,) = datadog.shortfalls(bench.wire("datadog"), SCOPES | {"datadog:monitors.mute"})
    assert "datadog:monitors.mute" in other
    assert bench.state("datadog") == before


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("stranger:stranger", ["does not know the API key"]),
        ("", ["does not know the API key"]),
        ("sandbox-datadog-api:stranger", ["logs_read_data", "monitors_read"]),
        ("sandbox-datadog-api:", ["logs_read_data", "monitors_read"]),
        (seed.DATADOG_MONITORS, ["logs_read_data"]),
    ],
)
def test_keys_that_do_not_suffice_say_what_they_lack(bench, keys, said):
    wire = bench.wire("datadog", keys or ":")
    short = datadog.shortfalls(wire, SCOPES)
    assert len(short) == len(said)
    assert all(part in sentence for part, sentence in zip(said, short, strict=True))


def test_a_missing_permission_is_no_right_and_does_not_show_the_key(bench):
    wire = bench.wire("datadog", seed.DATADOG_MONITORS)
    with pytest.raises(Refused) as caught:
        _logs(wire)
    assert caught.value.code == "NO_RIGHT"
    assert "Forbidden" in caught.value.message
    assert "sandbox" not in str(caught.value)


def test_a_search_that_datadog_is_slow_with_is_asked_again_because_it_changes_nothing(bench):
    bench.fault("datadog", "timeout_before", method="POST", path=SEARCH)
    assert _logs(bench.wire("datadog", hurried=True), status="error").errors


def test_a_used_up_limit_says_when_to_come_back(bench):
    bench.fault("datadog", "429", retry_after=40)
    with pytest.raises(Unavailable) as caught:
        _logs(bench.wire("datadog"))
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 40)
    answer = bench.http.get(f"{bench.urls['datadog']}/api/v1/validate", headers=KEYS)
    assert int(answer.headers["X-RateLimit-Remaining"]) < int(answer.headers["X-RateLimit-Limit"])
    assert 0 < int(answer.headers["X-RateLimit-Reset"]) <= 3600


# ---------------------------------------------------------------------- the sandbox


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"filter": {"query": "*"}, "limit": 3}, "Expected an object"),
        ({"filter": {"query": "*", "index": "main"}}, "Expected an object"),
        ({"page": {"limit": 1001}}, "page.limit"),
        ({"page": {"limit": "10"}}, "page.limit"),
        ({"page": {"cursor": "nonsense"}}, "page.cursor"),
        ({"sort": "newest"}, "sort"),
        ({"filter": {"from": "yesterday"}}, "no moment"),
        ({"filter": {"query": "service:(a OR"}}, "Invalid query"),
        ({"filter": {"query": "service:a OR service:b"}}, "Invalid query"),
        ({"filter": {"query": 'service:"a'}}, "Invalid query"),
        ([], "Invalid JSON"),
    ],
)
def test_the_sandbox_refuses_what_it_does_not_know(bench, body, said):
    answer = bench.http.post(bench.urls["datadog"] + SEARCH, json=body, headers=KEYS)
    assert answer.status_code == 400
    assert said in answer.json()["errors"][0]


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"DD-API-KEY": "x", "DD-APPLICATION-KEY": "y"}, 403)])
def test_the_sandbox_knows_who_asks(bench, headers, status):
    answer = bench.http.get(f"{bench.urls['datadog']}/api/v1/monitor/search", headers=headers)
    assert answer.status_code == status
    assert answer.json() == {"errors": ["Unauthorized" if status == 401 else "Forbidden"]}


def test_nothing_in_the_sandbox_can_be_changed(bench):
    for method in ("POST", "PUT", "DELETE"):
        answer = bench.http.request(method, f"{bench.urls['datadog']}/api/v1/monitor/4100101", json={}, headers=KEYS)
        assert answer.status_code in {404, 405}


def test_the_page_of_a_search_shows_the_same_lines(bench):
    wire = bench.wire("datadog")
    arguments = SearchLogsArguments(service="checkout-api", status="error")
    result = SearchLogs().read(wire, arguments)
    (shown,) = SearchLogs().cite(wire, arguments, result)
    assert shown.url == result.url
    page = bench.http.get(shown.url).text
    assert f"{result.lines}" in page
    assert "upstream request timeout" in page
    assert "auth-service" not in page


def test_a_sandbox_that_was_off_for_a_day_begins_its_trouble_anew(tmp_path):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    create("datadog", tmp_path, clock=lambda: yesterday)
    with serve({"datadog": create("datadog", tmp_path)}) as serving, httpx2.Client(trust_env=False) as http:
        began = http.get(f"{serving.urls['datadog']}/_control/state").json()["began"] * 60
    assert timedelta(0) < datetime.now(UTC) - datetime.fromtimestamp(began, UTC) < timedelta(minutes=27)


def test_a_minute_always_reads_the_same():
    now = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    began = int(now.timestamp()) // 60 - 25
    first = list(signals.newest_first(now - timedelta(minutes=5), now, began))
    signals._minute.cache_clear()
    assert first == list(signals.newest_first(now - timedelta(minutes=5), now, began))
    assert [signals.errors_after(n) for n in (0, 10, 25, 600)] == [2, 6, 13, 14]
