"""What Datadog answers, as far as we read it, and how its pages are turned."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from tools.contract import Wire
from tools.datadog.query import quoted
from tools.wire import Answer, understand

LOGS, MONITORS = "/api/v2/logs/events/search", "/api/v1/monitor/search"
LOGS_PAGE = 1000  # lines an answer, Datadog's most ("Collect multiple logs with Pagination")
MONITORS_PAGE = 100  # monitors an answer
MOST_MONITORS = 5  # pages of them: a service with more than 500 monitors has another problem

State = Literal["Alert", "Warn", "No Data", "OK", "Ignored", "Skipped", "Unknown"]
ServiceName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}$", description="As its logs are tagged: checkout-api")
]


class LogAttributes(Answer):
    timestamp: str
    status: str | None = None
    host: str | None = None
    message: str | None = None


class LogAnswer(Answer):
    id: str
    attributes: LogAttributes


class Cursor(Answer):
    after: str | None = None


class LogsMeta(Answer):
    page: Cursor = Cursor()
    status: str = "done"  # or "timeout": there may be more lines than came


class LogsPage(Answer):
    data: list[LogAnswer]
    meta: LogsMeta = LogsMeta()


class MonitorAnswer(Answer):
    id: int
    name: str
    status: State
    type: str
    query: str
    last_triggered_ts: int | None = None  # seconds


class MonitorsMetadata(Answer):
    page_count: int


class MonitorsPage(Answer):
    monitors: list[MonitorAnswer]
    metadata: MonitorsMetadata


def logs(wire: Wire, asked: dict[str, Any], tool: str, timeout: timedelta) -> Iterator[LogsPage]:
    """The pages of a log search, as long as somebody turns them. The search is a POST that changes nothing."""
    page: dict[str, Any] = {"limit": LOGS_PAGE}
    while True:
        answer = wire.call("POST", LOGS, json={**asked, "page": page}, timeout=timeout)
        found = understand(LogsPage, answer, tool)
        yield found
        if found.meta.page.after is None:
            return
        page = {"limit": LOGS_PAGE, "cursor": found.meta.page.after}


def monitors(wire: Wire, service: str, tool: str, timeout: timedelta) -> list[MonitorAnswer]:
    """Every monitor that carries the service's tag."""
    found: list[MonitorAnswer] = []
    for number in range(MOST_MONITORS):
        query: dict[str, str | int] = {
            "query": f"tag:{quoted(f'service:{service}')}",
            "page": number,
            "per_page": MONITORS_PAGE,
        }
        page = understand(MonitorsPage, wire.call("GET", MONITORS, query=query, timeout=timeout), tool)
        found.extend(page.monitors)
        if number + 1 >= page.metadata.page_count:
            break
    return found
