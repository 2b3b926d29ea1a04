"""What customers felt: what came back after the work was done, on the agent's writes beside people's own.

A record that both have touched is the agent's. What came back on a record that nobody of this lane is known to have
touched is not the lane's, and is left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lanes.evidence.intervals import NOTHING, Share

REVERSALS = frozenset({"reopened", "refund_failed", "disputed", "dispute_lost"})  # the work did not stand


@dataclass(frozen=True)
class Came:
    """One reaction. `refs` are the records it is about; `ours`: the system says it came back on a write of ours."""

    kind: str
    refs: frozenset[str]
    at: datetime
    value: str = ""
    ours: bool = False


@dataclass(frozen=True)
class Side:
    """What came back on one side's work."""

    records: int = 0  # that were worked on
    kinds: Mapping[str, int] = field(default_factory=dict)
    ratings: Mapping[str, int] = field(default_factory=dict)  # by the vendor's own word
    reversed: Share = NOTHING  # records on which the work did not stand


@dataclass(frozen=True)
class Felt:
    """Both sides of one week."""

    agent: Side = Side()
    people: Side = Side()
    came_back: frozenset[str] = frozenset()  # the agent's records on which the work did not stand


def felt(reactions: Iterable[Came], agent: frozenset[str], people: frozenset[str], *, worked: tuple[int, int]) -> Felt:
    """`agent` and `people` are the records that each side has touched lately; `worked`: in this week, how many."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    ratings: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    fell: dict[bool, set[str]] = {True: set(), False: set()}
    for one in reactions:
        mine = one.ours or not agent.isdisjoint(one.refs)
        if not mine and people.isdisjoint(one.refs):
            continue
        counts[mine][one.kind] += 1
        if one.kind == "rated":
            ratings[mine][one.value or "unnamed"] += 1
        if one.kind in REVERSALS:
            known = one.refs & (agent if mine else people)
            fell[mine] |= known or {min(one.refs, default="")}
    sides = [_side(worked[n], counts[mine], ratings[mine], len(fell[mine])) for n, mine in enumerate((True, False))]
    return Felt(sides[0], sides[1], frozenset(fell[True]))


def _side(records: int, kinds: Counter[str], ratings: Counter[str], fell: int) -> Side:
    """What came back this week may be on work of weeks before, so there can be more of it than work."""
    share = Share(min(fell, records), records)
    return Side(records, dict(kinds.most_common()), dict(ratings.most_common()), share)
