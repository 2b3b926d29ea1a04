"""Credit notes: on an open invoice less is owed, on a paid one the money is credited; voided while it is open."""

from collections.abc import Mapping

from tools.sandboxes import bills
from tools.sandboxes.stripe.books import Books, Row, dollars
from tools.sandboxes.stripe.forms import Form, Kind, amount, metadata, one_of, refusal, stopped, text

FIELDS: Mapping[str, Kind] = {
    "invoice": text,
    "amount": amount,
    "credit_amount": amount,
    "out_of_band_amount": amount,
    "reason": one_of("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
    "memo": text,
    "metadata": metadata,
}


def preview(books: Books, form: Form) -> Row:
    """What `create` would make; nothing is kept, and the id leads nowhere."""
    return _drawn_up(books, form, "cn_1SandboxPreview")


def create(books: Books, form: Form) -> Row:
    note = _drawn_up(books, form, f"cn_1Sandbox{books.data['last_note'] + 1:04d}")
    books.data["last_note"] += 1
    invoice = books.rows("invoice")[note["invoice"]]
    if note["type"] == "pre_payment":
        _owe(books, invoice, -note["amount"])
    else:
        invoice["post_payment_credit_notes_amount"] += note["amount"]
        credited = form.get("credit_amount", 0)
        if credited:
            books.rows("customer")[note["customer"]]["balance"] -= credited
            note["customer_balance_transaction"] = f"cbtxn_1{note['id'][4:]}"
    books.rows("credit_note")[note["id"]] = note
    books.happened("credit_note.created", note)
    return note


def void(books: Books, name: str) -> Row:
    note = books.found("credit_note", name)
    invoice = books.rows("invoice")[note["invoice"]]
    if note["status"] == "void":
        raise stopped(f"Credit note {note['number']} is already void.")
    if invoice["status"] != "open":
        raise stopped("You can only void a credit note if the associated invoice is open.")
    note |= {"status": "void", "voided_at": books.now()}
    _owe(books, invoice, note["amount"])
    books.happened("credit_note.voided", note)
    return note


def _drawn_up(books: Books, form: Form, name: str) -> Row:
    invoice = books.found("invoice", form["invoice"], status=400, param="invoice")
    if "amount" not in form:
        words = "You must provide one of the following parameters: amount, lines, or shipping_cost."
        raise refusal(400, "", words)
    if invoice["status"] not in {"open", "paid"}:
        raise stopped(f"A credit note cannot be issued on an invoice that is {invoice['status']}.", param="invoice")
    cents, paid = form["amount"], invoice["status"] == "paid"
    left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"] if paid else invoice["amount_remaining"]
    if cents > left:
        words = f"The credit note amount ({dollars(cents)}) is more than what can be credited ({dollars(left)})."
        raise stopped(words, param="amount")
    elsewhere, after = form.get("credit_amount", 0) + form.get("out_of_band_amount", 0), cents if paid else 0
    if elsewhere != after:
        words = (
            f"The sum of credit amount, refund amount and out of band amount ({dollars(elsewhere)}) must equal the "
            f"credit note amount ({dollars(after)})."
        )
        raise stopped(words)
    note = bills.credit_note(name, invoice, cents, books.now())
    earlier = sum(one["invoice"] == invoice["id"] for one in books.rows("credit_note").values())
    note |= {"number": f"{invoice['number']}-CN-{earlier + 1:02d}", "metadata": form.get("metadata", {})}
    return note | {
        "reason": form.get("reason"),
        "memo": form.get("memo"),
        "out_of_band_amount": form.get("out_of_band_amount"),
    }


def _owe(books: Books, invoice: Row, cents: int) -> None:
    """What an open invoice still asks for changes; when it asks for nothing more, it is paid."""
    invoice["pre_payment_credit_notes_amount"] -= cents
    invoice["amount_due"] += cents
    invoice["amount_remaining"] += cents
    if not invoice["amount_remaining"]:
        invoice |= {"status": "paid", "paid": True}
        invoice["status_transitions"]["paid_at"] = books.now()
        books.happened("invoice.paid", invoice)
