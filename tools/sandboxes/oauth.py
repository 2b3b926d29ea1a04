"""Where a sandbox hands out tokens that end: for Salesforce by its "OAuth 2.0 Client Credentials Flow" and "Refresh
Token Flow" pages, for Zendesk by "OAuth Tokens for Grant Types", for Jira by Atlassian's "Create OAuth 2.0 credential
for service accounts".

A token has the rights of a seeded credential, which stands behind it; the rest of the sandbox sees only that one.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.sandboxes import seed


@dataclass(frozen=True)
class Client:
    """One that may ask for tokens, and the seeded credential whose rights they have."""

    id: str
    secret: str
    behind: str
    refresh_token: str = ""


@dataclass(frozen=True)
class Desk:
    """How one vendor hands out tokens. `shown`: whether its answers say when a token ends."""

    path: str
    lifetime: timedelta
    shown: bool
    clients: tuple[Client, ...]
    unknown: int  # the status for a client nobody knows


DESKS: Mapping[str, Desk] = {
    "salesforce": Desk(
        "/services/oauth2/token",
        timedelta(hours=2),  # the usual session setting
        shown=False,
        clients=(
            Client("3MVG9sandboxCrm", "salesforce-client-secret", seed.SALESFORCE_CRM, "5Aep861sandboxCrm"),
            Client("3MVG9sandboxReader", "salesforce-reader-secret", seed.SALESFORCE_READER),
        ),
        unknown=400,
    ),
    "zendesk": Desk(
        "/oauth/tokens",
        timedelta(minutes=30),  # of a new client, where nothing else is asked for
        shown=True,
        clients=(Client("lanekeeper_refunds", "zendesk-client-secret", seed.ZENDESK_REFUNDS),),
        unknown=401,
    ),
    "jira": Desk(
        "/oauth/token",
        timedelta(hours=1),
        shown=True,
        clients=(Client("incident-desk", "jira-client-secret", seed.JIRA_INCIDENTS),),
        unknown=401,
    ),
}


@dataclass
class Tokens:
    """The tokens of one sandbox, which forgets them when it stops."""

    system: str
    clock: Callable[[], datetime]
    issued: int = 0
    _valid: dict[str, tuple[Client, datetime]] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        desk = DESKS.get(self.system)
        if desk is None:
            return []
        return [
            Route(desk.path, self._ask, methods=["POST"]),
            Route("/_control/tokens", self._control, methods=["GET", "DELETE"]),
        ]

    def behind(self, token: str) -> str:
        """The seeded credential whose rights a token has; nothing for one that has ended; else the token itself."""
        client, ends = self._valid.get(token, (None, None))
        if client is None or ends is None:
            return token
        return client.behind if self.clock() < ends else ""

    async def _ask(self, request: Request) -> Response:
        desk, body = DESKS[self.system], await _decoded(request)
        client = next((one for one in desk.clients if one.id == body.get("client_id")), None)
        if client is None or body.get("client_secret") != client.secret:
            words = "Client authentication failed: unknown client, or invalid client credentials"
            return _refusal(desk.unknown, "invalid_client", words)
        match body.get("grant_type"):
            case "client_credentials":
                pass
            case "refresh_token" if self.system == "salesforce":
                if not client.refresh_token or body.get("refresh_token") != client.refresh_token:
                    return _refusal(400, "invalid_grant", "expired access/refresh token")
            case _:
                return _refusal(400, "unsupported_grant_type", "grant type not supported")
        token = f"{self.system}-{secrets.token_urlsafe(24)}"
        self.issued += 1
        self._valid[token] = (client, self.clock() + desk.lifetime)
        answer: dict[str, Any] = {"access_token": token, "token_type": "bearer", "scope": body.get("scope", "")}
        if desk.shown:
            answer["expires_in"] = int(desk.lifetime.total_seconds())
        else:
            answer["instance_url"] = str(request.base_url).rstrip("/")
            answer["issued_at"] = str(int(self.clock().timestamp() * 1000))
        return JSONResponse(answer)

    async def _control(self, request: Request) -> Response:
        """For tests: how many were handed out; DELETE ends them all."""
        if request.method == "DELETE":
            self._valid = {token: (client, self.clock()) for token, (client, _) in self._valid.items()}
        return JSONResponse({"issued": self.issued})


async def _decoded(request: Request) -> Mapping[str, Any]:
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        decoded = json.loads(body)
        return decoded if isinstance(decoded, dict) else {}
    return dict(parse_qsl(body.decode()))


def _refusal(status: int, error: str, words: str) -> Response:
    """RFC 6749, 5.2."""
    return JSONResponse({"error": error, "error_description": words}, status)
