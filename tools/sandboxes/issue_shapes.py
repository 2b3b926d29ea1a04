"""Issues, comments and transitions as the Jira Cloud platform REST API v3 answers them."""

from collections.abc import Iterable, Mapping
from typing import Any

from tools.sandboxes import workflow
from tools.sandboxes.issues import moment, words

NAVIGABLE = frozenset(
    {"summary", "issuetype", "status", "priority", "resolution", "labels", "created", "updated", "project", "creator"}
    | {"reporter", "description", "resolutiondate"}
)
FIELDS = NAVIGABLE | {"comment"}
CHANGES = 40  # of an issue that a search brings
SEARCHED = 20  # comments of an issue that a search brings, the oldest

Data = Mapping[str, Any]


class Shapes:
    """`home` is the address the answers name themselves under."""

    def __init__(self, data: Data, home: str = "https://sandbox.atlassian.net") -> None:
        self._data = data
        self._home = f"{home}/rest/api/3"

    def issue(self, entry: Data, fields: Iterable[str], properties: Iterable[str], *, comments: int | None) -> Any:
        """`comments` is the most an issue brings along; None for all of them."""
        known = self._fields(entry, comments)
        wanted = set(fields)
        chosen = set(known) if "*all" in wanted else wanted | (NAVIGABLE if "*navigable" in wanted else set())
        shown = {name: value for name, value in known.items() if name in chosen}
        said = {"id": entry["id"], "self": f"{self._home}/issue/{entry['id']}", "key": entry["key"]}
        held = {name: entry["properties"][name] for name in properties if name in entry["properties"]}
        return said | ({"fields": shown} if wanted else {}) | ({"properties": held} if set(properties) else {})

    def _fields(self, entry: Data, comments: int | None) -> dict[str, Any]:
        project = self._data["projects"][entry["project"]]
        resolution = {name: number for number, name in workflow.RESOLUTIONS.items()}.get(entry["resolution"] or "")
        return {
            "summary": entry["summary"],
            "issuetype": self.issue_type(entry["project"], entry["issuetype"]),
            "status": self.status(workflow.STATUSES[entry["status"]]),
            "priority": {"id": entry["priority"], "name": workflow.PRIORITIES[entry["priority"]]},
            "resolution": {"id": resolution, "name": entry["resolution"]} if resolution else None,
            "labels": entry["labels"],
            "created": entry["created"],
            "updated": entry["updated"],
            "description": entry["description"],
            "project": {name: project[name] for name in ("id", "key", "name", "projectTypeKey")},
            "creator": self.user(entry["creator"]),
            "reporter": self.user(entry["creator"]),
            "comment": self.comments(entry["comments"][:comments], 0, comments or 5_000, len(entry["comments"])),
        }

    def issue_type(self, project: str, number: str) -> dict[str, Any]:
        name = workflow.TYPES[project][number]
        return {"self": f"{self._home}/issuetype/{number}", "id": number, "name": name, "subtask": False}

    def status(self, status: workflow.Status) -> dict[str, Any]:
        number, name, colour = workflow.CATEGORIES[status.category]
        category = {"id": number, "key": status.category, "name": name, "colorName": colour}
        return {
            "self": f"{self._home}/status/{status.id}",
            "id": status.id,
            "name": status.name,
            "statusCategory": {"self": f"{self._home}/statuscategory/{number}", **category},
        }

    def user(self, account: str) -> dict[str, Any]:
        return {
            "self": f"{self._home}/user?accountId={account}",
            **self._data["users"][account],
            "active": True,
            "timeZone": "Etc/UTC",
            "accountType": "atlassian",
        }

    def comment(self, comment: Data, *, properties: bool = False) -> dict[str, Any]:
        said = {
            "self": f"{self._home}/comment/{comment['id']}",
            "id": comment["id"],
            "author": self.user(comment["author"]),
            "updateAuthor": self.user(comment["author"]),
            "body": comment["body"],
            "created": comment["created"],
            "updated": comment["created"],
        }
        if "jsdPublic" in comment:
            said["jsdPublic"] = comment["jsdPublic"]
        if properties:
            said["properties"] = [{"key": name, "value": value} for name, value in comment["properties"].items()]
        return said

    def comments(self, comments: Iterable[Data], start: int, size: int, total: int) -> dict[str, Any]:
        shown = [self.comment(one) for one in comments]
        return {"comments": shown, "startAt": start, "maxResults": size, "total": total}

    def change(self, change: Data) -> dict[str, Any]:
        items = [{name: value for name, value in item.items() if value is not None} for item in change["items"]]
        return {**change, "author": self.user(change["author"]), "items": items}

    def changelog(self, entry: Data) -> dict[str, Any]:
        """As a search brings it: the latest changes, newest first, and how many there are."""
        latest = entry["history"][: -CHANGES - 1 : -1]
        shown = {"startAt": 0, "maxResults": len(latest), "total": len(entry["history"])}
        return {"changelog": {**shown, "histories": [self.change(one) for one in latest]}}

    def transition(self, transition: workflow.Transition, *, fields: bool) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(workflow.STATUSES[transition.to]),
            "hasScreen": transition.screen,
            "isGlobal": not transition.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
        }
        if fields:
            said["fields"] = {"resolution": self._resolution()} if transition.screen else {}
        return said

    def _resolution(self) -> dict[str, Any]:
        return {
            "required": True,
            "schema": {"type": "resolution", "system": "resolution"},
            "name": "Resolution",
            "key": "resolution",
            "operations": ["set"],
            "allowedValues": [{"id": number, "name": name} for number, name in workflow.RESOLUTIONS.items()],
        }


def row(entry: Data) -> dict[str, Any]:
    """An issue as a query sees it."""
    said = " ".join(words(one["body"]) for one in entry["comments"])
    description = words(entry["description"])
    status = workflow.STATUSES[entry["status"]]
    return {
        "entry": entry,
        "number": int(entry["key"].rpartition("-")[2]),
        "key": entry["key"],
        "issuekey": entry["key"],
        "project": entry["project"],
        "issuetype": workflow.TYPES[entry["project"]][entry["issuetype"]],
        "type": workflow.TYPES[entry["project"]][entry["issuetype"]],
        "status": status.name,
        "statuscategory": workflow.CATEGORIES[status.category][1],
        "priority": workflow.PRIORITIES[entry["priority"]],
        "resolution": entry["resolution"] or "Unresolved",
        "labels": entry["labels"],
        "creator": entry["creator"],
        "reporter": entry["creator"],
        "created": moment(entry["created"]),
        "updated": moment(entry["updated"]),
        "summary": entry["summary"],
        "description": description,
        "comment": said,
        "text": f"{entry['summary']} {description} {said}",
    }
