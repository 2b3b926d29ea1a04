"""Voiding a credit note in Stripe, which is possible while its invoice is open ("Void a credit note")."""

from typing import ClassVar

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
    Wire,
    WriteTool,
)
from tools.money import Money
from tools.stripe.amounts import money
from tools.stripe.answers import CreditNoteAnswer, CreditNoteId, invoice_link, named
from tools.stripe.invoices import billed, invoice_now
from tools.wire import understand


class VoidCreditNoteArguments(Frozen):
    credit_note: Routes[Internal[CreditNoteId]]


class VoidedCreditNote(Frozen):
    credit_note: Internal[str]
    invoice: Internal[str]
    amount: Internal[Money]
    status: Internal[str]


class VoidCreditNote(WriteTool[VoidCreditNoteArguments, VoidedCreditNote]):
    """The one state that a credit note can be set to, and by id: sent again it changes nothing more."""

    name = "stripe.void_credit_note"
    summary = "Void a Stripe credit note while its invoice is open: what it credited is owed again."
    arguments = VoidCreditNoteArguments
    result = VoidedCreditNote
    scopes: ClassVar = frozenset({"stripe:invoices.read", "stripe:charges.read", "stripe:credit_notes.write"})
    example: ClassVar = {"credit_note": "cn_1EricSand01"}
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "credit_note"
    missing: ClassVar = {"undo": "a void credit note stays void; another would have to be issued"}

    def look(self, wire: Wire, arguments: VoidCreditNoteArguments) -> Target:
        note = self._note(wire, arguments)
        if note.status == "void":
            raise Refused("NO_CHANGE", f"credit note {note.number} is void already")
        invoice = invoice_now(wire, note.invoice, self)
        number = invoice.number or invoice.id
        if invoice.status != "open":
            raise Refused(
                "NOT_OPEN", f"invoice {number} is {invoice.status}; only on an open one a credit can be voided"
            )
        return Target(
            ref=f"stripe.credit_note {note.id}",
            url=invoice_link(wire, invoice.id),
            pinned={"status": note.status, "invoice": invoice.status, "remaining_minor": invoice.amount_remaining},
            seen={
                "number": note.number,
                "invoice_number": number,
                "amount_minor": note.amount,
                "currency": note.currency.upper(),
                **billed(invoice),
            },
        )

    def preview(self, arguments: VoidCreditNoteArguments, target: Target) -> Preview:
        currency = str(target.seen["currency"])
        amount = Money(minor=int(target.seen["amount_minor"] or 0), currency=currency)
        before = Money(minor=int(target.pinned["remaining_minor"] or 0), currency=currency)
        after = Money(minor=before.minor + amount.minor, currency=currency)
        who = named(target.seen["name"], target.seen["email"])
        return Preview(
            sentence=f"Void credit note {target.seen['number']} of {amount} on invoice"
            f" {target.seen['invoice_number']} of {who}",
            changes=(Change(field="Still owed", before=str(before), after=str(after)),),
        )

    def stake(self, arguments: VoidCreditNoteArguments, target: Target) -> Stake:
        """No money is given away; only the customer is touched."""
        customer = target.seen["customer"] or target.seen["email"] or None
        return Stake(customer=str(customer) if customer else None)

    def business_key(self, arguments: VoidCreditNoteArguments) -> str:
        return f"void {arguments.credit_note}"

    def write(self, wire: Wire, arguments: VoidCreditNoteArguments, key: str) -> VoidedCreditNote:
        path, headers = f"/v1/credit_notes/{arguments.credit_note}/void", {"Idempotency-Key": key}
        answer = wire.call("POST", path, form={}, headers=headers, timeout=self.timeout, changes=True)
        return _voided(understand(CreditNoteAnswer, answer, self.name, changes=True))

    def read_back(self, wire: Wire, arguments: VoidCreditNoteArguments, key: str) -> VoidedCreditNote | None:
        note = self._note(wire, arguments)
        return _voided(note) if note.status == "void" else None

    def holds(self, arguments: VoidCreditNoteArguments, result: VoidedCreditNote) -> bool:
        return (result.credit_note, result.status) == (arguments.credit_note, "void")

    def _note(self, wire: Wire, arguments: VoidCreditNoteArguments) -> CreditNoteAnswer:
        answer = wire.call("GET", f"/v1/credit_notes/{arguments.credit_note}", timeout=self.timeout)
        return understand(CreditNoteAnswer, answer, self.name)


def _voided(found: CreditNoteAnswer) -> VoidedCreditNote:
    return VoidedCreditNote(
        credit_note=found.id,
        invoice=found.invoice,
        amount=money(found.amount, found.currency),
        status=found.status,
    )
