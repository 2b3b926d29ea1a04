"""Where other systems tell of events: POST /webhooks/zendesk and /webhooks/salesforce.

Zendesk signs each webhook request: base64 of HMAC-SHA256, by the webhook's own secret, over the text of the timestamp
header and the body ("Verifying webhook authenticity", "Anatomy of a webhook request"). Salesforce signs no request that
an administrator can have it send: an outbound message names its organisation and may show a client certificate, no more
("Setting Up Outbound Messaging", "Understanding Notifications"). So there an Apex callout signs with a shared secret in
the same way (`Crypto.generateMac('hmacSHA256', …)`, Apex Reference), under two header names of ours; the README has it.

What identifies an event is the `id` in its signed body (Zendesk's own events have one; a trigger's or an Apex callout's
JSON is given one): the same id is one event, however often it comes, and a header that nobody signed decides nothing.
A timestamp is good for five minutes either way. The event is stored before it is answered; when it cannot be stored the
answer is 503 and the sender tries again. Of an event only the fields that some lane's page looks at are kept.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.slack.http import read_whole
from bot.ways_in.triggers import WEBHOOK, fitting
from lanes.core.ways_in import texts
from lanes.engine import Engine
from storage.database import StorageUnusable
from tools.decoding import decoded

log = structlog.get_logger("webhooks")
WINDOW = timedelta(minutes=5)  # either way; Slack's own window, and more than any clock of a server is wrong by
MOST = 256 * 1024  # bytes of a body; Zendesk's largest events are a fraction of it


@dataclass(frozen=True)
class Sender:
    """The headers that carry the signature and the moment it was made, ISO 8601."""

    signature: str
    timestamp: str


SENDERS: Mapping[str, Sender] = {
    "zendesk": Sender("x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"),
    "salesforce": Sender("x-lanekeeper-signature", "x-lanekeeper-timestamp"),
}


def webhooks(engine: Engine, secrets: Mapping[str, SecretStr]) -> list[Route]:
    """One address for each system that has a secret."""
    return [
        Route(f"/webhooks/{name}", _Receiver(engine, name, SENDERS[name], secret.get_secret_value()).receive,
              methods=["POST"])
        for name, secret in secrets.items()
    ]  # fmt: skip


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a request that was made at `timestamp` is signed with."""
    return b64encode(hmac.digest(secret.encode(), timestamp.encode() + body, "sha256")).decode()


@dataclass(frozen=True)
class _Receiver:
    engine: Engine
    system: str
    sender: Sender
    secret: str

    async def receive(self, request: Request) -> Response:
        try:
            body = await read_whole(request, MOST)
        except TimeoutError:
            return _no(408, "it came in too slowly")
        if body is None:
            return _no(413, "the body is too large")
        if not self._genuine(request.headers, body):
            log.warning("webhook_refused", system=self.system)
            return _no(401, "the signature is wrong or too old")
        event = _json(body)
        which = texts(event, "id")
        if not which or not which[0]:
            return _no(400, "the body is no JSON object with an id")
        try:
            await run_in_threadpool(self._store, which[0], event)
        except StorageUnusable:
            return _no(503, "it could not be stored; send it again")
        return JSONResponse({"ok": True})

    def _genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        given, made = headers.get(self.sender.signature, ""), headers.get(self.sender.timestamp, "")
        wanted = signature(self.secret, made, body)
        return hmac.compare_digest(wanted.encode(), given.encode()) and self._fresh(made)

    def _fresh(self, made: str) -> bool:
        try:
            at = datetime.fromisoformat(made)
        except ValueError:
            return False
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return abs(self.engine.clock() - at) <= WINDOW

    def _store(self, which: str, event: Mapping[str, Any]) -> None:
        """Raises `StorageUnusable`. What fits no page is not kept."""
        pages = [ready.page for ready in self.engine.lanes.values()]
        wanted = {path for page in pages for one in page.triggers if one.system == self.system for path in one.paths}
        fields = {path: texts(event, path) for path in sorted(wanted)}
        if not any(True for page in pages for _ in fitting(page, self.system, fields)):
            log.info("webhook_fits_no_lane", system=self.system)
            return
        key = hashlib.sha256(f"{WEBHOOK}/{self.system}/{which}".encode()).hexdigest()[:32]
        kept = {"type": WEBHOOK, "from": self.system, "fields": fields}
        self.engine.receive(key, json.dumps(kept, ensure_ascii=False))


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = decoded(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _no(status: int, why: str) -> Response:
    return JSONResponse({"ok": False, "error": why}, status)
