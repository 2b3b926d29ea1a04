"""What a request carries: names with brackets made into nested values, each of the kind its endpoint takes.

"metadata[a]=b", "expand[]=x" and "expand[0]=x", "created[gte]=1": docs.stripe.com/api, "Metadata", "Expanding
responses", "Pagination".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tools.sandboxes.twin import ProblemError

Kind = Callable[[str, Any], Any]  # a parameter's name and its value as sent → the value; raises ProblemError
Form = dict[str, Any]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
METADATA_NAMES, METADATA_VALUES = 40, 500  # characters, "Metadata"
RANGE = frozenset({"gt", "gte", "lt", "lte"})


class StoppedError(ProblemError):
    """Refused when the work had begun: such an answer is kept under the request's key."""


def refusal(status: int, code: str, message: str, **more: Any) -> ProblemError:
    """{"error": {…}}, docs.stripe.com/api/errors."""
    kind = more.pop("type", "api_error" if status >= 500 else "invalid_request_error")
    error = {"type": kind, "message": message, **({"code": code} if code else {}), **more}
    headers = {"Stripe-Rate-Limited-Reason": "global-rate"} if code == "rate_limit" else {}
    return ProblemError(status, {"error": error}, headers)


def stopped(message: str, code: str = "", **more: Any) -> StoppedError:
    said = refusal(400, code, message, **more)
    return StoppedError(said.status, said.body)


def nested(pairs: Iterable[tuple[str, str]]) -> Form:
    """[("metadata[a]", "b")] as {"metadata": {"a": "b"}}."""
    form: Form = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            raise refusal(400, "parameter_unknown", f"Received unknown parameter: {name}", param=name)
        *path, last = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        inner = form
        for step in path:
            inner = inner.setdefault(step, {})
            if not isinstance(inner, dict):
                raise refusal(400, "", f"Invalid object: {name} is given in two ways", param=match[1])
        inner[last] = value
    return form


def read(given: Mapping[str, str], kinds: Mapping[str, Kind], *required: str) -> Form:
    """The parameters by name. Raises ProblemError for one that is unknown, missing or of another kind."""
    form = nested(given.items())
    unknown = sorted(name for name in form if name not in kinds)
    if unknown:
        words = f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}"
        raise refusal(400, "parameter_unknown", words, param=unknown[0])
    for name in required:
        if name not in form:
            raise refusal(400, "parameter_missing", f"Missing required param: {name}.", param=name)
    return {name: kinds[name](name, value) for name, value in form.items()}


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise refusal(400, "", f"Invalid string: {value}", param=name)
    if not value:
        words = (
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value."
        )
        raise refusal(400, "parameter_invalid_empty", words, param=name)
    return value


def integer(name: str, value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise refusal(400, "parameter_invalid_integer", f"Invalid integer: {value}", param=name)
    return int(value)


def amount(name: str, value: Any) -> int:
    number = integer(name, value)
    if number < 1:
        words = "This value must be greater than or equal to 1."
        raise refusal(400, "parameter_invalid_integer", words, param=name)
    return number


def boolean(name: str, value: Any) -> bool:
    if value not in {"true", "false"}:
        raise refusal(400, "", f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def one_of(*allowed: str) -> Kind:
    def choose(name: str, value: Any) -> str:
        if value not in allowed:
            words = f"Invalid {name}: must be one of {', '.join(allowed[:-1])}, or {allowed[-1]}"
            raise refusal(400, "", words, param=name)
        return str(value)

    return choose


def metadata(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise refusal(400, "", f"Invalid {name}: it is a set of names and values", param=name)
    for key, said in value.items():
        if len(key) > METADATA_NAMES or len(said) > METADATA_VALUES:
            words = f"Metadata names have up to {METADATA_NAMES} characters, values up to {METADATA_VALUES}"
            raise refusal(400, "", words, param=name)
    return dict(value)


def names(name: str, value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise refusal(400, "", f"Invalid array: {value}", param=name)
    return [text(name, one) for one in value.values()]


def limit(name: str, value: Any) -> int:
    number = integer(name, value)
    if not 1 <= number <= 100:
        words = "This value must be between 1 and 100: limit"
        raise refusal(400, "parameter_invalid_integer", words, param=name)
    return number


def moments(name: str, value: Any) -> dict[str, int]:
    """A moment, or a range of them, in seconds since 1970."""
    if isinstance(value, str):
        moment = integer(name, value)
        return {"gte": moment, "lte": moment}
    if not set(value) <= RANGE:
        raise refusal(400, "parameter_unknown", f"Received unknown parameter: {name}", param=name)
    return {bound: integer(name, moment) for bound, moment in value.items()}
