"""Spans of time as a page writes them: 90s, 30m, 4h, 2d."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator


def _duration(value: Any) -> Any:
    """Read 90s, 30m, 4h, 2d."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)\s*([smhd])", value)
    if match is None:
        raise ValueError(f"{value!r} is not a duration such as 30m, 4h or 2d")
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[match[2]]
    return timedelta(**{unit: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]
