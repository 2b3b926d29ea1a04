"""Several changes in one call, all or none ("Composite").

The call is answered with 200 whatever becomes of its parts; each has a status and a body of its own. With `allOrNone`
the one that failed says why and all others say PROCESSING_HALTED: then nothing was changed. Should one have been done
and another not, that is said by name and is `Uncertain`: neither "done" nor "failed" would be true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.contract import Refused, ToolError, Uncertain, Wire
from tools.dialects import DIALECTS
from tools.salesforce.answers import DATA, Asker
from tools.wire import REFUSALS, WORDS, Answer, understand

HALTED = "PROCESSING_HALTED"  # taken back because another part failed

_DIALECT = DIALECTS["salesforce"]


@dataclass(frozen=True)
class Part:
    """One request. `word` names it to people: "the opportunity"."""

    word: str
    method: str
    url: str
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] | None = None


class _Result(Answer):
    body: Any
    httpStatusCode: int  # noqa: N815 - Salesforce's name
    referenceId: str  # noqa: N815 - Salesforce's name

    @property
    def ok(self) -> bool:
        return 200 <= self.httpStatusCode < 300


class _Results(Answer):
    compositeResponse: list[_Result]  # noqa: N815 - Salesforce's name


def together(wire: Wire, parts: Mapping[str, Part], tool: Asker) -> dict[str, Any]:
    """The bodies of all answers, by the names in `parts`.

    Raises what the part that failed was refused with, when all was taken back; `Uncertain` PARTIAL when not.
    """
    asked = [_request(name, part) for name, part in parts.items()]
    sent = {"allOrNone": True, "compositeRequest": asked}
    answer = wire.call("POST", f"{DATA}/composite", json=sent, timeout=tool.timeout, changes=True)
    results = {one.referenceId: one for one in understand(_Results, answer, tool.name, changes=True).compositeResponse}
    if set(results) != set(parts):
        raise Uncertain("SCHEMA_DRIFT", f"{tool.name}: the answer does not speak of each part that was asked for")
    if failed := {name: one for name, one in results.items() if not one.ok}:
        done = [parts[name].word for name, one in results.items() if one.ok and parts[name].method != "GET"]
        raise _failure(parts, failed, done)
    return {name: one.body for name, one in results.items()}


def _request(name: str, part: Part) -> dict[str, object]:
    more = {"body": part.body, "httpHeaders": part.headers}
    return {"method": part.method, "url": part.url, "referenceId": name} | {
        field: value for field, value in more.items() if value
    }


def _failure(parts: Mapping[str, Part], failed: Mapping[str, _Result], done: list[str]) -> ToolError:
    errors = {name: _error(one) for name, one in failed.items()}
    name = next((name for name, error in errors.items() if error.code != HALTED), next(iter(errors)))
    cause = errors[name]
    words = f"{parts[name].word}: {cause.message}"
    if done:
        return Uncertain("PARTIAL", f"{' and '.join(done)} was changed, {words}")
    if isinstance(cause, Uncertain):
        return Uncertain(cause.code, words)
    return type(cause)(cause.code, f"{words}; nothing was changed")


def _error(result: _Result) -> ToolError:
    """What the wire would have said of this answer, had it come alone."""
    try:
        code, words = _DIALECT.error(result.body)
    except (LookupError, TypeError, AttributeError):
        code, words = "", ""
    status = result.httpStatusCode
    message = f"salesforce answered {status}" + (f": {words[:WORDS]}" if words else "")
    if code == HALTED:
        return Refused(HALTED, message)
    if (known := _DIALECT.known.get(code)) is not None:
        kind, name = known
        return kind(name, message)
    if status == 408 or status >= 500:
        return Uncertain("VENDOR_ERROR", message)
    return Refused(REFUSALS.get(status, "REDIRECTED" if status < 400 else "INVALID"), message)
