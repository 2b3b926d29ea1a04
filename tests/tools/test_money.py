"""Money: counted in the smallest unit, read and written without a float."""

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from pydantic import ValidationError

from tools.money import Money


@pytest.mark.parametrize(
    ("text", "minor", "currency", "written"),
    [
        ("38.00 USD", 3800, "USD", "$38.00"),
        ("38 USD", 3800, "USD", "$38.00"),
        ("0.01 USD", 1, "USD", "$0.01"),
        ("0 USD", 0, "USD", "$0.00"),
        ("-5.10 USD", -510, "USD", "-$5.10"),
        ("1234567.89 USD", 123456789, "USD", "$1,234,567.89"),
        ("  38.00 USD\n", 3800, "USD", "$38.00"),
        ("38.000 USD", 3800, "USD", "$38.00"),
        ("100 JPY", 100, "JPY", "¥100"),
        ("9.50 EUR", 950, "EUR", "€9.50"),
    ],
)
def test_an_amount_is_read_and_written(text, minor, currency, written):
    money = Money.parse(text)

    assert money == Money(minor=minor, currency=currency)
    assert str(money) == written


@pytest.mark.parametrize(
    "text",
    ["", "USD", "38.00", "38.00USD", "38,00 USD", "$38.00", "38.00 usd", "38.00 QQQ", "38.00  USD", "38.00 USD EUR",
     "38.001 USD", "100.5 JPY", "1.2345 KWD", "NaN USD", "Infinity USD", "-Infinity USD", "x USD", "0x10 USD",
     "1e999999 USD", "2e1 USD", "1_000 USD", "٢٥ USD", "+5 USD", ".5 USD", "5. USD", f"{10**15} USD", f"{'9' * 40} USD",
     "1.0000000000000000000000000000001 USD"],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"not an amount|more digits"):
        Money.parse(text)


@pytest.mark.parametrize("minor", [38.0, 38.5, "3800", None, True])
def test_a_float_is_no_money(minor):
    with pytest.raises(ValidationError):
        Money(minor=minor, currency="USD")


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "QQQ", "", None])
def test_a_currency_is_one_that_exists(currency):
    with pytest.raises(ValidationError):
        Money(minor=1, currency=currency)


def test_money_does_not_change():
    with pytest.raises(ValidationError):
        Money(minor=1, currency="USD").minor = 2


@each(st.integers(1 - 10**15, 10**15 - 1), st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
def test_what_was_written_out_is_read_back_the_same(minor, currency):
    digits = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}[currency]
    sign, whole = ("-" if minor < 0 else ""), str(abs(minor)).rjust(digits + 1, "0")
    text = f"{sign}{whole[: len(whole) - digits]}" + (f".{whole[-digits:]}" if digits else "")

    assert Money.parse(f"{text} {currency}") == Money(minor=minor, currency=currency)
    assert str(Money(minor=minor, currency=currency)), "every amount can be written"
