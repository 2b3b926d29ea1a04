"""Setting how urgent a ticket is. Sent twice, the second changes nothing more."""

from typing import ClassVar, Literal

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
    Undo,
    Wire,
    WriteTool,
)
from tools.wire import understand
from tools.zendesk.answers import Changed, TicketAnswer
from tools.zendesk.fields import BEFORE_IT_CLOSES
from tools.zendesk.reads import TicketId
from tools.zendesk.updates import current, look, update

Priority = Literal["low", "normal", "high", "urgent"]


class SetPriorityArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    priority: Internal[Priority]


class PrioritySet(Frozen):
    ticket: Internal[str]
    priority: Internal[str]  # empty where nobody has set one


class SetPriority(WriteTool[SetPriorityArguments, PrioritySet]):
    name = "zendesk.set_priority"
    summary = "Set how urgent a Zendesk ticket is: low, normal, high or urgent."
    arguments = SetPriorityArguments
    result = PrioritySet
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.priority"})
    example: ClassVar = {"ticket": "ZD-4821", "priority": "high"}
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "ticket"
    undo_within = BEFORE_IT_CLOSES

    def look(self, wire: Wire, arguments: SetPriorityArguments) -> Target:
        before = _set(current(wire, arguments.ticket, self).ticket).priority
        if before == arguments.priority:
            raise Refused("NO_CHANGE", f"{arguments.ticket} is {before} already")
        target = look(wire, arguments.ticket)
        return target.model_copy(update={"pinned": {"email": target.pinned["email"], "priority": before}})

    def preview(self, arguments: SetPriorityArguments, target: Target) -> Preview:
        return Preview(
            sentence=f"Set the priority of {arguments.ticket} to {arguments.priority}",
            changes=(Change(field="Priority", before=str(target.pinned["priority"]), after=arguments.priority),),
        )

    def stake(self, arguments: SetPriorityArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def write(self, wire: Wire, arguments: SetPriorityArguments, key: str) -> PrioritySet:
        ticket = current(wire, arguments.ticket, self).ticket
        answer = update(wire, ticket, {"priority": arguments.priority}, key, self)
        return _set(understand(Changed, answer, self.name, changes=True).ticket)

    def business_key(self, arguments: SetPriorityArguments) -> str:
        return f"priority {arguments.ticket} {arguments.priority}"

    def undo(self, arguments: SetPriorityArguments, target: Target, result: PrioritySet | None) -> Undo | None:
        """Back to what it was; a ticket that had none keeps the new one, since Zendesk takes no priority away."""
        before = target.pinned["priority"]
        return Undo(tool=self.name, arguments={"ticket": arguments.ticket, "priority": before}) if before else None

    def read_back(self, wire: Wire, arguments: SetPriorityArguments, key: str) -> PrioritySet | None:
        found = _set(current(wire, arguments.ticket, self).ticket)
        return found if self.holds(arguments, found) else None

    def holds(self, arguments: SetPriorityArguments, result: PrioritySet) -> bool:
        return result.priority == arguments.priority


def _set(ticket: TicketAnswer) -> PrioritySet:
    return PrioritySet(ticket=f"ZD-{ticket.id}", priority=ticket.priority or "")
