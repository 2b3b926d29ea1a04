"""Changing a HubSpot deal: its stage, amount and close date.

HubSpot takes no idempotency key; a property that is set to the same value again stays as it is. Each change moves
`hs_lastmodifieddate`, and so does a note or an e-mail that joins the deal: a draft may be overtaken by either.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Self

from babel.numbers import get_currency_precision
from pydantic import Field, model_validator

from tools.contract import (
    Change,
    Frozen,
    Internal,
    Preview,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Unavailable,
    Uncertain,
    Undo,
    Wire,
    WriteTool,
)
from tools.hubspot.answers import COMPANIES, DEALS, MODIFIED, Crm, Id, Record, link
from tools.hubspot.books import OWNERS, Books, books, owner
from tools.money import Money
from tools.values import Day, past
from tools.wire import understand

WORD_FOR = {"stage": "stage", "amount": "amount", "close_date": "close date"}
MIDDAY = time(12)  # of the account's day, so that everybody in its country reads the date that was meant


class UpdateDealArguments(Frozen):
    deal: Routes[Internal[Id]]
    stage: Annotated[
        Routes[Internal[str]],
        Field(max_length=80, pattern=r"^[A-Za-z0-9_-]*$", description="Stage id; empty leaves it as it is"),
    ] = ""
    amount: Annotated[Routes[Internal[Money]] | None, Field(description="None leaves it as it is")] = None
    close_date: Annotated[Internal[Day], Field(description="ISO date such as 2026-03-31; empty leaves it as it is")] = (
        ""
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.wanted():
            raise ValueError("nothing is to be changed: give a stage, an amount or a close date")
        return self

    def wanted(self) -> dict[str, str | Money]:
        """What is to be set, by our names."""
        return {name: value for name in WORD_FOR if (value := getattr(self, name))}


class UpdatedDeal(Frozen):
    deal: Internal[str]
    stage: Internal[str]
    amount: Internal[Money] | None
    close_date: Internal[str]
    modified: Internal[str]


class UpdateDeal(WriteTool[UpdateDealArguments, UpdatedDeal]):
    name = "hubspot.update_deal"
    summary = "Set stage, amount or close date of a HubSpot deal; what is left empty stays as it is."
    arguments = UpdateDealArguments
    result = UpdatedDeal
    scopes: ClassVar = frozenset({"hubspot:deals.read", "hubspot:deals.write"})
    example: ClassVar = {"deal": "53001", "stage": "7002", "close_date": "2099-03-31"}
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "deal"
    owner_scopes: ClassVar = OWNERS
    undo_within = timedelta(days=7)  # a week's forecast

    def look(self, wire: Wire, arguments: UpdateDealArguments) -> Target:
        crm = Crm(wire, self)
        record, known = crm.one(DEALS, arguments.deal), books(crm)
        name, stages, now = record.text("dealname"), known.stages(record), _updated(record, known)
        if arguments.stage and arguments.stage not in stages:
            listed = ", ".join(f"{label} is {stage}" for stage, label in stages.items())
            raise Refused("UNKNOWN_STAGE", f"the pipeline of {name} has no stage {arguments.stage}: {listed}")
        if arguments.amount and arguments.amount.currency != known.currency_of(record):
            raise Refused("CURRENCY", f"{name} is in {known.currency_of(record)}")
        if self.holds(arguments, now):
            raise Refused("NO_CHANGE", f"{name} says all of this already")
        if arguments.close_date and past(arguments.close_date):
            raise Refused("PAST_DATE", f"{arguments.close_date} is past; a deal cannot be expected to close then")
        companies = crm.tied(DEALS, record.id, COMPANIES)
        return Target(
            ref=f"hubspot.deal {record.id}",
            url=link(wire, DEALS, record.id),
            pinned={"modified": now.modified},
            seen={
                "name": name,
                "company": min(companies, key=int, default=None),
                "stage": now.stage,
                "stage_label": stages.get(now.stage, now.stage),
                "new_label": stages.get(arguments.stage, ""),
                "amount": now.amount.minor if now.amount else None,
                "currency": known.currency_of(record),
                "close_date": now.close_date,
            },
        )

    def preview(self, arguments: UpdateDealArguments, target: Target) -> Preview:
        wanted = arguments.wanted()
        spoken = {name: str(value) for name, value in wanted.items()} | (
            {"stage": str(target.seen["new_label"])} if arguments.stage else {}
        )
        was = {**_before(target), "stage": str(target.seen["stage_label"])}
        changes = tuple(
            Change(field=WORD_FOR[name].capitalize(), before=str(was.get(name, "")), after=spoken[name])
            for name, value in wanted.items()
            if value != _before(target).get(name)
        )
        fields = ", ".join(change.field.lower() for change in changes)
        return Preview(sentence=f"Update {target.seen['name']}: {fields}", changes=changes)

    def stake(self, arguments: UpdateDealArguments, target: Target) -> Stake:
        company = target.seen["company"]
        return Stake(customer=str(company) if company else None)

    def needs(self, arguments: UpdateDealArguments) -> frozenset[str]:
        return frozenset({"hubspot:deals.read", *(f"hubspot:deals.write.{name}" for name in arguments.wanted())})

    def owner(self, wire: Wire, arguments: UpdateDealArguments) -> str:
        return owner(Crm(wire, self), arguments.deal)

    def business_key(self, arguments: UpdateDealArguments) -> str:
        said = ", ".join(f"{name}={value}" for name, value in arguments.wanted().items())
        return f"update deal {arguments.deal} {said}"

    def undo(self, arguments: UpdateDealArguments, target: Target, result: UpdatedDeal | None) -> Undo | None:
        """Back to what stood there; a field that was empty cannot be emptied by this tool, so it stays as it is."""
        was = {
            name: value.model_dump() if isinstance(value, Money) else value
            for name, value in _before(target).items()
            if name in arguments.wanted()
        }
        return Undo(tool=self.name, arguments={"deal": arguments.deal, **was}) if was else None

    def write(self, wire: Wire, arguments: UpdateDealArguments, key: str) -> UpdatedDeal:
        """The answer names only what was sent; what the change left is read right after, and a lost reading is a lost
        answer.
        """
        crm = Crm(wire, self)
        known = books(crm)
        body = {"properties": _properties(arguments, known)}
        answer = wire.call("PATCH", DEALS.path(arguments.deal), json=body, timeout=self.timeout, changes=True)
        understand(Record, answer, self.name, changes=True)
        try:
            return _updated(crm.one(DEALS, arguments.deal), known)
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"the update was taken, its result cannot be read: {error.message}") from error

    def read_back(self, wire: Wire, arguments: UpdateDealArguments, key: str) -> UpdatedDeal | None:
        crm = Crm(wire, self)
        result = _updated(crm.one(DEALS, arguments.deal), books(crm))
        return result if self.holds(arguments, result) else None

    def holds(self, arguments: UpdateDealArguments, result: UpdatedDeal) -> bool:
        return all(getattr(result, name) == value for name, value in arguments.wanted().items())


def _before(target: Target) -> dict[str, str | Money]:
    """What the deal held when it was looked at, by our names; what was empty is left out."""
    seen = target.seen
    amount = seen["amount"]
    was = {"stage": seen["stage"], "close_date": seen["close_date"]}
    out: dict[str, str | Money] = {name: str(value) for name, value in was.items() if value}
    if isinstance(amount, int):
        out["amount"] = Money(minor=amount, currency=str(seen["currency"]))
    return out


def _updated(record: Record, known: Books) -> UpdatedDeal:
    return UpdatedDeal(
        deal=record.id,
        stage=record.text("dealstage"),
        amount=known.amount(record),
        close_date=known.close_date(record),
        modified=record.text(MODIFIED),
    )


def _properties(arguments: UpdateDealArguments, known: Books) -> Mapping[str, str]:
    """What is to be set, as HubSpot writes it."""
    out = {}
    if arguments.stage:
        out["dealstage"] = arguments.stage
    if arguments.amount:
        digits = get_currency_precision(arguments.amount.currency)
        out["amount"] = f"{Decimal(arguments.amount.minor).scaleb(-digits):f}"
    if arguments.close_date:
        day = datetime.combine(date.fromisoformat(arguments.close_date), MIDDAY, known.zone)
        out["closedate"] = day.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return out
