"""One update of a Zendesk ticket, as it changes the ticket and as its audit remembers it."""

from collections.abc import Mapping
from typing import Any


def record(data: dict[str, Any], entry: Any, author: int, change: Mapping[str, Any], at: str) -> dict[str, Any] | None:
    """Apply one update, and return its audit; None for one that changes nothing, which leaves none."""
    ticket, events, audit = entry["ticket"], [], _next(data)
    if "comment" in change:
        comment = change["comment"]
        said = {"id": _next(data), "type": "Comment", "author_id": author, "body": comment["body"]}
        said |= {"public": comment.get("public", True), "attachments": []}
        events.append(said)
        entry["comments"].append({**said, "audit_id": audit, "created_at": at})
    moved = change.get("status") or (_moved(ticket, data["users"][str(author)]) if events else ticket["status"])
    if moved != ticket["status"]:
        event = {"id": _next(data), "type": "Change", "field_name": "status"}
        events.append({**event, "value": moved, "previous_value": ticket["status"]})
    if not events:
        return None
    ticket["status"], ticket["updated_at"] = moved, at
    made = {"id": audit, "ticket_id": ticket["id"], "created_at": at, "author_id": author, "events": events}
    made |= {"metadata": {"system": {}, "custom": dict(change.get("metadata", {}))}, "via": {"channel": "api"}}
    entry["audits"].append(made)
    return made


def _moved(ticket: Mapping[str, Any], author: Mapping[str, Any]) -> str:
    """Where a comment takes a ticket: an agent's opens a new one, a customer's opens one that waits or is solved."""
    waiting = {"pending", "hold", "solved"} if author["role"] == "end-user" else {"new"}
    return "open" if ticket["status"] in waiting else str(ticket["status"])


def _next(data: dict[str, Any]) -> int:
    data["last_id"] += 1
    return int(data["last_id"])
