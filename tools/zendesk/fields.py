"""Setting what a ticket is: its status, its tags. Sent twice, the second changes nothing more."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

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
from tools.zendesk.answers import Changed, Status
from tools.zendesk.reads import Tag, TicketId
from tools.zendesk.updates import current, look, update

BEFORE_IT_CLOSES = timedelta(days=3)  # Zendesk closes a solved ticket after four days at the least, and then for good

Settable = Literal["open", "pending", "solved"]
TAGS_AT_ONCE = 20  # a card has to show them all


class SetStatusArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    status: Internal[Settable]


class StatusSet(Frozen):
    ticket: Internal[str]
    status: Internal[Status]


class SetStatus(WriteTool[SetStatusArguments, StatusSet]):
    name = "zendesk.set_status"
    summary = "Set a Zendesk ticket to open, pending or solved."
    arguments = SetStatusArguments
    result = StatusSet
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.status"})
    example: ClassVar = {"ticket": "ZD-4821", "status": "solved"}
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "ticket"
    undo_within = BEFORE_IT_CLOSES

    def look(self, wire: Wire, arguments: SetStatusArguments) -> Target:
        target = look(wire, arguments.ticket)
        if target.seen["status"] == arguments.status:
            raise Refused("NO_CHANGE", f"{arguments.ticket} is {arguments.status} already")
        return target

    def preview(self, arguments: SetStatusArguments, target: Target) -> Preview:
        return Preview(
            sentence=f"Set {arguments.ticket} to {arguments.status}",
            changes=(Change(field="Status", before=str(target.seen["status"]), after=arguments.status),),
        )

    def stake(self, arguments: SetStatusArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def write(self, wire: Wire, arguments: SetStatusArguments, key: str) -> StatusSet:
        ticket = current(wire, arguments.ticket, self).ticket
        answer = update(wire, ticket, {"status": arguments.status}, key, self)
        done = understand(Changed, answer, self.name, changes=True).ticket  # no audit where nothing changed
        return StatusSet(ticket=f"ZD-{done.id}", status=done.status)

    def business_key(self, arguments: SetStatusArguments) -> str:
        return f"status {arguments.ticket} {arguments.status}"

    def undo(self, arguments: SetStatusArguments, target: Target, result: StatusSet | None) -> Undo | None:
        before = settable(str(target.seen["status"]))
        return Undo(tool=self.name, arguments={"ticket": arguments.ticket, "status": before})

    def read_back(self, wire: Wire, arguments: SetStatusArguments, key: str) -> StatusSet | None:
        found = current(wire, arguments.ticket, self).ticket
        done = found.status == arguments.status
        return StatusSet(ticket=f"ZD-{found.id}", status=found.status) if done else None

    def holds(self, arguments: SetStatusArguments, result: StatusSet) -> bool:
        return result.status == arguments.status


def settable(status: str) -> str:
    """Where a ticket goes back to: nobody makes it new again, and what waited for a third party is open."""
    return "open" if status in {"new", "hold"} else status


class TagChange(Frozen):
    """Which tags come and which go; what else a ticket is tagged with stays."""

    add: Annotated[Internal[tuple[Tag, ...]], Field(max_length=TAGS_AT_ONCE)] = ()
    remove: Annotated[Internal[tuple[Tag, ...]], Field(max_length=TAGS_AT_ONCE)] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if set(self.add) & set(self.remove):
            raise ValueError("a tag is added or removed, not both")
        return self

    def after(self, tags: list[str]) -> list[str]:
        return sorted(({*tags} | {*self.add}) - {*self.remove})

    def made(self, tags: list[str]) -> bool:
        return {*self.add} <= {*tags} and not {*self.remove} & {*tags}


class SetTagsArguments(TagChange):
    ticket: Routes[Internal[TicketId]]

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.add and not self.remove:
            raise ValueError("name a tag to add or to remove")
        return self


class TagsSet(Frozen):
    ticket: Internal[str]
    tags: Internal[list[str]]


class SetTags(WriteTool[SetTagsArguments, TagsSet]):
    """An update takes the whole list of tags: it is made from the list as just read, and sent as a safe update."""

    name = "zendesk.set_tags"
    summary = "Add tags to a Zendesk ticket and remove others; the rest of its tags stay."
    arguments = SetTagsArguments
    result = TagsSet
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.tags"})
    example: ClassVar = {"ticket": "ZD-4821", "add": ["refund_approved"], "remove": ["duplicate_charge"]}
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "ticket"
    undo_within = BEFORE_IT_CLOSES

    def look(self, wire: Wire, arguments: SetTagsArguments) -> Target:
        """Of the tags only those named here are pinned: others may come and go beside this change."""
        found = look(wire, arguments.ticket)
        tags = str(found.seen["tags"]).split()
        if arguments.made(tags):
            raise Refused("NO_CHANGE", f"{arguments.ticket} is tagged that way already")
        named = sorted({*arguments.add, *arguments.remove} & {*tags})
        pinned = {"email": found.pinned["email"], "tags": " ".join(named)}
        return found.model_copy(update={"pinned": pinned, "already": ()})

    def preview(self, arguments: SetTagsArguments, target: Target) -> Preview:
        tags = str(target.seen["tags"]).split()
        change = Change(field="Tags", before=", ".join(tags), after=", ".join(arguments.after(tags)))
        sentence = f"{in_words(arguments)} on {arguments.ticket}"
        return Preview(sentence=sentence[0].upper() + sentence[1:], changes=(change,))

    def stake(self, arguments: SetTagsArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def write(self, wire: Wire, arguments: SetTagsArguments, key: str) -> TagsSet:
        ticket = current(wire, arguments.ticket, self).ticket
        answer = update(wire, ticket, {"tags": arguments.after(ticket.tags)}, key, self)
        done = understand(Changed, answer, self.name, changes=True).ticket
        return TagsSet(ticket=f"ZD-{done.id}", tags=sorted(done.tags))

    def business_key(self, arguments: SetTagsArguments) -> str:
        return f"tags {arguments.ticket} +{' '.join(sorted(arguments.add))} -{' '.join(sorted(arguments.remove))}"

    def undo(self, arguments: SetTagsArguments, target: Target, result: TagsSet | None) -> Undo | None:
        """Only what this write really changed is taken back: a tag that was there before stays."""
        tags = set(str(target.seen["tags"]).split())
        back = {"add": sorted({*arguments.remove} & tags), "remove": sorted({*arguments.add} - tags)}
        return Undo(tool=self.name, arguments={"ticket": arguments.ticket, **back})

    def read_back(self, wire: Wire, arguments: SetTagsArguments, key: str) -> TagsSet | None:
        found = current(wire, arguments.ticket, self).ticket
        return TagsSet(ticket=f"ZD-{found.id}", tags=sorted(found.tags)) if arguments.made(found.tags) else None

    def holds(self, arguments: SetTagsArguments, result: TagsSet) -> bool:
        return arguments.made(result.tags)


def in_words(change: TagChange) -> str:
    """As in "add tag a, remove tags b and c"; empty where nothing changes."""
    parts = []
    for verb, tags in (("add", change.add), ("remove", change.remove)):
        if tags:
            parts.append(f"{verb} {'tag' if len(tags) == 1 else 'tags'} {' and '.join(sorted(tags))}")
    return ", ".join(parts)
