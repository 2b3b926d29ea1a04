"""Reading an account: its open opportunities with their latest activities, and the people we know there."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from tools.contract import Evidence, FreeText, Frozen, Internal, Pii, ReadTool, Refused, Wire
from tools.evidence import CITED, clamp
from tools.money import Money
from tools.salesforce import answers
from tools.salesforce.answers import AccountName, Asker, link, money
from tools.salesforce.soql import containing, literal, query, select
from tools.wire import Answer

FIELDS = "Id, Name, StageName, NextStep, CloseDate, Amount, CurrencyIsoCode, Owner.Name, SystemModstamp"
MOST_OPPORTUNITIES = 50  # open ones of one account
MOST_ACCOUNTS = 20  # that fit a name
MOST_TASKS = 500  # of all of them together, the latest
MOST_ACTIVITIES = 5  # of one opportunity, the latest
MOST_CONTACTS = 200  # of one account


class _Task(Answer):
    WhatId: str
    Subject: str | None
    Description: str | None
    CreatedDate: str


class _Contact(Answer):
    Id: str
    Name: str
    Email: str | None
    Title: str | None
    HasOptedOutOfEmail: bool


class _Role(Answer):
    ContactId: str
    OpportunityId: str
    Role: str | None
    IsPrimary: bool


class AccountArguments(Frozen):
    account: Internal[AccountName]


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


class FindOpportunities(ReadTool[AccountArguments, FoundOpportunities]):
    name = "salesforce.find_opportunities"
    summary = "Find an account by name and its open Salesforce opportunities, each with its latest recorded activities."
    arguments = AccountArguments
    result = FoundOpportunities
    scopes: ClassVar = frozenset({"salesforce:opportunities.read"})
    example: ClassVar = {"account": "acme"}

    def read(self, wire: Wire, arguments: AccountArguments) -> FoundOpportunities:
        account = _account(wire, arguments.account, self)
        if account is None:
            return FoundOpportunities(account=None, opportunities=[])
        where = f"AccountId = {literal(account.Id)} AND IsClosed = false"
        soql = select(FIELDS, "Opportunity", where, "CloseDate", MOST_OPPORTUNITIES)
        rows = query(wire, soql, answers.Opportunity, self)
        tasks = self._tasks(wire, [row.Id for row in rows])
        return FoundOpportunities(
            account=Account(id=account.Id, name=account.Name),
            opportunities=[_opportunity(row, (task for task in tasks if task.WhatId == row.Id)) for row in rows],
        )

    def _tasks(self, wire: Wire, opportunities: list[str]) -> list[_Task]:
        if not opportunities:
            return []
        where = f"WhatId IN ({', '.join(literal(one) for one in opportunities)})"
        fields = "WhatId, Subject, Description, CreatedDate"
        return query(wire, select(fields, "Task", where, "CreatedDate DESC", MOST_TASKS), _Task, self)

    def cite(self, wire: Wire, arguments: AccountArguments, result: FoundOpportunities) -> tuple[Evidence, ...]:
        """Each opportunity with its latest activity."""
        return tuple(
            Evidence(
                label=f"{one.name} · {one.stage} · closes {one.close_date}",
                quote=clamp(one.activities[0].text) if one.activities else "",
                url=link(wire, "Opportunity", one.opportunity),
            )
            for one in result.opportunities[:CITED]
        )


def _account(wire: Wire, name: str, tool: Asker) -> answers.Account | None:
    """The account of that name, or the only one that has it in its name. Raises `Refused` for several."""
    soql = select("Id, Name", "Account", f"Name LIKE {containing(name)}", "Name", MOST_ACCOUNTS)
    found = query(wire, soql, answers.Account, tool)
    exact = [account for account in found if account.Name.casefold() == name.casefold()]
    if len(exact or found) > 1:
        names = ", ".join(account.Name for account in found[:5])
        raise Refused("AMBIGUOUS", f"more than one account fits {name!r}: {names}")
    return next(iter(exact or found), None)


def _opportunity(row: answers.Opportunity, tasks: Iterable[_Task]) -> Opportunity:
    latest = list(tasks)[:MOST_ACTIVITIES]
    return Opportunity(
        opportunity=row.Id,
        name=row.Name,
        stage=row.StageName,
        next_step=row.NextStep or "",
        close_date=row.CloseDate,
        amount=None if row.Amount is None else money(Decimal(row.Amount), row.CurrencyIsoCode),
        owner=row.Owner.Name,
        modified=row.SystemModstamp,
        activities=[
            Activity(at=task.CreatedDate, subject=task.Subject or "", text=task.Description or "") for task in latest
        ],
    )


class Role(Frozen):
    """What a contact is to one opportunity: "Decision Maker"."""

    opportunity: Internal[str]
    role: Internal[str]
    primary: Internal[bool]


class Contact(Frozen):
    contact: Internal[str]
    name: Pii[str]
    email: Pii[str]  # empty: not known
    title: Pii[str]
    no_email: Internal[bool]  # they have asked not to be written to
    roles: list[Role]


class FoundContacts(Frozen):
    account: Account | None
    contacts: list[Contact]  # by name


class FindContacts(ReadTool[AccountArguments, FoundContacts]):
    """A role is kept for each opportunity ("OpportunityContactRole"), so a contact may have several or none."""

    name = "salesforce.find_contacts"
    summary = "Find an account by name and its Salesforce contacts: name, e-mail, title and role on each opportunity."
    arguments = AccountArguments
    result = FoundContacts
    scopes: ClassVar = frozenset({"salesforce:contacts.read"})
    example: ClassVar = {"account": "acme"}

    def read(self, wire: Wire, arguments: AccountArguments) -> FoundContacts:
        account = _account(wire, arguments.account, self)
        if account is None:
            return FoundContacts(account=None, contacts=[])
        here = literal(account.Id)
        fields = "Id, Name, Email, Title, HasOptedOutOfEmail"
        contacts = query(wire, select(fields, "Contact", f"AccountId = {here}", "Name", MOST_CONTACTS), _Contact, self)
        roles = self._roles(wire, here) if contacts else []
        return FoundContacts(
            account=Account(id=account.Id, name=account.Name),
            contacts=[_contact(one, (role for role in roles if role.ContactId == one.Id)) for one in contacts],
        )

    def _roles(self, wire: Wire, account: str) -> list[_Role]:
        fields, where = "ContactId, OpportunityId, Role, IsPrimary", f"Opportunity.AccountId = {account}"
        soql = select(fields, "OpportunityContactRole", where, "OpportunityId", MOST_CONTACTS)
        return query(wire, soql, _Role, self)

    def cite(self, wire: Wire, arguments: AccountArguments, result: FoundContacts) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=" · ".join(
                    part for part in (one.name, one.title, *(role.role for role in one.roles[:1])) if part
                ),
                url=link(wire, "Contact", one.contact),
            )
            for one in result.contacts[:CITED]
        )


def _contact(found: _Contact, roles: Iterable[_Role]) -> Contact:
    return Contact(
        contact=found.Id,
        name=found.Name,
        email=found.Email or "",
        title=found.Title or "",
        no_email=found.HasOptedOutOfEmail,
        roles=[Role(opportunity=role.OpportunityId, role=role.Role or "", primary=role.IsPrimary) for role in roles],
    )
