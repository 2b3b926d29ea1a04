"""One opening and one update of a Zendesk ticket, as it changes the ticket and as its audit remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SET = (
    "priority",
    "type",
    "tags",
    "assignee_id",
    "subject",
)  # what an update sets outright; a comment may move the status as well
API: Mapping[str, Any] = {"channel": "api"}
KEPT = ("subject", "status", "priority", "type", "tags", "requester_id", "assignee_id", "external_id")


@dataclass(frozen=True)
class Act:
    """Who did it, when, and the number of the audit that tells of it."""

    audit: int
    author: int
    at: str  # ISO 8601, UTC
    via: Mapping[str, Any]


def opened(
    data: dict[str, Any],
    ticket: dict[str, Any],
    author: int,
    change: Mapping[str, Any],
    via: Mapping[str, Any] = API,
) -> dict[str, Any]:
    """Put a new ticket among the others, with its first comment and an event for each field that was set."""
    entry: dict[str, Any] = {"ticket": ticket, "comments": [], "audits": []}
    data["tickets"][str(ticket["id"])] = entry
    act = Act(_next(data), author, ticket["created_at"], via)
    events = [_said(data, entry, act, change["comment"])]
    events += [
        {"id": _next(data), "type": "Create", "field_name": name, "value": ticket[name]}
        for name in KEPT
        if ticket.get(name)
    ]
    _remember(entry, act, events, change)
    return entry


def record(  # noqa: PLR0917 - what an update is made of
    data: dict[str, Any],
    entry: Any,
    author: int,
    change: Mapping[str, Any],
    at: str,
    via: Mapping[str, Any] = API,
) -> Any | None:
    """Apply one update, and return its audit; None for one that changes nothing, which leaves none."""
    ticket, act = entry["ticket"], Act(_next(data), author, at, via)
    events = [_said(data, entry, act, change["comment"])] if "comment" in change else []
    wanted = {name: change[name] for name in SET if name in change}
    if set(change) & {"tags", "additional_tags", "remove_tags"}:
        wanted["tags"] = _tags(ticket["tags"], change)
    moved = _moved(ticket, data["users"][str(author)]) if events else ticket["status"]
    wanted["status"] = change.get("status") or moved
    for name, value in wanted.items():
        if value != ticket.get(name):
            event = {"id": _next(data), "type": "Change", "field_name": name}
            events.append({**event, "value": value, "previous_value": ticket.get(name)})
            ticket[name] = value
    if not events:
        return None
    ticket["updated_at"] = at
    return _remember(entry, act, events, change)


def _said(data: dict[str, Any], entry: Any, act: Act, comment: Mapping[str, Any]) -> Any:
    said = {"id": _next(data), "type": "Comment", "author_id": act.author, "body": comment["body"]}
    said |= {"public": comment.get("public", True), "attachments": []}
    entry["comments"].append({**said, "audit_id": act.audit, "created_at": act.at})
    return said


def _remember(entry: Any, act: Act, events: list[Any], change: Mapping[str, Any]) -> Any:
    made = {"id": act.audit, "ticket_id": entry["ticket"]["id"], "created_at": act.at, "author_id": act.author}
    made |= {"events": events, "via": dict(act.via)}
    made |= {"metadata": {"system": {}, "custom": dict(change.get("metadata", {}))}}
    entry["audits"].append(made)
    return made


def _tags(before: list[str], change: Mapping[str, Any]) -> list[str]:
    tags = {*change.get("tags", before), *change.get("additional_tags", ())} - {*change.get("remove_tags", ())}
    return sorted(tags)


def _moved(ticket: Mapping[str, Any], author: Mapping[str, Any]) -> str:
    """Where a comment takes a ticket: an agent's opens a new one, a customer's opens one that waits or is solved."""
    waiting = {"pending", "hold", "solved"} if author["role"] == "end-user" else {"new"}
    return "open" if ticket["status"] in waiting else str(ticket["status"])


def _next(data: dict[str, Any]) -> int:
    data["last_id"] += 1
    return int(data["last_id"])
