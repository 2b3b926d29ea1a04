"""Subscriptions: set to end with their period, or not; and ended when it does."""

from collections.abc import Mapping

from tools.sandboxes.stripe.books import Books, Row
from tools.sandboxes.stripe.forms import Form, Kind, boolean, metadata, stopped

FIELDS: Mapping[str, Kind] = {"cancel_at_period_end": boolean, "metadata": metadata}


def update(books: Books, name: str, form: Form) -> Row:
    row = books.found("subscription", name)
    if row["status"] == "canceled" and "cancel_at_period_end" in form:
        raise stopped("A canceled subscription can only update its cancellation_details and metadata.")
    if "cancel_at_period_end" in form:
        ending = form["cancel_at_period_end"]
        row["cancel_at_period_end"] = ending
        row["cancel_at"] = row["current_period_end"] if ending else None
        row["canceled_at"] = books.now() if ending else None
    row["metadata"] = {**row["metadata"], **form.get("metadata", {})}
    books.happened("customer.subscription.updated", row)
    return row


def end(books: Books) -> bool:
    """Those that were to end by now, with their period or on a day of their own; whether there were any."""
    due = [
        row
        for row in books.rows("subscription").values()
        if row["status"] != "canceled" and row["cancel_at"] is not None and row["cancel_at"] <= books.now()
    ]
    for row in due:
        row |= {"status": "canceled", "ended_at": row["cancel_at"]}
        books.happened("customer.subscription.deleted", row)
    return bool(due)
