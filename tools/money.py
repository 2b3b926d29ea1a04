"""Money is an integer count of a currency's smallest unit, never a float.

    >>> str(Money.parse("38.00 USD")), Money.parse("38.00 USD").minor
    ('$38.00', 3800)

How many digits a currency has, and how it is written, is the Unicode CLDR's knowledge (by way of Babel), not ours.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Self

from babel.numbers import format_currency, get_currency_precision, is_currency
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")  # more is no amount anybody means, and stays exact in a Decimal


@lru_cache(maxsize=256)
def _digits(currency: str) -> int:
    return get_currency_precision(currency)


@lru_cache(maxsize=256)
def _is_currency(text: str) -> bool:
    return is_currency(text)


@lru_cache(maxsize=4096)
def _written(minor: int, currency: str) -> str:
    return format_currency(Decimal(minor).scaleb(-_digits(currency)), currency, locale="en_US")


class Money(BaseModel):
    """An amount: `minor` in the currency's smallest unit (cents for USD, yen for JPY), `currency` in ISO 4217."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minor: Annotated[int, Field(strict=True, description="Amount in the smallest unit: 3800 is 38.00 USD")]
    currency: Annotated[str, Field(min_length=3, max_length=3, description="ISO 4217 code in capitals")]

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        if not _is_currency(value):
            raise ValueError(f"{value!r} is not an ISO 4217 currency code such as USD")
        return value

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "25.00 USD". Raises ValueError for anything else, more digits than the currency has included."""
        number, _, currency = text.strip().partition(" ")
        if not _PLAIN.fullmatch(number) or not is_currency(currency):
            raise ValueError(f"{text!r} is not an amount such as 25.00 USD")
        minor = Decimal(number).scaleb(_digits(currency))
        if minor != minor.to_integral_value():
            raise ValueError(f"{text!r} has more digits than {currency} knows")
        return cls(minor=int(minor), currency=currency)

    @property
    def major(self) -> Decimal:
        """The amount in whole units, exactly: 38.00 for 3800 cents."""
        return Decimal(self.minor).scaleb(-_digits(self.currency))

    @property
    def plain(self) -> str:
        """As `parse` reads it: "38.00 USD"."""
        return f"{self.major:f} {self.currency}"

    def __str__(self) -> str:
        return _written(self.minor, self.currency)


def _price(value: Any) -> Any:
    """Read 25.00 USD."""
    return Money.parse(value) if isinstance(value, str) else value


Price = Annotated[Money, BeforeValidator(_price)]  # as a page writes it
