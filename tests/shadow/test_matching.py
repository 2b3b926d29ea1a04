"""Who goes with whom: the rule's promises on any sets, and its precision and recall where the truth is known."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from generated import subject
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from lanes.shadow.assignment import assign
from lanes.shadow.matching import FEW, Act, Matching, Outcome

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
ACTS = st.lists(
    st.builds(
        lambda tool, charge, amount, n: Act.of(tool, {"charge": charge, "amount": amount}, id=str(n)),
        st.sampled_from("rt"), st.sampled_from(["ch_1", "ch_2", "ch_3"]), st.integers(1, 3), st.integers(0, 9),
    ),
    max_size=6,
)  # fmt: skip
RULES = st.builds(Matching, strangers=st.booleans())
COSTS = st.integers(1, 7).flatmap(
    lambda rows: st.integers(rows, 9).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 30), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


def refund(charge, amount, **more):
    return Act.of("refund", {"charge": charge, "amount": amount}, **more)


def content(pairs, *, swapped=False):
    """What goes with what, as a multiset."""
    sides = (((pair.actual, pair.suggested) if swapped else (pair.suggested, pair.actual)) for pair in pairs)
    return Counter(tuple((act.tool, act.text) if act else None for act in side) for side in sides)


@given(COSTS)
def test_the_assignment_costs_as_little_as_the_oracles(costs):
    columns = assign(costs)
    rows, theirs = linear_sum_assignment(np.array(costs))

    assert len(set(columns)) == len(costs)
    assert sum(row[column] for row, column in zip(costs, columns, strict=True)) == np.array(costs)[rows, theirs].sum()


@given(RULES, ACTS, ACTS)
def test_every_call_is_used_exactly_once(rules, suggested, actual):
    pairs = rules.pairs(suggested, actual)

    assert Counter(pair.suggested for pair in pairs if pair.suggested) == Counter(suggested)
    assert Counter(pair.actual for pair in pairs if pair.actual) == Counter(actual)
    assert all(pair.suggested.tool == pair.actual.tool for pair in pairs if pair.both)


@given(RULES, ACTS, ACTS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(rules, suggested, actual, chance):
    mixed = chance.sample(suggested, len(suggested)), chance.sample(actual, len(actual))

    assert rules.pairs(*mixed) == rules.pairs(suggested, actual)


@given(RULES, ACTS, ACTS)
def test_changing_sides_turns_missed_into_overreach_and_nothing_else(rules, suggested, actual):
    there, back = rules.pairs(suggested, actual), rules.pairs(actual, suggested)

    assert content(there) == content(back, swapped=True)
    counts, turned = (Counter(pair.outcome() for pair in pairs) for pairs in (there, back))
    assert (counts[Outcome.AGREE], counts[Outcome.DIFFER]) == (turned[Outcome.AGREE], turned[Outcome.DIFFER])
    assert counts[Outcome.MISSED] == turned[Outcome.OVERREACH]


@given(ACTS, ACTS)
def test_it_is_the_plain_multiset_comparison(suggested, actual):
    """As somebody else would write it: equal calls, then as many of one tool as both sides have."""
    ours, theirs = (Counter((act.tool, act.text) for act in side) for side in (suggested, actual))
    equals = ours & theirs
    expected = Counter()
    for tool in "rt":
        mine, his = (sum(n for (name, _), n in (side - equals).items() if name == tool) for side in (ours, theirs))
        expected += Counter(mismatch=min(mine, his), extra=mine - min(mine, his), missing=his - min(mine, his))

    pairs = Matching(strangers=True).pairs(suggested, actual)

    assert sum(pair.exact for pair in pairs) == equals.total()
    found = Counter("mismatch" if p.both else "extra" if p.suggested else "missing" for p in pairs if not p.exact)
    assert found == expected


def test_what_differs_least_goes_together():
    suggested = [refund("ch_1", 38), refund("ch_2", 12)]
    actual = [refund("ch_2", 13), refund("ch_1", 40)]

    pairs = Matching().pairs(suggested, actual)

    assert {(p.suggested.arguments["charge"], p.actual.arguments["charge"]) for p in pairs} == {
        ("ch_1", "ch_1"), ("ch_2", "ch_2"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("suggested", "actual", "settled", "outcome"),
    [
        ([refund("ch_1", 38)], [refund("ch_1", 38)], True, Outcome.AGREE),
        ([refund("ch_1", 38)], [refund("ch_1", "38.00")], False, Outcome.AGREE),
        ([refund("ch_1", 38)], [refund("ch_1", 40)], True, Outcome.DIFFER),
        ([refund("ch_1", 38)], [refund("ch_1", 40)], False, Outcome.UNSETTLED),
        ([], [refund("ch_1", 38)], True, Outcome.MISSED),
        ([refund("ch_1", 38)], [], True, Outcome.OVERREACH),
        ([refund("ch_1", 38)], [], False, Outcome.UNSETTLED),
    ],
)
def test_each_pair_comes_to_one_outcome(suggested, actual, settled, outcome):
    (pair,) = Matching().pairs(suggested, actual)

    assert pair.outcome(settled=settled) is outcome


def test_two_calls_with_nothing_in_common_are_two_calls():
    """A refund of another charge is no "difference": the agent would have paid somebody."""
    apart = Matching().pairs([refund("ch_1", 38)], [refund("ch_2", 40)])
    together = Matching(strangers=True).pairs([refund("ch_1", 38)], [refund("ch_2", 40)])

    assert {pair.outcome() for pair in apart} == {Outcome.MISSED, Outcome.OVERREACH}
    assert [pair.outcome() for pair in together] == [Outcome.DIFFER]


def test_the_subjects_own_name_is_nothing_in_common():
    note, other = (Act.of("note", {"ticket": "ZD-1", "text": text}) for text in ("call back", "was refunded in full"))

    assert len(Matching().pairs([note], [other])) == 1
    assert len(Matching().pairs([note], [other], "ZD-1")) == 2


def test_calls_too_far_apart_in_time_do_not_go_together_and_the_nearer_one_does():
    rules = Matching(within=timedelta(days=2))
    early, draft, late = (refund("ch_1", 38, at=MONDAY + timedelta(days=n), id=str(n)) for n in (0, 3, 4))

    pairs = rules.pairs([draft], [early, late])

    assert [(p.suggested, p.actual) for p in pairs if p.both] == [(draft, late)]
    assert [p.actual for p in pairs if not p.both] == [early]
    assert not any(p.both for p in rules.pairs([draft], [early]))
    nearer = refund("ch_1", 41, at=MONDAY + timedelta(hours=71), id="n")
    farther = refund("ch_1", 41, at=MONDAY + timedelta(hours=60), id="f")
    assert next(p for p in rules.pairs([draft], [farther, nearer]) if p.both).actual == nearer


def test_precision_and_recall_where_the_truth_is_known():
    """500 subjects of 1 to 6 calls a side; a third of the calls noisy, a tenth on each side alone."""
    chance = random.Random(20_261_122)
    right = paired = true = 0
    for _ in range(500):
        suggested, actual, truth = subject(chance, chance.randint(1, 6))
        found = {(p.suggested.id, p.actual.id) for p in Matching().pairs(suggested, actual, "ZD-1") if p.both}
        right, paired, true = right + len(found & truth), paired + len(found), true + len(truth)

    assert right / true >= 0.98  # recall
    assert right / paired >= 0.93  # precision: two strangers may share a reason and nothing else


def test_many_calls_on_one_subject_are_paired_rightly_and_soon():
    chance = random.Random(7)
    suggested, actual, truth = subject(chance, 40 * FEW)

    pairs = Matching().pairs(suggested, actual, "ZD-1")

    found = {(p.suggested.id, p.actual.id) for p in pairs if p.both}
    charges = {(s, a) for s, a in truth if next(x for x in suggested if x.id == s).tool == "stripe.create_refund"}
    assert len(found & charges) / len(charges) >= 0.98
    assert Counter(p.suggested for p in pairs if p.suggested) == Counter(suggested)
    assert pairs == Matching().pairs(suggested[::-1], actual[::-1], "ZD-1")


def test_many_calls_with_nothing_to_tell_them_apart_by_are_paired_all_the_same():
    suggested = [refund(f"ch_{n}", n) for n in range(3 * FEW)]
    actual = [refund(f"py_{n}", -n - 1) for n in range(2 * FEW)]

    pairs = Matching(strangers=True).pairs(suggested, actual)

    assert sum(pair.both for pair in pairs) == 2 * FEW
    assert len(pairs) == 3 * FEW
