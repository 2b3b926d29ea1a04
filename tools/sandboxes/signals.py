"""What the services of a made-up company log, and the monitors that watch them.

A line is a function of its service and its minute, so that nothing is stored and the same minute always reads the same.
Time is told in minutes since 1970. `began` is the minute in which checkout-api's trouble started; it lasts as long as
the sandbox runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

TROUBLE = 25  # minutes that checkout-api has been failing when the sandbox is made
WORST = 14  # errors a minute, reached after `TROUBLE` and kept
DAY = 24 * 60  # minutes


@dataclass(frozen=True)
class Emitter:
    """How one service logs on a calm day. In a text {n} is some number, {ms} some milliseconds."""

    service: str
    team: str
    hosts: tuple[str, ...]
    lines: int  # a minute
    calm: tuple[tuple[str, str], ...]  # status and text, in turn
    stray: str  # the error that always happens now and then
    every: int  # minutes between two of those


SERVICES: tuple[Emitter, ...] = (
    Emitter(
        "checkout-api",
        "payments",
        ("checkout-api-7d9f-2k4", "checkout-api-7d9f-b8x", "checkout-api-7d9f-q1c"),
        4,
        (
            ("info", "POST /v1/checkout 200 in {ms} ms (order ord_{n})"),
            ("info", "Payment authorised for order ord_{n} in {ms} ms"),
            ("info", "GET /v1/cart 200 in {ms} ms"),
        ),
        "Card declined by issuer for order ord_{n}",
        17,
    ),
    Emitter(
        "auth-service",
        "identity",
        ("auth-service-5c6b-h7d", "auth-service-5c6b-zz2"),
        3,
        (
            ("info", "POST /v1/token 200 in {ms} ms (user usr_{n})"),
            ("info", "Session renewed for user usr_{n}"),
            ("warn", "Wrong password for user usr_{n}"),
        ),
        "Identity provider answered 502 once, retried with success (request {n})",
        41,
    ),
    Emitter(
        "webhooks",
        "integrations",
        ("webhooks-84b5-m3n", "webhooks-84b5-w9p"),
        3,
        (
            ("info", "Delivered event evt_{n} in {ms} ms"),
            ("info", "Queue webhook-dispatch holds 80{ms} messages"),
            ("info", "Delivered event evt_{n} in {ms} ms"),
        ),
        "Receiver answered 500 to event evt_{n}, will retry",
        29,
    ),
    Emitter(
        "public-api",
        "platform",
        ("public-api-6f8c-k2v", "public-api-6f8c-t5s"),
        4,
        (
            ("info", "GET /v2/workspaces 200 in {ms} ms"),
            ("info", "GET /v2/documents 200 in {ms} ms"),
            ("warn", "Rate limit reached by key key_{n}"),
        ),
        "GET /v2/documents/doc_{n} 500 after {ms} ms: cursor expired",
        37,
    ),
    Emitter(
        "mailer",
        "growth",
        ("mailer-7b4d-c9x",),
        2,
        (("info", "Sent message msg_{n} in {ms} ms"), ("info", "Receiver deferred message msg_{n}: 421 try again")),
        "Receiver refused message msg_{n}: 550 no such user",
        23,
    ),
)
FAILURES: tuple[str, ...] = (  # of checkout-api, in turn
    "payment-gateway answered 504 after 10000 ms: upstream request timeout to the payment provider (order ord_{n})",
    "payment-gateway answered 504 after 10000 ms: upstream request timeout to the payment provider (order ord_{n})",
    "Checkout failed for order ord_{n}: no authorisation after 3 attempts",
    "payment-gateway answered 504 after 10000 ms: upstream request timeout to the payment provider (order ord_{n})",
    "Connection pool payment-gateway exhausted: 50 of 50 in use, 1{ms} waiting",
)


@dataclass(frozen=True)
class Watch:
    """A monitor: its state, and how many minutes before the sandbox was made it was last triggered."""

    number: int
    service: str
    name: str
    state: str
    kind: str
    query: str
    triggered: int | None


MONITORS: tuple[Watch, ...] = (
    Watch(
        4100101, "checkout-api", "checkout-api: errors above 20 in 5 min", "Alert", "log alert",
        'logs("service:checkout-api status:error").index("*").rollup("count").last("5m") > 20', 18,
    ),
    Watch(
        4100102, "checkout-api", "checkout-api: p95 latency above 2 s", "Warn", "query alert",
        "avg(last_5m):p95:trace.http.request{service:checkout-api} > 2", 12,
    ),
    Watch(
        4100103, "checkout-api", "checkout-api: pods ready", "OK", "query alert",
        "min(last_5m):min:kubernetes_state.deployment.replicas_available{service:checkout-api} < 2", 40 * DAY,
    ),
    Watch(
        4100201, "auth-service", "auth-service: failed sign-ins above usual", "OK", "query alert",
        "avg(last_15m):anomalies(sum:auth.sign_in.failed{service:auth-service}, 'agile', 3) >= 1", 6 * DAY,
    ),
    Watch(
        4100202, "auth-service", "auth-service: p95 latency above 1 s", "OK", "query alert",
        "avg(last_5m):p95:trace.http.request{service:auth-service} > 1", None,
    ),
    Watch(
        4100301, "webhooks", "webhooks: oldest undelivered event above 10 min", "OK", "query alert",
        "max(last_5m):max:webhooks.queue.oldest_age{service:webhooks} > 600", 9 * DAY,
    ),
    Watch(
        4100302, "webhooks", "webhooks: queue webhook-dispatch above 5,000", "Warn", "query alert",
        "min(last_15m):max:webhooks.queue.depth{service:webhooks} > 5000", 22 * 60,
    ),
    Watch(
        4100401, "public-api", "public-api: 5xx above 1 %", "OK", "query alert",
        "sum(last_10m):sum:trace.http.request.errors{service:public-api}.as_rate() > 0.01", 96 * DAY,
    ),
    Watch(
        4100402, "public-api", "public-api: p95 latency above 800 ms", "OK", "query alert",
        "avg(last_5m):p95:trace.http.request{service:public-api} > 0.8", 17 * DAY,
    ),
    Watch(
        4100501, "mailer", "mailer: deferred messages above usual", "OK", "log alert",
        'logs("service:mailer 421").index("*").rollup("count").last("1h") > 400', 117 * DAY,
    ),
    Watch(
        4100502, "mailer", "mailer: nothing sent for 15 min", "No Data", "query alert",
        "sum(last_15m):sum:mailer.sent{service:mailer}.as_count() < 1", None,
    ),
)  # fmt: skip


def datadog(today: datetime) -> dict[str, Any]:
    """The state of a new sandbox: when the trouble began, and the monitors as they stand."""
    now = int(today.timestamp())
    return {"began": now // 60 - TROUBLE, "monitors": {str(one.number): _monitor(one, now) for one in MONITORS}}


def _monitor(watch: Watch, now: int) -> dict[str, Any]:
    team = next(one.team for one in SERVICES if one.service == watch.service)
    return {
        "id": watch.number,
        "name": watch.name,
        "status": watch.state,
        "type": watch.kind,
        "query": watch.query,
        "tags": ["env:prod", f"service:{watch.service}", f"team:{team}"],
        "scopes": [f"service:{watch.service}"],
        "metrics": [],
        "notifications": [{"handle": f"slack-{team}-alerts", "name": f"#{team}-alerts"}],
        "creator": {"handle": "ines@example.com", "name": "Ines Duarte"},
        "classification": "log" if watch.kind == "log alert" else "metric",
        "last_triggered_ts": None if watch.triggered is None else now - watch.triggered * 60,
        "org_id": 1000001,
        "quality_issues": [],
    }


def newest_first(since: datetime, until: datetime, began: int) -> Iterator[dict[str, Any]]:
    """Every line of every service from `since` (included) until `until`, as Datadog's API shows it."""
    earliest, latest = since.timestamp(), until.timestamp()
    for minute in range(int(latest // 60), int(earliest // 60) - 1, -1):
        for at, line in _minute(minute, began):
            if earliest <= at < latest:
                yield line


@lru_cache(maxsize=2 * DAY)
def _minute(minute: int, began: int) -> tuple[tuple[float, dict[str, Any]], ...]:
    """All lines of one minute, newest first, each with its moment in seconds."""
    lines = [line for emitter in SERVICES for line in _lines(emitter, minute, began)]
    return tuple(sorted(lines, key=lambda one: (one[0], one[1]["id"]), reverse=True))


def _lines(emitter: Emitter, minute: int, began: int) -> Iterator[tuple[float, dict[str, Any]]]:
    said = [emitter.calm[(minute + n) % len(emitter.calm)] for n in range(emitter.lines)]
    if minute % emitter.every == 0:
        said.append(("error", emitter.stray))
    if emitter.service == "checkout-api" and minute >= began:
        said += [("error", FAILURES[(minute + n) % len(FAILURES)]) for n in range(errors_after(minute - began))]
    for n, (status, text) in enumerate(said):
        some = (minute * 7919 + n * 104_729) % 90_000  # looks like chance, and is the same at every reading
        at = minute * 60 + (n * 60 + some % 60) / (len(said) + 1)
        yield at, _line(emitter, status, text.format(n=10_000 + some, ms=40 + some % 60), at, n)


def errors_after(minutes: int) -> int:
    """How many errors checkout-api logs in the minute that comes so long after the beginning: more and more."""
    return min(WORST, 2 + minutes * WORST // (TROUBLE + 5))


def _line(emitter: Emitter, status: str, text: str, at: float, n: int) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    host = emitter.hosts[n % len(emitter.hosts)]
    return {
        "id": f"AQ{int(at * 1000):x}{emitter.service[:2].upper()}{n:02d}",
        "type": "log",
        "attributes": {
            "timestamp": moment,
            "status": status,
            "service": emitter.service,
            "host": host,
            "message": text,
            "tags": ["env:prod", f"team:{emitter.team}", f"pod_name:{host}"],
            "attributes": {"duration": None} if status == "error" else {},
        },
    }


def known(service: str) -> Mapping[str, str]:
    """A service and its team; nothing for one that does not exist."""
    return next(({"service": one.service, "team": one.team} for one in SERVICES if one.service == service), {})
