"""What Salesforce answers, as far as we read it, under its own names; and where a person opens a record."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Annotated, Protocol

from babel.numbers import get_currency_precision
from pydantic import Field

from tools.contract import Refused, Wire
from tools.money import Money
from tools.wire import Answer

DATA = "/services/data/v62.0"

OpportunityId = Annotated[
    str, Field(pattern=r"^006[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Salesforce opportunity id, 006…")
]
TaskId = Annotated[str, Field(pattern=r"^00T[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Salesforce task id, 00T…")]
AccountName = Annotated[
    str, Field(min_length=2, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="Account name or part of it")
]


class Asker(Protocol):
    """Who asks, and how long that may take: a tool, or the check of rights."""

    @property
    def name(self) -> str: ...

    @property
    def timeout(self) -> timedelta: ...


class Named(Answer):
    """A parent of a record: its owner, its author."""

    Name: str


class Account(Answer):
    Id: str
    Name: str


class Row(Answer):
    """The fields of an opportunity that are read and written alike."""

    Id: str
    Name: str
    StageName: str
    NextStep: str | None
    CloseDate: str
    SystemModstamp: str


class Opportunity(Row):
    Amount: Decimal | int | None
    CurrencyIsoCode: str
    Owner: Named


class Record(Row):
    """An opportunity read by its id."""

    AccountId: str | None


RECORD = "Id,Name,StageName,NextStep,CloseDate,SystemModstamp,AccountId"


def same(one: str, other: str) -> bool:
    """Two spellings of one id: the last three of 18 characters only say which of the first 15 are capitals."""
    return one[:15] == other[:15]


def moment(text: str) -> datetime:
    """2026-03-10T09:00:00.000+0000, as Salesforce writes it. Raises `Refused` for what is no moment."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refused("SCHEMA_DRIFT", f"{text!r} is not a moment as Salesforce writes it") from None


def http_date(text: str) -> str:
    """A moment of Salesforce's as HTTP headers say it, in whole seconds and never earlier than it was."""
    at = moment(text).astimezone(UTC)
    return format_datetime(at.replace(microsecond=0) + timedelta(seconds=bool(at.microsecond)), usegmt=True)


def money(amount: Decimal, currency: str) -> Money:
    """Salesforce may keep more decimals than the currency has; an estimate of a deal is rounded to what can be paid."""
    try:
        digits = get_currency_precision(currency)
        return Money(minor=round(amount.scaleb(digits)), currency=currency)
    except ValueError:
        raise Refused("CURRENCY", f"{currency} is not a currency") from None


def link(wire: Wire, kind: str, name: str) -> str:
    return f"{wire.web}/lightning/r/{kind}/{name}/view"
