"""Leaving a note on a HubSpot contact and deal.

HubSpot takes no idempotency key where a note is made. A note carries our key in a property of its own, `lanekeeper_key`
(a text property of notes, made once by the account's admin), and is found again among the contact's notes: listing
associations does not lag, searching does.
"""

import re
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal, Self

from babel.dates import format_date
from pydantic import Field, model_validator

from tools.contract import (
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
from tools.evidence import clamp
from tools.hubspot.answers import AT, BODY, CONTACTS, DEALS, MARK, NOTES, Crm, Id, Record, link
from tools.hubspot.books import OWNERS, Books, books, owner
from tools.hubspot.delete import DeleteNote
from tools.hubspot.markup import markup, plain, same
from tools.hubspot.people import contact
from tools.moment import now
from tools.money import Money
from tools.values import Day, past
from tools.wire import Answer, understand

LONGEST = 8000  # characters of a text; HubSpot takes 65,536 of HTML
OURS = {"contact": 202, "deal": 214}  # what a note is to a contact and to a deal ("Association type ID values")

RENEWAL_QUOTE = """\
Subject: Your renewal quote

Hi {name},

Your current term ends on {term_end}. The price of the renewal is {amount}.

If you agree, just reply to this message and we will send the order form. If something has changed on your side, \
tell us and we will adjust the quote.

Kind regards,
Customer Success"""


class _Body(Answer):
    hs_note_body: str


class _Made(Answer):
    id: str
    properties: _Body


class CreateNoteArguments(Frozen):
    contact: Routes[Internal[Id]]
    deal: Routes[Internal[Id]]
    template: Internal[Literal["renewal_quote", "free_text"]]
    amount: Annotated[
        Routes[Internal[Money]] | None, Field(description="The deal's own amount; for renewal_quote only")
    ] = None
    term_end: Annotated[
        Internal[Day], Field(description="ISO date on which the current term ends; for renewal_quote only")
    ] = ""
    text: Annotated[FreeText[str] | None, Field(min_length=1, max_length=LONGEST, description="For free_text only")] = (
        None
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        typed = self.amount is not None, bool(self.term_end)
        if self.template == "renewal_quote" and (not all(typed) or self.text is not None):
            raise ValueError("renewal_quote takes an amount, a term end and no text: its words are fixed")
        if self.template == "free_text" and (any(typed) or not (self.text or "").strip()):
            raise ValueError("free_text takes a text, no amount and no term end")
        return self


class NoteLeft(Frozen):
    note: Internal[str]
    contact: Internal[str]
    text: FreeText[str]


class CreateNote(WriteTool[CreateNoteArguments, NoteLeft]):
    name = "hubspot.create_note"
    summary = (
        "Leave a note on a HubSpot contact and deal: a renewal quote in fixed words, ready for a person to send, "
        "or a text of yours. Nothing is sent to the customer."
    )
    arguments = CreateNoteArguments
    result = NoteLeft
    scopes: ClassVar = frozenset(
        {"hubspot:contacts.read", "hubspot:deals.read", "hubspot:notes.read", "hubspot:notes.write"}
    )
    example: ClassVar = {
        "contact": "51001",
        "deal": "53001",
        "template": "renewal_quote",
        "amount": {"minor": 4_800_000, "currency": "USD"},
        "term_end": "2099-03-31",
    }
    retry = Retry.CHECK_FIRST
    risk = Risk.LOW
    noun = "note"
    owner_scopes: ClassVar = OWNERS
    undo_within = timedelta(days=7)  # after a week somebody has sent the e-mail or thought better of it
    missing: ClassVar = {"key": "HubSpot takes no idempotency key where a note is made"}

    def look(self, wire: Wire, arguments: CreateNoteArguments) -> Target:
        if arguments.term_end and past(arguments.term_end):
            raise Refused("PAST_DATE", f"the term ended on {arguments.term_end}; a renewal is no longer to be quoted")
        crm = Crm(wire, self)
        person, deal = contact(crm.one(CONTACTS, arguments.contact)), crm.one(DEALS, arguments.deal)
        name, known = deal.text("dealname"), books(crm)
        if arguments.contact not in crm.tied(DEALS, deal.id, CONTACTS):
            raise Refused("OTHER_DEAL", f"{person.name} is no contact of {name}")
        if known.closed(deal):
            raise Refused("CLOSED", f"{name} is closed")
        if arguments.amount and arguments.amount != known.amount(deal):
            price = known.amount(deal) or "without an amount"
            raise Refused("OTHER_PRICE", f"{name} is {price} in HubSpot; a quote says the price of its deal")
        words = _words(arguments, person.name)
        return Target(
            ref=f"hubspot.contact {arguments.contact}",
            url=link(wire, DEALS, deal.id),
            pinned={"contact": person.name, "email": person.email, **_worth(deal, known)},
            seen={"deal": name},
            already=tuple(
                Evidence(
                    label=f"The same note of {note.text(AT)[:10]}",
                    quote=clamp(plain(note.text(BODY))),
                    url=link(wire, CONTACTS, arguments.contact),
                )
                for note in _notes(crm, arguments)
                if same(plain(note.text(BODY)), words)
            )[:1],
        )

    def preview(self, arguments: CreateNoteArguments, target: Target) -> Preview:
        name, email = str(target.pinned["contact"]), target.pinned["email"]
        who = f"{name} ({email})" if email else name
        quote = arguments.template == "renewal_quote"
        what = f"an unsent {arguments.amount} renewal quote" if quote else "a note"
        return Preview(
            sentence=f"Leave {what} for {who} on {target.seen['deal']}",
            body=_words(arguments, name),
        )

    def stake(self, arguments: CreateNoteArguments, target: Target) -> Stake:
        return Stake(customer=arguments.contact)

    def owner(self, wire: Wire, arguments: CreateNoteArguments) -> str:
        return owner(Crm(wire, self), arguments.deal)

    def business_key(self, arguments: CreateNoteArguments) -> str:
        said = arguments.text or f"{arguments.amount} {arguments.term_end}"
        return f"note {arguments.contact} {arguments.deal} {arguments.template} {said}"

    def undo(self, arguments: CreateNoteArguments, target: Target, result: NoteLeft | None) -> Undo | None:
        return Undo(tool=DeleteNote.name, arguments={"note": result.note}) if result else None

    def write(self, wire: Wire, arguments: CreateNoteArguments, key: str) -> NoteLeft:
        person = contact(Crm(wire, self).one(CONTACTS, arguments.contact))
        at = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        body = {
            "properties": {AT: at, BODY: markup(_words(arguments, person.name)), MARK: key},
            "associations": [
                {
                    "to": {"id": getattr(arguments, kind)},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}],
                }
                for kind, number in OURS.items()
            ],
        }
        answer = wire.call("POST", "/crm/v3/objects/notes", json=body, timeout=self.timeout, changes=True)
        made = understand(_Made, answer, self.name, changes=True)
        return _left(made.id, arguments, made.properties.hs_note_body)

    def read_back(self, wire: Wire, arguments: CreateNoteArguments, key: str) -> NoteLeft | None:
        return next(
            (
                _left(note.id, arguments, note.text(BODY))
                for note in _notes(Crm(wire, self), arguments)
                if note.properties.get(MARK) == key
            ),
            None,
        )

    def holds(self, arguments: CreateNoteArguments, result: NoteLeft) -> bool:
        if arguments.template == "free_text":
            return same(result.text, arguments.text or "")
        return f"ends on {_day(arguments.term_end)}" in result.text and f"renewal is {arguments.amount}." in result.text


def _notes(crm: Crm, arguments: CreateNoteArguments) -> list[Record]:
    """The contact's notes, the newest first."""
    return crm.many(NOTES, crm.tied(CONTACTS, arguments.contact, NOTES))


def _worth(deal: Record, known: Books) -> dict[str, str | None]:
    """What a quote rests on besides its own words."""
    amount = known.amount(deal)
    return {
        "amount": str(amount) if amount else None,
        "close_date": known.close_date(deal),
        "stage": known.stages(deal).get(deal.text("dealstage")),
    }


def _words(arguments: CreateNoteArguments, name: str) -> str:
    if arguments.template == "free_text":
        return arguments.text or ""
    return RENEWAL_QUOTE.format(name=first_name(name), amount=arguments.amount, term_end=_day(arguments.term_end))


def _day(term_end: str) -> str:
    return format_date(date.fromisoformat(term_end), "long", locale="en_US")


def first_name(name: str) -> str:
    """The contact chose their name: only what looks like one is repeated in a letter of ours."""
    first = next(iter(name.split()), "")
    return first if re.fullmatch(r"[^\W\d_]([^\W\d_]|['’-]){0,39}", first) else "there"


def _left(note: str, arguments: CreateNoteArguments, body: str) -> NoteLeft:
    return NoteLeft(note=note, contact=arguments.contact, text=plain(body))
