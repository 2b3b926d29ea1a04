"""Searching logs: a service, a window that ends now, and what its lines say together."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from pydantic import Field

from tools.contract import Evidence, FreeText, Frozen, Internal, ReadTool, Wire
from tools.datadog import counts
from tools.datadog.answers import LogAnswer, ServiceName, logs
from tools.datadog.counts import Line, Message, Minute, StatusCount
from tools.datadog.query import Status, log_query
from tools.moment import now

DAY = 24 * 60  # minutes; a first look asks what began today
QUOTE = 200  # characters of a log line on a card


class SearchLogsArguments(Frozen):
    service: Internal[ServiceName]
    status: Annotated[Internal[Status], Field(description="error takes in whatever is worse")] = "any"
    words: Annotated[
        FreeText[str], Field(max_length=200, description="Words in a row in the message; may be empty")
    ] = ""
    minutes: Annotated[Internal[int], Field(ge=1, le=DAY, description="How far back from now")] = 120


class Logs(Frozen):
    service: Internal[str]
    query: FreeText[str]  # as Datadog was asked; it holds the words
    since: Internal[str]  # ISO 8601, UTC
    until: Internal[str]
    lines: Internal[int]
    errors: Internal[int]
    complete: Internal[bool]  # False: there are more lines, older than the ones counted here
    statuses: list[StatusCount]
    by_minute: list[Minute]
    messages: list[Message]
    samples: list[Line]
    url: Internal[str]  # where a person sees these lines


class SearchLogs(ReadTool[SearchLogsArguments, Logs]):
    name = "datadog.search_logs"
    summary = (
        "Search a service's logs in Datadog from some minutes ago until now: lines by status and minute, the most "
        "frequent error messages, the latest error lines. The newest 2,000 lines are counted."
    )
    arguments = SearchLogsArguments
    result = Logs
    scopes: ClassVar = frozenset({"datadog:logs.read"})
    example: ClassVar = {"service": "checkout-api", "status": "error", "words": "", "minutes": 120}
    most: ClassVar[int] = 2000  # lines counted: two answers, and more than enough to see that something is wrong
    timeout = timedelta(seconds=15)  # a search over a day of a loud service takes Datadog several

    def read(self, wire: Wire, arguments: SearchLogsArguments) -> Logs:
        until = now()
        since = until - timedelta(minutes=arguments.minutes)
        query = log_query(arguments.service, arguments.status, arguments.words)
        window = {"query": query, "from": _iso(since), "to": _iso(until)}
        found: list[LogAnswer] = []
        complete = True
        for page in logs(wire, {"filter": window, "sort": "-timestamp"}, self.name, self.timeout):
            found.extend(page.data)
            complete = page.meta.status == "done" and page.meta.page.after is None
            if len(found) >= self.most:
                break
        return Logs(
            service=arguments.service,
            query=query,
            since=_iso(since),
            until=_iso(until),
            lines=len(found),
            errors=sum(map(counts.is_error, found)),
            complete=complete,
            statuses=counts.by_status(found),
            by_minute=counts.by_minute(found),
            messages=counts.messages(found),
            samples=counts.samples(found),
            url=_page(wire, query, since, until),
        )

    def cite(self, wire: Wire, arguments: SearchLogsArguments, result: Logs) -> tuple[Evidence, ...]:
        """How many errors, with the most frequent message, and the way to the lines themselves."""
        more = "" if result.complete else "more than "
        counted = f"{result.errors} errors" if result.errors != 1 else "1 error"
        label = f"Logs of {result.service} · {more}{counted} in {arguments.minutes} min"
        often = next(iter(result.messages), None)
        quote = f"{often.lines} × {often.text}"[:QUOTE] if often and result.errors else ""
        return (Evidence(label=label, quote=quote, url=result.url),)


def _page(wire: Wire, query: str, since: datetime, until: datetime) -> str:
    """The log explorer, set to this search; times in milliseconds ("Log Explorer", "Share views")."""
    window = {"query": query, "from_ts": _ms(since), "to_ts": _ms(until), "live": "false"}
    return f"{wire.web}/logs?{urlencode(window)}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
