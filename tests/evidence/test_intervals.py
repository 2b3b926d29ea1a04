"""Intervals against scipy, which computes them in another way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from lanes.evidence.intervals import Interval, Share, clopper_pearson, incomplete_beta, wilson

COUNTS = st.integers(1, 20_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
AS_WIDE = 2 * stats.norm.cdf(1.96) - 1  # the level that z = 1.96 stands for


def near(interval):
    return Interval(*(pytest.approx(end, abs=1e-9) for end in (interval.low, interval.high)))


@pytest.mark.parametrize(
    ("rule", "hits", "of", "low", "high"),
    [
        (wilson, 5, 5, 0.566, 1), (wilson, 48, 50, 0.865, 0.989), (wilson, 0, 0, 0, 1),
        (clopper_pearson, 5, 5, 0.478, 1), (clopper_pearson, 0, 0, 0, 1), (clopper_pearson, 0, 5, 0, 0.522),
    ],
)  # fmt: skip
def test_the_intervals_are_those_of_the_reference(rule, hits, of, low, high):
    found = rule(hits, of)

    assert (round(found.low, 3), round(found.high, 3)) == (low, high)


@given(COUNTS)
def test_the_intervals_are_those_of_scipy(counts):
    hits, of = counts
    test = stats.binomtest(hits, of)

    theirs = test.proportion_ci(AS_WIDE, "wilson")
    assert wilson(hits, of) == near(theirs)
    theirs = test.proportion_ci(0.95, "exact")
    assert clopper_pearson(hits, of) == near(theirs)


@given(st.floats(0, 1), st.floats(0.5, 5_000), st.floats(0.5, 5_000))
def test_the_incomplete_beta_function_is_that_of_scipy(x, a, b):
    assert incomplete_beta(x, a, b) == pytest.approx(special.betainc(a, b, x), abs=1e-9)


@given(COUNTS)
def test_an_interval_holds_its_share_and_turns_with_it(counts):
    hits, of = counts
    for rule in (wilson, clopper_pearson):
        found, turned = rule(hits, of), rule(of - hits, of)
        assert 0 <= found.low <= hits / of <= found.high <= 1
        assert turned == near(Interval(1 - found.high, 1 - found.low))


def test_a_share_of_nothing_is_no_evidence():
    assert Share(0, 0).value is None
    assert Share(0, 0).wilson == Interval(0, 1)


def test_more_hits_than_cases_are_no_share():
    with pytest.raises(ValueError, match="6 of 5"):
        Share(6, 5)
