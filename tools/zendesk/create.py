"""Opening a ticket.

Zendesk honours an `Idempotency-Key` here and forgets it after two hours ("Idempotency" of the introduction). The key
stands in the ticket's `external_id` as well: there it is found for as long as the ticket lives, and a write looks
there before it sends.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tools.contract import (
    Evidence,
    FreeText,
    Frozen,
    Internal,
    Pii,
    Preview,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Uncertain,
    Undo,
    Wire,
    WriteTool,
)
from tools.values import Email
from tools.wire import understand
from tools.zendesk.answers import Changed, Status, TicketAnswer, TicketsFound, ticket_link, user_link
from tools.zendesk.comments import LONGEST
from tools.zendesk.fields import BEFORE_IT_CLOSES
from tools.zendesk.people import FindUsers, FindUsersArguments
from tools.zendesk.reads import FindTickets, FindTicketsArguments

OURS = "lanekeeper-"  # begins the external id of a ticket that we opened


class CreateTicketArguments(Frozen):
    """`name` counts where Zendesk does not know the address yet: then it makes a user of that name."""

    email: Routes[Pii[Email]]
    name: Annotated[Pii[str], Field(min_length=1, max_length=100, pattern=r"\S")]
    subject: Annotated[FreeText[str], Field(min_length=1, max_length=150, pattern=r"\S")]
    text: Annotated[FreeText[str], Field(min_length=1, max_length=LONGEST, pattern=r"\S")]
    public: Annotated[Internal[bool], Field(description="true: the customer is written to; false: a note inside")]
    priority: Internal[Literal["low", "normal", "high", "urgent"]] = "normal"


class Created(Frozen):
    ticket: Internal[str]
    status: Internal[Status]
    subject: FreeText[str]
    requester: Internal[str]


class CreateTicket(WriteTool[CreateTicketArguments, Created]):
    name = "zendesk.create_ticket"
    summary = "Open a Zendesk ticket for a person, with a first message to them or a note for colleagues only."
    arguments = CreateTicketArguments
    result = Created
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:users.read", "zendesk:tickets.create"})
    example: ClassVar = {
        "email": "ada@parkstudio.example",
        "name": "Ada Park",
        "subject": "Second charge found while checking the first",
        "text": "Another pair of charges looks doubled. Please check before the next invoice.",
        "public": False,
    }
    retry = Retry.NATIVE_KEY
    risk = Risk.MEDIUM
    noun = "new_ticket"
    undo_within: ClassVar[timedelta | None] = BEFORE_IT_CLOSES

    def look(self, wire: Wire, arguments: CreateTicketArguments) -> Target:
        """The person, who may be new, and what is open for them under the same subject."""
        found = FindUsers().read(wire, FindUsersArguments(email=arguments.email)).users
        known = next((one for one in found if one.email.casefold() == arguments.email.casefold()), None)
        tickets = FindTickets().read(wire, FindTicketsArguments(email=arguments.email)).tickets if known else []
        same = [
            one
            for one in tickets
            if one.status not in {"solved", "closed"} and one.subject.casefold() == arguments.subject.casefold()
        ]
        return Target(
            ref=f"zendesk.user {arguments.email}",
            url=user_link(wire, known.user) if known else "",
            pinned={"user": known.user if known else None, "name": known.name if known else arguments.name},
            already=tuple(
                Evidence(label=f"{one.ticket} is {one.status}", quote=one.subject, url=ticket_link(wire, one.ticket))
                for one in same
            ),
        )

    def preview(self, arguments: CreateTicketArguments, target: Target) -> Preview:
        who = f"{target.pinned['name']} ({arguments.email})"
        new = "" if target.pinned["user"] else ", who is new to Zendesk,"
        reach = "and write to them" if arguments.public else "with a note for colleagues only"
        said = f"Subject: {arguments.subject}\nPriority: {arguments.priority}\n\n{arguments.text}"
        return Preview(sentence=f"Open a ticket for {who}{new} {reach}", body=said)

    def stake(self, arguments: CreateTicketArguments, target: Target) -> Stake:
        return Stake(customer=arguments.email)

    def needs(self, arguments: CreateTicketArguments) -> frozenset[str]:
        """Writing to a customer is a right of its own."""
        kind = "public" if arguments.public else "internal"
        return self.scopes - {"zendesk:tickets.create"} | {f"zendesk:tickets.create.{kind}"}

    def business_key(self, arguments: CreateTicketArguments) -> str:
        return f"ticket {arguments.email.casefold()} {arguments.subject.casefold()}"

    def write(self, wire: Wire, arguments: CreateTicketArguments, key: str) -> Created:
        if (known := self.read_back(wire, arguments, key)) is not None:
            return known
        ticket = {
            "subject": arguments.subject,
            "comment": {"body": arguments.text, "public": arguments.public},
            "requester": {"name": arguments.name, "email": arguments.email},
            "priority": arguments.priority,
            "external_id": _external(key),
        }
        try:
            answer = wire.call(
                "POST",
                "/api/v2/tickets.json",
                json={"ticket": ticket},
                headers={"Idempotency-Key": key},
                timeout=self.timeout,
                changes=True,
            )
        except Refused as refused:
            if refused.code == "CONFLICT":  # of a ticket that is not there yet: our first request is still at work
                raise Uncertain("IN_FLIGHT", refused.message) from refused
            raise
        return _created(understand(Changed, answer, self.name, changes=True).ticket)

    def read_back(self, wire: Wire, arguments: CreateTicketArguments, key: str) -> Created | None:
        answer = wire.call("GET", "/api/v2/tickets.json", query={"external_id": _external(key)}, timeout=self.timeout)
        found = understand(TicketsFound, answer, self.name).tickets
        return _created(found[0]) if found else None

    def holds(self, arguments: CreateTicketArguments, result: Created) -> bool:
        return result.subject.strip() == arguments.subject.strip()

    def undo(self, arguments: CreateTicketArguments, target: Target, result: Created | None) -> Undo | None:
        """Solved, it is out of the way. What a customer was told is not taken back by that, so then there is none."""
        if arguments.public or result is None:
            return None
        return Undo(tool="zendesk.set_status", arguments={"ticket": result.ticket, "status": "solved"})


def _external(key: str) -> str:
    return f"{OURS}{key}"


def key_in(external_id: str) -> str:
    """The key of the write of ours that opened a ticket; empty where somebody else did."""
    return external_id.removeprefix(OURS) if external_id.startswith(OURS) else ""


def _created(ticket: TicketAnswer) -> Created:
    return Created(
        ticket=f"ZD-{ticket.id}",
        status=ticket.status,
        subject=ticket.subject or "",
        requester=str(ticket.requester_id),
    )
