"""What people did in Salesforce: which fields of opportunities they changed, which activities they logged.

The field history has a row for each field ("OpportunityFieldHistory"); rows of one save have their second and their
author in common. An administrator chooses the fields, and Salesforce keeps the rows for 18 months ("Field History
Tracking"). Both are read by id, a page beginning after the last one: nothing that is new meanwhile can move a page.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from tools.contract import Wire
from tools.evidence import clamp
from tools.salesforce.answers import Named, link
from tools.salesforce.deals import FIELD_OF
from tools.salesforce.opportunities import UpdateOpportunity
from tools.salesforce.soql import literal, query, select
from tools.salesforce.tasks import DONE, MARK, LogTask, plain
from tools.truth import By, Deed, Evidence, Page, Place, Truth, fitted, happened
from tools.wire import Answer

NAME_OF = {field: name for name, field in FIELD_OF.items()}
LONG = timedelta(minutes=10)  # a row is dated by the begin of its transaction, which may run so long at the most
WHO = "CreatedDate, CreatedById, CreatedBy.Name, CreatedBy.Email, CreatedBy.UserType"


class _User(Named):
    Email: str | None = None
    UserType: str | None = None  # "Standard" for people of the company


class _Row(Answer):
    Id: str
    CreatedDate: str
    CreatedById: str
    CreatedBy: _User


class _Change(_Row):
    OpportunityId: str
    Field: str
    OldValue: str | int | Decimal | bool | None
    NewValue: str | int | Decimal | bool | None


class _Task(_Row):
    WhatId: str | None
    AccountId: str | None
    Subject: str | None
    Description: str | None
    ActivityDate: str | None
    Status: str
    Lanekeeper_Key__c: str | None


class After(Place):
    """`after` is the id of the last row that was read."""

    after: str = ""


R = TypeVar("R", bound=_Row)


class _Rows(Truth[After]):
    """Rows that Salesforce writes once and never changes."""

    overlap: ClassVar = LONG
    place = After

    def _rows(self, wire: Wire, place: After, fields: str, kind: str, model: type[R]) -> list[R]:
        where = f"CreatedDate >= {place.since:%Y-%m-%dT%H:%M:%SZ}"
        where += f" AND Id > {literal(place.after)}" if place.after else ""
        return query(wire, select(f"Id, {WHO}, {fields}", kind, where, "Id", self.size), model, self)

    def _turned(self, place: After, rows: list[R], deeds: list[Deed]) -> Page:
        if len(rows) < self.size:
            return self._last(place, deeds)
        return self._more(place.model_copy(update={"after": rows[-1].Id}), deeds)


class OpportunityChanges(_Rows):
    name = "salesforce.opportunity_history"
    tells = "Which fields of opportunities were changed, by whom, from what to what."
    scopes: ClassVar = frozenset({"salesforce:opportunities.read", "salesforce:history.read"})
    reaches: ClassVar = timedelta(days=548)  # 18 months

    def _page(self, wire: Wire, place: After, ours: frozenset[str]) -> Page:
        fields = "OpportunityId, Field, OldValue, NewValue"
        rows = self._rows(wire, place, fields, "OpportunityFieldHistory", _Change)
        return self._turned(place, rows, [_changed(wire, one, ours) for one in rows])


def _changed(wire: Wire, row: _Change, ours: frozenset[str]) -> Deed:
    at = happened(row.CreatedDate, OpportunityChanges.name)
    return Deed(
        id=f"salesforce.history {row.Id}",
        ref=f"salesforce.opportunity {row.OpportunityId}",
        by=_by(row),
        at=at,
        save=f"{row.OpportunityId} {row.CreatedById} {at.isoformat()}",
        ours=_account(row, ours),
        url=link(wire, "Opportunity", row.OpportunityId),
        **_meant(row),
    )


def _meant(row: _Change) -> dict[str, Any]:
    name, value = NAME_OF.get(row.Field), row.NewValue
    if name == "next_step" and not value:
        return fitted(UpdateOpportunity(), {"opportunity": row.OpportunityId, "clear_next_step": True})
    if name:
        return fitted(UpdateOpportunity(), {"opportunity": row.OpportunityId, name: str(value or "")})
    if row.Field == "created":
        return {"did": "created the opportunity"}
    return {"did": f"{row.Field}: {_words(row.OldValue)} → {_words(value)}"}


class Activities(_Rows):
    """Only what is logged on an opportunity; one that was edited since is told as it stands."""

    name = "salesforce.activities"
    tells = "Which activities were logged on opportunities, and by whom."
    scopes: ClassVar = frozenset({"salesforce:opportunities.read", "salesforce:activities.read"})

    def _page(self, wire: Wire, place: After, ours: frozenset[str]) -> Page:
        fields = f"WhatId, AccountId, Subject, Description, ActivityDate, Status, {MARK}"
        rows = self._rows(wire, place, fields, "Task", _Task)
        told = [_logged(wire, one, ours) for one in rows if (one.WhatId or "").startswith("006")]
        return self._turned(place, rows, told)


def _logged(wire: Wire, row: _Task, ours: frozenset[str]) -> Deed:
    done = row.Status == DONE
    arguments = {
        "opportunity": row.WhatId,
        "subject": plain(row.Subject or ""),
        "text": plain(row.Description or ""),
        "due": "" if done else row.ActivityDate or "",
    }
    return Deed(
        id=f"salesforce.task {row.Id}",
        ref=f"salesforce.opportunity {row.WhatId}",
        also=(f"salesforce.task {row.Id}", *([f"salesforce.account {row.AccountId}"] if row.AccountId else [])),
        by=_by(row),
        at=happened(row.CreatedDate, Activities.name),
        ours="mark" if row.Lanekeeper_Key__c else _account(row, ours),
        key=row.Lanekeeper_Key__c or "",
        url=link(wire, "Task", row.Id),
        **fitted(LogTask(), arguments),
    )


def _account(row: _Row, ours: frozenset[str]) -> Evidence:
    """Ids come in 15 and in 18 characters; the first 15 are the same."""
    return "account" if row.CreatedById[:15] in {one[:15] for one in ours} else ""


def _by(row: _Row) -> By:
    who = row.CreatedBy
    kind: Any = "person" if who.UserType in {None, "Standard"} else "machine"
    return By(id=row.CreatedById, name=who.Name, email=who.Email or "", kind=kind)


def _words(value: object) -> str:
    return clamp("" if value is None else str(value)) or "—"
