"""Changing an opportunity: stage, next step, close date, on the condition that nobody was quicker."""

from datetime import timedelta
from typing import ClassVar

from tools.contract import (
    Preview,
    Refused,
    Retry,
    Risk,
    Stake,
    Target,
    Unavailable,
    Uncertain,
    Undo,
    Wire,
    WriteTool,
)
from tools.salesforce import deals
from tools.salesforce.answers import DATA


class UpdateOpportunityArguments(deals.DealArguments):
    """What is to be set; what is left empty stays as it is."""


class UpdateOpportunity(WriteTool[UpdateOpportunityArguments, deals.Updated]):
    name = "salesforce.update_opportunity"
    summary = "Set stage, next step or close date of a Salesforce opportunity; what is left empty stays as it is."
    arguments = UpdateOpportunityArguments
    result = deals.Updated
    scopes: ClassVar = frozenset({"salesforce:opportunities.read", "salesforce:opportunities.write"})
    example: ClassVar = {"opportunity": "006Sb00000001AAAAA", "stage": "Negotiation", "close_date": "2099-03-31"}
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "opportunity"
    undo_within = timedelta(days=7)  # a week's forecast

    def look(self, wire: Wire, arguments: UpdateOpportunityArguments) -> Target:
        return deals.look(wire, arguments, self)

    def preview(self, arguments: UpdateOpportunityArguments, target: Target) -> Preview:
        fields = deals.changed(arguments, target)
        return Preview(
            sentence=f"Update {target.seen['name']}: {', '.join(deals.WORD_FOR[name] for name in fields)}",
            changes=deals.changes(fields, target),
        )

    def stake(self, arguments: UpdateOpportunityArguments, target: Target) -> Stake:
        account = target.seen["account"]
        return Stake(customer=str(account) if account else None)

    def owner(self, wire: Wire, arguments: UpdateOpportunityArguments) -> str:
        return deals.owner(wire, arguments.opportunity, self)

    def needs(self, arguments: UpdateOpportunityArguments) -> frozenset[str]:
        return deals.rights(arguments)

    def business_key(self, arguments: UpdateOpportunityArguments) -> str:
        return f"update {deals.said(arguments)}"

    def undo(self, arguments: UpdateOpportunityArguments, target: Target, result: deals.Updated | None) -> Undo | None:
        return Undo(tool=self.name, arguments={"opportunity": arguments.opportunity, **deals.before(arguments, target)})

    def write(self, wire: Wire, arguments: UpdateOpportunityArguments, key: str) -> deals.Updated:
        """Answered with 204 and no body; what it left is read right after, and a lost reading is a lost answer."""
        found = deals.record(wire, arguments.opportunity, self)
        if deals.moved_on(arguments, found):
            return deals.as_asked(arguments, found)
        path = f"{DATA}/sobjects/Opportunity/{arguments.opportunity}"
        try:
            wire.call(
                "PATCH",
                path,
                json=deals.body(arguments),
                headers=deals.condition(found),
                timeout=self.timeout,
                changes=True,
            )
        except Refused as refused:
            if refused.code != "CONFLICT":
                raise
            return deals.as_asked(arguments, deals.record(wire, arguments.opportunity, self))
        try:
            return deals.updated(deals.record(wire, arguments.opportunity, self))
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"the update was taken, its result cannot be read: {error.message}") from error

    def read_back(self, wire: Wire, arguments: UpdateOpportunityArguments, key: str) -> deals.Updated | None:
        result = deals.updated(deals.record(wire, arguments.opportunity, self))
        return result if self.holds(arguments, result) else None

    def holds(self, arguments: UpdateOpportunityArguments, result: deals.Updated) -> bool:
        return deals.holds(arguments, result)
