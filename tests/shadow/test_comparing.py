"""When two values of a kind mean the same, and how a field gets its kind."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanes.shadow.comparing import ABSENT, Comparing, equal, inferred, kinds_of, written
from lanes.shadow.kinds import WHOLE, Gap, Kind, Tolerances, distance, gap
from tools.registry import TOOLS, by_name

EUR = {"minor": 3800, "currency": "EUR"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.MONEY, EUR, "38.00 EUR"), (Kind.MONEY, EUR, "€38"), (Kind.MONEY, "$1,290.50", "USD 1290.5"),
        (Kind.MONEY, 38, 38.0), (Kind.MONEY, {"amount": "38.00", "currency": "eur"}, EUR), (Kind.MONEY, 38, EUR),
        (Kind.NUMBER, 1, "1.00"), (Kind.NUMBER, "1,000", 1000),
        (Kind.DAY, "2026-03-31", "2026-03-31T23:59:00"), (Kind.DAY, "2026-03-31T23:30:00-05:00", "2026-04-01"),
        (Kind.PERSON, "<@U0LEAD1|lena>", "u0lead1"), (Kind.PERSON, "Ada Park <ada@x.example>", "ADA@x.example "),
        (Kind.ID, 5001, "5001"), (Kind.WORDS, "Send MSA  redlines.", "send msa redlines"), (Kind.WORDS, "ﬁne", "FINE"),
        (Kind.PROSE, "You were charged twice; we refund 38 dollars.", "We refund 38 dollars, you were charged twice."),
        (Kind.CHOICE, True, "true"), (Kind.WORDS, None, ""), (Kind.WORDS, [], None),
        (Kind.WORDS, ["vip", "refund"], ["refund", "VIP"]), (Kind.ID, "a1", ["a1"]),
    ],
)  # fmt: skip
def test_these_mean_the_same(kind, one, other):
    assert distance(kind, one, other, Tolerances()) == 0


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.MONEY, EUR, "38.00 USD"), (Kind.MONEY, EUR, "38.01 EUR"), (Kind.MONEY, EUR, "-38.00 EUR"),
        (Kind.MONEY, {"minor": 3800, "currency": "JPY"}, "38.00 JPY"),
        (Kind.NUMBER, 1, 2), (Kind.DAY, "2026-03-31", "2026-04-01"), (Kind.DAY, "2026-02-31", "2026-03-03"),
        (Kind.ID, "ch_a", "ch_A"), (Kind.CHOICE, "Open", "open"), (Kind.PERSON, "ada@x.example", "bob@x.example"),
        (Kind.WORDS, "Negotiation", "Closed Won"), (Kind.WORDS, "x", None), (Kind.WORDS, ["a", "a"], ["a"]),
        (Kind.PROSE, "We refund 38 dollars today.", "Nothing will be paid back to you."), (Kind.WORDS, "!", "?"),
    ],
)  # fmt: skip
def test_these_do_not(kind, one, other):
    assert distance(kind, one, other, Tolerances()) > 0


def test_amounts_within_the_tolerance_mean_the_same_and_still_have_a_gap():
    near = Tolerances(money=Decimal("0.50"))

    assert distance(Kind.MONEY, EUR, "38.50 EUR", near) == 0
    assert distance(Kind.MONEY, EUR, "38.51 EUR", near) > 0
    assert distance(Kind.MONEY, EUR, "38.00 USD", near) == WHOLE
    assert gap(EUR, "38.50 EUR") == Gap(Decimal("-0.50"), "EUR")
    assert gap(EUR, "38.50 USD") is None


@given(st.sampled_from(Kind), JSON, JSON)
def test_a_distance_is_the_same_both_ways_and_nothing_to_itself(kind, one, other):
    there = distance(kind, one, other, Tolerances())

    assert there == distance(kind, other, one, Tolerances())
    assert 0 <= there <= WHOLE
    assert distance(kind, one, one, Tolerances()) == 0


@given(ARGUMENTS, ARGUMENTS)
def test_no_difference_is_exactly_equal_json(one, other):
    found = Comparing().compare("t", one, other)

    assert found.exact == (written(one) == written(other))
    assert Comparing().compare("t", one, one).exact
    assert found.same == Comparing().compare("t", other, one).same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(1, 1.0, True), (1, True, False), (0, False, False), ("1", 1, False), ([1, 2], [2, 1], False),
     (1e22, 10**22, True), ({"a": [1.0]}, {"a": [1]}, True), (None, ABSENT, False), (0.1, 0.10, True),
     (-0.0, 0, True), ("1.0", 1.0, False)],
)  # fmt: skip
def test_exact_is_equal_as_json(one, other, same):
    assert equal(one, other) is same


def test_fields_are_compared_one_by_one_with_the_gap_in_money():
    done = {"charge": "ch_1", "amount": 13, "currency": "usd", "items": [{"sku": 1}, {"sku": 2}], "note": ""}
    meant = {"charge": "ch_1", "amount": 12.5, "currency": "usd", "items": [{"sku": 1}, {"sku": 3}], "why": None}

    found = {one.field: one for one in Comparing().compare("refund", meant, done).differences}

    assert set(found) == {"amount", "items.*.sku", "note", "why"}
    assert found["amount"].gap == Gap(Decimal("-0.5"), "USD")
    assert found["note"].same  # nothing is nothing
    assert found["why"].same
    assert not found["items.*.sku"].same


@pytest.mark.parametrize(
    ("meant", "done", "apart", "same"),
    [
        ({"amount_cents": 3800}, {"amount_cents": 3840}, Gap(Decimal("-0.40"), ""), True),
        ({"amount_cents": "3,900"}, {"amount_cents": 3800.0}, Gap(Decimal(1), ""), False),
        ({"amountMinor": 39, "currency": "jpy"}, {"amountMinor": 38, "currency": "JPY"}, Gap(Decimal(1), "JPY"), False),
        ({"amount_cents": None}, {"amount_cents": 40}, None, False),
    ],
)
def test_an_amount_named_in_cents_is_compared_in_whole_units(meant, done, apart, same):
    found = Comparing(tolerances=Tolerances(money=Decimal("0.50"))).compare("refund", meant, done)
    (amount,) = (one for one in found.differences if one.kind is Kind.MONEY)

    assert amount.gap == apart
    assert amount.same is same
    assert amount.suggested == next(iter(meant.values()))  # as it is written


def test_a_dot_in_a_name_is_not_taken_for_a_step():
    found = Comparing().compare("t", {"a.b": 1}, {"a": {"b": 1}})

    assert not found.exact
    assert not found.same


def test_our_tools_say_themselves_how_their_arguments_are_compared():
    refund, reply = kinds_of(by_name("stripe.create_refund").arguments), kinds_of(by_name("zendesk.reply").arguments)
    deal = kinds_of(by_name("salesforce.update_opportunity").arguments)

    assert refund == {"charge": Kind.ID, "amount": Kind.MONEY, "reason": Kind.CHOICE}
    assert reply == {"ticket": Kind.ID, "template": Kind.CHOICE, "amount": Kind.MONEY, "text": Kind.PROSE}
    assert (deal["close_date"], deal["clear_next_step"], deal["stage"]) == (Kind.DAY, Kind.CHOICE, Kind.WORDS)
    assert kinds_of(by_name("zendesk.create_ticket").arguments)["email"] is Kind.PERSON


def test_every_field_of_every_tool_has_a_kind():
    from tools.fields import leaves  # noqa: PLC0415

    for tool in TOOLS:
        assert set(kinds_of(tool.arguments)) == {leaf.path for leaf in leaves(tool.arguments)}


@pytest.mark.parametrize(
    ("name", "one", "other", "kind"),
    [
        ("amount", 38, 40, Kind.MONEY), ("refund.amount", "38.00 USD", None, Kind.MONEY), ("count", 1, 2, Kind.NUMBER),
        ("due", "2026-03-31", "2026-03-31T10:00:00Z", Kind.DAY), ("send", True, False, Kind.CHOICE),
        ("to", "ada@x.example", "bob@x.example", Kind.PERSON), ("assignee", "Ada", "Bob", Kind.PERSON),
        ("charge", "ch_1", "ch_2", Kind.ID), ("customer_id", 5, "5", Kind.ID), ("status", "solved", "open", Kind.WORDS),
        ("body", "one two three four five six", "one", Kind.PROSE), ("x", True, "open", Kind.WORDS),
        ("x", None, [], Kind.WORDS), ("amount_cents", 3800, 3900, Kind.MONEY), ("refund_id", 5001, 5002, Kind.ID),
        ("total_count", 2, 3, Kind.NUMBER), ("discountPercent", 10, 15, Kind.NUMBER),
    ],
)  # fmt: skip
def test_a_field_nobody_declared_gets_its_kind_from_name_and_values(name, one, other, kind):
    assert inferred(name, one, other) is kind
    assert inferred(name, other, one) is kind
