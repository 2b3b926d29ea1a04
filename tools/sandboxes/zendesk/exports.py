"""What is told for the whole account, and to admins only: which tickets changed, and how customers rated them.

"Incremental Ticket Export, Cursor Based" leaves out what changed within the last minute; "List Satisfaction Ratings".
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.sandboxes.twin import Call, Said
from tools.sandboxes.zendesk import lists
from tools.sandboxes.zendesk.rules import refusal

LATEST = timedelta(minutes=1)  # what changed since is not told yet
MOST = 1_000  # tickets a page
SCORES = {"good": {"good"}, "bad": {"bad"}, "received": {"good", "bad"}}


def tickets(data: Mapping[str, Any], call: Call, now: datetime) -> Said:
    query = call.query
    if unknown := set(query) - {"start_time", "cursor", "per_page", "exclude_deleted"}:
        raise refusal(400, "InvalidParameter", f"{', '.join(sorted(unknown))} is not known to the sandbox")
    size = query.get("per_page", str(MOST))
    if not size.isdecimal() or not 1 <= int(size) <= MOST:
        raise refusal(400, "InvalidParameter", f"per_page must be between 1 and {MOST}")
    after = _after(query, now)
    known = [entry["ticket"] for entry in data["tickets"].values()]
    due = sorted((_place(one), one) for one in known if after < _place(one) and _moment(one) <= now - LATEST)
    page = due[: int(size)]
    cursor = _coded(page[-1][0] if page else after)
    body = {"tickets": [one for _, one in page], "after_cursor": cursor, "before_cursor": None}
    return Said({**body, "after_url": None, "before_url": None, "end_of_stream": len(page) == len(due)})


def ratings(data: Mapping[str, Any], call: Call) -> Said:
    """Those that were asked for since `start_time`, in the order in which they were."""
    wanted, start = SCORES.get(call.query.get("score", "received")), call.query.get("start_time", "0")
    if wanted is None or not start.isdecimal():
        raise refusal(400, "InvalidParameter", "score must be received, good or bad, and start_time a number")
    since = datetime.fromtimestamp(int(start), UTC)
    rows = [one for one in data["ratings"] if one["score"] in wanted and _moment(one, "created_at") >= since]
    rows.sort(key=lambda one: (one["created_at"], one["id"]))
    return Said(lists.by_cursor(call.query, "satisfaction_ratings", rows))


def _place(ticket: Mapping[str, Any]) -> tuple[str, int]:
    return ticket["updated_at"], ticket["id"]


def _moment(row: Mapping[str, Any], name: str = "updated_at") -> datetime:
    return datetime.fromisoformat(row[name])


def _after(query: Mapping[str, str], now: datetime) -> tuple[str, int]:
    """The place behind which a page begins."""
    if "cursor" in query:
        try:
            at, _, number = base64.urlsafe_b64decode(query["cursor"]).decode().partition("|")
            return at, int(number)
        except ValueError:
            raise refusal(400, "InvalidValue", "cursor is invalid") from None
    start = query.get("start_time", "")
    if not start.isdecimal():
        raise refusal(400, "InvalidParameter", "start_time is missing")
    since = datetime.fromtimestamp(int(start), UTC)
    if since > now - LATEST:
        raise refusal(422, "StartTimeTooRecent", "Too recent start_time. Use a start_time older than 60 seconds")
    return f"{since:%Y-%m-%dT%H:%M:%SZ}", -1


def _coded(place: tuple[str, int]) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}|{place[1]}".encode()).decode()
