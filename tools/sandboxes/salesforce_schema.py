"""Which objects and fields the made-up Salesforce has, what may be set, and how it describes them.

Shapes follow "sObject Describe" of the REST API Developer Guide, v62.0, and the Object Reference (Opportunity, Task,
Contact, OpportunityContactRole, OpportunityFieldHistory). Only what a sandbox needs of each stands here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DATA = "/services/data/v62.0"
STAGES = ("Qualification", "Needs Analysis", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
MARK = "Lanekeeper_Key__c"  # a custom field of Activity, marked as external ID


@dataclass(frozen=True)
class Column:
    """One field. `create` and `update` say what a user who may change the object may do with it."""

    name: str
    type: str = "string"
    label: str = ""
    length: int = 0  # characters; 0 where it has no such limit
    values: tuple[str, ...] = ()  # of a picklist
    create: bool = False
    update: bool = False
    nillable: bool = True
    external: bool = False


@dataclass(frozen=True)
class Kind:
    """An object with its fields, the parents a query may reach through it, and what can be done with its records."""

    name: str
    prefix: str  # the first three characters of its ids
    columns: tuple[Column, ...]
    parents: Mapping[str, str]  # relationship → object
    create: bool = False
    update: bool = False
    delete: bool = False

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)


def _system(*more: str) -> tuple[Column, ...]:
    """The fields that Salesforce fills itself."""
    types = {"Id": "id", "IsDeleted": "boolean"}
    dates = {name: "datetime" for name in more if name.endswith(("Date", "stamp"))}
    return tuple(
        Column(name, {**types, **dates}.get(name, "reference"), nillable=False) for name in ("Id", "IsDeleted", *more)
    )


_STAMPS = ("CreatedDate", "CreatedById", "LastModifiedDate", "SystemModstamp")

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("User", "005", (Column("Id", "id"), Column("Name"), Column("Email", "email"), Column("UserType")), {}),
        Kind("Account", "001", (*_system(), Column("Name", label="Account Name", length=255, nillable=False)), {}),
        Kind(
            "Contact",
            "003",
            (
                *_system(),
                Column("AccountId", "reference"),
                Column("Name", label="Full Name", length=121),
                Column("Email", "email", length=80),
                Column("Title", length=128),
                Column("HasOptedOutOfEmail", "boolean", nillable=False),
            ),
            {"Account": "Account"},
        ),
        Kind(
            "Opportunity",
            "006",
            (
                *_system(*_STAMPS, "LastModifiedById"),
                Column("Name", label="Name", length=120, nillable=False),
                Column("AccountId", "reference"),
                Column("OwnerId", "reference", nillable=False),
                Column("StageName", "picklist", "Stage", 255, STAGES, create=True, update=True, nillable=False),
                Column("NextStep", "string", "Next Step", 255, create=True, update=True),
                Column("CloseDate", "date", "Close Date", create=True, update=True, nillable=False),
                Column("Amount", "currency", "Amount"),
                Column("CurrencyIsoCode", "picklist", "Currency", nillable=False),
                Column("IsClosed", "boolean", nillable=False),
            ),
            {"Account": "Account", "Owner": "User", "CreatedBy": "User"},
            update=True,
        ),
        Kind(
            "OpportunityContactRole",
            "00K",
            (
                *_system(),
                Column("OpportunityId", "reference", nillable=False),
                Column("ContactId", "reference", nillable=False),
                Column("Role", "picklist"),
                Column("IsPrimary", "boolean", nillable=False),
            ),
            {"Opportunity": "Opportunity", "Contact": "Contact"},
        ),
        Kind(
            "OpportunityFieldHistory",
            "017",
            (
                *_system("CreatedDate", "CreatedById"),
                Column("OpportunityId", "reference", nillable=False),
                Column("Field", "picklist", nillable=False),
                Column("OldValue", "anyType"),
                Column("NewValue", "anyType"),
            ),
            {"CreatedBy": "User"},
        ),
        Kind(
            "Task",
            "00T",
            (
                *_system(*_STAMPS),
                Column("AccountId", "reference"),
                Column("OwnerId", "reference", nillable=False),
                Column("WhatId", "reference", "Related To ID", create=True, update=True),
                Column("Subject", "combobox", "Subject", 255, create=True, update=True),
                Column("Description", "textarea", "Comments", 32_000, create=True, update=True),
                Column("ActivityDate", "date", "Due Date Only", create=True, update=True),
                Column(
                    "Status", "picklist", "Status", 255, ("Not Started", "In Progress", "Completed"),
                    create=True, update=True, nillable=False,
                ),
                Column(
                    "Priority", "picklist", "Priority", 255, ("High", "Normal", "Low"),
                    create=True, update=True, nillable=False,
                ),
                Column("IsClosed", "boolean", nillable=False),
                Column(MARK, "string", "Lanekeeper Key", 64, create=True, update=True, external=True),
            ),
            {"CreatedBy": "User", "Owner": "User", "Account": "Account"},
            create=True,
            update=True,
            delete=True,
        ),
    )
}  # fmt: skip

TRACKED = ("StageName", "NextStep", "CloseDate", "Amount")  # fields of an opportunity whose history is kept


def knows(kind: Kind, name: str) -> bool:
    """Is there such a field, or such a field of a parent: `Owner.Name`?"""
    parent, _, rest = name.partition(".")
    if not rest:
        return kind.column(name) is not None
    return parent in kind.parents and knows(KINDS[kind.parents[parent]], rest)


def describe(kind: Kind, may: Callable[[str], bool]) -> dict[str, Any]:
    """The describe answer; `may` tells of each field whether this user may set it."""
    settable = any(may(column.name) for column in kind.columns)
    return {
        "name": kind.name,
        "label": kind.name,
        "keyPrefix": kind.prefix,
        "queryable": True,
        "retrieveable": True,
        "createable": kind.create and settable,
        "updateable": kind.update and settable,
        "deletable": kind.delete and settable,
        "fields": [_field(column, settable=may(column.name)) for column in kind.columns],
    }


def _field(column: Column, *, settable: bool) -> dict[str, Any]:
    return {
        "name": column.name,
        "label": column.label or column.name,
        "type": column.type,
        "length": column.length,
        "custom": column.name.endswith("__c"),
        "createable": column.create and settable,
        "updateable": column.update and settable,
        "nillable": column.nillable,
        "externalId": column.external,
        "idLookup": column.external or column.type == "id",
        "unique": False,
        "restrictedPicklist": bool(column.values),
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}
            for value in column.values
        ],
    }
