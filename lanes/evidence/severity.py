"""What a case weighs, from 0 (as it should be) to 1 (as wrong as can be). The evidence is made of these losses."""

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    """What came of a case, as it was settled."""

    CORRECT = "correct"
    TONE = "tone"  # only the wording had to change
    REWORK = "rework"  # a person had to do part of it again
    WRONG = "wrong"  # the wrong recipient, amount or policy
    UNSETTLED = "unsettled"  # the time to settle is over and nobody can tell


LOSS: Mapping[Verdict, float] = {
    Verdict.CORRECT: 0.0,
    Verdict.TONE: 0.1,
    Verdict.REWORK: 0.3,
    Verdict.WRONG: 1.0,
    Verdict.UNSETTLED: 1.0,  # as bad as wrong, so that waiting hides no failure
}


def checked(loss: float) -> float:
    """Raises ValueError for what is no loss: below 0, above 1, not a number."""
    if not 0 <= loss <= 1:
        raise ValueError(f"a loss is a number from 0 to 1, not {loss}")
    return loss
