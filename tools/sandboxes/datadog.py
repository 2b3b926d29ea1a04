"""A Datadog of one's own: logs that go on being written, monitors, and nothing that could be changed.

Shapes follow the Datadog API reference. Stricter than Datadog, which takes fields and query terms it does not know.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.routing import Route

from tools.sandboxes import log_query, page, seed, signals
from tools.sandboxes.state import State
from tools.sandboxes.twin import Call, Clock, ProblemError, Said, Twin

KEPT = timedelta(days=15)  # how long logs can be searched
FRESH = timedelta(hours=1)  # a sandbox that was off for longer begins its trouble anew
RELATIVE = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SHOWN = 200  # lines of the page people open


class Datadog(Twin):
    system: ClassVar[str] = "datadog"
    in_part = (("POST", "/api/v2/logs/events/search"),)
    window: ClassVar[int] = 3600
    limit = 300  # Datadog names its own in its answers only

    def __init__(self, state: State, clock: Clock) -> None:
        super().__init__(state, clock)
        began = datetime.fromtimestamp(state.data["began"] * 60, UTC)
        if clock() - began > FRESH:
            state.reset()  # what a Datadog holds is of the moment; nobody's work is lost with it

    def routes(self) -> list[Route]:
        return [
            self.api("GET", "/api/v1/validate", "", lambda _: Said({"valid": True})),
            self.api("POST", "/api/v2/logs/events/search", "logs_read_data", self._search),
            self.api("GET", "/api/v1/monitor/search", "monitors_read", self._monitors),
            self.page("/logs", self._logs_page),
            self.page("/monitors/{monitor:int}", self._monitor_page),
            self.page("/", self._index),
        ]

    def shown(self, request: Request) -> str:
        return f"{request.headers.get('dd-api-key', '')}:{request.headers.get('dd-application-key', '')}"

    def authenticate(self, token: str, scope: str) -> None:
        api, _, application = token.partition(":")
        if not api or (scope and not application):
            raise self.refusal(401, "", "Unauthorized")
        holder = seed.DATADOG_TOKENS.get(token)
        known = any(pair.partition(":")[0] == api for pair in seed.DATADOG_TOKENS)
        if not known or (scope and (holder is None or scope not in holder.scopes)):
            raise self.refusal(403, "", "Forbidden")

    async def body(self, request: Request) -> Mapping[str, Any]:
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self.refusal(400, "", "Invalid JSON")
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        return ProblemError(status, {"errors": [message]})

    def headers(self) -> Mapping[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Period": str(self.window),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": str(self.window - int(self.clock().timestamp()) % self.window),
            "X-RateLimit-Name": "sandbox",
        }

    # ------------------------------------------------------------------ logs

    def _search(self, call: Call) -> Said:
        self._only(call.body, {"filter", "options", "page", "sort"})
        asked, turned = call.body.get("filter", {}), call.body.get("page", {})
        self._only(asked, {"query", "from", "to", "indexes", "storage_tier"})
        self._only(turned, {"limit", "cursor"})
        if call.body.get("sort", "timestamp") not in {"timestamp", "-timestamp"}:
            raise self.refusal(400, "", "sort must be timestamp or -timestamp")
        limit = turned.get("limit", 10)
        if type(limit) is not int or not 1 <= limit <= 1000:
            raise self.refusal(400, "", "page.limit must be between 1 and 1000")
        since, until = self._moment(asked.get("from", "now-15m")), self._moment(asked.get("to", "now"))
        found = self._lines(str(asked.get("query", "*")), since, until)
        ordered = found if call.body.get("sort") == "-timestamp" else found[::-1]
        start = self._start(turned.get("cursor"), len(ordered))
        more = start + limit < len(ordered)
        meta: dict[str, Any] = {"elapsed": 12, "request_id": "sandbox", "status": "timeout" if call.in_part else "done"}
        if more:
            meta["page"] = {"after": _cursor(start + limit)}
        return Said({"data": ordered[start : start + limit], "meta": meta})

    def _lines(self, query: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Newest first; what is older than a Datadog keeps is gone, and what is to come is not there yet."""
        now = self.clock()
        terms = self._terms(query)
        every = signals.newest_first(max(since, now - KEPT), min(until, now), self.state.data["began"])
        return [line for line in every if _fits(terms, line["attributes"])]

    def _terms(self, query: str) -> tuple[log_query.Term, ...]:
        try:
            return log_query.parse(query)
        except ValueError as error:
            raise self.refusal(400, "", f"Invalid query near: {error}") from None

    def _moment(self, written: Any) -> datetime:
        """ISO 8601, milliseconds since 1970, or now-15m."""
        text, now = str(written), self.clock()
        try:
            if text == "now":
                return now
            if text.startswith("now-"):
                return now - timedelta(**{RELATIVE[text[-1]]: int(text[4:-1])})
            if text.isdecimal():
                return datetime.fromtimestamp(int(text) / 1000, UTC)
            moment = datetime.fromisoformat(text)
        except (ValueError, KeyError, OverflowError):
            raise self.refusal(400, "", f"{text!r} is no moment") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _start(self, cursor: Any, most: int) -> int:
        if cursor is None:
            return 0
        try:
            start = int(json.loads(base64.urlsafe_b64decode(str(cursor)))["after"])
        except (ValueError, KeyError, TypeError):
            start = -1
        if not 0 <= start <= most:
            raise self.refusal(400, "", "Invalid page.cursor")
        return start

    def _only(self, given: Any, fields: set[str]) -> None:
        if not isinstance(given, dict) or set(given) - fields:
            raise self.refusal(400, "", f"Expected an object of {', '.join(sorted(fields))}")

    # ------------------------------------------------------------------ monitors

    def _monitors(self, call: Call) -> Said:
        if set(call.query) - {"query", "page", "per_page", "sort"}:
            raise self.refusal(400, "", "Unknown query parameter")
        number, size = call.query.get("page", "0"), call.query.get("per_page", "30")
        if not (number.isdecimal() and size.isdecimal() and 1 <= int(size) <= 1000):
            raise self.refusal(400, "", "page and per_page must be numbers")
        terms = self._terms(call.query.get("query", ""))
        every = self.state.data["monitors"].values()
        found = [one for one in every if log_query.fits(terms, _held(one), one["name"])]
        shown = found[int(number) * int(size) : (int(number) + 1) * int(size)]
        metadata = {
            "page": int(number),
            "page_count": -(-len(found) // int(size)),
            "per_page": len(shown),
            "total_count": len(found),
        }
        counts: dict[str, list[Any]] = {"muted": [], "status": [], "tag": [], "type": []}
        return Said({"counts": counts, "metadata": metadata, "monitors": shown})

    # ------------------------------------------------------------------ pages

    def _logs_page(self, parts: Mapping[str, Any]) -> str:
        try:
            since, until = self._moment(parts.get("from_ts", "now-1h")), self._moment(parts.get("to_ts", "now"))
            found = self._lines(str(parts.get("query", "*")), since, until)
        except ProblemError as problem:
            return page.page("Datadog", "Logs", problem.body["errors"][0])
        window = page.facts([
            ("Search", parts.get("query", "*")),
            ("From", _when(since)),
            ("To", _when(until)),
            ("Lines", f"{len(found)}, the latest {SHOWN} below" if len(found) > SHOWN else len(found)),
        ])  # fmt: skip
        rows = [
            (said["timestamp"][11:19], said["status"], said["service"], said["message"])
            for said in (line["attributes"] for line in found[:SHOWN])
        ]
        return page.page(
            "Datadog", "Log explorer", "Logs", window, page.table("", ("UTC", "Status", "Service", "Message"), rows)
        )

    def _monitor_page(self, parts: Mapping[str, Any]) -> str | None:
        monitor = self.state.data["monitors"].get(str(parts["monitor"]))
        if monitor is None:
            return None
        triggered = monitor["last_triggered_ts"]
        rows = [
            ("State", monitor["status"]),
            ("Last triggered", _when(datetime.fromtimestamp(triggered, UTC)) if triggered else "never"),
            ("Type", monitor["type"]),
            ("Query", monitor["query"]),
            ("Tags", ", ".join(monitor["tags"])),
        ]
        return page.page("Datadog", "Monitor", monitor["name"], page.facts(rows))

    def _index(self, _: Mapping[str, Any]) -> str:
        rows = [
            (page.Link(f"/monitors/{number}", one["name"]), one["status"])
            for number, one in self.state.data["monitors"].items()
        ]
        logs = [(page.Link(f"/logs?query=service:{one.service}", one.service), one.team) for one in signals.SERVICES]
        return page.page(
            "Datadog",
            "Everything",
            "Monitors and logs",
            page.table("Monitors", ("Monitor", "State"), rows),
            page.table("Logs of the last hour", ("Service", "Team"), logs),
        )


def _fits(terms: tuple[log_query.Term, ...], said: Mapping[str, Any]) -> bool:
    attributes = {name: (said[name],) for name in ("service", "status", "host")}
    for tag in said["tags"]:
        name, _, value = tag.partition(":")
        attributes[name] = (*attributes.get(name, ()), value)
    return log_query.fits(terms, attributes, said["message"])


def _held(monitor: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    status = monitor["status"]
    return {"tag": tuple(monitor["tags"]), "status": (status, status.lower()), "type": (monitor["type"],)}


def _cursor(after: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"after": after}).encode()).decode()


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
