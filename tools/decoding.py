"""JSON that others wrote, as values that can be kept. Whatever they send, it is read or it is a `ValueError`."""

import json
import re
from decimal import Decimal
from typing import Any

_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def decoded(content: bytes) -> Any:
    """Decimals as `Decimal`. Raises `ValueError` for what is no JSON, nested too deep, or a number beyond all measure.

    Half of a sign outside the first plane, as systems leave it that cut texts by UTF-16 units, becomes U+FFFD: no
    database takes such a half, and one of them shall not keep a record from being read.
    """
    text = content.decode(json.detect_encoding(content))
    try:
        value = json.loads(text, parse_float=Decimal)
        return _whole(value) if _ESCAPED_HALF.search(text) else value
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("nested too deep, or a number beyond all measure") from error


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(name): _whole(inner) for name, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value
