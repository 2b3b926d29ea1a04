"""What the Jira sandbox lets in: each request's body, field by field, and the words Jira refuses it with."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from tools.sandboxes import workflow
from tools.sandboxes.twin import ProblemError

Refusal = Callable[..., ProblemError]

UNREADABLE = "There was an error parsing JSON. Check that your request body is valid."
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
MOST_SUMMARY = 255  # characters
MOST_TEXT = 32_767  # characters of a description or a comment
MOST_PROPERTY = 32_768  # characters of a property's value
OFF_SCREEN = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."


def only(body: Mapping[str, Any], known: set[str], refusal: Refusal) -> Mapping[str, Any]:
    if set(body) - known:
        raise refusal(400, "", UNREADABLE)
    return body


def texts(body: Mapping[str, Any], name: str, refusal: Refusal) -> list[str]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise refusal(400, "", UNREADABLE)
    return value


@dataclass(frozen=True)
class Search:
    """The body of "Search for issues using JQL enhanced search (POST)"."""

    jql: str
    fields: list[str]
    properties: list[str]
    size: int
    start: int
    reconcile: list[int]
    changelog: bool

    @classmethod
    def read(cls, body: Mapping[str, Any], refusal: Refusal) -> Self:
        known = {"jql", "fields", "properties", "maxResults", "nextPageToken", "reconcileIssues", "expand"}
        only(body, known, refusal)
        text, size, ids = body.get("jql", ""), body.get("maxResults", 50), body.get("reconcileIssues", [])
        if not isinstance(text, str) or not isinstance(size, int) or not isinstance(ids, list):
            raise refusal(400, "", UNREADABLE)
        if not 1 <= size <= 5_000:
            raise refusal(400, "", "maxResults must be between 1 and 5000.")
        if len(ids) > 50 or not all(isinstance(one, int) for one in ids):
            raise refusal(400, "", "reconcileIssues takes at most 50 issue ids.")
        properties = texts(body, "properties", refusal)
        if len(properties) > 5:
            raise refusal(400, "", "At most 5 issue properties can be asked for.")
        start = _start(body.get("nextPageToken"), text, refusal)
        if body.get("expand", "") not in {"", "changelog"}:
            raise refusal(400, "", "The sandbox expands the changelog and nothing else.")
        fields = texts(body, "fields", refusal) or ["id"]
        return cls(text, fields, properties, size, start, ids, body.get("expand") == "changelog")

    def token(self, start: int) -> str:
        return base64.urlsafe_b64encode(json.dumps([start, self.jql]).encode()).decode()


def _start(token: Any, text: str, refusal: Refusal) -> int:
    """Where a page begins; a token belongs to one query."""
    if token is None:
        return 0
    try:
        start, asked = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        start, asked = -1, ""
    if not isinstance(start, int) or start < 0 or asked != text:
        raise refusal(400, "", "The provided next page token is invalid or expired.")
    return start


def comment_ids(body: Mapping[str, Any], refusal: Refusal) -> set[int]:
    ids = only(body, {"ids"}, refusal).get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 1_000 or not all(isinstance(one, int) for one in ids):
        raise refusal(400, "", "Between 1 and 1000 comment ids have to be given.")
    return set(ids)


def new_issue(
    body: Mapping[str, Any], projects: Mapping[str, Any], refusal: Refusal
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The project, the fields as they are kept, the properties."""
    only(body, {"fields", "properties", "update"}, refusal)
    asked = body.get("fields")
    if not isinstance(asked, dict):
        raise refusal(400, "", UNREADABLE)
    project = _named(asked.get("project"), "key") or next(
        (key for key, one in projects.items() if one["id"] == _named(asked.get("project"), "id")), ""
    )
    if project not in projects:
        raise refusal(400, "", "", project="valid project is required")
    fields, wrong = _fields(project, asked)
    if wrong:
        raise refusal(400, "", "", **wrong)
    return project, fields, _properties(body, refusal)


def _fields(project: str, asked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    wrong = {
        name: OFF_SCREEN.format(name)
        for name in set(asked) - {"project", "issuetype", "summary", "description", "priority", "labels"}
    }
    kind = _chosen(asked.get("issuetype"), workflow.TYPES[project])
    if kind is None:
        wrong["issuetype"] = "Specify a valid issue type"
    priority = _chosen(asked["priority"], workflow.PRIORITIES) if "priority" in asked else "3"
    if priority is None:
        wrong["priority"] = "The priority selected is invalid."
    summary = asked.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        wrong["summary"] = "You must specify a summary of the issue."
    elif "\n" in summary:
        wrong["summary"] = "The summary is invalid because it contains newline characters."
    elif len(summary) > MOST_SUMMARY:
        wrong["summary"] = f"Summary can't exceed {MOST_SUMMARY} characters."
    description = asked.get("description")
    if description is not None and (said := _wrong_document(description)):
        wrong["description"] = said
    labels = asked.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        wrong["labels"] = "Labels have to be a list of texts."
    elif spaced := [one for one in labels if not one or len(one) > 255 or any(map(str.isspace, one))]:
        wrong["labels"] = f"The label '{spaced[0]}' contains spaces which is invalid."
    kept = {"issuetype": kind, "summary": summary, "description": description, "priority": priority, "labels": labels}
    return kept, wrong


def _named(value: Any, name: str) -> str:
    return str(value.get(name) or "") if isinstance(value, dict) else ""


def _chosen(value: Any, known: Mapping[str, str]) -> str | None:
    """The id of what was named by id or by name."""
    wanted_id, wanted = _named(value, "id"), _named(value, "name")
    return next((number for number, name in known.items() if number == wanted_id or (wanted and name == wanted)), None)


def _properties(body: Mapping[str, Any], refusal: Refusal) -> dict[str, Any]:
    properties = body.get("properties", [])
    if not isinstance(properties, list) or not all(
        isinstance(one, dict) and set(one) == {"key", "value"} and isinstance(one["key"], str) for one in properties
    ):
        raise refusal(400, "", UNREADABLE)
    for one in properties:
        if not 0 < len(one["key"]) <= 255 or len(json.dumps(one["value"])) > MOST_PROPERTY:
            raise refusal(400, "", "The property key or value is too long.")
    return {one["key"]: one["value"] for one in properties}


def new_comment(body: Mapping[str, Any], refusal: Refusal) -> tuple[Any, dict[str, Any]]:
    only(body, {"body", "properties"}, refusal)
    if said := _wrong_document(body.get("body")):
        raise refusal(400, "", "", comment=said)
    return body["body"], _properties(body, refusal)


def _wrong_document(node: Any) -> str:
    """Why this is no document of Jira's; empty where it is one."""
    if not isinstance(node, dict) or node.get("type") != "doc" or node.get("version") != 1:
        return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    if set(node) != {"type", "version", "content"} or not _fits(node, 0):
        return "INVALID_INPUT"
    if len(json.dumps(node)) > MOST_TEXT * 2:
        return f"The entered text is too long. It exceeds the allowed limit of {MOST_TEXT:,} characters."
    return "" if _text(node).strip() else "Comment body can not be empty!"


def _fits(node: Any, depth: int) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str) or depth > 50:
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and bool(node["text"]) and set(node) <= {"type", "text", "marks"}
    return set(node) <= {"type", "version", "content", "attrs", "marks"} and all(
        _fits(child, depth + 1) for child in node.get("content", [])
    )


def _text(node: Mapping[str, Any]) -> str:
    return str(node.get("text", "")) + "".join(_text(child) for child in node.get("content", []))


def transition(
    body: Mapping[str, Any], entry: Mapping[str, Any], refusal: Refusal
) -> tuple[workflow.Transition, str | None]:
    """The transition that was asked for, and the resolution that comes of it."""
    only(body, {"transition", "fields"}, refusal)
    wanted = _named(body.get("transition"), "id")
    if not wanted:
        raise refusal(400, "", "Missing 'transition' identifier")
    known = {one.id: one for one in workflow.WORKFLOWS[entry["project"]]}
    found = known.get(wanted)
    if found is None or not found.offered(entry["status"]):
        raise refusal(400, "", f"Transition id '{wanted}' is not valid for this issue.")
    fields = body.get("fields", {})
    if wrong := [name for name in fields if name != "resolution" or not found.screen]:
        raise refusal(400, "", "", **{name: OFF_SCREEN.format(name) for name in wrong})
    if not found.screen:
        return found, found.resolution
    chosen = _chosen(fields.get("resolution"), workflow.RESOLUTIONS)
    if chosen is None:
        said = "The resolution selected is invalid." if fields else "Resolution is required."
        raise refusal(400, "", "", resolution=said)
    return found, workflow.RESOLUTIONS[chosen]
