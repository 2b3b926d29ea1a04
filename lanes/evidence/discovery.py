"""Many strata at once: which of them may be promoted together, and how many of those are likely wrong.

With alpha for each stratum, the wrong promotions to expect are at most alpha times the strata, which is published.
Or the false discovery rate over all of them is held below one alpha by e-BH (Wang and Ramdas, "False discovery rate
control with e-values", JRSS B 84, 2022), whatever the dependence between them.
"""

import math
from collections.abc import Iterable, Mapping


def promoted_together(log_values: Mapping[str, float], alpha: float) -> tuple[str, ...]:
    """The strata that e-BH promotes, by stratum → ln E: the k with the largest E, for the largest k for which the k-th
    is at least K / (k alpha). The strongest comes first, equals by name.
    """
    ranked = sorted(log_values, key=lambda name: (-log_values[name], name))
    most = 0
    for k, name in enumerate(ranked, 1):
        if log_values[name] >= math.log(len(ranked) / (k * alpha)):
            most = k
    return tuple(ranked[:most])


def wrong_promotions_expected(alphas: Iterable[float]) -> float:
    """At most so many of the strata with these alphas are promoted wrongly, on average."""
    return sum(alphas)
