"""What a successful outcome costs, by the agent and by people, term by term, as `lanes/evidence/economics.py` has it.

1. A run of the week is one case. In shadow it would have succeeded when all its settled cases are correct; a run whose
   cases are not settled says nothing yet. Anywhere else the run's own outcome tells.
2. The minutes of an approver are those that were timed (the median); the page's where nobody opened any details.
3. An error of an executed run is one that was taken back, on which a customer came back, or which an audit found.
   Where nothing is executed, the errors are those of the drafts, and nobody has paid for them.
4. The overhead of a month is shared by as many runs as a month has at this week's pace.
5. Without a `baseline` on the page there is no money to compare: only what the model and the tools took is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from lanes.core.page import Mode
from lanes.core.proving import Baseline
from lanes.evidence.economics import (
    Agent,
    Cost,
    CostPerSuccess,
    Outcome,
    People,
    Review,
    cost_per_success,
)
from lanes.report.deciding import Spread
from lanes.report.figures import Figures

_WEEKS_A_MONTH = 365.25 / 12 / 7
_MILLION = 1_000_000


@dataclass(frozen=True)
class Costs:
    """In dollars. `agent` and `people` hold every term; None where it cannot be told."""

    runs: int
    judged: int  # of which it is known whether they succeeded
    model_a_run: float | None
    tool_calls_a_run: float | None
    tool_seconds_a_run: float | None
    retries: int
    agent: Cost | None = None
    a_success: CostPerSuccess | None = None
    people: Cost | None = None
    break_even: float | None = None  # runs a month; None: never, or it cannot be told
    review_a_case: float = 0.0  # of the agent's term "approval", the part that is approvers' minutes
    a_month: float | None = None  # runs, at this week's pace
    only_drafts: bool = False  # nothing was executed: it is what it would have cost

    @property
    def saves(self) -> float | None:
        """What a successful outcome costs less than by people; negative: more."""
        if not self.a_success or self.a_success.value is None or not self.people or self.people.a_success is None:
            return None
        return self.people.a_success - self.a_success.value


def costs(
    figures: Sequence[Figures], baseline: Baseline | None, *, correct: Mapping[str, bool], wrong: frozenset[str],
    looked: Spread, audited: int, chance: Random,
) -> Costs:  # fmt: skip
    """`correct`: of the silent runs whose cases are settled, whether all are as they should be; `wrong`: runs whose
    write did not stand: a customer came back on it, or an audit found so; `audited`: how many actions people looked at
    afterwards.
    """
    known = [(run, good) for run in figures if (good := _succeeded(run, correct)) is not None]
    told = Costs(
        len(figures), len(known),
        _mean([run.cost / _MILLION for run in figures]), _mean([run.calls for run in figures]),
        _mean([run.calls_ms / 1_000 for run in figures]), sum(run.retries for run in figures),
        only_drafts=bool(figures) and all(run.mode is Mode.SHADOW for run in figures),
    )  # fmt: skip
    if baseline is None:
        return told
    people = _people(baseline)
    if not known:
        return replace(told, people=people.cost)
    terms = _Terms(baseline, people, looked, wrong, len(figures) * _WEEKS_A_MONTH, audited / len(figures))
    agent = terms.agent([run for run, _ in known], [good for _, good in known])
    each = [Outcome(terms.of(run, good=good), good) for run, good in known]
    return replace(
        told, people=people.cost, agent=agent.cost(people), a_success=cost_per_success(each, chance),
        break_even=agent.break_even(people), a_month=terms.a_month,
        review_a_case=agent.approval_share * terms.review(0.0).cost,
    )  # fmt: skip


@dataclass(frozen=True)
class _Terms:
    """What the terms of one run are made of."""

    baseline: Baseline
    people: People
    looked: Spread
    wrong: frozenset[str]
    a_month: float
    audit_share: float

    @property
    def minutes(self) -> float:
        timed = self.looked.median
        return timed / timedelta(minutes=1) if timed is not None else self.baseline.review_minutes

    def review(self, hours: float) -> Review:
        return Review(self.minutes, self.baseline.wage_usd_per_hour, hours, self.baseline.delay_usd_per_hour)

    def erred(self, run: Figures, *, good: bool) -> bool:
        if run.mode is Mode.SHADOW:
            return not good
        return run.run in self.wrong or any(one.undone for one in run.actions)

    def of(self, run: Figures, *, good: bool) -> float:
        """What this run cost."""
        review = self.review(_hours(run)).cost if run.asked_people else 0.0
        escalated = (self.people.cost.a_success or 0.0) if run.handed_over else 0.0
        error = self.baseline.loss_per_error_usd if self.erred(run, good=good) else 0.0
        tools = run.calls * self.baseline.tool_usd_per_call
        overhead = self.baseline.overhead_usd_per_month / self.a_month
        audit = self.audit_share * self.review(0.0).cost
        return run.cost / _MILLION + tools + review + audit + escalated + error + overhead

    def agent(self, runs: Sequence[Figures], good: Sequence[bool]) -> Agent:
        asked = [run for run in runs if run.asked_people]
        return Agent(
            model=_mean([run.cost / _MILLION for run in runs]) or 0.0,
            tools=(_mean([run.calls for run in runs]) or 0.0) * self.baseline.tool_usd_per_call,
            approval_share=len(asked) / len(runs), review=self.review(_mean([_hours(run) for run in asked]) or 0.0),
            audit_share=self.audit_share, audit_cost=self.review(0.0).cost,
            escalated_share=sum(run.handed_over for run in runs) / len(runs),
            error_rate=sum(self.erred(run, good=one) for run, one in zip(runs, good, strict=True)) / len(runs),
            loss_per_error=self.baseline.loss_per_error_usd,
            overhead_a_month=self.baseline.overhead_usd_per_month, cases_a_month=self.a_month,
            success=sum(good) / len(good),
        )  # fmt: skip


def _people(baseline: Baseline) -> People:
    return People(
        baseline.minutes, baseline.wage_usd_per_hour, baseline.error_rate, baseline.loss_per_error_usd,
        baseline.success_rate,
    )  # fmt: skip


def _succeeded(run: Figures, correct: Mapping[str, bool]) -> bool | None:
    return correct.get(run.run) if run.mode is Mode.SHADOW else run.outcome == "succeeded"


def _hours(run: Figures) -> float:
    return run.waited / timedelta(hours=1) if run.waited else 0.0


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None
