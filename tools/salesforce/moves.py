"""Moving a deal: the opportunity is changed and the reason is logged on it, in one call, both or neither."""

from datetime import timedelta
from typing import ClassVar

from pydantic import field_validator

from tools.contract import (
    FreeText,
    Internal,
    Preview,
    Refused,
    Retry,
    Risk,
    Stake,
    Target,
    Undo,
    Wire,
    WriteTool,
)
from tools.salesforce import deals
from tools.salesforce.answers import DATA, RECORD, Record
from tools.salesforce.composite import Part, together
from tools.salesforce.tasks import Subject, Text, by_mark, content, marked, plain, upserted
from tools.wire import understand


class MoveDealArguments(deals.DealArguments):
    subject: FreeText[Subject]
    text: FreeText[Text] = ""

    @field_validator("subject", "text")
    @classmethod
    def _plain(cls, value: str) -> str:
        return plain(value)


class Moved(deals.Updated):
    task: Internal[str]


class MoveDeal(WriteTool[MoveDealArguments, Moved]):
    """The activity bears our key: found, the call was done. The opportunity is held as `salesforce.update_opportunity`
    holds it; the header stands on its part of the call.
    """

    name = "salesforce.move_deal"
    summary = "Set stage, next step or close date of a Salesforce opportunity and log why, as an activity on it."
    arguments = MoveDealArguments
    result = Moved
    scopes: ClassVar = frozenset(
        {"salesforce:opportunities.read", "salesforce:opportunities.write", "salesforce:tasks.write"}
    )
    example: ClassVar = {
        "opportunity": "006Sb00000001AAAAA",
        "stage": "Negotiation",
        "next_step": "Send MSA redlines",
        "subject": "Moved to Negotiation",
        "text": "Pricing is signed off; legal review has started.",
    }
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "deal"
    undo_within = timedelta(days=7)  # a week's forecast

    def look(self, wire: Wire, arguments: MoveDealArguments) -> Target:
        return deals.look(wire, arguments, self)

    def preview(self, arguments: MoveDealArguments, target: Target) -> Preview:
        fields = deals.changed(arguments, target)
        words = ", ".join(deals.WORD_FOR[name] for name in fields)
        return Preview(
            sentence=f"Update {target.seen['name']}: {words}, and log why",
            changes=deals.changes(fields, target),
            body="\n\n".join(part for part in (arguments.subject, arguments.text) if part),
        )

    def stake(self, arguments: MoveDealArguments, target: Target) -> Stake:
        account = target.seen["account"]
        return Stake(customer=str(account) if account else None)

    def owner(self, wire: Wire, arguments: MoveDealArguments) -> str:
        return deals.owner(wire, arguments.opportunity, self)

    def needs(self, arguments: MoveDealArguments) -> frozenset[str]:
        return deals.rights(arguments) | {"salesforce:tasks.write"}

    def business_key(self, arguments: MoveDealArguments) -> str:
        return f"update {deals.said(arguments)}"  # the same change as without the activity

    def undo(self, arguments: MoveDealArguments, target: Target, result: Moved | None) -> Undo | None:
        """Back to what stood there, with an activity that says so: the first one stays, for it is what happened."""
        back = {"opportunity": arguments.opportunity, **deals.before(arguments, target)}
        return Undo(tool=self.name, arguments={**back, "subject": f"Taken back: {arguments.subject}"[:255]})

    def write(self, wire: Wire, arguments: MoveDealArguments, key: str) -> Moved:
        """One composite call; its last part reads what the others left."""
        found = deals.record(wire, arguments.opportunity, self)
        if deals.moved_on(arguments, found):
            return self._ours(wire, arguments, key, found)
        deal = f"{DATA}/sobjects/Opportunity/{arguments.opportunity}"
        parts = {
            "deal": Part("the opportunity", "PATCH", deal, deals.body(arguments), deals.condition(found)),
            "task": Part(
                "the activity",
                "PATCH",
                by_mark(key),
                content(arguments.opportunity, arguments.subject, arguments.text),
            ),
            "now": Part("the opportunity as it is", "GET", f"{deal}?fields={RECORD}"),
        }
        try:
            said = together(wire, parts, self)
        except Refused as refused:
            if refused.code != "CONFLICT":
                raise
            return self._ours(wire, arguments, key, found)
        now = understand(Record, said["now"], self.name, changes=True)
        return _moved(now, upserted(said["task"], self))

    def _ours(self, wire: Wire, arguments: MoveDealArguments, key: str, found: Record) -> Moved:
        """Changed meanwhile: by our own first try, if the activity is there; else by somebody else."""
        done = self.read_back(wire, arguments, key)
        if done is None:
            raise deals.conflict(found)
        return done

    def read_back(self, wire: Wire, arguments: MoveDealArguments, key: str) -> Moved | None:
        task = marked(wire, key, self)
        return None if task is None else _moved(deals.record(wire, arguments.opportunity, self), task.Id)

    def holds(self, arguments: MoveDealArguments, result: Moved) -> bool:
        return deals.holds(arguments, result)


def _moved(found: Record, task: str) -> Moved:
    return Moved(**deals.updated(found).model_dump(), task=task)
