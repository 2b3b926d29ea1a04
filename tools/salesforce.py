"""Salesforce: find an account's open opportunities, update one.

Protocol facts are from the REST API Developer Guide, v62.0 (Query, sObject Rows) and the SOQL and SOSL Reference
(Quoted String Escape Sequences, LIKE). The organisation has multiple currencies switched on: without them
`CurrencyIsoCode` is no field and Salesforce refuses the query.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from babel.numbers import get_currency_precision
from pydantic import Field, field_validator, model_validator

from tools.contract import (
    Change,
    Evidence,
    FreeText,
    Frozen,
    Internal,
    Pii,
    Preview,
    ReadTool,
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
from tools.money import Money
from tools.wire import Answer, understand

OpportunityId = Annotated[
    str, Field(pattern=r"^006[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Salesforce opportunity id, 006…")
]
Stage = Literal["Qualification", "Needs Analysis", "Proposal", "Negotiation", "Closed Won", "Closed Lost"]

DATA = "/services/data/v62.0"
FIELDS = "Id, Name, StageName, NextStep, CloseDate, Amount, CurrencyIsoCode, Owner.Name, SystemModstamp"
MOST_PAGES = 10
MOST_OPPORTUNITIES = 50  # open ones of one account
MOST_ACCOUNTS = 20  # that fit a name
MOST_TASKS = 500  # of all of them together, the latest
MOST_ACTIVITIES = 5  # of one opportunity, the latest
CITED = 5  # opportunities on a card
QUOTE = 200  # characters of an activity on a card
FIELD_OF = {"stage": "StageName", "next_step": "NextStep", "close_date": "CloseDate"}
WORD_FOR = {"stage": "stage", "next_step": "next step", "close_date": "close date"}
LAST_ZONE = timedelta(hours=-12)  # the last place where today is still today: there no date of today is past


class _Account(Answer):
    Id: str
    Name: str


class _Owner(Answer):
    Name: str


class _Row(Answer):
    """The fields of an opportunity that both tools read, under Salesforce's own names."""

    Id: str
    Name: str
    StageName: str
    NextStep: str | None
    CloseDate: str
    SystemModstamp: str


class _Opportunity(_Row):
    Amount: Decimal | int | None
    CurrencyIsoCode: str
    Owner: _Owner


class _Task(Answer):
    WhatId: str
    Subject: str | None
    Description: str | None
    CreatedDate: str


class _Record(_Row):
    AccountId: str | None
    IsClosed: bool


T = TypeVar("T", _Account, _Opportunity, _Task)


class _Rows(Answer):
    done: bool
    nextRecordsUrl: Annotated[str, Field(pattern="^/services/data/")] | None = None  # noqa: N815 - Salesforce's name
    records: list[dict[str, Any]]


def literal(text: str) -> str:
    """A SOQL string literal; nothing inside can end it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    return f"'{escaped}'"


def containing(text: str) -> str:
    """A SOQL literal for LIKE that finds `text` anywhere, its own % and _ taken as they stand."""
    inner = literal(text)[1:-1].replace("%", "\\%").replace("_", "\\_")
    return f"'%{inner}%'"


def select(fields: str, kind: str, where: str, order: str, limit: int) -> str:
    """A SOQL query; `where` takes foreign values through `literal` or `containing` alone."""
    return f"SELECT {fields} FROM {kind} WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608 - see above


class FindOpportunitiesArguments(Frozen):
    account: Annotated[
        Internal[str],
        Field(min_length=2, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="Account name or part of it"),
    ]


class Account(Frozen):
    id: Internal[str]
    name: Internal[str]


class Activity(Frozen):
    at: Internal[str]  # ISO 8601
    subject: FreeText[str]
    text: FreeText[str]


class Opportunity(Frozen):
    opportunity: Internal[str]
    name: Internal[str]
    stage: Internal[str]
    next_step: Internal[str]
    close_date: Internal[str]  # ISO 8601 date
    amount: Internal[Money] | None
    owner: Pii[str]
    modified: Internal[str]
    activities: list[Activity]  # latest first


class FoundOpportunities(Frozen):
    account: Account | None
    opportunities: list[Opportunity]  # the next to close first


class FindOpportunities(ReadTool[FindOpportunitiesArguments, FoundOpportunities]):
    name = "salesforce.find_opportunities"
    summary = "Find an account by name and its open Salesforce opportunities, each with its latest recorded activities."
    arguments = FindOpportunitiesArguments
    result = FoundOpportunities
    scopes: ClassVar = frozenset({"salesforce:opportunities.read"})
    example: ClassVar = {"account": "acme"}

    def read(self, wire: Wire, arguments: FindOpportunitiesArguments) -> FoundOpportunities:
        account = self._account(wire, arguments.account)
        if account is None:
            return FoundOpportunities(account=None, opportunities=[])
        where = f"AccountId = {literal(account.Id)} AND IsClosed = false"
        soql = select(FIELDS, "Opportunity", where, "CloseDate", MOST_OPPORTUNITIES)
        rows = self._query(wire, soql, _Opportunity)
        tasks = self._tasks(wire, [row.Id for row in rows])
        return FoundOpportunities(
            account=Account(id=account.Id, name=account.Name),
            opportunities=[_opportunity(row, (task for task in tasks if task.WhatId == row.Id)) for row in rows],
        )

    def _account(self, wire: Wire, name: str) -> _Account | None:
        soql = select("Id, Name", "Account", f"Name LIKE {containing(name)}", "Name", MOST_ACCOUNTS)
        found = self._query(wire, soql, _Account)
        exact = [account for account in found if account.Name.casefold() == name.casefold()]
        if len(exact or found) > 1:
            names = ", ".join(account.Name for account in found[:5])
            raise Refused("AMBIGUOUS", f"more than one account fits {name!r}: {names}")
        return next(iter(exact or found), None)

    def _tasks(self, wire: Wire, opportunities: list[str]) -> list[_Task]:
        if not opportunities:
            return []
        where = f"WhatId IN ({', '.join(literal(one) for one in opportunities)})"
        fields = "WhatId, Subject, Description, CreatedDate"
        return self._query(wire, select(fields, "Task", where, "CreatedDate DESC", MOST_TASKS), _Task)

    def _query(self, wire: Wire, soql: str, model: type[T]) -> list[T]:
        answer = wire.call("GET", f"{DATA}/query", query={"q": soql}, timeout=self.timeout)
        records: list[T] = []
        for _ in range(MOST_PAGES):
            page = understand(_Rows, answer, self.name)
            records.extend(understand(model, record, self.name) for record in page.records)
            if page.done:
                return records
            answer = wire.call("GET", page.nextRecordsUrl or "", timeout=self.timeout)
        raise Refused("TOO_MANY", "the query found more than an agent should walk through")

    def cite(
        self, wire: Wire, arguments: FindOpportunitiesArguments, result: FoundOpportunities
    ) -> tuple[Evidence, ...]:
        """Each opportunity with its latest activity."""
        return tuple(
            Evidence(
                label=f"{one.name} · {one.stage} · closes {one.close_date}",
                quote=_clamp(one.activities[0].text) if one.activities else "",
                url=_link(wire, one.opportunity),
            )
            for one in result.opportunities[:CITED]
        )


def _opportunity(row: _Opportunity, tasks: Iterable[_Task]) -> Opportunity:
    latest = list(tasks)[:MOST_ACTIVITIES]
    return Opportunity(
        opportunity=row.Id,
        name=row.Name,
        stage=row.StageName,
        next_step=row.NextStep or "",
        close_date=row.CloseDate,
        amount=None if row.Amount is None else _money(Decimal(row.Amount), row.CurrencyIsoCode),
        owner=row.Owner.Name,
        modified=row.SystemModstamp,
        activities=[
            Activity(at=task.CreatedDate, subject=task.Subject or "", text=task.Description or "") for task in latest
        ],
    )


def _money(amount: Decimal, currency: str) -> Money:
    """Salesforce may keep more decimals than the currency has; an estimate of a deal is rounded to what can be paid."""
    try:
        digits = get_currency_precision(currency)
        return Money(minor=round(amount.scaleb(digits)), currency=currency)
    except ValueError:
        raise Refused("CURRENCY", f"{currency} is not a currency") from None


def _clamp(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTE else flat[: QUOTE - 1].rstrip() + "…"


def _link(wire: Wire, opportunity: str) -> str:
    return f"{wire.web}/lightning/r/Opportunity/{opportunity}/view"


class UpdateOpportunityArguments(Frozen):
    opportunity: Routes[Internal[OpportunityId]]
    stage: Annotated[Internal[Stage | Literal[""]], Field(description="Empty leaves it as it is")] = ""
    next_step: Annotated[Internal[str], Field(max_length=255, description="Empty leaves it as it is")] = ""
    close_date: Annotated[Internal[str], Field(description="ISO date such as 2026-03-31; empty leaves it as it is")] = (
        ""
    )

    @field_validator("next_step")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return value.strip()  # as Salesforce keeps it

    @field_validator("close_date")
    @classmethod
    def _a_date(cls, value: str) -> str:
        if value and (len(value) != len("2026-03-31") or date.fromisoformat(value).isoformat() != value):
            raise ValueError(f"{value!r} is not a date such as 2026-03-31")
        return value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.wanted():
            raise ValueError("nothing is to be changed: give a stage, a next step or a close date")
        return self

    def wanted(self) -> dict[str, str]:
        """What is to be set, by our names."""
        return {name: value for name in FIELD_OF if (value := str(getattr(self, name)))}


class Updated(Frozen):
    opportunity: Internal[str]
    stage: Internal[str]
    next_step: Internal[str]
    close_date: Internal[str]
    modified: Internal[str]


class UpdateOpportunity(WriteTool[UpdateOpportunityArguments, Updated]):
    name = "salesforce.update_opportunity"
    summary = "Set stage, next step or close date of a Salesforce opportunity; what is left empty stays as it is."
    arguments = UpdateOpportunityArguments
    result = Updated
    scopes: ClassVar = frozenset({"salesforce:opportunities.read", "salesforce:opportunities.write"})
    example: ClassVar = {"opportunity": "006Sb00000001AAAAA", "stage": "Negotiation", "close_date": "2099-03-31"}
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "opportunity"
    undo_within = timedelta(days=7)  # a week's forecast

    def look(self, wire: Wire, arguments: UpdateOpportunityArguments) -> Target:
        record = self._record(wire, arguments.opportunity)
        seen = {name: getattr(record, field) or "" for name, field in FIELD_OF.items()}
        if all(seen[name] == value for name, value in arguments.wanted().items()):
            raise Refused("NO_CHANGE", f"{record.Name} says all of this already")
        today = (datetime.now(UTC) + LAST_ZONE).date()
        if arguments.close_date and date.fromisoformat(arguments.close_date) < today:
            raise Refused("PAST_DATE", f"{arguments.close_date} is past; a deal cannot be expected to close then")
        return Target(
            ref=f"salesforce.opportunity {record.Id}",
            url=_link(wire, record.Id),
            pinned={"modified": record.SystemModstamp},
            seen={**seen, "name": record.Name, "account": record.AccountId},
        )

    def preview(self, arguments: UpdateOpportunityArguments, target: Target) -> Preview:
        changed = {name: value for name, value in arguments.wanted().items() if value != target.seen[name]}
        return Preview(
            sentence=f"Update {target.seen['name']}: {', '.join(WORD_FOR[name] for name in changed)}",
            changes=tuple(
                Change(field=WORD_FOR[name].capitalize(), before=str(target.seen[name]), after=value)
                for name, value in changed.items()
            ),
        )

    def stake(self, arguments: UpdateOpportunityArguments, target: Target) -> Stake:
        account = target.seen["account"]
        return Stake(customer=str(account) if account else None)

    def needs(self, arguments: UpdateOpportunityArguments) -> frozenset[str]:
        fields = (f"salesforce:opportunities.write.{name}" for name in arguments.wanted())
        return frozenset({"salesforce:opportunities.read", *fields})

    def business_key(self, arguments: UpdateOpportunityArguments) -> str:
        said = ", ".join(f"{name}={value}" for name, value in arguments.wanted().items())
        return f"update {arguments.opportunity} {said}"

    def undo(self, arguments: UpdateOpportunityArguments, target: Target, result: Updated | None) -> Undo | None:
        """Back to what stood there; a field that was empty cannot be emptied by this tool, so it stays as it is."""
        before = {name: str(target.seen[name]) for name in arguments.wanted()}
        if not any(before.values()):
            return None
        return Undo(tool=self.name, arguments={"opportunity": arguments.opportunity, **before})

    def write(self, wire: Wire, arguments: UpdateOpportunityArguments, key: str) -> Updated:
        """Answered with 204 and no body; what it left is read right after, and a lost reading is a lost answer."""
        body = {FIELD_OF[name]: value for name, value in arguments.wanted().items()}
        path = f"{DATA}/sobjects/Opportunity/{arguments.opportunity}"
        wire.call("PATCH", path, json=body, timeout=self.timeout, changes=True)
        try:
            return _updated(self._record(wire, arguments.opportunity))
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"the update was taken, its result cannot be read: {error.message}") from error

    def read_back(self, wire: Wire, arguments: UpdateOpportunityArguments, key: str) -> Updated | None:
        result = _updated(self._record(wire, arguments.opportunity))
        return result if self.holds(arguments, result) else None

    def holds(self, arguments: UpdateOpportunityArguments, result: Updated) -> bool:
        return all(getattr(result, name) == value for name, value in arguments.wanted().items())

    def _record(self, wire: Wire, opportunity: str) -> _Record:
        query = {"fields": "Id,Name,StageName,NextStep,CloseDate,SystemModstamp,AccountId,IsClosed"}
        path = f"{DATA}/sobjects/Opportunity/{opportunity}"
        return understand(_Record, wire.call("GET", path, query=query, timeout=self.timeout), self.name)


def _updated(record: _Record) -> Updated:
    return Updated(
        opportunity=record.Id,
        stage=record.StageName,
        next_step=record.NextStep or "",
        close_date=record.CloseDate,
        modified=record.SystemModstamp,
    )


TOOLS = (FindOpportunities(), UpdateOpportunity())
