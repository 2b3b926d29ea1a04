"""How requests leave: one HTTP connection per identity and system, and one way of saying what went wrong.

An error is named by what is known afterwards. Nothing was sent, or the other side said "later": `Unavailable`. The
other side said no: `Refused`. A change was sent and its answer is lost, broken or a fault of the server: `Uncertain`,
because the vendor may have done it.

Requests that change nothing are repeated here. A change is sent once; only where the vendor did not know our token, so
that nothing was done, it is sent once more with a fresh one.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

import httpx2
import stamina
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from tools.contract import Refused, ToolError, Unavailable, Uncertain
from tools.credentials import Credential, Fixed, Grant, Tokens, hidden
from tools.decoding import decoded
from tools.dialects import DIALECTS, bearer
from tools.guard import Guard, Passage
from tools.limits import room
from tools.practice import carries, forbid

TRIES = 3  # of a read, the first included
READ_PATIENCE = timedelta(seconds=25)  # for all tries of a read: two slow answers and a quick one
LONGEST_WAIT = 5.0  # seconds of Retry-After slept through here; a longer one is the caller's to plan around
LARGEST = 50_000_000  # bytes of an answer; the largest page of a vendor's export has a fifth of it
WORDS = 300  # characters of a vendor's message that are passed on
SHORT = 7  # characters; a part of a credential that has no more is no secret, and may be any word
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Connection:
    """Where one identity reaches one system, and with what. `api` and `web` have no trailing slash."""

    system: str
    api: str  # https://acme.zendesk.com
    web: str  # where a person opens records; often the same
    credential: SecretStr | Grant


class Answer(BaseModel):
    """A vendor's answer as far as we read it: new fields are theirs to add, the ones we read keep their type."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


M = TypeVar("M", bound=BaseModel)
V = TypeVar("V")


def understand(model: type[M], answer: Any, tool: str, *, changes: bool = False) -> M:
    """Read an answer as `model`. One that does not fit is `Refused`, or `Uncertain` if it answers a change."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole answer"
        message = f"{tool}: the answer's {field} is not what it was agreed to be ({first['msg'].lower()})"
        raise (Uncertain if changes else Refused)("SCHEMA_DRIFT", message) from None


REFUSALS: Mapping[int, str] = {
    401: "WRONG_CREDENTIAL",
    403: "NO_RIGHT",
    404: "NOT_FOUND",
    409: "CONFLICT",
    410: "NOT_FOUND",
    412: "CONFLICT",
    501: "INVALID",  # the method is not known there: nothing was done
    505: "INVALID",
}
LATER: Mapping[int, str] = {  # the server did not act on it, and may when asked later
    423: "BUSY",  # locked; RFC 4918, 11.3
    425: "TOO_EARLY",  # RFC 8470, 5.2
    429: "RATE_LIMITED",  # RFC 6585, 4
    477: "BUSY",  # HubSpot moves the account to another data centre; its API guide, "Error handling"
}


class HttpWire:
    """`contract.Wire` over one `httpx2.Client`. Many threads may share it; close it when the identity is done.

    `guard` is the one that all wires to this vendor share; without it the wire has one to itself.
    """

    def __init__(self, connection: Connection, guard: Guard | None = None) -> None:
        self.web = connection.web
        self._system = connection.system
        self._dialect = DIALECTS[connection.system]
        self._guard = guard or Guard(connection.system)
        outside = httpx2.URL(connection.api).host not in LOOPBACK
        self._client = httpx2.Client(
            base_url=connection.api,
            headers={
                "Accept": "application/json",
                "User-Agent": f"lanekeeper/{_version()}",
                **self._dialect.headers,
            },
            trust_env=outside,  # no proxy stands before this machine
            verify=_trusted(trust_env=outside),
        )
        held = connection.credential
        self._sign = bearer if isinstance(held, Grant) else self._dialect.sign
        self._credential: Credential = (
            Tokens(connection.system, held, self._client) if isinstance(held, Grant) else Fixed(held)
        )

    def close(self) -> None:
        self._client.close()

    @property
    def failing(self) -> bool:
        """The vendor has failed so often that nothing is sent to it for now."""
        return self._guard.failing

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: object | None = None,
        form: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta,
        changes: bool = False,
    ) -> Any:
        """One request and its decoded answer, decimals as `Decimal`. See `contract.Wire.call`."""
        if changes and carries(path, query, json, form, headers):
            raise forbid()
        request = self._client.build_request(
            method, path, params=query, json=json, data=form, headers=headers, timeout=timeout.total_seconds()
        )
        send = partial(self._once, request, changes=changes)
        if changes:
            return send()
        for attempt in stamina.retry_context(
            on=_again, attempts=TRIES, timeout=READ_PATIENCE, wait_initial=0.1, wait_max=2.0, wait_jitter=0.2
        ):
            with attempt:
                return send()
        raise AssertionError("a retry loop ends with an answer or an error")

    def _once(self, request: httpx2.Request, *, changes: bool) -> Any:
        with self._guard.passage() as passage:
            secret = self._known(passage, self._credential.current)
            response = self._sent(request, secret, passage, changes=changes)
            if response.status_code == 401 and self._known(passage, lambda: self._credential.renew(secret)):
                secret = self._known(passage, self._credential.current)
                response = self._sent(request, secret, passage, changes=changes)
        if not response.is_success:
            raise self._error(response, secret.get_secret_value(), changes=changes)
        if response.status_code == 204:
            return None
        try:
            return decoded(response.content)
        except ValueError:
            raise _lost("BAD_ANSWER", f"{self._system} answered with something unreadable", changes=changes) from None

    def _known(self, passage: Passage, fetch: Callable[[], V]) -> V:
        """What the credential says; where it had to ask the vendor in vain, that is the vendor's failure."""
        try:
            return fetch()
        except Unavailable:
            passage.well = False
            raise

    def _sent(self, request: httpx2.Request, secret: SecretStr, passage: Passage, *, changes: bool) -> httpx2.Response:
        request.headers.update(self._sign(secret.get_secret_value()))
        passage.well = False
        try:
            response = self._whole(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise Unavailable("UNREACHABLE", f"{self._system} cannot be reached") from error
        except httpx2.TimeoutException as error:
            raise _lost("TIMEOUT", f"{self._system} did not answer in time", changes=changes) from error
        except httpx2.DecodingError as error:
            raise _lost("BAD_ANSWER", f"{self._system} answered with something unreadable", changes=changes) from error
        except httpx2.HTTPError as error:
            raise _lost("DISCONNECTED", f"{self._system} closed the connection", changes=changes) from error
        passage.well = not (response.status_code == 408 or response.status_code >= 500)
        if (left := room(self._system, response.headers)) is not None:
            self._guard.note(left)
        return response

    def _whole(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, its body included and unpacked, within the request's timeout: httpx2 times each piece, and pieces
        may drip. A few packed bytes may hold more than this machine does, so they are counted as they are unpacked.
        """
        patience = request.extensions["timeout"]["read"]
        end = time.monotonic() + patience
        response, body = self._client.send(request, stream=True), bytearray()
        try:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise httpx2.DecodingError(f"more than {LARGEST} bytes", request=request)
                if time.monotonic() > end:
                    raise httpx2.ReadTimeout(f"not whole after {patience} s", request=request)
        finally:
            response.close()
        headers = {name: value for name, value in response.headers.items() if name != "content-encoding"}
        return httpx2.Response(response.status_code, headers=headers, content=bytes(body), request=request)

    def _error(self, response: httpx2.Response, secret: str, *, changes: bool) -> ToolError:
        code, words = "", ""
        with suppress(ValueError, LookupError, TypeError, AttributeError):  # an error page in no shape we know
            code, words = self._dialect.error(decoded(response.content))
        said = "; ".join(filter(None, (words, self._dialect.hint(response.headers))))
        status, words = response.status_code, hidden(said, *_parts(secret, self._sign(secret)))[:WORDS]
        message = f"{self._system} answered {status}" + (f": {words}" if words else "")
        if (known := self._dialect.known.get(code)) is not None:
            error = known[0](known[1], message)
        elif status in LATER or (status == 409 and "Retry-After" in response.headers):  # a lock, not a contradiction
            error = Unavailable(LATER.get(status, "BUSY"), message)
        elif status in REFUSALS:
            error = Refused(REFUSALS[status], message)
        elif status == 408 or status >= 500:
            error = _lost("VENDOR_ERROR", message, changes=changes)
        else:
            error = Refused("REDIRECTED" if status < 400 else "INVALID", message)
        if isinstance(error, Unavailable):
            error.retry_after = self._wait(response)
        return error

    def _wait(self, response: httpx2.Response) -> float | None:
        """Seconds until it makes sense to ask again, as far as the answer says."""
        wait = _retry_after(response)
        left = room(self._system, response.headers)
        return left.seconds if wait is None and left is not None and not left.left else wait


@cache
def _trusted(*, trust_env: bool) -> ssl.SSLContext:
    """The authorities whose word is taken for who answers: read once, because reading them takes 25 ms each time."""
    return httpx2.create_ssl_context(trust_env=trust_env)


def _version() -> str:
    try:
        return version("lanekeeper")
    except PackageNotFoundError:  # run from a folder, not installed
        return "dev"


def _parts(secret: str, signed: Mapping[str, str]) -> tuple[str, ...]:
    """A credential as a vendor may repeat it: whole, as it stood in the headers, or one half of two."""
    shown = (value.removeprefix("Basic ").removeprefix("Bearer ") for value in signed.values())
    return secret, *shown, *(part for part in secret.split(":") if len(part) > SHORT)


def _lost(code: str, message: str, *, changes: bool) -> ToolError:
    return (Uncertain if changes else Unavailable)(code, message)


def _again(error: Exception) -> bool | float:
    """Whether a read is tried again, or after how many seconds."""
    if not isinstance(error, Unavailable) or error.code == "BREAKER_OPEN":
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= LONGEST_WAIT else False


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds, from either form of RFC 9110, 10.2.3; None where there is none or it is nonsense."""
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(int(text)))
    except OverflowError:
        return None
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
