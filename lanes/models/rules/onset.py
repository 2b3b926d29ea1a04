"""When a service's errors began to be more than usual, told from how many it logged in which minute."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from lanes.models.rules.seen import Json

STEP = timedelta(minutes=5)  # errors are compared over this; a single minute says little
FEW = 10  # errors in a step that no service is woken for, however quiet it was before
TIMES = 3  # as many as usual; less than that is a busy hour
LEAST = 4  # steps to compare; in a shorter window nothing is usual


@dataclass(frozen=True)
class Onset:
    """Errors far above the usual until the end of the window. `since` is None where they fill it whole."""

    since: datetime | None
    errors: int  # from then on
    latest: int  # in the last step
    usual: int  # in a step


def onset(logs: Json) -> Onset | None:
    """Of an answer of datadog.search_logs; None where its errors are no more than usual, or no longer.

    Usual is the lower quartile of the steps: trouble may fill three quarters of the window and is still seen.
    """
    minutes = {datetime.fromisoformat(one["at"]): int(one["errors"]) for one in logs["by_minute"] if one["errors"]}
    until, since = datetime.fromisoformat(logs["until"]), datetime.fromisoformat(logs["since"])
    if minutes and not logs["complete"]:
        since = min(minutes)  # of what came before nothing is known
    steps = -(-(until - since) // STEP)
    counts: Counter[int] = Counter()
    for at, errors in minutes.items():
        counts[min((until - at) // STEP, steps - 1)] += errors
    usual = sorted(counts[step] for step in range(steps))[steps // 4] if steps else 0
    high = list(takewhile(lambda step: counts[step] >= max(FEW, TIMES * usual), range(steps)))
    if steps < LEAST or not high:
        return None
    began = min(at for at in minutes if (until - at) // STEP <= high[-1])
    while (before := began - timedelta(minutes=1)) in minutes:
        began = before
    errors = sum(count for at, count in minutes.items() if at >= began)
    return Onset(None if len(high) == steps else began, errors, counts[0], usual)
