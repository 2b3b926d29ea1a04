"""Claude, over Anthropic's own SDK: one client for all threads, one Messages call a turn.

What the SDK does not do for us, and this file does:
- `Ask.patience` bounds the whole turn. The SDK obeys any Retry-After, an hour included, and its timeout is per attempt;
  `_Patience` runs inside its retry loop, shortens each attempt and ends the retries that would come too late.
- Errors get our names (`Unavailable`, `Refused`), an unknown stop reason is refused, never guessed.
- Content becomes plain dicts that may be sent back, without the fields that only a response has.
- Answers are read from the API's JSON, not from the SDK's lenient objects, which let missing counters through.
The SDK takes over a second to import, so it is imported when a model is constructed, not when this file is.
"""

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from lanes.models import prices
from lanes.models.base import Ask, Stop, Turn, Usage
from tools.contract import Refused, Unavailable

if TYPE_CHECKING:
    from anthropic import APIConnectionError, APIRequest, APIResponse, APIStatusError, CallNext

API = "https://api.anthropic.com"  # named, or the SDK would ask the environment for it
RETRIES = 2  # three attempts ride out a hiccup; longer outages are the run's business, not a turn's
ATTEMPT = 120.0  # seconds; a long answer takes over a minute, and one cut off by us is paid for all the same
CONNECT = 5.0  # seconds; a host that does not shake hands by then will not within this turn
PAUSE = 0.5  # seconds before the first retry; the SDK doubles it for each next one

# The prefix of a lane (tools, system prompt) is the same for all its runs. An hour costs 2 writes where five minutes
# cost 1.25, and wins from about one run in two hours on.
CACHE = {"type": "ephemeral", "ttl": "1h"}

STOPS: Mapping[str, Stop] = {
    "end_turn": "end_turn",
    "stop_sequence": "end_turn",  # we set none; if one ever ends an answer, the answer is whole
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
    "pause_turn": "pause_turn",
}
KEPT: Mapping[str, tuple[str, ...]] = {"text": ("type", "text"), "tool_use": ("type", "id", "name", "input")}
CUT: frozenset[Stop] = frozenset({"max_tokens", "refusal"})  # a call at the end of such an answer may be half of one

KEY = "Check ANTHROPIC_API_KEY; a key is made at https://platform.claude.com/settings/keys."

SAID = 300  # characters of the API's own explanation that our sentence carries

AGAIN: Mapping[int, tuple[str, str]] = {  # statuses after which the same request may succeed, as is any 5xx
    408: ("TIMEOUT", "gave up on the request"),
    409: ("TIMEOUT", "was busy with a conflicting request"),
    429: ("RATE_LIMITED", "limits our rate"),
    529: ("OVERLOADED", "is overloaded"),
}
NEVER: Mapping[int, tuple[str, str]] = {
    401: ("WRONG_KEY", "refused our key"),
    402: ("NO_CREDIT", "wants to be paid first"),
    403: ("WRONG_KEY", "does not allow our key to do this"),
    404: ("UNKNOWN_MODEL", "knows no such model"),
}

Count = Annotated[int, Field(ge=0)]


class _Usage(BaseModel):
    input_tokens: Count
    output_tokens: Count
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None


class _Answer(BaseModel):
    """What must be in a Messages API answer; whatever else is there is left alone."""

    model: str
    content: list[dict[str, Any]]
    stop_reason: str | None
    usage: _Usage


class AnthropicModel:
    """`Model` by Anthropic's Messages API.

    `timeout` is what one attempt may take, in seconds; `Ask.patience` bounds all attempts and the pauses between them.
    """

    label = "Anthropic"

    def __init__(self, api_key: str, base_url: str = API, max_retries: int = RETRIES, timeout: float = ATTEMPT) -> None:
        if not (api_key.isascii() and api_key.isprintable() and api_key.split() == [api_key]):
            raise Refused("WRONG_KEY", f"The key for the Anthropic API is missing, or no key at all. {KEY}")
        from anthropic import Anthropic  # noqa: PLC0415  1.2 s that only those who run on Claude should pay

        self._timeout = timeout
        self._client = Anthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=max_retries,
            timeout=timeout,
            open_telemetry={"propagation": False, "traces": {"content_mode": "metadata_only"}},
        )

    def prices(self, model: str) -> bool:
        return prices.known(model)

    def turn(self, ask: Ask) -> Turn:
        """One Messages call. Raises `Unavailable` when no answer came within patience, `Refused` when none will."""
        from anthropic import APIConnectionError, APIStatusError  # noqa: PLC0415  loaded by the constructor

        patience = _Patience(ask.patience, self._timeout)
        client = self._client.with_options(middleware=[patience])
        try:
            raw = client.messages.with_raw_response.create(**request(ask), timeout=patience.left())
        except APIStatusError as error:
            raise _answered(error, patience.attempts) from error
        except APIConnectionError as error:
            raise _unreached(error, patience.attempts) from error
        return _turn(raw.http_response, patience)


def request(ask: Ask) -> dict[str, Any]:
    """The body of the Messages call, as keyword arguments of the SDK."""
    body: dict[str, Any] = {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        # The API takes no empty message; an empty answer says nothing, so it is left out.
        "messages": [message for message in ask.messages if message["content"]],
    }
    if ask.tools:
        body["tools"] = [_tool(tool) for tool in ask.tools]
    if ask.system:  # the prefix is cached up to this block: the tools, which come first, and the system prompt
        body["system"] = [{"type": "text", "text": ask.system, "cache_control": CACHE}]
    elif ask.tools:
        body["tools"][-1]["cache_control"] = CACHE
    return body


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The tool with a strict schema where the API can hold the model to it; where not, as it is.

    What strict schemas do not know (patterns, lengths, bounds) moves into descriptions, and pydantic holds it here.
    """
    from anthropic import transform_schema  # noqa: PLC0415  loaded by the constructor

    schema = dict(tool["input_schema"])
    if not _open(schema):
        try:
            return {**tool, "input_schema": transform_schema(schema), "strict": True}
        except (ValueError, AssertionError):  # a schema without types, or with a list of them
            pass
    return {**tool, "input_schema": schema}


def _open(schema: object) -> bool:
    """Does any part of the schema take fields without naming them? A strict schema would take them away."""
    if isinstance(schema, list | tuple):
        return any(_open(one) for one in schema)
    if not isinstance(schema, Mapping):
        return False
    extra = schema.get("additionalProperties", False)
    bare = schema.get("type") == "object" and "properties" not in schema and extra is not False
    return bare or (extra is not False) or any(_open(one) for one in schema.values())


class _Patience:
    """Middleware of one turn: counts attempts, gives each what is left of the time, and ends retries without hope."""

    def __init__(self, seconds: float, attempt: float) -> None:
        self._until = time.monotonic() + seconds
        self._attempt = attempt
        self.attempts = 0
        self.lost = 0  # sent and never answered, so perhaps billed

    def left(self) -> float:
        return max(self._until - time.monotonic(), 0.001)  # zero would mean something else to some clients

    def __call__(self, request: "APIRequest", call_next: "CallNext") -> "APIResponse[Any]":
        from anthropic import APIConnectionError  # noqa: PLC0415  loaded by the constructor
        from httpx2 import Timeout  # noqa: PLC0415  likewise

        self.attempts += 1
        wait = min(self.left(), self._attempt)
        pause = PAUSE * 2**request.retries_taken
        try:
            response = call_next(request.copy(timeout=Timeout(wait, connect=min(wait, CONNECT))))
        except APIConnectionError as error:
            self.lost += _sent(error)
            if self.left() <= pause:
                # Not `from error`: the SDK retries whatever a connection error is the cause of.
                raise _unreached(error, self.attempts) from None
            raise
        if self.left() <= (_retry_after(response.http_response.headers) or pause):
            response.http_response.headers["x-should-retry"] = "false"  # the SDK's own word for: this was the last
        return response


def _sent(error: "APIConnectionError") -> bool:
    """Had the request left when the connection failed? Only a request that was sent can have cost anything."""
    from httpx2 import ConnectError, ConnectTimeout, PoolTimeout  # noqa: PLC0415  loaded by the constructor

    return not isinstance(error.__cause__, ConnectError | ConnectTimeout | PoolTimeout)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the API asks to wait, in any of the three forms that the SDK obeys; None when it asks for nothing."""
    with suppress(KeyError, ValueError):
        return max(float(headers["retry-after-ms"]) / 1000, 0.0)
    with suppress(KeyError, ValueError):
        return max(float(headers["retry-after"]), 0.0)
    with suppress(KeyError, ValueError):
        return max(parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time(), 0.0)
    return None


def _unreached(error: "APIConnectionError", attempts: int) -> Unavailable:
    from anthropic import APITimeoutError  # noqa: PLC0415  loaded by the constructor

    tried = f"in {attempts} attempts" if attempts != 1 else "in one attempt"
    if isinstance(error, APITimeoutError):
        return Unavailable("TIMEOUT", f"The Anthropic API did not answer in time {tried}.")
    return Unavailable("CONNECTION", f"The Anthropic API could not be reached, or broke off its answer, {tried}.")


def _answered(error: "APIStatusError", attempts: int) -> Refused | Unavailable:
    tried = f"after {attempts} attempts" if attempts != 1 else "at the first attempt"
    said = (error.api_message or error.message)[:SAID]
    status = error.status_code
    if status in AGAIN or status >= 500:
        code, what = AGAIN.get(status, ("SERVER_ERROR", f"failed with {status}"))
        return Unavailable(code, f"The Anthropic API {what} ({tried}): {said}", _retry_after(error.response.headers))
    code, what = NEVER.get(status, ("BAD_REQUEST", f"refused the request with {status}"))
    return Refused(code, f"The Anthropic API {what}: {said}{' ' + KEY if code == 'WRONG_KEY' else ''}")


def _turn(response: Any, patience: _Patience) -> Turn:
    """Read an httpx2 response with status 200."""
    try:
        body = _storable(response.json())
        answer = _Answer.model_validate(body)
    except (ValueError, ValidationError) as error:
        raise Unavailable("BAD_ANSWER", "What answered for the Anthropic API is not a Messages answer.") from error
    if (stop := STOPS.get(answer.stop_reason or "")) is None:
        raise Refused("UNKNOWN_STOP", f"The model stopped for a reason we do not know: {answer.stop_reason!r}.")
    usage = answer.usage
    return Turn(
        content=tuple(_block(block) for block in answer.content if _says_something(block, stop)),
        stop=stop,
        usage=Usage(
            input=usage.input_tokens,
            output=usage.output_tokens,
            cache_read=usage.cache_read_input_tokens or 0,
            cache_write=usage.cache_creation_input_tokens or 0,
        ),
        cost=prices.cost(body, lost=patience.lost),
        model=answer.model,
        request=response.headers.get("request-id", ""),
    )


def _storable(value: Any) -> Any:
    """The same JSON with text in place of what the ledger cannot hold: numbers beyond 64 bits or all measure, half a
    character.
    """
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def _says_something(block: Mapping[str, Any], stop: Stop) -> bool:
    """The API takes back neither empty texts nor calls without a result."""
    if block.get("type") == "text":
        return bool(block.get("text"))
    return not (block.get("type") == "tool_use" and stop in CUT)


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    """The block as it may be sent back; thinking and what we do not know unchanged, because some of it is signed."""
    kept = KEPT.get(block.get("type", ""), tuple(block))
    return {field: block[field] for field in kept if field in block}
