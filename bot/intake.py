"""The door: everything Slack sends is stored before it is acknowledged, and worked on after.

Slack forgets an interaction once it is acknowledged. So a middleware before all listeners writes the payload and the
work it calls for in one commit; only then does a listener acknowledge. When it cannot be stored, nothing is
acknowledged, and Slack tells the person that it did not work: they can click again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import BoltRequest, BoltResponse

from lanes.engine import Engine

_NOT_KEPT = frozenset({"token"})  # Slack's old verification token; nobody needs it


def intake(engine: Engine) -> Callable[..., BoltResponse]:
    """The middleware. What is stored already is acknowledged again, and not done twice."""

    def store(body: dict[str, Any], next: Callable[[], BoltResponse], request: BoltRequest) -> BoltResponse:  # noqa: A002, ARG001 - Bolt's names
        key = delivery_key(body)
        if key is not None:
            kept = {name: value for name, value in body.items() if name not in _NOT_KEPT}
            engine.receive(key, json.dumps(kept, ensure_ascii=False))
        return next()

    return store


def delivery_key(body: Mapping[str, Any]) -> str | None:
    """What makes a second copy of a delivery the same one; None for what is answered on the spot (a suggestion)."""
    kind = body.get("type")
    if kind in {"block_suggestion", "view_closed"}:
        return None
    parts = [body.get("event_id"), body.get("trigger_id"), body.get("action_ts")]
    if kind == "view_submission":
        parts += [body["view"]["id"], body["view"].get("hash")]
    known = [str(part) for part in parts if part]
    return hashlib.sha256("/".join(known).encode()).hexdigest()[:32] if known else None
