"""Has an input changed since the evidence was gathered? The population stability index over bins of one field.

    PSI = sum over bins of (a - e) ln(a / e),   a and e the bin's actual and expected share

Above 0.1 the owner is warned, above 0.25 the lane is demoted. Between two samples of one population the index is not 0
but about (bins - 1) (1/n_a + 1/n_e) on average; where that alone is a warning, the index says nothing yet.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WARNS = 0.1
DEMOTES = 0.25
BINS = 10  # for numbers: tenths of what was expected
_EMPTY = 0.5  # cases that an empty bin counts as, since a share of 0 has no logarithm


class Level(StrEnum):
    """What the index calls for."""

    NO_EVIDENCE = "no_evidence"
    STEADY = "steady"
    WARN = "warn"
    DEMOTE = "demote"


@dataclass(frozen=True)
class Drift:
    """`index` is None without cases on one of the sides; `by_chance` is what it would be with no drift at all."""

    index: float | None
    by_chance: float | None
    level: Level


def drift(expected: Mapping[str, int], actual: Mapping[str, int]) -> Drift:
    """Compare the cases by bin of two periods; a bin that only one of them knows counts as empty in the other."""
    bins = sorted({*expected, *actual})
    before, now = sum(expected.values()), sum(actual.values())
    if not before or not now:
        return Drift(None, None, Level.NO_EVIDENCE)
    shares = [((actual.get(b, 0) or _EMPTY) / now, (expected.get(b, 0) or _EMPTY) / before) for b in bins]
    index = sum((a - e) * math.log(a / e) for a, e in shares)
    by_chance = (len(bins) - 1) * (1 / now + 1 / before)
    return Drift(index, by_chance, _level(index, by_chance))


def _level(index: float, by_chance: float) -> Level:
    if by_chance >= WARNS:
        return Level.NO_EVIDENCE
    return Level.DEMOTE if index > DEMOTES else Level.WARN if index > WARNS else Level.STEADY


def edges(expected: Sequence[float]) -> tuple[float, ...]:
    """Where to cut numbers into bins of equally many expected cases; equal edges are one."""
    ordered = sorted(expected)
    return tuple(dict.fromkeys(ordered[n * len(ordered) // BINS] for n in range(1, BINS))) if ordered else ()


def binned(numbers: Iterable[float], cuts: Sequence[float]) -> dict[str, int]:
    """How many of them fall between which cuts; a bin is named by its number."""
    counts = {str(n): 0 for n in range(len(cuts) + 1)}
    for number in numbers:
        counts[str(bisect_right(cuts, number))] += 1
    return counts
