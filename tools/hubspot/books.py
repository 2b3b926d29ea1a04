"""What a deal's properties mean: its pipeline's stages, its currency, the account's days.

A deal's stage is an id that means something in its pipeline only, and its amount is in its own currency or, where the
account knows one currency, in the account's. Both are looked up, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import get_currency_precision

from tools.contract import Refused
from tools.hubspot.answers import DEALS, Crm, Record
from tools.money import Money
from tools.wire import Answer, understand

OWNERS = frozenset({"hubspot:owners.read"})
OWNER = "hubspot_owner_id"


class _Owner(Answer):
    """Who a record is assigned to ("Owners"): a person, or a queue without an address."""

    email: str = ""


class Details(Answer):
    """The account: "Retrieve account details"."""

    companyCurrency: str  # noqa: N815 - HubSpot's name
    timeZone: str  # noqa: N815
    utcOffsetMilliseconds: int  # noqa: N815


class _Closed(Answer):
    isClosed: str  # noqa: N815 - HubSpot's name; "true" or "false"


class _Stage(Answer):
    id: str
    label: str
    metadata: _Closed


class _Pipeline(Answer):
    id: str
    label: str
    stages: list[_Stage]


class _Pipelines(Answer):
    results: list[_Pipeline]


@dataclass(frozen=True)
class Books:
    """What is needed to read a deal: the account's currency and time zone, and the pipelines with their stages."""

    currency: str
    zone: tzinfo
    pipelines: Mapping[str, _Pipeline]

    def pipeline(self, record: Record) -> _Pipeline:
        found = self.pipelines.get(record.text("pipeline"))
        if found is None:
            raise Refused("UNKNOWN_PIPELINE", f"deal {record.id} stands in a pipeline that HubSpot does not list")
        return found

    def stages(self, record: Record) -> dict[str, str]:
        """The stages a deal may be in: id → what people call it."""
        return {stage.id: stage.label for stage in self.pipeline(record).stages}

    def closed(self, record: Record) -> bool:
        ended = {stage.id for stage in self.pipeline(record).stages if stage.metadata.isClosed == "true"}
        return record.text("dealstage") in ended

    def currency_of(self, record: Record) -> str:
        return record.text("deal_currency_code") or self.currency

    def amount(self, record: Record) -> Money | None:
        """What the deal is worth; more decimals than the currency has are rounded to what can be paid."""
        currency = self.currency_of(record)
        if not (text := record.text("amount")):
            return None
        try:
            return Money(minor=round(Decimal(text).scaleb(get_currency_precision(currency))), currency=currency)
        except (ValueError, InvalidOperation):
            raise Refused("AMOUNT", f"deal {record.id} holds no amount of money that can be read") from None

    def close_date(self, record: Record) -> str:
        """The day on which people of the account see the deal close."""
        text = record.text("closedate")
        return datetime.fromisoformat(text).astimezone(self.zone).date().isoformat() if text else ""


def books(crm: Crm) -> Books:
    details = understand(Details, crm.get("/account-info/v3/details"), crm.tool.name)
    listed = understand(_Pipelines, crm.get("/crm/v3/pipelines/deals"), crm.tool.name)
    return Books(
        details.companyCurrency,
        zone(details.timeZone, details.utcOffsetMilliseconds),
        {one.id: one for one in listed.results},
    )


def zone(name: str, milliseconds: int) -> tzinfo:
    """The account's time zone; this machine may not know its name, and then today's offset is close enough."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return timezone(timedelta(milliseconds=milliseconds))


def owner(crm: Crm, deal: str) -> str:
    """The e-mail address of a deal's owner; empty where nobody owns it, or its owner has left the account."""
    named = understand(Record, crm.get(DEALS.path(deal), properties=OWNER), crm.tool.name).text(OWNER)
    if not named:
        return ""
    try:
        return understand(_Owner, crm.get(f"/crm/v3/owners/{named}"), crm.tool.name).email
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return ""
