"""Writing on a ticket: a public reply to the customer, and a note for colleagues only."""

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tools.contract import FreeText, Frozen, Internal, Preview, Retry, Risk, Routes, Stake, Target, Wire, WriteTool
from tools.money import Money
from tools.wire import understand
from tools.zendesk.answers import Audit, Status, TicketAnswer, Updated
from tools.zendesk.reads import TicketId
from tools.zendesk.updates import current, look, marked, update

LONGEST = 8000  # characters of one comment of ours; Zendesk takes more, nobody reads it
NO_KEY = "Zendesk honours an Idempotency-Key where a ticket is created, not where one is updated"

REFUND_CONFIRMATION = """\
Hi {name},

We have refunded {amount} to the payment method you used. Banks usually take 5 to 10 days to show it.

I'm sorry for the trouble. If anything else looks wrong, just reply to this message.

Kind regards,
Customer Support"""


class ReplyArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    template: Internal[Literal["refund_confirmation", "free_text"]]
    amount: Annotated[
        Routes[Internal[Money]] | None, Field(description="What was refunded; for refund_confirmation only")
    ] = None
    text: Annotated[FreeText[str] | None, Field(min_length=1, max_length=LONGEST, description="For free_text only")] = (
        None
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.template == "refund_confirmation" and (self.amount is None or self.text is not None):
            raise ValueError("refund_confirmation takes an amount and no text: its words are fixed")
        if self.template == "free_text" and (self.amount is not None or not (self.text or "").strip()):
            raise ValueError("free_text takes a text and no amount")
        return self


class Commented(Frozen):
    ticket: Internal[str]
    status: Internal[Status]
    comment: Internal[str]
    public: Internal[bool]
    text: FreeText[str]


class Reply(WriteTool[ReplyArguments, Commented]):
    name = "zendesk.reply"
    summary = "Answer the customer publicly on a Zendesk ticket: with a fixed refund confirmation, or a text of yours."
    arguments = ReplyArguments
    result = Commented
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.reply"})
    example: ClassVar = {
        "ticket": "ZD-4821",
        "template": "refund_confirmation",
        "amount": {"minor": 3800, "currency": "USD"},
    }
    retry = Retry.CHECK_FIRST
    risk = Risk.MEDIUM
    noun = "ticket"
    missing: ClassVar = {"undo": "a customer may have read it; Zendesk recalls no message", "key": NO_KEY}

    def look(self, wire: Wire, arguments: ReplyArguments) -> Target:
        return look(wire, arguments.ticket)

    def preview(self, arguments: ReplyArguments, target: Target) -> Preview:
        name, email = target.pinned["requester"], target.pinned["email"]
        who = f"{name} ({email})" if email else str(name)
        return Preview(sentence=f"Reply to {who} on {arguments.ticket}", body=_words(arguments, str(name)))

    def stake(self, arguments: ReplyArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def write(self, wire: Wire, arguments: ReplyArguments, key: str) -> Commented:
        page = current(wire, arguments.ticket, self)
        words = _words(arguments, page.requester.name if page.requester else "")
        answer = update(wire, page.ticket, {"comment": {"body": words, "public": True}}, key, self)
        done = understand(Updated, answer, self.name, changes=True)
        return _commented(done.ticket, done.audit)

    def business_key(self, arguments: ReplyArguments) -> str:
        said = f" {arguments.text}" if arguments.text else ""
        return f"reply {arguments.ticket} {arguments.template}{said}"

    def read_back(self, wire: Wire, arguments: ReplyArguments, key: str) -> Commented | None:
        audit = marked(wire, arguments.ticket, key, self)
        return _commented(current(wire, arguments.ticket, self).ticket, audit) if audit else None

    def holds(self, arguments: ReplyArguments, result: Commented) -> bool:
        if arguments.template == "free_text":
            return result.public and result.text.strip() == (arguments.text or "").strip()
        return result.public and f"refunded {arguments.amount} to" in result.text


class AddNoteArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    text: Annotated[FreeText[str], Field(min_length=1, max_length=LONGEST, pattern=r"\S")]


class AddNote(WriteTool[AddNoteArguments, Commented]):
    name = "zendesk.add_note"
    summary = "Leave an internal note on a Zendesk ticket, for colleagues only; the customer does not see it."
    arguments = AddNoteArguments
    result = Commented
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.note"})
    example: ClassVar = {"ticket": "ZD-4821", "text": "Two charges of $38.00, two minutes apart; one is a duplicate."}
    retry = Retry.CHECK_FIRST
    risk = Risk.LOW
    noun = "note"
    missing: ClassVar = {"undo": "Zendesk removes no comment, it only blots out words of one", "key": NO_KEY}

    def look(self, wire: Wire, arguments: AddNoteArguments) -> Target:
        return look(wire, arguments.ticket).model_copy(update={"already": ()})  # an answer to the customer is no note

    def preview(self, arguments: AddNoteArguments, target: Target) -> Preview:
        return Preview(sentence=f"Leave a note on {arguments.ticket}, for colleagues only", body=arguments.text)

    def stake(self, arguments: AddNoteArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def write(self, wire: Wire, arguments: AddNoteArguments, key: str) -> Commented:
        ticket = current(wire, arguments.ticket, self).ticket
        answer = update(wire, ticket, {"comment": {"body": arguments.text, "public": False}}, key, self)
        done = understand(Updated, answer, self.name, changes=True)
        return _commented(done.ticket, done.audit)

    def business_key(self, arguments: AddNoteArguments) -> str:
        return f"note {arguments.ticket} {arguments.text}"

    def read_back(self, wire: Wire, arguments: AddNoteArguments, key: str) -> Commented | None:
        audit = marked(wire, arguments.ticket, key, self)
        return _commented(current(wire, arguments.ticket, self).ticket, audit) if audit else None

    def holds(self, arguments: AddNoteArguments, result: Commented) -> bool:
        return not result.public and result.text.strip() == arguments.text.strip()


def _words(arguments: ReplyArguments, name: str) -> str:
    if arguments.template == "free_text":
        return arguments.text or ""
    return REFUND_CONFIRMATION.format(name=_first_name(name), amount=arguments.amount)


def _first_name(name: str) -> str:
    """The customer chose their name: only what looks like one is repeated in a letter of ours."""
    first = next(iter(name.split()), "")
    return first if re.fullmatch(r"[^\W\d_]([^\W\d_]|['’-]){0,39}", first) else "there"


def _commented(ticket: TicketAnswer, audit: Audit) -> Commented:
    """A comment whose kind Zendesk does not tell counts as public: the graver of the two."""
    said = audit.comment
    return Commented(
        ticket=f"ZD-{ticket.id}",
        status=ticket.status,
        comment=str(said.id) if said else "",
        public=said is not None and said.public is not False,
        text=(said.body or "") if said else "",
    )
