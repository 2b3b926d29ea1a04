"""What a wire shows to be let in: a fixed secret, or the tokens that a vendor hands out against an OAuth grant.

Tokens live in this process only: fetched when the first request needs one, again shortly before they end, and once
more when the vendor refuses one. However many threads ask, one fetches and the others wait for what it gets.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import httpx2
import structlog
from pydantic import SecretStr

from tools.contract import Refused, Unavailable
from tools.decoding import decoded

EARLY = 60.0  # seconds before its end that a token is replaced: longer than any request under way
TIMEOUT = timedelta(seconds=10)
WORDS = 300  # characters of a vendor's message that are passed on

log = structlog.get_logger("credentials")


@dataclass(frozen=True)
class Grant:
    """Who asks for tokens (RFC 6749): by a refresh token (section 6) where there is one, else by the client's own
    credentials (section 4.4). `scope` asks for less than the client may have; empty asks for all of it.
    """

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr | None = None
    scope: str = ""

    @property
    def kind(self) -> str:
        return "refresh_token" if self.refresh_token else "client_credentials"


@dataclass(frozen=True)
class TokenEndpoint:
    """Where a vendor hands out tokens, at the root of the host that its API has."""

    path: str
    unfit: Mapping[str, str] = field(default_factory=dict)  # a kind of grant that will not do → why, and what will
    as_json: bool = False  # else as a form, which is what RFC 6749 asks for


ENDPOINTS: Mapping[str, TokenEndpoint] = {
    # Salesforce Help, "OAuth 2.0 Client Credentials Flow" and "OAuth 2.0 Refresh Token Flow"; its answers do not say
    # when a token ends, because the session settings do.
    "salesforce": TokenEndpoint("/services/oauth2/token"),
    # developers.hubspot.com, "OAuth tokens"
    "hubspot": TokenEndpoint(
        "/oauth/v1/token", {"client_credentials": "HubSpot gives tokens against a refresh token; add refresh_token"}
    ),
    # developer.zendesk.com, "OAuth Tokens for Grant Types"
    "zendesk": TokenEndpoint(
        "/oauth/tokens",
        {
            "refresh_token": "Zendesk's refresh tokens are good for one use, and Lanekeeper stores no credential; "
            "leave refresh_token out and use a confidential OAuth client, which may use client credentials"
        },
        as_json=True,
    ),
    # support.atlassian.com, "Create OAuth 2.0 credential for service accounts"; the API's address is then
    # https://api.atlassian.com/ex/jira/ and the site's cloud id.
    "jira": TokenEndpoint(
        "/oauth/token",
        {
            "refresh_token": "Atlassian's refresh tokens are good for one use, and Lanekeeper stores no credential; "
            "leave refresh_token out and use an OAuth 2.0 credential of a service account"
        },
        as_json=True,
    ),
}


def unfit(system: str, grant: Grant) -> str:
    """Why `system` gives no tokens against such a grant, and what to do; empty when it does."""
    endpoint = ENDPOINTS.get(system)
    if endpoint is None:
        return f"{system} gives no tokens that Lanekeeper could fetch; write env:NAME or file:PATH"
    return endpoint.unfit.get(grant.kind, "")


class Credential(Protocol):
    """What a wire shows. Thread-safe."""

    def current(self) -> SecretStr:
        """What to show now. Raises `Refused` ("WRONG_CREDENTIAL") or `Unavailable`."""

    def renew(self, refused: SecretStr) -> bool:
        """The vendor would not take it; is there another one to show? Raises as `current` does."""


@dataclass(frozen=True)
class Fixed:
    """A secret that stays as it is."""

    secret: SecretStr

    def current(self) -> SecretStr:
        return self.secret

    def renew(self, refused: SecretStr) -> bool:
        return False


class Tokens:
    """Tokens against a grant, over the wire's own client, which signs nothing by itself. It cannot be pickled."""

    def __init__(
        self, system: str, grant: Grant, client: httpx2.Client, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._system = system
        self._grant = grant
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()  # held while fetching, so that there is one fetch at a time
        self._token: SecretStr | None = None
        self._replace_at: float | None = None  # by `clock`; None: nobody said when it ends
        self._refresh_token = grant.refresh_token

    def current(self) -> SecretStr:
        with self._lock:
            ended = self._replace_at is not None and self._clock() >= self._replace_at
            return self._fetch() if self._token is None or ended else self._token

    def renew(self, refused: SecretStr) -> bool:
        with self._lock:
            if self._token == refused:  # else somebody renewed it while this request was under way
                self._fetch()
            return True

    def _fetch(self) -> SecretStr:
        self._token = None  # whatever comes of this, the old one is not shown again
        body = self._ask()
        token, lifetime = body.get("access_token"), body.get("expires_in")
        if not isinstance(token, str) or not token:
            raise Refused("WRONG_CREDENTIAL", f"{self._system} answered without an access token")
        self._token = SecretStr(token)
        self._replace_at = None
        if isinstance(lifetime, int | float) and lifetime > 0:
            self._replace_at = self._clock() + lifetime - min(EARLY, lifetime / 2)
        self._keep(body.get("refresh_token"))
        return self._token

    def _keep(self, refresh_token: Any) -> None:
        if not self._refresh_token or not isinstance(refresh_token, str) or not refresh_token:
            return
        if refresh_token != self._refresh_token.get_secret_value():
            self._refresh_token = SecretStr(refresh_token)
            said = "the next start will need a new refresh token; turn off refresh token rotation for this client"
            log.warning("refresh_token_rotated", system=self._system, said=said)

    def _ask(self) -> Mapping[str, Any]:
        endpoint, secret = ENDPOINTS[self._system], self._grant.client_secret.get_secret_value()
        asked = {"grant_type": self._grant.kind, "client_id": self._grant.client_id, "client_secret": secret}
        if self._refresh_token:
            asked["refresh_token"] = self._refresh_token.get_secret_value()
        if self._grant.scope:
            asked["scope"] = self._grant.scope
        sent: dict[str, Any] = {"json": asked} if endpoint.as_json else {"data": asked}
        try:
            where = self._client.base_url.join(endpoint.path)
            response = self._client.post(where, timeout=TIMEOUT.total_seconds(), **sent)
        except httpx2.HTTPError as error:
            raise Unavailable("UNREACHABLE", f"{self._system} gives no token: it does not answer") from error
        try:
            body = decoded(response.content)
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}
        if response.is_success:
            return body
        words = ": ".join(str(body[name]) for name in ("error", "error_description") if body.get(name))
        said = f"{self._system} gives no token: it answered {response.status_code}"
        said += f", {hidden(words, *self._secrets())[:WORDS]}" if words else ""
        if response.status_code in {408, 425, 429} or response.status_code >= 500:
            raise Unavailable("NO_TOKEN", said)
        raise Refused("WRONG_CREDENTIAL", said)

    def _secrets(self) -> tuple[str, ...]:
        secrets = (self._grant.client_secret, self._refresh_token)
        return tuple(secret.get_secret_value() for secret in secrets if secret)


def hidden(text: str, *secrets: str) -> str:
    """`text` with whatever it repeats of our secrets taken out."""
    for secret in secrets:
        text = text.replace(secret, "[hidden]") if secret else text
    return text
