"""The made-up Salesforce on its first day: users, accounts, contacts, opportunities with their history, activities.

Times are whole seconds, as Salesforce keeps them.
"""

from datetime import datetime, timedelta
from typing import Any

from tools.sandboxes import deals
from tools.sandboxes import salesforce_people as people
from tools.sandboxes.salesforce_schema import KINDS, MARK

Row = dict[str, Any]

BEGUN = 60  # days that a deal is older than its last change
SEEDED_BY_US = 900  # the number of the first activity that is Lanekeeper's own


def moment(at: datetime) -> str:
    """2026-03-10T09:00:00.000+0000."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def identifier(kind: str, number: int) -> str:
    """An id of 18 characters, by the object's prefix."""
    return f"{KINDS[kind].prefix}Sb{number:08d}AAAAA"


def fresh(today: datetime) -> Row:
    data: Row = {kind: {} for kind in KINDS}
    data |= {"queries": [], "locks": {}}
    for number, (name, email) in people.USERS.items():
        kind = "AutomatedProcess" if number == people.AUTOMATED else "Standard"
        put(data, "User", {"Id": identifier("User", number), "Name": name, "Email": email, "UserType": kind})
    for deal in deals.DEALS:
        _add_deal(data, deal, today)
    for buyer in people.BUYERS:
        _add_buyer(data, buyer)
    for step in people.STEPS:
        _add_step(data, step, today)
    for number, ours in enumerate(people.LOGGED, SEEDED_BY_US):
        deal = _deal(data, ours.deal)
        at = _morning(today) - timedelta(days=ours.days_ago)
        content = {"Subject": ours.subject, "Description": ours.text, MARK: people.OURS}
        put(data, "Task", task(identifier("Task", number), deal, content, user(data, people.INTEGRATION), at))
    return data


def put(data: Row, kind: str, row: Row) -> None:
    data[kind][row["Id"]] = row


def user(data: Row, number: int) -> Row:
    """A user as a parent of other records."""
    return dict(data["User"][identifier("User", number)])


def made(author: Row, at: datetime) -> Row:
    """By whom and when a record came to be."""
    return {"CreatedById": author["Id"], "CreatedBy": author, "CreatedDate": moment(at)}


def task(name: str, deal: Row, content: Row, author: Row, at: datetime) -> Row:
    """An activity on a deal, whole; what `content` leaves out has Salesforce's default."""
    return {
        "Id": name,
        "IsDeleted": False,
        "WhatId": deal["Id"],
        "AccountId": deal["AccountId"],
        "Account": deal["Account"],
        "Subject": None,
        "Description": None,
        "ActivityDate": None,
        "Status": "Completed",
        "Priority": "Normal",
        MARK: None,
        **content,
        "IsClosed": content.get("Status", "Completed") == "Completed",
        "OwnerId": author["Id"],
        "Owner": author,
        **made(author, at),
        "LastModifiedDate": moment(at),
        "SystemModstamp": moment(at),
    }


def change(data: Row, deal: str, field: str, values: tuple[Any, Any]) -> Row:
    """One row of a deal's history, still without its author."""
    return {
        "Id": identifier("OpportunityFieldHistory", len(data["OpportunityFieldHistory"]) + 1),
        "IsDeleted": False,
        "OpportunityId": deal,
        "Field": field,
        "OldValue": values[0],
        "NewValue": values[1],
    }


def _add_deal(data: Row, deal: deals.Deal, today: datetime) -> None:
    account = next((row for row in data["Account"].values() if row["Name"] == deal.account), None)
    if account is None:
        name = identifier("Account", len(data["Account"]) + 1)
        account = {"Id": name, "IsDeleted": False, "Name": deal.account}
        put(data, "Account", account)
    seller = user(data, _seller(deal))
    row = _opportunity(deal, identifier("Opportunity", len(data["Opportunity"]) + 1), account, seller, today)
    put(data, "Opportunity", row)
    for note in deal.notes:
        name = identifier("Task", len(data["Task"]) + 1)
        at = _morning(today) - timedelta(days=note.days_ago)
        content = {"Subject": note.subject, "Description": _dated(note.text, today)}
        put(data, "Task", task(name, row, content, seller, at))


def _opportunity(deal: deals.Deal, name: str, account: Row, owner: Row, today: datetime) -> Row:
    changed = moment(_morning(today) - timedelta(days=deal.days_untouched))
    return {
        "Id": name,
        "IsDeleted": False,
        "Name": f"{deal.account} — {deal.name}",
        "AccountId": account["Id"],
        "Account": account,
        "StageName": deal.stage,
        "NextStep": deal.next_step or None,
        "CloseDate": (today.date() + timedelta(days=deal.closes_in)).isoformat(),
        "Amount": deal.amount,
        "CurrencyIsoCode": deal.currency,
        "IsClosed": deal.stage.startswith("Closed"),
        "OwnerId": owner["Id"],
        "Owner": owner,
        **made(owner, _morning(today) - timedelta(days=deal.days_untouched + BEGUN)),
        "LastModifiedById": owner["Id"],
        "LastModifiedDate": changed,
        "SystemModstamp": changed,
    }


def _add_buyer(data: Row, buyer: people.Buyer) -> None:
    account = next(row for row in data["Account"].values() if row["Name"] == buyer.account)
    name = identifier("Contact", len(data["Contact"]) + 1)
    first = not any(row["AccountId"] == account["Id"] for row in data["Contact"].values())
    contact = {
        "Id": name,
        "IsDeleted": False,
        "AccountId": account["Id"],
        "Account": account,
        "Name": buyer.name,
        "Email": buyer.email,
        "Title": buyer.title,
        "HasOptedOutOfEmail": buyer.no_email,
    }
    put(data, "Contact", contact)
    if not buyer.role:
        return
    deal = next(row for row in data["Opportunity"].values() if row["AccountId"] == account["Id"])
    role = {
        "Id": identifier("OpportunityContactRole", len(data["OpportunityContactRole"]) + 1),
        "IsDeleted": False,
        "OpportunityId": deal["Id"],
        "Opportunity": {"Id": deal["Id"], "Name": deal["Name"], "AccountId": account["Id"]},
        "ContactId": name,
        "Contact": {"Id": name, "Name": buyer.name},
        "Role": buyer.role,
        "IsPrimary": first,
    }
    put(data, "OpportunityContactRole", role)


def _add_step(data: Row, step: people.Step, today: datetime) -> None:
    before, after = (None if value is None else _dated(value, today) for value in (step.before, step.after))
    row = change(data, _deal(data, step.deal)["Id"], step.field, (before, after))
    at = _morning(today) - timedelta(days=step.days_ago)
    put(data, "OpportunityFieldHistory", row | made(user(data, step.by), at))


def _deal(data: Row, name: str) -> Any:
    return next(row for row in data["Opportunity"].values() if row["Name"].endswith(f"— {name}"))


def _seller(deal: deals.Deal) -> int:
    return next(number for number, (name, _) in people.USERS.items() if name == deal.owner)


def _dated(text: str, today: datetime) -> str:
    return deals.NEAR.sub(lambda match: (today.date() + timedelta(days=int(match[1]))).isoformat(), text)


def _morning(today: datetime) -> datetime:
    return today.replace(hour=9, minute=0, second=0, microsecond=0)
