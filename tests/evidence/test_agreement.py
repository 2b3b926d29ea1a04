"""Agreement of two raters: the figures, and when there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanes.evidence.agreement import agreement
from lanes.evidence.intervals import Share

PARADOX = [("yes", "yes")] * 94 + [("yes", "no"), ("no", "yes"), ("no", "no")] * 2
PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1)


def test_where_nearly_all_is_approved_kappa_is_low_and_ac1_is_not():
    found = agreement(PARADOX)

    assert found.share == Share(96, 100)
    assert (round(found.kappa, 3), round(found.ac1, 3)) == (0.479, 0.957)
    assert found.table == {("yes", "yes"): 94, ("yes", "no"): 2, ("no", "yes"): 2, ("no", "no"): 2}


def test_where_all_is_approved_kappa_is_not_defined():
    found = agreement([("yes", "yes")] * 1000, ("yes", "no"))

    assert found.kappa is None
    assert found.ac1 == 1


def test_nothing_rated_is_no_evidence():
    found = agreement([], ("yes", "no"))

    assert (found.share.value, found.kappa, found.ac1) == (None, None, None)


def test_one_category_alone_leaves_both_figures_undefined():
    found = agreement([("yes", "yes")] * 3)

    assert (found.kappa, found.ac1) == (None, None)


def test_a_textbook_table_gives_its_kappa():
    """Cohen's kappa of (20, 5; 10, 15) is 0.4: expected agreement one half, observed 0.7."""
    table = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15

    assert agreement(table).kappa == pytest.approx(0.4)


@given(PAIRS)
def test_who_is_called_first_changes_no_figure(pairs):
    one, other = agreement(pairs, "abc"), agreement([(b, a) for a, b in pairs], "abc")

    assert one.share == other.share
    assert one.ac1 == pytest.approx(other.ac1)
    assert one.kappa == (None if other.kappa is None else pytest.approx(other.kappa))
    assert sum(one.table.values()) == len(pairs)
