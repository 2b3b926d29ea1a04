"""Which open opportunities stand still: nobody has changed them for days, and mostly nobody knows what comes next.

"Not changed for n days" is LastModifiedDate before LAST_N_DAYS:n, which begins at midnight n days ago by the time zone
of the user that asks (SOQL and SOSL Reference, "Date Formats and Date Literals"). It is as near as a query comes to
"without a next step for n days": whoever takes the next step out changes the record on that day.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from tools.contract import Evidence, Frozen, Internal, Pii, ReadTool, Wire
from tools.evidence import CITED
from tools.salesforce.answers import Account, Row, link
from tools.salesforce.soql import query, select
from tools.wire import Answer

MOST = 500  # opportunities in one answer, those nobody touched for longest


class _Owner(Answer):
    Name: str
    Email: str | None


class _Stalled(Row):
    LastModifiedDate: str
    Owner: _Owner
    Account: Account | None


class StalledArguments(Frozen):
    untouched_days: Annotated[Internal[int], Field(ge=1, le=365, description="Days without any change")] = 30
    only_without_next_step: Annotated[Internal[bool], Field(description="Leave out those that have a next step")] = True


class StalledOpportunity(Frozen):
    opportunity: Internal[str]
    name: Internal[str]
    account: Internal[str]  # its name; empty: it belongs to none
    stage: Internal[str]
    next_step: Internal[str]
    close_date: Internal[str]  # ISO 8601 date
    changed: Internal[str]  # ISO 8601, the last time
    owner: Pii[str]
    owner_email: Pii[str]  # empty: Salesforce does not say


class Stalled(Frozen):
    opportunities: list[StalledOpportunity]  # untouched for longest first


class FindStalledOpportunities(ReadTool[StalledArguments, Stalled]):
    name = "salesforce.find_stalled_opportunities"
    summary = "Find open Salesforce opportunities that nobody has changed for some days and that have no next step."
    arguments = StalledArguments
    result = Stalled
    scopes: ClassVar = frozenset({"salesforce:opportunities.read"})
    example: ClassVar = {"untouched_days": 30}

    def read(self, wire: Wire, arguments: StalledArguments) -> Stalled:
        where = f"IsClosed = false AND LastModifiedDate < LAST_N_DAYS:{arguments.untouched_days}"
        if arguments.only_without_next_step:
            where += " AND NextStep = null"
        fields = (
            "Id, Name, StageName, NextStep, CloseDate, SystemModstamp, LastModifiedDate, Owner.Name, Owner.Email, "
            "Account.Id, Account.Name"
        )
        rows = query(wire, select(fields, "Opportunity", where, "LastModifiedDate", MOST), _Stalled, self)
        return Stalled(opportunities=[_stalled(row) for row in rows])

    def cite(self, wire: Wire, arguments: StalledArguments, result: Stalled) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"{one.name} · {one.stage} · last changed {one.changed[:10]}",
                url=link(wire, "Opportunity", one.opportunity),
            )
            for one in result.opportunities[:CITED]
        )


def _stalled(row: _Stalled) -> StalledOpportunity:
    return StalledOpportunity(
        opportunity=row.Id,
        name=row.Name,
        account=row.Account.Name if row.Account else "",
        stage=row.StageName,
        next_step=row.NextStep or "",
        close_date=row.CloseDate,
        changed=row.LastModifiedDate,
        owner=row.Owner.Name,
        owner_email=row.Owner.Email or "",
    )
