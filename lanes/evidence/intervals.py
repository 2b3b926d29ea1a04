"""How sure a share is. Wilson for every figure that is shown, Clopper-Pearson where a single look is to guarantee it.

    >>> Share(48, 50).wilson
    Interval(low=0.865..., high=0.989...)

Sources: Wilson 1927, as recommended by Brown, Cai, DasGupta, "Interval Estimation for a Binomial Proportion",
Statistical Science 16(2), 2001; Clopper and Pearson, Biometrika 26, 1934; the continued fraction is NIST DLMF 8.17.22.
"""

import math
from dataclasses import dataclass

Z_95 = 1.96  # standard normal quantile of 97.5 %: a two-sided interval of 95 %
_HALVINGS = 60  # of [0, 1]: past the last bit of a float
_TINY = 1e-300  # stands for 0 in a denominator of the continued fraction
_MOST_TERMS = 10_000  # it needs about the square root of the count; more than a million cases need no exact bound


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """`hits` of `of` cases."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"{self.hits} of {self.of} is no share")

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where there is no case: no evidence."""
        return self.hits / self.of if self.of else None

    @property
    def wilson(self) -> Interval:
        """The 95 % interval that is shown beside it."""
        return wilson(self.hits, self.of)


NOTHING = Share(0, 0)  # no case at all


def wilson(hits: int, of: int, z: float = Z_95) -> Interval:
    """The score interval of `hits` in `of` cases; [0, 1] without a case."""
    if not of:
        return Interval(0.0, 1.0)
    share, spread = hits / of, z * z / of
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    # the ends are 0 and 1 exactly where nothing or everything was hit; rounding must not say otherwise
    return Interval(0.0 if not hits else max(centre - half, 0.0), 1.0 if hits == of else min(centre + half, 1.0))


def clopper_pearson(hits: int, of: int, confidence: float = 0.95) -> Interval:
    """The exact interval: it holds the true share in at least `confidence` of all single looks."""
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, hits, of - hits + 1) if hits else 0.0
    high = beta_quantile(1 - tail, hits + 1, of - hits) if hits < of else 1.0
    return Interval(low, high)


def beta_quantile(share: float, a: float, b: float) -> float:
    """The x below which the Beta(a, b) distribution has `share` of its mass, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if incomplete_beta(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b): the mass of Beta(a, b) below `x`."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast only on the other side of the mean
        return 1 - incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1 x / (1 + d2 x / (1 + …)), DLMF 8.17.22, from the front by Lentz's method."""
    value, above, below = 1.0, 1.0, 0.0
    for n in range(1, _MOST_TERMS):
        m = n // 2
        if n % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        below = 1 / (1 + term * below or _TINY)
        above = 1 + term / above or _TINY
        value *= above * below
        if abs(above * below - 1) < 1e-15:
            break
    return value
