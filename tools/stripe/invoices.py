"""A customer's invoices in Stripe, with the credit notes that were issued on them."""

from collections import defaultdict
from typing import Any, ClassVar

from tools.contract import Evidence, Frozen, Internal, Pii, ReadTool, Wire, WriteTool
from tools.evidence import CITED
from tools.money import Money
from tools.stripe.amounts import money
from tools.stripe.answers import (
    CreditNoteAnswer,
    CreditNotes,
    CustomerAnswer,
    CustomerId,
    InvoiceAnswer,
    Invoices,
    day,
    invoice_link,
    marked,
    pages,
    when,
)
from tools.wire import understand


class FindInvoicesArguments(Frozen):
    customer: Internal[CustomerId]


class Line(Frozen):
    description: Internal[str]
    amount: Internal[Money]


class IssuedNote(Frozen):
    credit_note: Internal[str]
    number: Internal[str]
    amount: Internal[Money]
    status: Internal[str]
    reason: Internal[str]
    ours: Internal[bool]  # issued by Lanekeeper, as its mark says


class Invoice(Frozen):
    invoice: Internal[str]
    number: Internal[str]  # empty while it is a draft
    status: Internal[str]
    lines: list[Line]  # the first ten
    lines_sum: Internal[Money]  # of all lines, before discounts and taxes of the whole
    total: Internal[Money]
    paid: Internal[Money]
    owed: Internal[Money]
    created: Internal[str]  # ISO 8601, UTC
    due: Internal[str] | None  # ISO 8601, UTC
    hosted_url: Pii[str]  # whoever has the link sees the invoice and may pay it
    credit_notes: list[IssuedNote]


class FoundInvoices(Frozen):
    invoices: list[Invoice]  # newest first


class FindInvoices(ReadTool[FindInvoicesArguments, FoundInvoices]):
    name = "stripe.find_invoices"
    summary = (
        "Find a Stripe customer's invoices by customer id, newest first: lines, what is paid and owed, credit notes."
    )
    arguments = FindInvoicesArguments
    result = FoundInvoices
    scopes: ClassVar = frozenset({"stripe:invoices.read"})
    example: ClassVar = {"customer": "cus_EricSand"}

    def read(self, wire: Wire, arguments: FindInvoicesArguments) -> FoundInvoices:
        query = {"customer": arguments.customer}
        notes = defaultdict(list)
        for page in pages(wire, "/v1/credit_notes", CreditNotes, self.name, self.timeout, query=query):
            for note in page.data:
                notes[note.invoice].append(note)
        found = pages(wire, "/v1/invoices", Invoices, self.name, self.timeout, query=query)
        return FoundInvoices(invoices=[_invoice(one, notes[one.id]) for page in found for one in page.data])

    def cite(self, wire: Wire, arguments: FindInvoicesArguments, result: FoundInvoices) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Invoice {one.number or one.invoice} · {one.total} · {day(one.created)} · {one.status}"
                f" (owed {one.owed})",
                url=invoice_link(wire, one.invoice),
            )
            for one in result.invoices[:CITED]
        )


def _invoice(found: InvoiceAnswer, notes: list[CreditNoteAnswer]) -> Invoice:
    def amount(minor: int) -> Money:
        return money(minor, found.currency)

    return Invoice(
        invoice=found.id,
        number=found.number or "",
        status=found.status or "",
        lines=[Line(description=line.description or "", amount=amount(line.amount)) for line in found.lines.data],
        lines_sum=amount(found.subtotal),
        total=amount(found.total),
        paid=amount(found.amount_paid),
        owed=amount(found.amount_remaining),
        created=when(found.created),
        due=when(found.due_date) if found.due_date is not None else None,
        hosted_url=found.hosted_invoice_url or "",
        credit_notes=[
            IssuedNote(
                credit_note=note.id,
                number=note.number,
                amount=amount(note.amount),
                status=note.status,
                reason=note.reason or "",
                ours=bool(marked(note.metadata)),
            )
            for note in notes
        ],
    )


def invoice_now(wire: Wire, invoice: str, tool: WriteTool[Any, Any]) -> InvoiceAnswer:
    """An invoice as a write looks at it, with its customer and the charge that paid it in full."""
    query = {"expand[0]": "customer", "expand[1]": "charge"}
    answer = wire.call("GET", f"/v1/invoices/{invoice}", query=query, timeout=tool.timeout)
    return understand(InvoiceAnswer, answer, tool.name)


def billed(invoice: InvoiceAnswer) -> dict[str, str | None]:
    """Whose invoice it is: as the customer is called now, else as they were when it was made out."""
    customer = invoice.customer if isinstance(invoice.customer, CustomerAnswer) else None
    return {
        "customer": customer.id if customer else None,
        "name": (customer.name if customer else None) or invoice.customer_name or "",
        "email": (customer.email if customer else None) or invoice.customer_email or "",
    }
