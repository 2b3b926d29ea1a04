"""What Zendesk lets a ticket hold, and the words with which it refuses the rest."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tools.sandboxes.twin import ProblemError

STATUSES = frozenset({"open", "pending", "hold", "solved"})  # what an agent may set; new and closed come by themselves
PRIORITIES = frozenset({"low", "normal", "high", "urgent"})
TYPES = frozenset({"question", "incident", "problem", "task"})
FIELDS = frozenset({"status", "comment", "metadata", "priority", "type", "tags", "safe_update", "updated_stamp"})
BULK_FIELDS = frozenset({"status", "priority", "type", "additional_tags", "remove_tags"})
NEW_FIELDS = frozenset(
    {"subject", "comment", "metadata", "priority", "type", "tags", "external_id", "requester", "requester_id"}
)
COMMENT_FIELDS = frozenset({"body", "public"})
METADATA = 1024  # bytes of it an update may carry
CLOSED = "Status: closed prevents ticket update"


def refusal(status: int, code: str, message: str, **more: Any) -> ProblemError:
    """In the shape of the Support API: {"error": …, "description": …}."""
    if status == 404:
        return ProblemError(404, {"error": "RecordNotFound", "description": "Not found"})
    if code == "rate_limit":
        words = "Number of allowed API requests per minute exceeded"
        return ProblemError(429, {"error": "APIRateLimitExceeded", "description": words})
    return ProblemError(status, {"error": code, "description": message, **more})


def invalid(field: str, words: str) -> ProblemError:
    return refusal(422, "RecordInvalid", "Record validation errors", details={field: [{"description": words}]})


def asked(body: Mapping[str, Any], fields: frozenset[str]) -> Mapping[str, Any]:
    """The `ticket` of a body that holds it and nothing else, with no field that is not among `fields`."""
    change = body.get("ticket")
    if set(body) != {"ticket"} or not isinstance(change, dict) or set(change) - fields:
        raise refusal(400, "InvalidAttribute", f"ticket must be an object of {', '.join(sorted(fields))}")
    return change


def check(change: Mapping[str, Any]) -> None:
    """Raise the 422 of the first field that holds what it may not."""
    for field, allowed in (("status", STATUSES), ("priority", PRIORITIES), ("type", TYPES)):
        if field in change and change[field] not in allowed:
            raise invalid(field, f"{field.title()}: {change[field]} is not an allowed value")
    for field in ("tags", "additional_tags", "remove_tags"):
        if field in change and not _words(change[field]):
            raise invalid("tags", "Tags: must be a list of words without spaces or capitals")
    comment = change.get("comment")
    if comment is not None and (
        not isinstance(comment, dict) or set(comment) - COMMENT_FIELDS or not str(comment.get("body", "")).strip()
    ):
        raise invalid("comment", "Comment: needs a body, and takes body and public only")
    if len(json.dumps(change.get("metadata", {}))) > METADATA:
        raise refusal(422, "RecordInvalid", "Metadata is too large")


def check_stamp(ticket: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    """The safe update of the Tickets reference: refused when the ticket is younger than what its author has read."""
    if not change.get("safe_update"):
        return
    stamp = change.get("updated_stamp")
    if not isinstance(stamp, str):
        raise invalid("updated_stamp", "Updated stamp: is needed for a safe update")
    if ticket["updated_at"] > stamp:
        words = "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data"
        raise refusal(409, "UpdateConflict", f"{words} and try again.")


def check_new(change: Mapping[str, Any], users: Mapping[str, Any]) -> None:
    """What a creation must bring: a subject, a first comment, and somebody who asks."""
    check(change)
    if not str(change.get("subject") or "").strip():
        raise invalid("subject", "Subject: cannot be blank")
    if "comment" not in change:
        raise invalid("base", "Description: cannot be blank")
    asker = change.get("requester")
    if (asker is None) == ("requester_id" not in change):
        raise invalid("requester", "Requester: give requester or requester_id")
    if asker is not None:
        if not isinstance(asker, dict) or set(asker) - {"name", "email"} or "@" not in str(asker.get("email", "")):
            raise invalid("requester", "Requester: Email: is not properly formatted")
        if by_email(users, asker["email"]) is None and not str(asker.get("name", "")).strip():
            raise invalid("requester", "Requester: Name: is too short (minimum is 1 characters)")
    elif str(change["requester_id"]) not in users:
        raise invalid("requester", "Requester: is invalid")


def by_email(users: Mapping[str, Any], email: str) -> Any | None:
    return next((user for user in users.values() if (user["email"] or "").casefold() == email.casefold()), None)


def _words(tags: object) -> bool:
    return isinstance(tags, Sequence) and all(
        isinstance(tag, str) and tag and tag == tag.lower() and not tag.split()[1:] for tag in tags
    )
