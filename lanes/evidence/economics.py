"""What a successful outcome costs, by the agent and by people, and what error rate the money allows.

    C_human = ( minutes/60 * wage + e_h * L ) / s_h
    C_agent = [ c_llm + c_tools + a*( m_r/60*wage + tau*v ) + q*c_audit + x*C_human + e*L + F/V ] / s

Amounts are floats in whole units of one currency (dollars, not cents): they are expectations, and a model's turn costs
a fraction of a cent. Every term is kept beside the sum, so that a figure can be traced to what it is made of.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from lanes.evidence.intervals import Interval, Share

_RESAMPLES = 2000  # the ends of a 95 % interval then move by about a hundredth of its width
_GROUPS = 400  # more tasks than these are drawn group by group, so that the time does not grow with them


@dataclass(frozen=True)
class Cost:
    """What one case costs, term by term, and the share of cases that end well."""

    terms: tuple[tuple[str, float], ...]
    success: float  # s, from 0 to 1

    @property
    def a_case(self) -> float:
        """The sum of all terms."""
        return math.fsum(amount for _, amount in self.terms)

    @property
    def a_success(self) -> float | None:
        """Cost per successful outcome; None where nothing succeeds."""
        return self.a_case / self.success if self.success else None


@dataclass(frozen=True)
class People:
    """How people do it, from the lane's page (`baseline`)."""

    minutes: float  # of work, a case
    wage: float  # an hour
    error_rate: float  # e_h
    loss_per_error: float  # L: reversal work included
    success: float = 1.0  # s_h

    @property
    def cost(self) -> Cost:
        work, errors = self.minutes / 60 * self.wage, self.error_rate * self.loss_per_error
        return Cost((("work", work), ("errors", errors)), self.success)


@dataclass(frozen=True)
class Review:
    """What an approval costs: the reviewer's minutes and the case's wait."""

    minutes: float  # m_r
    wage: float  # an hour
    waiting_hours: float = 0.0  # tau
    delay_per_hour: float = 0.0  # v

    @property
    def cost(self) -> float:
        return self.minutes / 60 * self.wage + self.waiting_hours * self.delay_per_hour


@dataclass(frozen=True)
class Agent:
    """How a lane does it, in one of its modes."""

    model: float  # c_llm, a case
    tools: float  # c_tools, a case
    approval_share: float  # a
    review: Review
    audit_share: float  # q
    audit_cost: float  # c_audit
    escalated_share: float  # x: cases that a person does after all
    error_rate: float  # e, after review
    loss_per_error: float  # L
    overhead_a_month: float  # F: evaluation and operations
    cases_a_month: float  # V
    success: float  # s

    def cost(self, people: People) -> Cost | None:
        """None where it cannot be told: no case bears the overhead, or people who never succeed are escalated to."""
        if self.overhead_a_month and not self.cases_a_month:
            return None
        variable = self._variable(people)
        if variable is None:
            return None
        overhead = self.overhead_a_month / self.cases_a_month if self.overhead_a_month else 0.0
        return Cost((*variable, ("overhead", overhead)), self.success)

    def break_even(self, people: People) -> float | None:
        """V* = F / ( C_human * s - variable ): cases a month above which the agent is cheaper than people.

        None where it never is, or where it cannot be told.
        """
        variable, theirs = self._variable(people), people.cost.a_success
        if variable is None or theirs is None:
            return None
        saved = theirs * self.success - math.fsum(amount for _, amount in variable)
        return self.overhead_a_month / saved if saved > 0 else None

    def _variable(self, people: People) -> tuple[tuple[str, float], ...] | None:
        theirs = people.cost.a_success
        if theirs is None and self.escalated_share:
            return None
        return (
            ("model", self.model),
            ("tools", self.tools),
            ("approval", self.approval_share * self.review.cost),
            ("audit", self.audit_share * self.audit_cost),
            ("escalation", self.escalated_share * (theirs or 0.0)),
            ("errors", self.error_rate * self.loss_per_error),
        )


def tolerance_from_money(
    review: Review, *, approval_error: float, loss_per_error: float, audit_share: float, audit_cost: float
) -> float:
    """p0*: acting alone pays as long as its error rate is below it.

        p0* = e_appr + ( m_r/60*wage + tau*v - q*c_audit ) / L

    Zero or less: it never pays. Infinite: an error costs nothing and reviewing does.
    """
    saved = review.cost - audit_share * audit_cost
    if not loss_per_error:
        return math.inf if saved > 0 else approval_error
    return approval_error + saved / loss_per_error


def tolerance(risk_cap: float, from_money: float | None) -> float | None:
    """p0 = min(risk cap, p0*). None where acting alone never pays, so that there is nothing to prove."""
    least = risk_cap if from_money is None else min(risk_cap, from_money)
    return least if least > 0 else None


@dataclass(frozen=True)
class Outcome:
    """One finished case: what it cost, and whether it ended well."""

    cost: float
    success: bool


@dataclass(frozen=True)
class CostPerSuccess:
    """`value` and the interval are None without a success: no evidence. An endless `high` is one that the sample
    cannot bound.
    """

    value: float | None
    interval: Interval | None
    cases: int
    successes: int


def cost_per_success(outcomes: Sequence[Outcome], chance: Random) -> CostPerSuccess:
    """The cost of all cases by the number of those that ended well, with a bootstrap interval of 95 %.

    `chance` is the caller's, seeded. (Efron, "Bootstrap methods", Ann. Stat. 7(1), 1979: the percentile interval.)
    """
    successes = sum(one.success for one in outcomes)
    if not successes:
        return CostPerSuccess(None, None, len(outcomes), 0)
    groups = list(_groups(outcomes, chance))
    drawn = sorted(_ratio(chance.choices(groups, k=len(groups))) for _ in range(_RESAMPLES))
    tail = _RESAMPLES // 40
    value = math.fsum(one.cost for one in outcomes) / successes
    return CostPerSuccess(value, Interval(drawn[tail], drawn[-tail - 1]), len(outcomes), successes)


def _groups(outcomes: Sequence[Outcome], chance: Random) -> Iterator[tuple[float, int]]:
    """Cost and successes of random groups of about equal size; of single cases where these are few enough."""
    mixed = chance.sample(outcomes, len(outcomes))
    for n in range(min(_GROUPS, len(mixed))):
        group = mixed[n::_GROUPS]
        yield math.fsum(one.cost for one in group), sum(one.success for one in group)


def _ratio(groups: Sequence[tuple[float, int]]) -> float:
    successes = sum(number for _, number in groups)
    return math.fsum(cost for cost, _ in groups) / successes if successes else math.inf


@dataclass(frozen=True)
class ReviewedError:
    """The error rate that is left after review; `value` is None while no canary was ever shown."""

    value: float | None
    interval: Interval


def error_after_review(agent_error: float, canaries: Share) -> ReviewedError:
    """e_agent * (1 - d), with the detection rate d and its Wilson interval from the canaries that were found."""
    found, sure = canaries.value, canaries.wilson
    interval = Interval(agent_error * (1 - sure.high), agent_error * (1 - sure.low))
    return ReviewedError(None if found is None else agent_error * (1 - found), interval)
