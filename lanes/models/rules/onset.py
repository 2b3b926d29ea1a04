"""When a service's errors began to be more than usual, told from how many it logged in which minute."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from lanes.models.rules.seen import Json

MINUTE = timedelta(minutes=1)
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
    step_of = {at: max(0, min((until - at - MINUTE) // STEP, steps - 1)) for at in minutes}
    counts: Counter[int] = Counter()
    for at, step in step_of.items():
        counts[step] += minutes[at]
    usual = sorted(counts[step] for step in range(steps))[steps // 4] if steps else 0
    high = list(takewhile(lambda step: counts[step] >= max(FEW, TIMES * usual), range(steps)))
    if steps < LEAST or not high:
        return None
    loud = {at for at, errors in minutes.items() if errors * (STEP // MINUTE) >= TIMES * usual}
    within = [at for at in minutes if step_of[at] <= high[-1]]
    began = min([at for at in within if at in loud] or within)
    while began - MINUTE in loud:  # it need not have begun with a step
        began -= MINUTE
    errors = sum(count for at, count in minutes.items() if at >= began)
    return Onset(None if len(high) == steps else began, errors, counts[0], usual)
