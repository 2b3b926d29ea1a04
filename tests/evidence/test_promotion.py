"""The evidence for a promotion: the specification's tables, independent oracles, and simulated lanes."""

import json
import math

import numpy as np
import orjson
import pytest
import ville
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from simulations import by_peeked_clopper_pearson, by_peeked_wilson, by_proof, promoted_after

from lanes.evidence.promotion import Bar, Proof, fixed_sample
from lanes.evidence.severity import LOSS, Verdict

LANES, SEED = 2_000, 20_261_122
LOSSES = st.lists(st.sampled_from([0.0, 0.1, 0.3, 1.0]) | st.floats(0, 1), max_size=60)


def nothing(tolerance=0.02, alpha=0.05, configuration="c1"):
    return Proof(bar=Bar(configuration=configuration, tolerance=tolerance, alpha=alpha))


@pytest.mark.parametrize(
    ("tolerance", "one_look", "at_5", "at_1"),
    [
        (0.05, 59, (68, 151, 191, 228), (101, 193, 234, 273)),
        (0.02, 149, (172, 383, 482, 576), (255, 488, 593, 692)),
        (0.01, 299, (345, 770, 969, 1156), (513, 980, 1190, 1388)),
        (0.005, 598, (691, 1542, 1941, 2316), (1027, 1965, 2385, 2782)),
    ],
)
def test_the_cases_needed_are_those_of_the_specification(tolerance, one_look, at_5, at_1):
    assert fixed_sample(tolerance) == one_look
    for alpha, row in ((0.05, at_5), (0.01, at_1)):
        for errors, cases in enumerate(row):
            seen = nothing(tolerance, alpha).after(1.0, errors)
            assert errors + seen.clean_cases_missing == cases
            assert seen.after(0.0, cases - errors).sufficient
            assert not seen.after(0.0, cases - errors - 1).sufficient


def test_one_case_after_another_is_the_same_as_so_many_at_once():
    step = nothing()
    for _ in range(171):
        step = step.after(0.0)
    assert not step.sufficient
    assert step.clean_cases_missing == 1
    assert step.after(0.0).sufficient
    assert step.log_value == pytest.approx(nothing().after(0.0, 171).log_value)


def test_without_a_case_there_is_no_evidence():
    assert nothing().value == pytest.approx(1)
    assert (nothing().cases, nothing().sufficient) == (0, False)


@given(st.integers(0, 30), st.integers(0, 2_000), st.sampled_from([0.05, 0.02, 0.005]))
def test_for_errors_that_are_all_or_nothing_each_term_is_a_likelihood_ratio(errors, clean, tolerance):
    """Factor k is that of an error rate of p0 (1 - k/10) against p0."""
    cases = errors + clean
    against = stats.binom.logpmf(errors, cases, tolerance)
    rates = [tolerance * (1 - k / 10) for k in range(10, 0, -1)]
    weights = [1 / 2] + [1 / 18] * 9
    with np.errstate(divide="ignore"):
        terms = [
            math.log(w) + stats.binom.logpmf(errors, cases, q) - against for w, q in zip(weights, rates, strict=True)
        ]

    found = nothing(tolerance).after(1.0, errors).after(0.0, clean)

    assert found.log_value == pytest.approx(np.logaddexp.reduce(terms), abs=1e-6)


def test_a_general_purpose_confidence_sequence_needs_more_than_twice_the_cases():
    """`ville` with a uniform prior, two-sided at 90 %: 413 clean cases, where 172 are needed here."""
    upper = ville.BernoulliCS(alpha=0.10).fit(np.zeros(500)).upper_

    assert int(np.argmax(upper < 0.02)) + 1 == 413


@given(LOSSES, st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 0.5))
def test_one_more_case_of_a_bad_lane_never_raises_the_evidence_on_average(losses, one, other, tolerance):
    """The supermartingale itself: any two losses whose mean is at the tolerance, whatever came before."""
    low, high = sorted((one * tolerance, tolerance + other * (1 - tolerance)))
    seen = nothing(tolerance)
    for loss in losses:
        seen = seen.after(loss)
    share = (tolerance - low) / (high - low) if high > low else 0.0  # of `high`, so that the mean is the tolerance
    after = share * math.exp(seen.after(high).log_value) + (1 - share) * math.exp(seen.after(low).log_value)

    assert after <= seen.value * (1 + 1e-9)


@given(LOSSES)
def test_the_order_of_the_cases_changes_nothing(losses):
    one = other = nothing()
    for loss in losses:
        one = one.after(loss)
    for loss in reversed(losses):
        other = other.after(loss)

    assert one.log_value == pytest.approx(other.log_value)
    assert one.clean_cases_missing == other.clean_cases_missing


@given(LOSSES)
def test_stored_evidence_is_the_same_evidence(losses):
    """Whichever JSON writer the store uses: a bettor who is broke must not come back."""
    seen = nothing()
    for loss in losses:
        seen = seen.after(loss)

    assert Proof.model_validate_json(seen.model_dump_json()) == seen
    assert Proof.model_validate(orjson.loads(orjson.dumps(seen.model_dump(mode="json")))) == seen
    json.dumps(seen.model_dump(mode="json"), allow_nan=False)  # an infinity would raise


@pytest.mark.parametrize("loss", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_loss_is_rejected(loss):
    with pytest.raises(ValueError, match="from 0 to 1"):
        nothing().after(loss)


def test_a_case_that_nobody_could_settle_counts_as_wrong():
    assert LOSS[Verdict.UNSETTLED] == LOSS[Verdict.WRONG] == 1


@pytest.mark.parametrize(
    "changed", [{"configuration": "c2"}, {"tolerance": 0.03}, {"alpha": 0.01}], ids=["prompt", "tolerance", "alpha"]
)
def test_another_configuration_or_question_starts_from_nothing(changed):
    seen = nothing().after(0.0, 100)

    assert seen.under(seen.bar) is seen
    assert seen.under(seen.bar.model_copy(update=changed)).cases == 0
    assert seen.under(seen.bar.model_copy(update=changed)).value == pytest.approx(1)


def test_looked_at_weekly_a_bad_lane_is_promoted_at_most_once_in_twenty():
    """2,000 lanes exactly at the tolerance, 160 looks each; beside it what an interval on a dashboard does."""
    error = 3 * math.sqrt(0.05 * 0.95 / LANES)  # of the simulation, three standard errors
    found = {
        rule: np.count_nonzero(promoted_after(rule, 0.02, LANES, SEED)) / LANES
        for rule in (by_proof, by_peeked_wilson, by_peeked_clopper_pearson)
    }

    assert found[by_proof] <= 0.05 + error
    assert found[by_proof] >= 0.03  # a rule that never promoted would pass the line above
    assert 0.24 < found[by_peeked_wilson] < 0.32
    assert 0.21 < found[by_peeked_clopper_pearson] < 0.29


@pytest.mark.parametrize(("rate", "share", "median"), [(0.01, 0.99, 1_100), (0.005, 1, 400), (0.001, 1, 175)])
def test_a_good_lane_is_promoted_in_the_time_of_the_specification(rate, share, median):
    found = promoted_after(by_proof, rate, LANES, SEED)

    assert np.count_nonzero(found) / LANES == pytest.approx(share, abs=0.01)
    assert np.median(found[found > 0]) == pytest.approx(median, rel=0.08)
