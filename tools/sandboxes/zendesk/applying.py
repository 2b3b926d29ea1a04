"""Macros, as the account keeps them and as they would change a ticket."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.sandboxes.twin import Call, Said
from tools.sandboxes.zendesk import lists
from tools.sandboxes.zendesk.rules import refusal


def listed(data: Mapping[str, Any], call: Call) -> Said:
    active = call.query.get("active")
    if active not in {None, "true", "false"}:
        raise refusal(400, "InvalidParameter", "active must be true or false")
    rows = [one for one in data["macros"].values() if active is None or one["active"] == (active == "true")]
    return Said(lists.by_cursor(call.query, "macros", rows))


def found(data: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    macro: Mapping[str, Any] | None = data["macros"].get(str(number))
    if macro is None:
        raise refusal(404, "RecordNotFound", "Not found")
    return macro


def applied(macro: Mapping[str, Any], ticket: Mapping[str, Any], asker: Mapping[str, Any]) -> dict[str, Any]:
    """The whole ticket as it would be after the macro, with the comment it would write. Nothing is changed."""
    after = dict(ticket)
    tags, body, public = set(ticket["tags"]), "", True
    for action in macro["actions"]:
        value = action["value"]
        match action["field"]:
            case "status" | "priority" | "type" as field:
                after[field] = value
            case "set_tags":
                tags = set(value.split())
            case "current_tags":
                tags |= set(value.split())
            case "remove_tags":
                tags -= set(value.split())
            case "comment_value":
                body = _filled(value, ticket, asker)
            case "comment_mode_is_public":
                public = value in {True, "true"}
            case "group_id":
                after["group_id"] = int(value)
    after["tags"] = sorted(tags)
    if body:
        after["comment"] = {"body": body, "public": public, "scoped_body": [["channel:all", body]]}
    return {"result": {"ticket": after}}


def _filled(value: str | Sequence[str], ticket: Mapping[str, Any], asker: Mapping[str, Any]) -> str:
    """`value` may be the text, or the channel and the text."""
    text = value if isinstance(value, str) else value[-1]
    first = next(iter(asker["name"].split()), "")
    return text.replace("{{ticket.requester.first_name}}", first).replace("{{ticket.id}}", str(ticket["id"]))
