"""Has an autonomous stratum become worse than its tolerance? A detector that may be looked at after every action.

A random part of the actions is audited, each with a known probability pi. From the audits

    Z_i = A_i * X_i / pi_i                                  A_i = 1 if audited, X_i its loss: unbiased for the loss
    M_k <- (M_k + 1) * ( 1 + mu_k (Z_i - p1) )              mu_k in {.05, .1, .2, .4, .8} / p1,  M_k = 0 before
    M   = mean of the five;  alarm when M >= c

While the mean loss is at most p1, the average number of actions to a false alarm is at least c (Shin, Ramdas, Rinaldo,
"E-detectors", arXiv 2203.03532, NEJSDS 2023). The sums are kept as logarithms: M overflows soon after an alarm.
"""

import math
from typing import Annotated, Self

from pydantic import Field

from lanes.evidence.logarithm import ZERO, Log, number, plus_one, total
from lanes.evidence.severity import checked
from tools.contract import Frozen

STAKES = (0.05, 0.1, 0.2, 0.4, 0.8)  # times 1/p1: slow decay is found by the first, a broken lane by the last
ALL_AUDITED = 50  # the first actions under a lease, every one of which is audited
AUDIT_SHARE = 0.25  # of the actions after them, where the lease says nothing else
LEAST_AUDITED = 0.10  # below it a broken lane goes unseen for hundreds of actions


class Watch(Frozen):
    """The detector of one stratum. It takes one action at a time and can be stored as JSON."""

    tolerance: Annotated[float, Field(gt=0, lt=1)]  # p1
    limit: Annotated[float, Field(gt=1)] = 2000.0  # c: actions to a false alarm, on average, at least
    actions: Annotated[int, Field(ge=0)] = 0
    audited: Annotated[int, Field(ge=0)] = 0
    logs: tuple[Log, ...] = (ZERO,) * len(STAKES)  # ln M_k

    def after(self, loss: float | None, probability: float) -> Self:
        """One more action: its loss, or None where it was not drawn for an audit, and the chance that it had of that.

        Raises ValueError for a loss outside [0, 1] and for a probability outside (0, 1].
        """
        if not 0 < probability <= 1:
            raise ValueError(f"the chance of an audit is more than 0 and at most 1, not {probability}")
        seen = 0.0 if loss is None else checked(loss) / probability
        excess = seen / self.tolerance - 1
        logs = tuple(plus_one(log) + math.log1p(stake * excess) for log, stake in zip(self.logs, STAKES, strict=True))
        more = {"actions": self.actions + 1, "audited": self.audited + (loss is not None), "logs": logs}
        return self.model_copy(update=more)

    @property
    def value(self) -> float:
        """M, which must not reach `limit`; cut off where floats end."""
        return number(total(self.logs)) / len(STAKES)

    @property
    def alarmed(self) -> bool:
        """Is it time to demote?"""
        return self.value >= self.limit


def audit_probability(actions_before: int, share: float = AUDIT_SHARE) -> float:
    """The chance with which the next action is drawn for an audit, after so many under this lease."""
    return 1.0 if actions_before < ALL_AUDITED else min(max(share, LEAST_AUDITED), 1.0)
