"""The lane's success test: a closed grammar, and a missing reading is never a success."""

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from pydantic import ValidationError

from lanes.core.success import Success

READINGS = {"refund": {"status": "succeeded", "amount": 3800, "live": True, "note": None}, "ticket": {"status": "open"}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "True",
        "1 == 1",
        "refund",
        "refund.status",
        "not refund.live == True",
        "refund.check() == 1",
        "len(refund.status) == 9",
        "__import__('os').system('true') == 0",
        "refund['status'] == 'succeeded'",
        "refund.status[0] == 's'",
        "refund.a.b == 1",
        "(lambda: refund.status)() == 1",
        "lambda: refund.status == 1",
        "0 < refund.amount < 5000",
        "0 < refund.amount",
        "'open' == ticket.status",
        "refund.status == ticket.status",
        "refund.status is 'succeeded'",
        "refund.status in 'succeeded'",
        "refund.status in ('a', 'b')",
        "refund.amount == 38.0",
        "refund.amount == -1",
        "refund.note == None",
        "refund.status == b'x'",
        "refund.status == f'{1}'",
        "refund.status == 'a' + 'b'",
        "refund.status == 'a' if True else False",
        "refund.status == 'a' and ticket",
        "(x := refund.status) == 'a'",
        "refund.status == 'a'; ticket.status == 'b'",
        "refund.status = 'a'",
        "[refund.status == 'a']",
        "await refund.status == 'a'",
        "refund.status ==",
    ],
)
def test_what_is_no_comparison_of_a_reading_is_refused(text):
    with pytest.raises(ValidationError, match="such as refund"):
        Success(text)


@each(st.text(alphabet="ab. ='\"()<>!andortlm[]:,01\n", max_size=30))
def test_any_text_is_a_test_or_is_refused(text):
    try:
        test = Success(text)
    except ValidationError:
        return
    met, why = test.judge({})
    assert not met
    assert why


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ('refund.status == "succeeded"', True),
        ('refund.status != "failed"', True),
        ('refund.status != "succeeded"', False),
        ('refund.status == "succeeded" and ticket.status == "solved"', False),
        ('refund.status == "succeeded" or ticket.status == "solved"', True),
        ('ticket.status == "solved" or refund.status == "succeeded" and refund.live == True', True),
        ('(ticket.status == "solved" or refund.status == "succeeded") and refund.live == False', False),
        ("refund.amount <= 3800", True),
        ("refund.amount < 3800", False),
        ("refund.amount >= 3800", True),
        ("refund.amount > 3800", False),
        ('refund.status >= "s"', True),
        ('refund.amount > "38"', False),
        ("refund.note < 1", False),
        ("refund.live >= 1", False),
    ],
)
def test_it_holds_for_what_was_read_back(text, met):
    said, why = Success(text).judge(READINGS)

    assert said == met
    assert bool(why) != met, "a shortfall is explained, a success is not"


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("readings", [{}, {"refund": {}}, {"ticket": {"status": "x"}}])
def test_what_was_never_read_back_is_false_and_says_so(operator, readings):
    met, why = Success(f'refund.status {operator} "x"').judge(readings)

    assert (met, why) == (False, ("refund.status was never read back",))


def test_every_shortfall_is_named_not_only_the_first():
    both = 'refund.status == "failed" {} ticket.status == "solved"'
    named = ("refund.status is 'succeeded', wanted == 'failed'", "ticket.status is 'open', wanted == 'solved'")

    for joined in ("and", "or"):
        assert Success(both.format(joined)).judge(READINGS) == (False, named)


def test_it_names_what_it_asks_for():
    test = Success('a.b == "x" and (c.d > 1 or a.b != "y")')

    assert test.names == {("a", "b"), ("c", "d")}
    assert test.model_dump() == 'a.b == "x" and (c.d > 1 or a.b != "y")'
