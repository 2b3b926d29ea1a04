"""Issuing a credit note on an invoice in Stripe. Voiding one is `voiding`.

What a credit note does depends on the invoice ("Create a credit note", "Issue credit notes"). On an open one it lowers
what is still owed, down to nothing, which makes the invoice paid. On a paid one the money goes somewhere: here it is
kept as the customer's credit for the next invoice; giving it back is a refund, which is another tool. A credit note
can be voided only while its invoice is open.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tools.contract import (
    Change,
    Evidence,
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
from tools.stripe.amounts import Some, money
from tools.stripe.answers import (
    MARK,
    ChargeAnswer,
    CreditNoteAnswer,
    CreditNotes,
    CustomerAnswer,
    InvoiceAnswer,
    InvoiceId,
    day,
    invoice_link,
    marked,
    named,
    pages,
    payment_link,
    when,
)
from tools.stripe.invoices import billed, invoice_now
from tools.stripe.voiding import VoidCreditNote
from tools.wire import Answer, understand

Reason = Literal["duplicate", "fraudulent", "order_change", "product_unsatisfactory"]
UNTIL_PAID = timedelta(days=30)  # most invoices are due by then; one that is paid earlier refuses to be touched


class CreateCreditNoteArguments(Frozen):
    invoice: Routes[Internal[InvoiceId]]
    amount: Routes[Internal[Some]]
    reason: Internal[Reason]
    credit_to: Annotated[
        Routes[Internal[Literal["invoice", "balance"]]],
        Field(description="invoice: less is owed on an open one; balance: credit for the next one, where it is paid"),
    ] = "invoice"


class CreditNote(Frozen):
    credit_note: Internal[str]
    number: Internal[str]
    invoice: Internal[str]
    amount: Internal[Money]
    credited_to: Internal[Literal["invoice", "balance"]]
    status: Internal[str]
    key: Internal[str]


class CreateCreditNote(WriteTool[CreateCreditNoteArguments, CreditNote]):
    name = "stripe.create_credit_note"
    summary = "Credit part or all of a Stripe invoice: less is owed on an open one, or the customer has credit."
    arguments = CreateCreditNoteArguments
    result = CreditNote
    scopes: ClassVar = frozenset({"stripe:invoices.read", "stripe:charges.read", "stripe:credit_notes.write"})
    example: ClassVar = {
        "invoice": "in_1GraceMoyo02",
        "amount": {"minor": 4000, "currency": "USD"},
        "reason": "order_change",
    }
    retry = Retry.NATIVE_KEY
    risk = Risk.HIGH
    noun = "credit_note"
    undo_within = UNTIL_PAID

    def look(self, wire: Wire, arguments: CreateCreditNoteArguments) -> Target:
        """Stripe itself is asked, by its preview, whether the credit note could be issued."""
        invoice = invoice_now(wire, arguments.invoice, self)
        left = _left(arguments, invoice)
        asked = _form(arguments)
        preview = wire.call("GET", "/v1/credit_notes/preview", query=asked, timeout=self.timeout)
        credited = money(understand(_Previewed, preview, self.name).amount, invoice.currency)
        if credited != arguments.amount:
            raise Refused("OTHER_AMOUNT", f"Stripe would credit {credited} instead of {arguments.amount}")
        customer = invoice.customer if isinstance(invoice.customer, CustomerAnswer) else None
        return Target(
            ref=f"stripe.invoice {invoice.id}",
            url=invoice_link(wire, invoice.id),
            pinned={"status": invoice.status, "remaining_minor": invoice.amount_remaining, "left_minor": left.minor},
            seen={
                "number": invoice.number or invoice.id,
                "currency": left.currency,
                "total_minor": invoice.total,
                "balance_minor": customer.balance if customer else 0,
                **billed(invoice),
            },
            already=(*self._by_others(wire, invoice.id), *_refunded(wire, invoice)),
        )

    def preview(self, arguments: CreateCreditNoteArguments, target: Target) -> Preview:
        currency = str(target.seen["currency"])
        on = f"invoice {target.seen['number']} of {named(target.seen['name'], target.seen['email'])}"
        if arguments.credit_to == "invoice":
            sentence, field = f"Credit {arguments.amount} on {on}", "Still owed"
            before = int(target.pinned["remaining_minor"] or 0)
            after = before - arguments.amount.minor
        else:
            sentence, field = (
                f"Credit {arguments.amount} of the paid {on} to their balance",
                "Credit for the next invoice",
            )
            before = -int(target.seen["balance_minor"] or 0)
            after = before + arguments.amount.minor
        was, will = (str(Money(minor=minor, currency=currency)) for minor in (before, after))
        return Preview(sentence=sentence, changes=(Change(field=field, before=was, after=will),))

    def stake(self, arguments: CreateCreditNoteArguments, target: Target) -> Stake:
        customer = target.seen["customer"] or target.seen["email"] or None
        return Stake(amount=arguments.amount, customer=str(customer) if customer else None)

    def business_key(self, arguments: CreateCreditNoteArguments) -> str:
        return f"credit {arguments.invoice}"

    def write(self, wire: Wire, arguments: CreateCreditNoteArguments, key: str) -> CreditNote:
        form = {**_form(arguments), f"metadata[{MARK}]": key}
        headers = {"Idempotency-Key": key}
        answer = wire.call("POST", "/v1/credit_notes", form=form, headers=headers, timeout=self.timeout, changes=True)
        return _credit_note(understand(CreditNoteAnswer, answer, self.name, changes=True))

    def read_back(self, wire: Wire, arguments: CreateCreditNoteArguments, key: str) -> CreditNote | None:
        query = {"invoice": arguments.invoice}
        for page in pages(wire, "/v1/credit_notes", CreditNotes, self.name, self.timeout, query=query):
            for note in page.data:
                if marked(note.metadata) == key:
                    return _credit_note(note)
        return None

    def holds(self, arguments: CreateCreditNoteArguments, result: CreditNote) -> bool:
        asked = (arguments.invoice, arguments.amount, arguments.credit_to, "issued")
        return (result.invoice, result.amount, result.credited_to, result.status) == asked

    def undo(self, arguments: CreateCreditNoteArguments, target: Target, result: CreditNote | None) -> Undo | None:
        """Not where nothing is owed any more: that invoice is paid, and what is credited on it stays."""
        open_still = arguments.credit_to == "invoice" and arguments.amount.minor < int(
            target.pinned["remaining_minor"] or 0
        )
        if result is None or not open_still:
            return None
        return Undo(tool=VoidCreditNote.name, arguments={"credit_note": result.credit_note})

    def _by_others(self, wire: Wire, invoice: str) -> tuple[Evidence, ...]:
        found = pages(wire, "/v1/credit_notes", CreditNotes, self.name, self.timeout, query={"invoice": invoice})
        return tuple(
            Evidence(
                label=f"Credited {money(one.amount, one.currency)} on {day(when(one.created))}"
                f" ({one.number}), not by Lanekeeper",
                url=invoice_link(wire, invoice),
            )
            for page in found
            for one in page.data
            if one.status == "issued" and not marked(one.metadata)
        )


class _Previewed(Answer):
    """A credit note that was not issued: it has no id yet."""

    amount: int


def _form(arguments: CreateCreditNoteArguments) -> dict[str, str | int]:
    form: dict[str, str | int] = {
        "invoice": arguments.invoice,
        "amount": arguments.amount.minor,
        "reason": arguments.reason,
    }
    return form | ({"credit_amount": arguments.amount.minor} if arguments.credit_to == "balance" else {})


def _left(arguments: CreateCreditNoteArguments, invoice: InvoiceAnswer) -> Money:
    """What of the invoice can be credited in the way that was asked for. Raises `Refused`."""
    number, to_balance = invoice.number or invoice.id, arguments.credit_to == "balance"
    if to_balance and invoice.status != "paid":
        raise Refused("NOT_PAID", f"invoice {number} is {invoice.status}; only a paid one becomes credit for the next")
    if not to_balance and invoice.status != "open":
        raise Refused("NOT_OPEN", f"invoice {number} is {invoice.status}; only on an open one less can be owed")
    minor = invoice.amount_paid - invoice.post_payment_credit_notes_amount if to_balance else invoice.amount_remaining
    left = money(minor, invoice.currency)
    if arguments.amount.currency != left.currency:
        raise Refused("WRONG_CURRENCY", f"invoice {number} is in {left.currency}")
    if arguments.amount.minor > left.minor:
        raise Refused("MORE_THAN_LEFT", f"only {left} of invoice {number} is left to credit")
    return left


def _refunded(wire: Wire, invoice: InvoiceAnswer) -> tuple[Evidence, ...]:
    """A credit on top of a refund gives the same money twice: whoever decides should know of the refund."""
    paid = invoice.charge if isinstance(invoice.charge, ChargeAnswer) else None
    if paid is None or not paid.amount_refunded:
        return ()
    back = money(paid.amount_refunded, paid.currency)
    return (Evidence(label=f"{back} of its payment was refunded ({paid.id})", url=payment_link(wire, paid.id)),)


def _credit_note(found: CreditNoteAnswer) -> CreditNote:
    return CreditNote(
        credit_note=found.id,
        number=found.number,
        invoice=found.invoice,
        amount=money(found.amount, found.currency),
        credited_to="balance" if found.type == "post_payment" else "invoice",
        status=found.status,
        key=marked(found.metadata),
    )
