"""Who changed which field of an opportunity, when, from what to what ("OpportunityFieldHistory").

An administrator chooses up to twenty fields whose history is kept, and it is kept for 18 to 24 months ("Field History
Tracking"). All changes of one save bear the same second, in no certain order.
"""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from tools.contract import Evidence, FreeText, Frozen, Internal, Pii, ReadTool, Wire
from tools.evidence import CITED, clamp
from tools.salesforce.answers import Named, OpportunityId, link, same
from tools.salesforce.deals import FIELD_OF, record
from tools.salesforce.describe import me
from tools.salesforce.soql import literal, query, select
from tools.values import Day
from tools.wire import Answer

MOST_CHANGES = 200  # of one opportunity, the latest
NAME_OF = {field: name for name, field in FIELD_OF.items()}


class _Change(Answer):
    Field: str
    OldValue: str | int | Decimal | bool | None
    NewValue: str | int | Decimal | bool | None
    CreatedDate: str
    CreatedById: str
    CreatedBy: Named


class HistoryArguments(Frozen):
    opportunity: Internal[OpportunityId]
    since: Annotated[Internal[Day], Field(description="ISO date such as 2026-03-31; empty: all there is")] = ""


class FieldChange(Frozen):
    at: Internal[str]  # ISO 8601
    by: Pii[str]
    ours: Internal[bool]  # made by the very user that this credential writes as
    field: Internal[str]  # stage, next_step, close_date, or Salesforce's own name; "created": the record came to be
    before: FreeText[str]
    after: FreeText[str]


class History(Frozen):
    opportunity: Internal[str]
    name: Internal[str]
    changes: list[FieldChange]  # latest first


class OpportunityHistory(ReadTool[HistoryArguments, History]):
    name = "salesforce.opportunity_history"
    summary = "Read who changed which field of a Salesforce opportunity, when, from what to what; latest first."
    arguments = HistoryArguments
    result = History
    scopes: ClassVar = frozenset({"salesforce:opportunities.read", "salesforce:history.read"})
    example: ClassVar = {"opportunity": "006Sb00000001AAAAA"}

    def read(self, wire: Wire, arguments: HistoryArguments) -> History:
        found = record(wire, arguments.opportunity, self)
        where = f"OpportunityId = {literal(found.Id)}"
        if arguments.since:
            where += f" AND CreatedDate >= {arguments.since}T00:00:00Z"
        fields = "Field, OldValue, NewValue, CreatedDate, CreatedById, CreatedBy.Name"
        soql = select(fields, "OpportunityFieldHistory", where, "CreatedDate DESC", MOST_CHANGES)
        changes = query(wire, soql, _Change, self)
        us = me(wire, self).user_id
        return History(opportunity=found.Id, name=found.Name, changes=[_change(one, us) for one in changes])

    def cite(self, wire: Wire, arguments: HistoryArguments, result: History) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"{one.by} · {one.field.replace('_', ' ')} of {result.name} · {one.at[:10]}",
                quote=clamp(f"{one.before or '—'} → {one.after or '—'}"),
                url=link(wire, "Opportunity", result.opportunity),
            )
            for one in result.changes[:CITED]
        )


def _change(found: _Change, us: str) -> FieldChange:
    return FieldChange(
        at=found.CreatedDate,
        by=found.CreatedBy.Name,
        ours=same(found.CreatedById, us),
        field=NAME_OF.get(found.Field, found.Field),
        before=_said(found.OldValue),
        after=_said(found.NewValue),
    )


def _said(value: str | int | Decimal | None) -> str:
    return "" if value is None else str(value)
