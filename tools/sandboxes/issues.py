"""The Jira sandbox's issues: opened, commented on and moved, with every change kept in their history."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tools.sandboxes import incidents, workflow

TIME = "%Y-%m-%dT%H:%M:%S.%f%z"


def stamp(moment: datetime) -> str:
    """As Jira writes it: milliseconds, and an offset without a colon."""
    text = moment.strftime(TIME)
    return f"{text[:23]}{text[26:]}"


def moment(text: str) -> datetime:
    return datetime.strptime(text, TIME)  # noqa: DTZ007 - its format has an offset


def begin(today: datetime) -> dict[str, Any]:
    """All that `incidents` tells, dated before `today`."""
    data: dict[str, Any] = {
        "last_id": 10_000,
        "projects": {
            "OPS": {"id": "10050", "key": "OPS", "name": "Operations", "projectTypeKey": "software", "last": 0},
            "SUP": {"id": "10051", "key": "SUP", "name": "Support", "projectTypeKey": "service_desk", "last": 0},
        },
        "users": {
            account: {"accountId": account, "displayName": name, "emailAddress": address}
            for account, name, address in incidents.PEOPLE.values()
        },
        "issues": {},
    }
    for trouble in incidents.TROUBLES:
        _remember(data, trouble, today)
    return data


def _remember(data: dict[str, Any], trouble: incidents.Trouble, today: datetime) -> None:
    morning = today.replace(hour=9, minute=0, second=0, microsecond=0)
    opened = morning - timedelta(days=trouble.days_ago) + timedelta(minutes=trouble.minute)
    fields = {
        "issuetype": next(number for number, name in workflow.TYPES[trouble.project].items() if name == trouble.type),
        "summary": trouble.summary,
        "description": document(trouble.description),
        "priority": next(number for number, name in workflow.PRIORITIES.items() if name == trouble.priority),
        "labels": list(trouble.labels),
    }
    entry = open_issue(data, trouble.project, fields, {}, _account(trouble.by), opened)
    assert entry["key"] == f"{trouble.project}-{trouble.number}"
    steps: list[incidents.Said | incidents.Moved] = [*trouble.said, *trouble.moved]
    for step in sorted(steps, key=lambda one: one.after):
        at, by = opened + timedelta(minutes=step.after), _account(step.by)
        if isinstance(step, incidents.Said):
            say(data, entry, document(step.text), {}, by, at)
        else:
            closing = trouble.resolution if workflow.STATUSES[step.to].category == "done" else None
            move(data, entry, step.to, closing, by, at)


def _account(slug: str) -> str:
    return incidents.PEOPLE[slug][0]


def document(text: str) -> dict[str, Any]:
    """Paragraphs as Jira's own editor leaves them."""
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": block}]} for block in text.split("\n\n")]
    return {"type": "doc", "version": 1, "content": blocks}


def open_issue(  # noqa: PLR0917 - what an issue is made of
    data: dict[str, Any],
    project: str,
    fields: Mapping[str, Any],
    properties: Mapping[str, Any],
    by: str,
    at: datetime,
) -> dict[str, Any]:
    home = data["projects"][project]
    home["last"] += 1
    entry = {
        "id": str(_next(data)),
        "key": f"{project}-{home['last']}",
        "project": project,
        "status": workflow.FIRST[project],
        "resolution": None,
        "creator": by,
        "created": stamp(at),
        "updated": stamp(at),
        "properties": dict(properties),
        "comments": [],
        "history": [],
        **fields,
    }
    data["issues"][entry["key"]] = entry
    return entry


def say(  # noqa: PLR0917 - what a comment is made of
    data: dict[str, Any], entry: dict[str, Any], body: Any, properties: Mapping[str, Any], by: str, at: datetime
) -> dict[str, Any]:
    """A comment. In a service project customers see those that are not marked as internal."""
    comment = {"id": str(_next(data)), "author": by, "body": body, "created": stamp(at), "properties": dict(properties)}
    if data["projects"][entry["project"]]["projectTypeKey"] == "service_desk":
        comment["jsdPublic"] = not properties.get("sd.public.comment", {}).get("internal", False)
    entry["comments"].append(comment)
    entry["updated"] = stamp(at)
    return comment


def move(  # noqa: PLR0917 - what a move is made of
    data: dict[str, Any], entry: dict[str, Any], to: str, resolution: str | None, by: str, at: datetime
) -> None:
    """To another status; `resolution` is a name, "" clears it, None leaves it."""
    items = [_change("status", entry["status"], to, {name: one.id for name, one in workflow.STATUSES.items()})]
    wanted = entry["resolution"] if resolution is None else resolution or None
    if wanted != entry["resolution"]:
        ids = {name: number for number, name in workflow.RESOLUTIONS.items()}
        items.append(_change("resolution", entry["resolution"], wanted, ids))
    entry.update(status=to, resolution=wanted, updated=stamp(at))
    entry["history"].append({"id": str(_next(data)), "author": by, "created": stamp(at), "items": items})


def edit(data: dict[str, Any], entry: dict[str, Any], wanted: Mapping[str, Any], by: str, at: datetime) -> None:
    """Set fields, as an entry keeps them; what stays the same leaves no trace."""
    changed = {name: value for name, value in wanted.items() if entry[name] != value}
    if not changed:
        return
    items = [_change(name, _shown(name, entry[name]), _shown(name, one), {}) for name, one in changed.items()]
    entry.update(changed, updated=stamp(at))
    entry["history"].append({"id": str(_next(data)), "author": by, "created": stamp(at), "items": items})


def _shown(name: str, value: Any) -> str:
    if name == "priority":
        return workflow.PRIORITIES[value]
    return " ".join(value) if isinstance(value, list) else str(value)


def _change(field: str, before: str | None, after: str | None, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "field": field,
        "fieldtype": "jira",
        "fieldId": field,
        "from": ids.get(before or ""),
        "fromString": before,
        "to": ids.get(after or ""),
        "toString": after,
    }


def _next(data: dict[str, Any]) -> int:
    data["last_id"] += 1
    return int(data["last_id"])


def words(node: Any) -> str:
    """Every text of a document, for the search and for the pages; a paragraph is parted by an empty line."""
    if not isinstance(node, dict):
        return ""
    inside = [words(child) for child in node.get("content", [])]
    if node.get("type") == "hardBreak":
        return "\n"
    return str(node.get("text", "")) + ("\n\n" if node.get("type") == "doc" else "").join(inside)
