"""Amounts as Stripe counts them."""

from typing import Annotated

from babel.numbers import get_currency_precision
from pydantic import AfterValidator

from tools.contract import Refused
from tools.money import Money

# docs.stripe.com/currencies: without decimals, with three; every other currency counts in hundredths. Where that
# differs from the CLDR, which Money follows (ISK, RSD, LAK …), an amount would be read a hundred times wrong.
ZERO_DECIMALS = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 - a row reads better
)
THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def money(minor: int, currency: str) -> Money:
    """Raises `Refused` for a currency that Stripe counts in another unit than everybody else."""
    code = currency.upper()
    digits = 0 if code in ZERO_DECIMALS else 3 if code in THREE_DECIMALS else 2
    try:
        if get_currency_precision(code) == digits:
            return Money(minor=minor, currency=code)
    except ValueError:  # not a currency at all
        pass
    raise Refused("CURRENCY", f"amounts in {code} are not handled: Stripe counts it in units of its own")


def _something(value: Money) -> Money:
    if value.minor <= 0:
        raise ValueError("it is more than nothing")
    return value


Some = Annotated[Money, AfterValidator(_something)]
