"""What kind of value an argument holds, and when two of a kind mean the same.

    money    the same amount in the same currency, or within the tolerance: 38.00 USD, $38.00, {minor: 3800, …}
    number   the same number: 1, 1.0, "1.00"
    day      the same day: a time with a zone counts by its day in UTC, any other as it is written
    choice   equal: a value of a fixed list, yes or no
    person   the same but for capitals, spaces and wrapping: <@U1>, "Ada Park <ada@x.example>", ADA@x.example
    id       the same once written down: 5001 and "5001"; capitals count
    words    the same but for capitals, spaces, punctuation and forms of characters
    prose    enough of the words in common (Dice: twice the shared words by all words), order aside

What does not read as its kind is compared as words. Nothing, null, "" and an empty list are the same nothing. A list of
plain values is a set in which repetition counts and order does not.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any

from tools.money import Money

WHOLE = 1000  # the distance of two values that have nothing in common; 0 is the same value


class Kind(StrEnum):
    """How two values are compared."""

    MONEY = "money"
    NUMBER = "number"
    DAY = "day"
    CHOICE = "choice"
    PERSON = "person"
    ID = "id"
    WORDS = "words"
    PROSE = "prose"


@dataclass(frozen=True)
class Tolerances:
    """How far apart two values of a kind may be and still mean the same."""

    money: Decimal = Decimal(0)  # in whole units of the amount's own currency: 0.50 is fifty cents
    overlap: float = 0.7  # of 1: wording that a reader takes for the same message shares about this much


@dataclass(frozen=True)
class Gap:
    """Suggested less actual, in whole units; the currency is empty where neither side names it."""

    amount: Decimal
    currency: str


_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d+(\.\d+)?")
_AMOUNT = re.compile(r"(?P<before>[A-Z]{3}\s?|[$€£¥])?(?P<number>-?[\d,]+(?:\.\d+)?)(?P<after>\s?[A-Z]{3}|\s?[€£])?")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_ADDRESS = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_WORD = re.compile(r"\w+")


def is_nothing(value: Any) -> bool:
    """Is there no value: null, an empty text, an empty list or object?"""
    return value is None or (isinstance(value, str | list | dict) and not value)


def distance(kind: Kind, one: Any, other: Any, tolerances: Tolerances) -> int:
    """0 where both mean the same, up to `WHOLE`; the same both ways."""
    if is_nothing(one) or is_nothing(other):
        return 0 if is_nothing(one) and is_nothing(other) else WHOLE
    if isinstance(one, list) or isinstance(other, list):
        return _of_lists(kind, one, other)
    if kind is Kind.MONEY:
        return _of_money(one, other, tolerances)
    if kind is Kind.PROSE:
        return _of_prose(str(one), str(other), tolerances)
    return 0 if _form(kind, one) == _form(kind, other) else WHOLE


def gap(one: Any, other: Any, currency: str = "") -> Gap | None:
    """The difference of two amounts; None where one of them is no amount or they are in different currencies."""
    here, there = amount(one, currency), amount(other, currency)
    if here is None or there is None or (here[1] and there[1] and here[1] != there[1]):
        return None
    return Gap(here[0] - there[0], here[1] or there[1])


def amount(value: Any, currency: str = "") -> tuple[Decimal, str] | None:
    """An amount in whole units with its currency (`currency` where it names none); None for what is no amount."""
    match value:
        case bool():
            return None
        case int() | float():
            return Decimal(str(value)), currency
        case {"minor": int(minor), "currency": str(named)}:
            return _from_minor(minor, named.upper())
        case {"amount": number, "currency": str(named)} | {"value": number, "currency": str(named)}:
            inner = amount(number)
            return (inner[0], named.upper()) if inner else None
        case str():
            return _written_amount(value.strip(), currency)
        case _:
            return None


def reads_as_day(value: Any) -> bool:
    return isinstance(value, str) and _day(value) is not None


def reads_as_number(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int | float) or (isinstance(value, str) and bool(_NUMBER.fullmatch(value.strip())))
    )


def reads_as_person(value: Any) -> bool:
    return isinstance(value, str) and bool(
        _MENTION.fullmatch(value) or _ADDRESS.fullmatch(value) or ("@" in value.strip("@") and " " not in value.strip())
    )


def _from_minor(minor: int, currency: str) -> tuple[Decimal, str] | None:
    unit = smallest_unit(currency)
    return None if unit is None else (minor * unit, currency)


@lru_cache(maxsize=512)
def smallest_unit(currency: str) -> Decimal | None:
    """0.01 for USD; None for what is no currency."""
    try:
        return Money(minor=1, currency=currency).major
    except ValueError:
        return None


def _written_amount(text: str, currency: str) -> tuple[Decimal, str] | None:
    found = _AMOUNT.fullmatch(text)
    if found is None or (found["before"] and found["after"]):
        return None
    named = (found["before"] or found["after"] or "").strip()
    try:
        return Decimal(found["number"].replace(",", "")), _SIGNS.get(named, named) or currency
    except InvalidOperation:
        return None


def _of_money(one: Any, other: Any, tolerances: Tolerances) -> int:
    here, there, apart = amount(one), amount(other), gap(one, other)
    if here is None or there is None:
        return _of_words(one, other)
    if apart is None:
        return WHOLE
    if abs(apart.amount) <= tolerances.money:
        return 0
    largest = max(abs(here[0]), abs(there[0]))
    return WHOLE // 2 + min(math.ceil(WHOLE // 2 * abs(apart.amount) / largest), WHOLE // 2)


def _of_prose(one: str, other: str, tolerances: Tolerances) -> int:
    here, there = Counter(_words(one)), Counter(_words(other))
    if not here or not there:
        return _of_words(one, other)
    shared = 2 * sum((here & there).values()) / (here.total() + there.total())
    return 0 if shared >= tolerances.overlap else max(math.ceil(WHOLE * (1 - shared)), 1)


def _of_words(one: Any, other: Any) -> int:
    return 0 if _form(Kind.WORDS, one) == _form(Kind.WORDS, other) else WHOLE


def _of_lists(kind: Kind, one: Any, other: Any) -> int:
    """How large a part of both lists is not shared; a plain value is a list of one."""
    here, there = (
        Counter(_form(kind, entry) for entry in (side if isinstance(side, list) else [side])) for side in (one, other)
    )
    return math.ceil(WHOLE * ((here - there).total() + (there - here).total()) / (here.total() + there.total()))


def _form(kind: Kind, value: Any) -> Hashable:
    """One form for all values of a kind that mean the same."""
    if not isinstance(value, str | int | float):
        return json.dumps(value, sort_keys=True)
    text = str(value).strip() if not isinstance(value, bool) else str(value).lower()
    read: Hashable | None = None
    match kind:
        case Kind.CHOICE | Kind.ID:
            read = text
        case Kind.MONEY:
            read = amount(value)
        case Kind.NUMBER if reads_as_number(value):
            read = Decimal(text.replace(",", ""))
        case Kind.DAY:
            read = _day(text)
        case Kind.PERSON:
            inner = _MENTION.fullmatch(text) or _ADDRESS.fullmatch(text)
            read = " ".join((inner[1] if inner else text).casefold().split())
        case _:
            pass
    return read if read is not None else " ".join(_words(text)) or text


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _day(text: str) -> str | None:
    if not _DAY.fullmatch(text.strip()):
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (at.astimezone(UTC) if at.tzinfo else at).date().isoformat()
