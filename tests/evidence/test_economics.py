"""What an outcome costs, when the agent pays, and which tolerance follows from the money."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lanes.evidence.economics import (
    Agent,
    Outcome,
    People,
    Review,
    cost_per_success,
    error_after_review,
    tolerance,
    tolerance_from_money,
)
from lanes.evidence.intervals import Share

PEOPLE = People(minutes=9, wage=34, error_rate=0.012, loss_per_error=75, success=0.98)
REVIEW = Review(minutes=1.5, wage=40, waiting_hours=0.75, delay_per_hour=0.60)


def agent(**changed):
    whole = {
        "model": 0.04, "tools": 0.01, "approval_share": 0.6, "review": REVIEW, "audit_share": 0.1, "audit_cost": 2.0,
        "escalated_share": 0.08, "error_rate": 0.004, "loss_per_error": 75, "overhead_a_month": 300,
        "cases_a_month": 900, "success": 0.95,
    }  # fmt: skip
    return Agent(**{**whole, **changed})


def test_people_cost_their_time_and_their_errors_by_what_succeeds():
    assert dict(PEOPLE.cost.terms) == {"work": pytest.approx(5.10), "errors": pytest.approx(0.90)}
    assert PEOPLE.cost.a_success == pytest.approx(6.00 / 0.98)


def test_the_agents_cost_is_the_sum_of_the_terms_it_shows():
    cost = agent().cost(PEOPLE)

    assert dict(cost.terms) == pytest.approx({
        "model": 0.04, "tools": 0.01, "approval": 0.6 * 1.45, "audit": 0.2, "escalation": 0.08 * 6.00 / 0.98,
        "errors": 0.3, "overhead": 1 / 3,
    })  # fmt: skip
    assert cost.a_success == pytest.approx(sum(dict(cost.terms).values()) / 0.95)


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0.05, 1))
def test_at_the_break_even_volume_both_cost_the_same(model, approval_share, success):
    chosen = {"model": model, "approval_share": approval_share, "success": success}
    volume = agent(**chosen).break_even(PEOPLE)

    if volume is None:
        without_overhead = agent(**chosen, overhead_a_month=0).cost(PEOPLE)
        assert without_overhead.a_success > PEOPLE.cost.a_success - 1e-9
    else:
        at_it = agent(**chosen, cases_a_month=volume)
        assert at_it.cost(PEOPLE).a_success == pytest.approx(PEOPLE.cost.a_success)


def test_what_cannot_be_told_is_not_made_up():
    never = People(minutes=9, wage=34, error_rate=0, loss_per_error=0, success=0)

    assert never.cost.a_success is None
    assert agent().cost(never) is None
    assert agent().break_even(never) is None
    assert agent(cases_a_month=0).cost(PEOPLE) is None
    assert agent(success=0).cost(PEOPLE).a_success is None
    assert agent(cases_a_month=0, overhead_a_month=0).cost(PEOPLE).a_case > 0


def test_the_tolerance_follows_from_the_money():
    """The specification's example: 2.3 %."""
    found = tolerance_from_money(REVIEW, approval_error=0.004, loss_per_error=75, audit_share=0, audit_cost=0)

    assert round(found, 3) == 0.023
    assert tolerance(0.02, found) == 0.02
    assert tolerance(0.05, found) == found
    assert tolerance(0.02, None) == 0.02


def test_where_audits_cost_more_than_reviews_nothing_is_left_to_prove():
    found = tolerance_from_money(REVIEW, approval_error=0.004, loss_per_error=75, audit_share=1, audit_cost=9)

    assert found < 0
    assert tolerance(0.02, found) is None


def test_where_errors_cost_nothing_the_risk_cap_decides():
    found = tolerance_from_money(REVIEW, approval_error=0.004, loss_per_error=0, audit_share=0, audit_cost=0)

    assert found == math.inf
    assert tolerance(0.02, found) == 0.02


def test_at_the_tolerance_acting_alone_costs_as_much_as_being_reviewed():
    """What p0* means: the two lanes' costs are equal at it."""
    limit = tolerance_from_money(REVIEW, approval_error=0.004, loss_per_error=75, audit_share=0.1, audit_cost=2)
    reviewed = agent(approval_share=1, audit_share=0, error_rate=0.004)
    alone = agent(approval_share=0, audit_share=0.1, error_rate=limit)

    assert alone.cost(PEOPLE).a_case == pytest.approx(reviewed.cost(PEOPLE).a_case)


@pytest.mark.parametrize("cases", [60, 3_000])
def test_the_bootstrap_interval_is_about_that_of_scipy(cases):
    chance = np.random.default_rng(7)
    costs, ended_well = chance.lognormal(0.5, 0.6, cases), chance.random(cases) < 0.9
    outcomes = [Outcome(float(cost), bool(well)) for cost, well in zip(costs, ended_well, strict=True)]
    theirs = stats.bootstrap(
        (costs, ended_well), lambda cost, well: cost.sum() / well.sum(), paired=True, vectorized=False,
        n_resamples=2_000, method="percentile", random_state=np.random.default_rng(8),
    ).confidence_interval  # fmt: skip

    found = cost_per_success(outcomes, Random(9))

    width = theirs.high - theirs.low
    assert found.value == pytest.approx(costs.sum() / ended_well.sum())
    assert found.interval.low == pytest.approx(theirs.low, abs=0.12 * width)
    assert found.interval.high == pytest.approx(theirs.high, abs=0.12 * width)
    assert found == cost_per_success(outcomes, Random(9))


def test_no_success_is_no_cost_per_success():
    assert cost_per_success([], Random(1)).value is None
    assert cost_per_success([Outcome(2.0, success=False)] * 5, Random(1)).interval is None
    assert cost_per_success([Outcome(2.0, success=False)] * 5, Random(1)).cases == 5


def test_one_success_among_failures_bounds_nothing_from_above():
    found = cost_per_success([Outcome(2.0, success=False)] * 4 + [Outcome(2.0, success=True)], Random(1))

    assert found.value == 10
    assert found.interval.high == math.inf


def test_the_error_after_review_is_what_the_canaries_say_gets_through():
    found = error_after_review(0.03, Share(18, 20))

    assert found.value == pytest.approx(0.003)
    assert found.interval.low < 0.003 < found.interval.high
    assert found.interval.high == pytest.approx(0.03 * (1 - Share(18, 20).wilson.low))


def test_without_a_canary_nothing_is_known_of_the_review():
    found = error_after_review(0.03, Share(0, 0))

    assert found.value is None
    assert (found.interval.low, found.interval.high) == (0, 0.03)
