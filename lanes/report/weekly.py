"""The weekly report of a lane, made from cases, figures, reactions and canaries. Pure: whoever asks brings them.

1. The week is one of ISO 8601, in the zone of the settings. A case belongs to the week in which it was drafted, a run
   to the week in which it ended, a reaction to the week in which it came.
2. The evidence of a segment is the bar's, as it stands now (`lanes/promotion/bar.py`): so the report and the card that
   proposes a lease say the same.
3. No evidence is told as no evidence: a share of nothing has no value.
4. Cases are taken one by one. What is kept is the sums, and one flag for each silent run of the week.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from lanes.core.page import Lane, Mode
from lanes.core.periods import Period
from lanes.core.ways_in import BACKFILL
from lanes.evidence.economics import ReviewedError, error_after_review
from lanes.evidence.intervals import Share
from lanes.evidence.severity import Verdict
from lanes.report.compared import Compared, Comparing, is_settled
from lanes.report.costs import Costs, costs
from lanes.report.deciding import CanaryShown, Decided, Spread, decided
from lanes.report.felt import Came, Felt, felt
from lanes.report.figures import Figures
from lanes.report.next_step import Step, next_step
from lanes.report.strata import Stratum
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome

WEEKS = 8  # of the trend
_SEED = 20_261  # of the bootstrap: the same week makes the same report


@dataclass(frozen=True)
class WeekOf:
    """One week of the trend."""

    name: str
    live: Share
    backfilled: Share


@dataclass(frozen=True)
class Escalated:
    """Runs that were handed to people, and what stopped them."""

    share: Share
    reasons: Mapping[str, int]
    budget: int  # runs that ended because their budget was used up
    outcomes: Mapping[str, int]  # of all runs


@dataclass(frozen=True)
class WeeklyReport:
    """Everything that is told of one lane and one week. What stands beside `live` is never part of it."""

    lane: str
    command: str
    mode: Mode
    week: str
    begin: datetime
    end: datetime
    live: Compared
    backfilled: Compared
    audited: Compared
    taken_over: Compared  # what people did by hand after they had seen the draft
    segments: Mapping[str, Compared]  # of live cases, by the page's segments and `ELSE`
    strata: tuple[Stratum, ...]
    trend: tuple[WeekOf, ...]
    runs: int
    worked: Spread  # how long the agent took
    decided: Decided
    left_after_review: ReviewedError | None  # of the agent's errors; None where no canary was decided
    canary_target: float | None
    escalated: Escalated
    costs: Costs
    felt: Felt
    step: Step


@dataclass(frozen=True)
class Known:
    """What a report is made from beside the streams of cases and figures."""

    page: Lane
    mode: Mode
    weeks: Sequence[Period]  # the trend's, the last of which is the report's
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)  # tool → fields with a fixed list
    strata: tuple[Stratum, ...] = ()  # the evidence now


def weekly(
    known: Known, cases: Iterable[Case], figures: Iterable[Figures], *, canaries: Iterable[CanaryShown] = (),
    reactions: Iterable[Came] = (), touched: frozenset[str] = frozenset(),
) -> WeeklyReport:  # fmt: skip
    """`cases` and `figures`: of the trend's weeks; canaries and reactions: of the week; `touched`: records that people
    have worked on lately.
    """
    page, week = known.page, known.weeks[-1]
    sums, runs = _Cases(known), _Runs(week)
    for case in cases:
        sums.add(case)
    for run in figures:
        runs.add(run)
    came = felt(reactions, frozenset(runs.touched), touched, worked=(len(runs.worked), sums.by_people))
    approvals, counted = decided(runs.of_week, canaries), runs.counted
    money = costs(
        counted, page.baseline, correct=sums.correct(), wrong=runs.on(came.came_back) | sums.wrong,
        looked=approvals.looked, audited=sums.audited.compared.total,
        chance=Random(_SEED),  # noqa: S311 - no secret is made of it
    )  # fmt: skip
    live, target = sums.live.compared, page.canaries.target if page.canaries else None
    return WeeklyReport(
        lane=page.lane, command=page.command, mode=known.mode, week=week.name, begin=week.begin, end=week.end,
        live=live, backfilled=sums.backfilled.compared, audited=sums.audited.compared,
        taken_over=sums.taken_over.compared,
        segments={name: sums.segments[name].compared for name in _in_order(page, sums.segments)}, strata=known.strata,
        trend=sums.trend(), runs=len(counted), worked=Spread.of([_work(run) for run in counted]), decided=approvals,
        left_after_review=_left(live, approvals), canary_target=target, escalated=_escalated(counted), costs=money,
        felt=came,
        step=next_step(known.mode, live, known.strata, approvals, target),
    )  # fmt: skip


class _Runs:
    """The runs of the week, and which records the agent has touched lately. What was run on the past is left out."""

    def __init__(self, week: Period) -> None:
        self.week = week
        self.of_week: list[Figures] = []
        self.touched: set[str] = set()  # in all weeks
        self.worked: set[str] = set()  # in this one

    def add(self, run: Figures) -> None:
        if run.via == BACKFILL:
            return
        done = {one.ref for one in run.actions if one.came_to == "done"}
        self.touched |= done
        if self.week.begin <= run.finished < self.week.end:
            self.of_week.append(run)
            self.worked |= done

    @property
    def counted(self) -> list[Figures]:
        """What costs and speed are told of: silent runs only where there are no others."""
        acting = [run for run in self.of_week if run.mode is not Mode.SHADOW]
        return acting or self.of_week

    def on(self, records: frozenset[str]) -> frozenset[str]:
        """The runs of the week that did something to one of these records."""
        done = ((run.run, one.ref) for run in self.of_week for one in run.actions if one.came_to == "done")
        return frozenset(run for run, ref in done if ref in records)


class _Cases:
    """The sums over all cases of a lane."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.live, self.backfilled, self.audited, self.taken_over = (Comparing(known.choices) for _ in range(4))
        self.segments = defaultdict[str, Comparing](lambda: Comparing({}))
        self._correct: dict[str, bool] = {}  # by silent run of the week
        self.wrong: frozenset[str] = frozenset()  # runs that did something alone which people found wrong afterwards
        self.by_people = 0  # live cases of the week in which people did something
        self._open: set[str] = set()  # runs of the week that have a case whose outcome may still change
        self._weeks: list[tuple[Counter[bool], Counter[bool]]] = [(Counter(), Counter()) for _ in known.weeks]

    def add(self, case: Case) -> None:
        n = self._week(case.at)
        if n is None:
            return
        if is_settled(case) and case.source in {"shadow", "backfill"}:
            self._weeks[n][case.source == "backfill"][case.outcome is Outcome.AGREE] += 1
        if n == len(self.known.weeks) - 1:
            self._of_week(case)

    def _of_week(self, case: Case) -> None:
        match case.source:
            case "backfill":
                self.backfilled.add(case)
            case "audit":
                self.audited.add(case)
                if case.verdict in {Verdict.WRONG, Verdict.REWORK}:
                    self.wrong |= {case.run}
            case "taken_over":
                self.taken_over.add(case)
            case "shadow":
                self.live.add(case)
                self.segments[case.segment].add(case)
                self.by_people += case.actual is not None
                if not case.run:
                    return
                if not is_settled(case):
                    self._open.add(case.run)
                good = case.verdict in {None, Verdict.CORRECT} and case.outcome is not Outcome.MISSED
                self._correct[case.run] = self._correct.get(case.run, True) and good

    def _week(self, at: datetime) -> int | None:
        weeks = self.known.weeks
        if not weeks[0].begin <= at < weeks[-1].end:
            return None
        return next(n for n in range(len(weeks) - 1, -1, -1) if at >= weeks[n].begin)

    def correct(self) -> dict[str, bool]:
        """Of the silent runs of the week whose cases are all settled: is each as it should be?"""
        return {run: good for run, good in self._correct.items() if run not in self._open}

    def trend(self) -> tuple[WeekOf, ...]:
        shares = ([Share(one[True], one.total()) for one in pair] for pair in self._weeks)
        return tuple(WeekOf(week.name, *pair) for week, pair in zip(self.known.weeks, shares, strict=True))


def _in_order(page: Lane, seen: Mapping[str, object]) -> list[str]:
    """The page's segments as they stand there, then what belongs to none."""
    named = [one.name for one in page.promotion.segments] if page.promotion else []
    return [name for name in named if name in seen] + sorted(name for name in seen if name not in named)


def _left(live: Compared, approvals: Decided) -> ReviewedError | None:
    """How many of the agent's errors pass its reviewers, by what they find of the drafts that are wrong on purpose."""
    agreed = live.agreement
    if not approvals.canaries.of or agreed.value is None:
        return None
    return error_after_review(1 - agreed.value, approvals.canaries)


def _work(run: Figures) -> timedelta:
    return timedelta(milliseconds=run.model_ms + run.calls_ms)


def _escalated(runs: Sequence[Figures]) -> Escalated:
    handed = [run for run in runs if run.handed_over]
    reasons = Counter(run.reasons[0] if run.reasons else run.outcome for run in handed)
    outcomes = Counter(run.outcome for run in runs)
    share = Share(len(handed), len(runs))
    return Escalated(share, dict(reasons.most_common()), outcomes["budget"], dict(outcomes.most_common()))
