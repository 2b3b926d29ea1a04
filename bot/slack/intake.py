"""The door: everything Slack sends is stored before it is acknowledged, and worked on after.

Slack forgets an interaction once it is acknowledged. So a middleware before all listeners writes the payload and the
work it calls for in one commit; only then does a listener acknowledge. When it cannot be stored, nothing is
acknowledged, and Slack tells the person that it did not work: they can click again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt import BoltRequest, BoltResponse

from lanes.engine import Engine
from storage.database import StorageUnusable

log = structlog.get_logger("intake")


def _fields(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


_TEXT = 3000  # characters of somebody's message
_PERSON, _TEAM = _fields("id team_id"), _fields("id")
_KEPT: Mapping[str, Mapping[str, Any]] = {
    "command": _fields("command text user_id team_id channel_id trigger_id response_url"),
    "block_actions": {
        **_fields("type trigger_id response_url"), "user": _PERSON, "team": _TEAM, "channel": _fields("id"),
        "actions": {**_fields("action_id value"), "selected_option": _fields("value")},
        "view": _fields("id type private_metadata"),
    },
    "view_submission": {
        **_fields("type"), "user": _PERSON, "team": _TEAM,
        "view": _fields("id hash callback_id private_metadata state"),
    },
    "message_action": {
        **_fields("type callback_id trigger_id"), "user": _PERSON, "team": _TEAM, "channel": _fields("id"),
        "message": _fields("text ts thread_ts"),
    },
    "event_callback": {
        **_fields("type event_id team_id"),
        "event": _fields("type user tab channel channel_type text ts thread_ts team user_team"),
    },
}  # fmt: skip


def intake(engine: Engine) -> Callable[..., BoltResponse]:
    """The middleware. What is stored already is acknowledged again, and not done twice."""

    def store(body: dict[str, Any], next: Callable[[], BoltResponse], request: BoltRequest) -> BoltResponse:  # noqa: A002, ARG001 - Bolt's names
        key = delivery_key(body)
        if key is not None:
            try:
                engine.receive(key, json.dumps(worth_keeping(body), ensure_ascii=False))
            except StorageUnusable as error:
                log.error("not_stored", why=str(error))  # noqa: TRY400 - the sentence says it all
                return BoltResponse(status=503)
        return next()

    return store


def worth_keeping(body: Mapping[str, Any]) -> Any:
    """What the desk reads of a payload; the rest (names, e-mail addresses, whole messages, tokens) is never stored."""
    kind = "command" if "command" in body else body.get("type", "")
    kept = _only(body, _KEPT.get(kind, _fields("type")))
    for inner in (kept.get("message"), kept.get("event")):
        if inner and inner.get("text"):
            inner["text"] = inner["text"][:_TEXT]
    return kept


def _only(found: Any, fields: Mapping[str, Any] | None) -> Any:
    if fields is None:
        return found
    if isinstance(found, list):
        return [_only(one, fields) for one in found]
    if not isinstance(found, Mapping):
        return None
    return {name: _only(found[name], inner) for name, inner in fields.items() if name in found}


def delivery_key(body: Mapping[str, Any]) -> str | None:
    """What makes a second copy of a delivery the same one; None for what is answered on the spot (a suggestion), and
    for what nobody said to us: the words of an app, and a message that was changed or deleted.
    """
    kind, event = body.get("type"), body.get("event") or {}
    if kind in {"block_suggestion", "view_closed"}:
        return None
    if event.get("type") in {"message", "app_mention"} and any(
        event.get(one) for one in ("bot_id", "subtype", "edited")
    ):
        return None
    parts = [body.get("event_id"), body.get("trigger_id"), body.get("action_ts")]
    if kind == "view_submission":
        parts += [body["view"]["id"], body["view"].get("hash")]
    known = [str(part) for part in parts if part]
    return hashlib.sha256("/".join(known).encode()).hexdigest()[:32] if known else None
