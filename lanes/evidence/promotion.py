"""Is this stratum better than its tolerance? A test that may be looked at after every case.

The null hypothesis is "the mean loss is at least the tolerance p0". Ten bettors bet against it, each a fixed share of
what the bet can lose; their weighted wealth is

    E_n = sum_k w_k * prod_{i<=n} ( 1 + lambda_k (p0 - X_i) ),   lambda_k = (k/10) / (1 - p0),   k = 10, 9, .., 1

with w_10 = 1/2 and 1/18 for each of the others. If the hypothesis is true, E_n is a nonnegative supermartingale that
starts at 1, and by Ville's inequality the chance that it ever reaches 1/alpha is at most alpha, however often anybody
looks. So the evidence is sufficient when E_n >= 1/alpha. Only the conditional mean of the losses matters: they need
not be independent. (Ville 1939; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
arXiv 2010.09686.)

The price of looking at any time: 172 clean cases at a tolerance of 2 %, where 149 would do for a single look.
"""

import math
from typing import Annotated, Self

from pydantic import Field

from lanes.evidence.logarithm import ZERO, Log, number, total
from lanes.evidence.severity import checked
from tools.contract import Frozen

_SHARES = (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)  # tenths of what a bet can lose; the first finds clean lanes, the others err
_LOG_WEIGHTS = tuple(math.log(1 / 2 if tenths == 10 else 1 / 18) for tenths in _SHARES)


class Bar(Frozen):
    """What has to be shown, and about which configuration. A change of any of it is a new question."""

    configuration: str  # hash of model, prompt, tool schemas, policy, retrieval settings
    tolerance: Annotated[float, Field(gt=0, lt=1)]  # p0: the mean loss that would be too much
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05  # chance of promoting what is too bad; 0.01 where it is final


class Proof(Frozen):
    """The evidence of one stratum so far. It takes one loss at a time and can be stored as JSON."""

    bar: Bar
    cases: Annotated[int, Field(ge=0)] = 0
    loss: float = 0.0  # sum of all losses
    logs: tuple[Log, ...] = (0.0,) * len(_SHARES)  # of each bettor's wealth; who is broke stays broke

    def after(self, loss: float, times: int = 1) -> Self:
        """One more case of this loss, or so many. Raises ValueError for a loss outside [0, 1]."""
        checked(loss)
        if times < 1:
            return self
        tolerance = self.bar.tolerance
        logs = tuple(log + times * _log_gain(k, loss, tolerance) for log, k in zip(self.logs, _SHARES, strict=True))
        more = {"cases": self.cases + times, "loss": self.loss + times * loss, "logs": logs}
        return self.model_copy(update=more)

    def under(self, bar: Bar) -> "Proof":
        """The evidence under `bar`: this one, or none at all where anything about the question has changed."""
        return self if bar == self.bar else Proof(bar=bar)

    @property
    def log_value(self) -> float:
        """The ln of E_n; 0 without evidence."""
        return total([weight + log for weight, log in zip(_LOG_WEIGHTS, self.logs, strict=True)])

    @property
    def value(self) -> float:
        """E_n, which has to reach `needed`; cut off where floats end."""
        return number(self.log_value)

    @property
    def needed(self) -> float:
        """1 / alpha."""
        return 1 / self.bar.alpha

    @property
    def sufficient(self) -> bool:
        """Has the evidence reached what is needed?"""
        return self._reaches(0)

    @property
    def clean_cases_missing(self) -> int:
        """How many more cases without any loss would be sufficient: "about 140 more clean cases"."""
        if self.sufficient:
            return 0
        enough = 1
        while not self._reaches(enough):
            enough *= 2
        too_few = enough // 2
        while enough - too_few > 1:
            middle = (enough + too_few) // 2
            enough, too_few = (middle, too_few) if self._reaches(middle) else (enough, middle)
        return enough

    def _reaches(self, clean: int) -> bool:
        """Would it be sufficient after so many clean cases? All ten run forward; each only gains."""
        return self.after(0.0, clean).log_value >= -math.log(self.bar.alpha)


def fixed_sample(tolerance: float, alpha: float = 0.05) -> int:
    """Clean cases a single look would need (the rule of three: about 3 / tolerance). Hanley and Lippman-Hand 1983."""
    return math.ceil(math.log(alpha) / math.log1p(-tolerance))


def _log_gain(tenths: int, loss: float, tolerance: float) -> float:
    """ln(1 + lambda (p0 - X)), written so that it is exactly ln 0 for a whole loss of a bettor who stakes all."""
    gain = (10 - tenths + tenths * (1 - loss) / (1 - tolerance)) / 10
    return math.log(gain) if gain else ZERO
