"""Products of thousands of factors, kept as logarithms so that they neither overflow nor vanish."""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

ZERO = -math.inf  # ln 0
_LARGEST = 700.0  # e^700 is about the largest float

# ln of a number that is not negative; ln 0 is null in JSON, which knows no infinity
Log = Annotated[
    float,
    BeforeValidator(lambda stored: ZERO if stored is None else stored),
    PlainSerializer(lambda log: None if log == ZERO else log, return_type=float | None, when_used="json"),
]


def number(log: float) -> float:
    """What `log` is the logarithm of; cut off where floats end."""
    return math.exp(min(log, _LARGEST))


def plus_one(log: float) -> float:
    """ln(e^log + 1)."""
    return log + math.log1p(math.exp(-log)) if log > 0 else math.log1p(math.exp(log))


def total(logs: Sequence[float]) -> float:
    """The ln of the sum of what they are the logarithms of."""
    top = max(logs)
    return top + math.log(math.fsum(math.exp(log - top) for log in logs)) if top > ZERO else ZERO
