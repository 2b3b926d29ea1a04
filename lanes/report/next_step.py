"""What to do next, by rule: the first that applies, the most urgent first.

1. Approvers miss too many of the drafts that are wrong on purpose: look at how they decide before anything else.
2. Nothing was compared and nothing decided: there is nothing to judge yet.
3. Too many cases cannot be settled: the truth is not read in full.
4. The agent would have acted where people did nothing, in more cases than are tolerable: the dangerous kind first.
5. A segment's evidence is sufficient, or nearly: a lease is within reach.
6. One field stands for most of the differences: look there.
7. People reject for one reason above all: look there.
8. Otherwise: go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lanes.core.page import Mode
from lanes.report.compared import Compared
from lanes.report.deciding import Decided
from lanes.report.strata import Stratum
from lanes.shadow.matching import Outcome

FEW_CANARIES = 5  # fewer of them say nothing about a queue
OPEN = 0.1  # of the cases: more that cannot be settled fail the bar
NEAR = 50  # clean cases: a week or two of work
_FEW = 5  # cases below which a share is chance


class Next(StrEnum):
    """What is proposed."""

    CANARIES = "canaries"
    NOTHING_YET = "nothing_yet"
    UNSETTLED = "unsettled"
    OVERREACH = "overreach"
    LEASE = "lease"
    NEARLY = "nearly"
    FIELD = "field"
    REASON = "reason"
    GO_ON = "go_on"


@dataclass(frozen=True)
class Step:
    """One proposal; `about` is a queue, a segment, a field or a reason, `count` how many of it."""

    what: Next
    about: str = ""
    count: int = 0


def next_step(  # noqa: PLR0911 - one line a rule
    mode: Mode, live: Compared, strata: Sequence[Stratum], approvals: Decided, target: float | None
) -> Step:  # fmt: skip
    """The one sentence at the top of a report."""
    if target is not None and (queue := _misses(approvals, target)):
        return Step(Next.CANARIES, *queue)
    if not live.total and not approvals.asked and not approvals.alone:
        return Step(Next.NOTHING_YET)
    unsettled, overreach = live.count(Outcome.UNSETTLED), live.count(Outcome.OVERREACH)
    if live.settled >= _FEW and unsettled > OPEN * live.settled:
        return Step(Next.UNSETTLED, count=unsettled)
    tolerance = min((one.proof.bar.tolerance for one in strata if one.proof), default=0.02)
    if overreach > 1 and overreach > tolerance * live.settled:
        return Step(Next.OVERREACH, count=overreach)
    nearest = min((one for one in strata if one.cases), key=lambda one: one.missing, default=None)
    if nearest and not nearest.missing and mode is not Mode.AUTONOMOUS:
        return Step(Next.LEASE, nearest.segment)
    if nearest and nearest.missing <= NEAR and mode is not Mode.AUTONOMOUS:
        return Step(Next.NEARLY, nearest.segment, nearest.missing)
    first = live.fields[0] if live.fields else None
    if first and first.differs.hits >= _FEW:
        return Step(Next.FIELD, f"{first.tool} {first.field}", first.differs.hits)
    reason, count = next(iter(approvals.rejects.items()), ("", 0))
    if count >= _FEW:
        return Step(Next.REASON, reason, count)
    return Step(Next.GO_ON, nearest.segment if nearest else "", nearest.missing if nearest else 0)


def _misses(approvals: Decided, target: float) -> tuple[str, int] | None:
    """The queue that finds least, where that is below the target, and how many it missed."""
    enough = ((queue, share) for queue, share in approvals.canaries_of.items() if share.of >= FEW_CANARIES)
    low = [(share.hits / share.of, queue, share.of - share.hits) for queue, share in enough]
    return min(low)[1:] if low and min(low)[0] < target else None
