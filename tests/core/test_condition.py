"""The `when` of a row: True, False, or that it cannot be told."""

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from pydantic import ValidationError

from lanes.core.condition import Condition
from tools.money import Money

NOTHING_DONE: frozenset[str] = frozenset()


def usd(text):
    return Money.parse(f"{text} USD").model_dump()


@pytest.mark.parametrize(
    ("asked", "below", "at", "above"),
    [
        ("<= 25.00 USD", True, True, False),
        ("< 25.00 USD", True, False, False),
        (">= 25.00 USD", False, True, True),
        ("> 25.00 USD", False, False, True),
        ("== 25.00 USD", False, True, False),
        ("<=25 USD", True, True, False),
    ],
)
def test_money_is_compared_to_the_cent(asked, below, at, above):
    when = Condition({"amount": asked})

    assert [when.holds({"amount": usd(a)}, NOTHING_DONE) for a in ("24.99", "25.00", "25.01")] == [below, at, above]
    assert when.holds({"amount": Money.parse("25.00 USD")}, NOTHING_DONE) is at


@pytest.mark.parametrize(
    "value", [None, "", "24.00 USD", 2400, 24.0, [], {}, {"minor": "2400", "currency": "USD"}, Money.parse("1.00 EUR")]
)
def test_what_cannot_be_compared_cannot_be_told(value):
    assert Condition({"amount": "<= 25.00 USD"}).holds({"amount": value}, NOTHING_DONE) is None
    assert Condition({"amount": "<= 25.00 USD"}).holds({}, NOTHING_DONE) is None


@pytest.mark.parametrize(
    ("asked", "value", "holds"),
    [
        ("solved", "solved", True),
        ("solved", "open", False),
        ("solved", None, None),
        ("", "", True),
        ("", "x", False),
        (3, 3, True),
        (3, 4, False),
        (True, True, True),
        (True, False, False),
        (["", "Proposal"], "Proposal", True),
        (["", "Proposal"], "", True),
        (["", "Proposal"], "Won", False),
        (["", "Proposal"], None, None),
    ],
)
def test_words_and_numbers_are_equal_or_one_of(asked, value, holds):
    assert Condition({"field": asked}).holds({"field": value}, NOTHING_DONE) is holds


def test_after_asks_what_was_done_in_this_run():
    when = Condition({"after": "stripe.create_refund"})

    assert when.holds({}, frozenset({"stripe.create_refund"})) is True
    assert when.holds({"after": "stripe.create_refund"}, NOTHING_DONE) is False
    assert when.attributes == frozenset()


def test_all_of_it_must_hold_and_one_no_is_a_no():
    when = Condition({"amount": "<= 25.00 USD", "status": "solved"})

    assert when.holds({"amount": usd("1.00"), "status": "solved"}, NOTHING_DONE) is True
    assert when.holds({"status": "open"}, NOTHING_DONE) is False
    assert when.holds({"amount": usd("26.00")}, NOTHING_DONE) is False
    assert when.holds({"status": "solved"}, NOTHING_DONE) is None
    assert Condition().holds({}, NOTHING_DONE) is True


@pytest.mark.parametrize("asked", ["<= 25", "<= USD", "=< 25 USD", "= 25 USD", "<> 1 USD", "<= 25.001 USD", "<= x USD",
                                   "<= 25 usd", "<= 25 QQQ", "<= 25 USD or more", "<"])  # fmt: skip
def test_a_comparison_that_is_not_whole_does_not_load(asked):
    with pytest.raises(ValidationError):
        Condition({"amount": asked})


@pytest.mark.parametrize("asked", [1.5, None, {"amount": 1}, [1.5]])
def test_nothing_else_can_be_asked(asked):
    with pytest.raises(ValidationError):
        Condition({"amount": asked})


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({}, "always"),
        ({"amount": "<= 25.00 USD"}, "amount <= 25.00 USD"),
        ({"status": "solved", "after": "stripe.create_refund"}, "status is solved and stripe.create_refund is done"),
        ({"stage": ["", "Won"]}, "stage is one of '', 'Won'"),
    ],
)
def test_a_person_can_read_it(when, said):
    assert str(Condition(when)) == said


@each(st.dictionaries(st.text(max_size=3), st.integers() | st.booleans() | st.text(max_size=4), max_size=3),
      st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text(max_size=4), max_size=3))  # fmt: skip
def test_it_answers_whatever_it_is_asked(asked, arguments):
    try:
        when = Condition(asked)
    except ValidationError:
        return
    assert when.holds(arguments, NOTHING_DONE) in {True, False, None}
    assert str(when)
