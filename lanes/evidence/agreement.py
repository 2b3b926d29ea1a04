"""How far two raters agree: the raw table, the plain share, and two figures that allow for chance.

Cohen's kappa alone misleads where nearly everything is approved: at 96 % of "approve", 96 % agreement is a kappa of
0.48 (Feinstein and Cicchetti, J. Clin. Epidemiol. 43, 1990). So Gwet's AC1 (Br. J. Math. Stat. Psychol. 61, 2008)
stands beside it, and the table beside both. Agreement is not correctness: that takes a third person's label.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lanes.evidence.intervals import Share


@dataclass(frozen=True)
class Agreement:
    """Of two raters over the same cases. A figure that is not defined for this table is None."""

    table: Mapping[tuple[str, str], int]  # (what the first said, what the second said) → cases; zeros included
    share: Share  # cases in which both said the same
    kappa: float | None
    ac1: float | None


def agreement(pairs: Iterable[tuple[str, str]], categories: Iterable[str] = ()) -> Agreement:
    """`categories` are those that a rater could have chosen; those that are seen count as well."""
    counted: dict[tuple[str, str], int] = {}
    for pair in pairs:
        counted[pair] = counted.get(pair, 0) + 1
    names = sorted({*categories, *(said for pair in counted for said in pair)})
    table = {(one, other): counted.get((one, other), 0) for one in names for other in names}
    cases = sum(table.values())
    same = Share(sum(table[name, name] for name in names), cases)
    if not cases:
        return Agreement(table, same, None, None)
    first = [sum(table[name, other] for other in names) / cases for name in names]
    second = [sum(table[other, name] for other in names) / cases for name in names]
    means = [(one + other) / 2 for one, other in zip(first, second, strict=True)]
    by_chance = sum(one * other for one, other in zip(first, second, strict=True))
    by_guess = sum(mean * (1 - mean) for mean in means) / (len(names) - 1) if len(names) > 1 else None
    return Agreement(table, same, _beyond(same, by_chance), _beyond(same, by_guess))


def _beyond(same: Share, expected: float | None) -> float | None:
    """How much of what was left to chance is agreed on; undefined where chance leaves nothing."""
    if same.value is None or expected is None or expected >= 1:
        return None
    return (same.value - expected) / (1 - expected)
