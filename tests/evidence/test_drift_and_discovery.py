"""Inputs that have moved, and many strata at once."""

import math

import numpy as np
import pytest
import ville
from hypothesis import given
from hypothesis import strategies as st

from lanes.evidence.discovery import promoted_together, wrong_promotions_expected
from lanes.evidence.drift import Level, binned, drift, edges

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5_000))


def test_the_index_is_that_of_its_formula():
    found = drift({"eur": 500, "usd": 500}, {"eur": 600, "usd": 400})

    assert found.index == pytest.approx(0.1 * math.log(1.2) - 0.1 * math.log(0.8))
    assert found.level == Level.STEADY


@pytest.mark.parametrize(("eur", "level"), [(600, "steady"), (660, "warn"), (760, "demote")])
def test_it_warns_above_a_tenth_and_demotes_above_a_quarter(eur, level):
    assert drift({"eur": 500, "usd": 500}, {"eur": eur, "usd": 1000 - eur}).level == level


@pytest.mark.parametrize(("expected", "actual"), [({}, {"a": 5}), ({"a": 5}, {}), ({"a": 0}, {"a": 0})])
def test_without_cases_on_both_sides_there_is_no_evidence(expected, actual):
    assert drift(expected, actual).level == Level.NO_EVIDENCE
    assert drift(expected, actual).index is None


def test_a_handful_of_cases_demotes_nobody():
    """With ten bins and thirty cases the index is about 0.3 by chance alone."""
    found = drift({str(n): 100 for n in range(10)}, {"0": 20, "1": 10})

    assert found.index > 0.25
    assert found.level == Level.NO_EVIDENCE


@given(COUNTS, COUNTS)
def test_the_index_is_the_same_both_ways_and_never_negative(one, other):
    there, back = drift(one, other), drift(other, one)

    assert there.index == (None if back.index is None else pytest.approx(back.index))
    assert there.index is None or there.index >= 0


def test_numbers_are_cut_into_tenths_of_what_was_expected():
    numbers = [float(n) for n in range(1_000)]
    cuts = edges(numbers)

    assert set(binned(numbers, cuts).values()) == {100}
    assert sum(binned([-5.0, 2_000.0], cuts).values()) == 2
    assert edges([]) == ()
    assert edges([3.0] * 50) == (3.0,)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.2]))
def test_the_strata_promoted_together_are_those_of_the_oracle(values, alpha):
    names = [f"s{n:02}" for n in range(len(values))]
    logs = {name: math.log(value) if value else -math.inf for name, value in zip(names, values, strict=True)}
    theirs = {name for name, chosen in zip(names, ville.evalues.ebh(np.array(values), alpha), strict=True) if chosen}

    assert set(promoted_together(logs, alpha)) == theirs


def test_no_stratum_no_promotion():
    assert promoted_together({}, 0.05) == ()
    assert wrong_promotions_expected([0.05] * 40) == pytest.approx(2)
