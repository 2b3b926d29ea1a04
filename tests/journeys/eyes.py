"""Looking until something is there, and reading what Slack and the systems show."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from bot.workspace import seed

PATIENCE = 30.0  # seconds; nearly everything happens in milliseconds, all of it ten times as slowly on a busy machine
TEAM = seed.TEAM["id"]


def wait_until(question: Callable, timeout: float = PATIENCE, what: str | Callable = "it did not happen in time"):
    """The first true answer; an AssertionError when there is none in time."""
    end = time.monotonic() + timeout
    while not (answer := question()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.01)
    return answer


def fetch(url: str, body: object = None, method: str | None = None):
    """GET, or POST as JSON, or another method; the decoded answer."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method)) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def status(url: str) -> int:
    """What a person's browser would be answered."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def words(message: dict) -> str:
    """Everything a person can read on a message or a view, blocks included."""
    said = [message.get("text", "")] if isinstance(message.get("text"), str) else []
    for block in message.get("blocks", []):
        parts = [block.get("text"), block.get("label"), *block.get("fields", []), *block.get("elements", [])]
        for part in filter(None, parts):
            text = part.get("text", "") if isinstance(part, dict) else ""
            said.append(text["text"] if isinstance(text, dict) else text)
    return "\n".join(said)


def clicked_by(payload: dict, user: str, *, team: str = TEAM, action: str = "", value: str = "") -> dict:
    """A click that was delivered, as it would come from somebody else, a second later; or on another button."""
    clicked = payload["actions"][0]
    changed = {"action_id": action or clicked["action_id"], "value": value or clicked["value"]}
    return {
        **payload, "user": {**payload["user"], "id": user, "team_id": team}, "trigger_id": payload["trigger_id"] + user,
        "actions": [{**clicked, **changed, "action_ts": str(float(clicked["action_ts"]) + 1)}],
    }  # fmt: skip
