"""Changing Zendesk: a public reply, and the status.

Zendesk knows no idempotency key on ticket updates. What an update carries as `metadata` is kept in its audit, under
`metadata.custom` and out of the customer's sight ("Setting Metadata"); there a reply finds its own mark again. Reading
audits takes the OAuth scope "read", "tickets:read" is not enough ("Ticket Audits").
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tools.contract import (
    Change,
    Evidence,
    FreeText,
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
from tools.money import Money
from tools.wire import understand
from tools.zendesk.answers import (
    Audit,
    AuditsPage,
    Changed,
    Status,
    TicketAnswer,
    TicketPage,
    Updated,
    pages,
    ticket_link,
    ticket_path,
)
from tools.zendesk.reads import GetTicket, GetTicketArguments, TicketId, clamp

MARK = "lanekeeper_key"

REFUND_CONFIRMATION = """\
Hi {name},

We have refunded {amount} to the payment method you used. Banks usually take 5 to 10 days to show it.

I'm sorry for the trouble. If anything else looks wrong, just reply to this message.

Kind regards,
Customer Support"""


def _look(wire: Wire, ticket: str) -> Target:
    """A ticket as a write sees it. `new` is pinned as open: our own first reply may move the one to the other."""
    found = GetTicket().read(wire, GetTicketArguments(ticket=ticket))
    if found.status == "closed":
        raise Refused("CLOSED", f"{ticket} is closed; Zendesk lets nobody change it any more")
    spoken = [comment.id for comment in found.comments if comment.role == "customer"]
    answered = [one for one in found.comments if one.role == "agent" and one.public]
    last = answered[-1:] if found.comments and answered and found.comments[-1] is answered[-1] else []
    return Target(
        ref=f"zendesk.ticket {ticket}",
        url=ticket_link(wire, ticket),
        pinned={
            "status": "open" if found.status == "new" else found.status,
            "last_customer_comment": spoken[-1] if spoken else None,
            "requester": found.requester.name,
            "email": found.requester.email,
        },
        seen={"status": found.status, "subject": found.subject},
        already=tuple(Evidence(label=f"{one.author} answered {one.at[:10]}", quote=clamp(one.text)) for one in last),
    )


class ReplyArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    template: Internal[Literal["refund_confirmation", "free_text"]]
    amount: Annotated[
        Routes[Internal[Money]] | None, Field(description="What was refunded; for refund_confirmation only")
    ] = None
    text: Annotated[FreeText[str] | None, Field(min_length=1, max_length=8000, description="For free_text only")] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.template == "refund_confirmation" and (self.amount is None or self.text is not None):
            raise ValueError("refund_confirmation takes an amount and no text: its words are fixed")
        if self.template == "free_text" and (self.amount is not None or not (self.text or "").strip()):
            raise ValueError("free_text takes a text and no amount")
        return self


class Replied(Frozen):
    ticket: Internal[str]
    status: Internal[Status]
    comment: Internal[str]
    text: FreeText[str]


class Reply(WriteTool[ReplyArguments, Replied]):
    name = "zendesk.reply"
    summary = "Answer the customer publicly on a Zendesk ticket: with a fixed refund confirmation, or a text of yours."
    arguments = ReplyArguments
    result = Replied
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.reply"})
    example: ClassVar = {
        "ticket": "ZD-4821",
        "template": "refund_confirmation",
        "amount": {"minor": 3800, "currency": "USD"},
    }
    retry = Retry.CHECK_FIRST
    risk = Risk.MEDIUM
    noun = "ticket"
    missing: ClassVar = {
        "undo": "a customer may have read it; Zendesk recalls no message",
        "key": "Zendesk honours an Idempotency-Key where a ticket is created, not where one is updated",
    }

    def look(self, wire: Wire, arguments: ReplyArguments) -> Target:
        return _look(wire, arguments.ticket)

    def preview(self, arguments: ReplyArguments, target: Target) -> Preview:
        name, email = target.pinned["requester"], target.pinned["email"]
        who = f"{name} ({email})" if email else str(name)
        return Preview(sentence=f"Reply to {who} on {arguments.ticket}", body=_words(arguments, str(name)))

    def stake(self, arguments: ReplyArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def write(self, wire: Wire, arguments: ReplyArguments, key: str) -> Replied:
        name = ""
        if arguments.template == "refund_confirmation":
            name = str(self.look(wire, arguments).pinned["requester"])
        change = {"comment": {"body": _words(arguments, name), "public": True}}
        done = understand(Updated, _update(wire, arguments.ticket, change, key, self), self.name, changes=True)
        return _replied(done.ticket, done.audit)

    def business_key(self, arguments: ReplyArguments) -> str:
        said = f" {arguments.text}" if arguments.text else ""
        return f"reply {arguments.ticket} {arguments.template}{said}"

    def read_back(self, wire: Wire, arguments: ReplyArguments, key: str) -> Replied | None:
        path = f"{ticket_path(arguments.ticket)}/audits.json"
        for page in pages(wire, path, AuditsPage, self.name, self.timeout):
            for audit in page.audits:
                if audit.metadata.custom.get(MARK) == key:
                    return _replied(_current(wire, arguments.ticket, self), audit)
        return None

    def holds(self, arguments: ReplyArguments, result: Replied) -> bool:
        if arguments.template == "free_text":
            return result.text.strip() == (arguments.text or "").strip()
        return f"refunded {arguments.amount} to" in result.text


def _words(arguments: ReplyArguments, name: str) -> str:
    if arguments.template == "free_text":
        return arguments.text or ""
    return REFUND_CONFIRMATION.format(name=_first_name(name), amount=arguments.amount)


def _first_name(name: str) -> str:
    """The customer chose their name: only what looks like one is repeated in a letter of ours."""
    first = next(iter(name.split()), "")
    return first if re.fullmatch(r"[^\W\d_]([^\W\d_]|['’-]){0,39}", first) else "there"


def _replied(ticket: TicketAnswer, audit: Audit) -> Replied:
    said = next((event for event in audit.events if event.type == "Comment"), None)
    return Replied(
        ticket=f"ZD-{ticket.id}",
        status=ticket.status,
        comment=str(said.id) if said else "",
        text=(said.body or "") if said else "",
    )


class SetStatusArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    status: Internal[Literal["open", "pending", "solved"]]


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
    undo_within = timedelta(days=3)  # Zendesk closes a solved ticket after four days at the least, and then for good

    def look(self, wire: Wire, arguments: SetStatusArguments) -> Target:
        target = _look(wire, arguments.ticket)
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
        answer = _update(wire, arguments.ticket, {"status": arguments.status}, key, self)
        done = understand(Changed, answer, self.name, changes=True).ticket  # no audit where nothing changed
        return StatusSet(ticket=f"ZD-{done.id}", status=done.status)

    def business_key(self, arguments: SetStatusArguments) -> str:
        return f"status {arguments.ticket} {arguments.status}"

    def undo(self, arguments: SetStatusArguments, target: Target, result: StatusSet | None) -> Undo | None:
        before = str(target.seen["status"])
        back = "open" if before in {"new", "hold"} else before
        return Undo(tool=self.name, arguments={"ticket": arguments.ticket, "status": back})

    def read_back(self, wire: Wire, arguments: SetStatusArguments, key: str) -> StatusSet | None:
        found = _current(wire, arguments.ticket, self)
        done = found.status == arguments.status
        return StatusSet(ticket=f"ZD-{found.id}", status=found.status) if done else None

    def holds(self, arguments: SetStatusArguments, result: StatusSet) -> bool:
        return result.status == arguments.status


def _update(wire: Wire, ticket: str, change: Mapping[str, object], key: str, tool: Reply | SetStatus) -> Any:
    body = {"ticket": {**change, "metadata": {MARK: key}}}
    return wire.call("PUT", f"{ticket_path(ticket)}.json", json=body, timeout=tool.timeout, changes=True)


def _current(wire: Wire, ticket: str, tool: Reply | SetStatus) -> TicketAnswer:
    answer = wire.call("GET", f"{ticket_path(ticket)}.json", query={"include": "users"}, timeout=tool.timeout)
    return understand(TicketPage, answer, tool.name).ticket
