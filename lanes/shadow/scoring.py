"""How often the agent and how often people were right, as somebody said who did not know whose side is whose.

All disagreements are looked at, and of the agreements a known share: the rate over all cases weighs each kind by how
many cases of it there are, because a plain share of what was looked at would be a rate of disagreements.

    rate = sum over kinds of (cases of the kind / all cases) * (errors / looked at, within the kind)

Its interval is made of the Wilson ends of the kinds, weighted alike: wider than need be, never narrower. What was
missed counts as the agent's error where its doing nothing was called one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lanes.evidence.intervals import Interval, Share
from lanes.evidence.severity import Verdict
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome

APART, ALIKE = "disagreements", "agreements"


@dataclass(frozen=True)
class Side:
    """One side's errors. `by_kind` are the plain shares of what was looked at; `rate` is None without evidence."""

    by_kind: Mapping[str, Share]
    severity: Mapping[Verdict, int]
    rate: float | None
    interval: Interval


@dataclass(frozen=True)
class Scores:
    """Both sides against the same labels."""

    agent: Side
    person: Side
    cases: Mapping[str, int]  # settled ones, by kind
    looked_at: int
    could_not_tell: int
    reasons: Mapping[str, int]


def scores(cases: Iterable[Case]) -> Scores:
    """Of shadow and backfill cases of one lane; audits are judged alone and are left out."""
    count, looked, reasons = Counter[str](), Counter[str](), Counter[str]()
    errors: dict[str, Counter[str]] = {"agent": Counter(), "person": Counter()}
    severity: dict[str, Counter[Verdict]] = {"agent": Counter(), "person": Counter()}
    unsure = 0
    for case in cases:
        kind = _kind(case)
        if kind is None:
            continue
        count[kind] += 1
        if case.labelled is None:
            continue
        if case.label is None or case.person_label is None:
            unsure += 1
            continue
        looked[kind] += 1
        reasons.update([case.reason] if case.reason else [])
        for side, verdict in (("agent", case.label), ("person", case.person_label)):
            errors[side][kind] += verdict is not Verdict.CORRECT
            severity[side][verdict] += 1
    sides = {side: _side(count, looked, errors[side], severity[side]) for side in errors}
    return Scores(sides["agent"], sides["person"], count, looked.total(), unsure, reasons)


def _kind(case: Case) -> str | None:
    if case.source == "audit" or case.settled is None:
        return None
    match case.outcome:
        case Outcome.AGREE:
            return ALIKE
        case Outcome.DIFFER | Outcome.MISSED | Outcome.OVERREACH:
            return APART
        case Outcome.UNSETTLED:
            return None


def _side(
    count: Mapping[str, int], looked: Mapping[str, int], errors: Mapping[str, int], severity: Mapping[Verdict, int]
) -> Side:
    shares = {kind: Share(errors.get(kind, 0), looked.get(kind, 0)) for kind in (APART, ALIKE)}
    every = sum(count.values())
    weights = {kind: count.get(kind, 0) / every if every else 0.0 for kind in shares}
    known = every and all(shares[kind].of for kind, weight in weights.items() if weight)
    rate = sum(weight * (shares[kind].value or 0.0) for kind, weight in weights.items()) if known else None
    if not every:
        return Side(shares, severity, None, Interval(0.0, 1.0))
    low = sum(weight * shares[kind].wilson.low for kind, weight in weights.items())
    high = sum(weight * shares[kind].wilson.high for kind, weight in weights.items())
    return Side(shares, severity, rate, Interval(low, min(high, 1.0)))
