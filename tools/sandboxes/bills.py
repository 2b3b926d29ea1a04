"""An invoice and a credit note of Stripe's sandbox, in the shapes of docs.stripe.com/api, version 2022-11-15."""

from collections.abc import Mapping
from typing import Any

HOSTED = "https://invoice.stripe.example/i/acct_sandbox"


def listed(rows: list[Any], url: str) -> dict[str, Any]:
    """A list inside a record."""
    return {"object": "list", "data": rows, "has_more": False, "url": url}


def invoice(
    name: str,
    customer: Mapping[str, Any],
    line: tuple[int, str, tuple[int, int]],
    created: int,
    *,
    status: str,
    price: Mapping[str, Any],
) -> dict[str, Any]:
    """An invoice of one line: its amount, what it is for, its period."""
    cents, _, (start, end) = line
    paid, draft = status == "paid", status == "draft"
    return {
        "id": name,
        "object": "invoice",
        "amount_due": cents,
        "amount_paid": cents if paid else 0,
        "amount_remaining": 0 if paid or status == "void" else cents,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "automatic_tax": {"enabled": False, "status": None},
        "billing_reason": "manual",
        "charge": None,
        "collection_method": "charge_automatically",
        "created": created,
        "currency": "usd",
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "default_tax_rates": [],
        "due_date": None,
        "hosted_invoice_url": None if draft else f"{HOSTED}/{name}",
        "lines": listed([_line(name, line, price)], f"/v1/invoices/{name}/lines"),
        "livemode": False,
        "metadata": {},
        "number": None if draft else f"{customer['invoice_prefix']}-{name[-2:]:0>4}",
        "paid": paid,
        "paid_out_of_band": False,
        "payment_intent": None,
        "payment_settings": {"payment_method_types": None},
        "period_end": end,
        "period_start": start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": status,
        "status_transitions": _transitions(status, created),
        "subscription": None,
        "subtotal": cents,
        "tax": None,
        "total": cents,
        "total_tax_amounts": [],
    }


def _line(name: str, line: tuple[int, str, tuple[int, int]], price: Mapping[str, Any]) -> dict[str, Any]:
    cents, description, (start, end) = line
    entry = {"id": f"il_1{name[4:]}", "object": "line_item", "amount": cents, "currency": "usd", "quantity": 1}
    entry |= {"description": description, "discountable": True, "livemode": False, "metadata": {}, "proration": False}
    entry |= {"period": {"start": start, "end": end}, "price": dict(price), "tax_amounts": [], "tax_rates": []}
    return entry | {"type": "subscription" if price["recurring"] else "invoiceitem"}


def _transitions(status: str, created: int) -> dict[str, int | None]:
    return {
        "finalized_at": None if status == "draft" else created,
        "marked_uncollectible_at": created + 45 * 86_400 if status == "uncollectible" else None,
        "paid_at": created if status == "paid" else None,
        "voided_at": created + 86_400 if status == "void" else None,
    }


def credit_note(name: str, on: Mapping[str, Any], cents: int, created: int) -> dict[str, Any]:
    """A credit note of one line of its own, as Stripe makes it where only an amount is given."""
    line = {"id": f"cnli_1{name[4:]}", "object": "credit_note_line_item", "amount": cents, "discount_amount": 0}
    line |= {"description": "Credit", "discount_amounts": [], "livemode": False, "quantity": 1, "tax_amounts": []}
    line |= {"tax_rates": [], "type": "custom_line_item", "unit_amount": cents, "unit_amount_decimal": str(cents)}
    return {
        "id": name,
        "object": "credit_note",
        "amount": cents,
        "amount_shipping": 0,
        "created": created,
        "currency": on["currency"],
        "customer": on["customer"],
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice": on["id"],
        "lines": listed([line], f"/v1/credit_notes/{name}/lines"),
        "livemode": False,
        "memo": None,
        "metadata": {},
        "number": f"{on['number']}-CN-01",
        "out_of_band_amount": None,
        "pdf": f"{HOSTED.replace('/i/', '/credit_notes/')}/{name}/pdf",
        "reason": None,
        "refund": None,
        "status": "issued",
        "subtotal": cents,
        "tax_amounts": [],
        "total": cents,
        "type": "post_payment" if on["status"] == "paid" else "pre_payment",
        "voided_at": None,
    }
