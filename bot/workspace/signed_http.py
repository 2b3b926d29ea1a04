"""Deliveries by HTTP: each is a request to the app's Request URL, signed, and is answered within 3 seconds or failed.

A command is a form, a click or a submission a form with JSON in `payload`, an event is JSON. An event that fails is
sent again three times and says so in its headers, unless the app's answer forbids it; the others never are.
docs.slack.dev, "Verifying requests from Slack", "The Events API" ("Retries"), "Handling user interaction".
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from bot.workspace import seed
from bot.workspace.seed import Json
from bot.workspace.undelivered import NobodyListens, NotAcknowledged

FORM: Final = "application/x-www-form-urlencoded"


@dataclass
class SignedHttp:
    """Sends to `url`, the Request URL of commands, interactivity and events alike."""

    url: str
    within: float
    """Seconds for an answer."""
    _client: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(trust_env=False, follow_redirects=False)
    )

    async def send(self, kind: str, payload: Json, *, attempt: int = 0, reason: str = "") -> Any:
        """Deliver once, and return what the app answered, in the shape of an acknowledgement.

        Raises NobodyListens and NotAcknowledged, with the reason that the next delivery of an event carries.
        """
        body, content_type = body_of(kind, payload)
        headers = signed(body, int(time.time())) | {"Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        try:
            async with asyncio.timeout(self.within):
                answer = await self._client.post(self.url, content=body, headers=headers, timeout=None)
        except TimeoutError as error:
            raise NotAcknowledged("http_timeout") from error
        except httpx2.HTTPError as error:
            raise NobodyListens("connection_failed") from error
        if not 200 <= answer.status_code < 300:
            raise NobodyListens("http_error", again=answer.headers.get("x-slack-no-retry") != "1")
        return _answered(answer)

    async def close(self) -> None:
        await self._client.aclose()


def signed(body: bytes, at: int, secret: str = seed.SIGNING_SECRET) -> dict[str, str]:
    """The headers that prove where a request comes from, and when it was made (seconds since 1970)."""
    digest = hmac.new(secret.encode(), b"v0:%d:" % at + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


def body_of(kind: str, payload: Json) -> tuple[bytes, str]:
    """A delivery as it goes out: the bytes, and what they are."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), FORM


def _answered(answer: httpx2.Response) -> Any:
    """A plain text is shown to who typed the command, as it is over a socket."""
    if not answer.content:
        return None
    if answer.headers.get("content-type", "").startswith("application/json"):
        return answer.json()
    return {"text": answer.text}
