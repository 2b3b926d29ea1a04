"""Lists: filtered, newest first, by cursor; and records inside records, where the request asks for them."""

from collections.abc import Mapping
from typing import Any

from tools.sandboxes import payments
from tools.sandboxes.bills import listed
from tools.sandboxes.stripe.books import Books, Row
from tools.sandboxes.stripe.forms import Form, Kind, limit, moments, names, one_of, refusal, text

PAGING: Mapping[str, Kind] = {"limit": limit, "starting_after": text, "expand": names}
INVOICE = one_of("draft", "open", "paid", "uncollectible", "void")
SUBSCRIPTION = one_of(
    "active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired", "trialing", "paused", "all", "ended"
)  # fmt: skip
FILTERS: Mapping[str, Mapping[str, Kind]] = {
    "customer": {"email": text, "created": moments},
    "charge": {"customer": text, "payment_intent": text, "created": moments},
    "payment_intent": {"customer": text, "created": moments},
    "refund": {"charge": text, "payment_intent": text, "created": moments},
    "invoice": {"customer": text, "status": INVOICE, "subscription": text, "created": moments},
    "credit_note": {"customer": text, "invoice": text},
    "subscription": {"customer": text, "status": SUBSCRIPTION, "created": moments},
    "product": {"created": moments},
    "event": {"type": text, "types": names, "created": moments},
}
RECORDS = frozenset({"customer", "charge", "payment_intent", "invoice", "subscription"})  # parameters that name one
ENDED = frozenset({"canceled", "incomplete_expired"})
DEFAULT_LIMIT = 10  # entries an answer, "Pagination"

# (what is shown, its field) → the kind of record that may stand there in full
EXPANDS: Mapping[tuple[str, str], str] = {
    ("charge", "customer"): "customer",
    ("charge", "invoice"): "invoice",
    ("charge", "payment_intent"): "payment_intent",
    ("charge", "refunds"): "refund",
    ("payment_intent", "customer"): "customer",
    ("payment_intent", "latest_charge"): "charge",
    ("refund", "charge"): "charge",
    ("invoice", "customer"): "customer",
    ("invoice", "charge"): "charge",
    ("invoice", "subscription"): "subscription",
    ("credit_note", "invoice"): "invoice",
    ("subscription", "customer"): "customer",
    ("subscription", "latest_invoice"): "invoice",
}


def page(books: Books, kind: str, path: str, form: Form) -> Row:
    """A page of a list, as an answer says it."""
    kept = [row for row in books.rows(kind).values() if _fits(kind, row, form)]
    if kind == "event":
        kept = [row for row in kept if row["created"] >= books.now() - payments.HISTORY.total_seconds()]
    rows = sorted(kept, key=lambda row: (row["created"], row["id"]), reverse=True)
    after, most = form.get("starting_after"), form.get("limit", DEFAULT_LIMIT)
    if after is not None:
        ids = [row["id"] for row in rows]
        if after not in ids:
            raise refusal(400, "resource_missing", f"No such {kind}: '{after}'", param="starting_after")
        rows = rows[ids.index(after) + 1 :]
    return {**listed(rows[:most], path), "has_more": len(rows) > most}


def check(books: Books, form: Form) -> None:
    """A list asked for by a record that is not there is refused, not empty."""
    for name in RECORDS & set(form):
        books.found(name, form[name], status=400, param=name)


def _fits(kind: str, row: Row, form: Form) -> bool:
    for name in FILTERS[kind]:
        wanted = form.get(name)
        if kind == "subscription" and name == "status":
            if not _status(row, wanted):
                return False
        elif name == "types":
            if wanted and row["type"] not in wanted:
                return False
        elif name == "created":
            if wanted and not _within(row["created"], wanted):
                return False
        elif wanted is not None and row[name] != wanted:  # e-mail addresses are told apart by case, as Stripe does
            return False
    return True


def _status(row: Row, wanted: str | None) -> bool:
    """Ended subscriptions are listed only where the request asks for them."""
    if wanted is None:
        return row["status"] not in ENDED
    return wanted == "all" or row["status"] == wanted or (wanted == "ended" and row["status"] in ENDED)


def _within(moment: int, bounds: Mapping[str, int]) -> bool:
    tests = {"gt": moment.__gt__, "gte": moment.__ge__, "lt": moment.__lt__, "lte": moment.__le__}
    return all(tests[bound](value) for bound, value in bounds.items())


def expandable(kind: str, field: str) -> str:
    """The kind of record that `field` names; the vendor's refusal where it names none."""
    if (kind, field) not in EXPANDS:
        raise refusal(400, "", f"This property cannot be expanded ({field}).", param="expand")
    return EXPANDS[kind, field]


def expanded(books: Books, kind: str, row: Row, fields: list[str]) -> Row:
    """The record with others in full where their ids stood; a charge's refunds stand nowhere unless asked for."""
    return {**row, **{field: _inner(books, kind, row, field) for field in fields}}


def _inner(books: Books, kind: str, row: Row, field: str) -> Any:
    inner = expandable(kind, field)
    if field == "refunds":
        path = f"/v1/charges/{row['id']}/refunds"
        return page(books, "refund", path, {"charge": row["id"]})
    return books.rows(inner)[row[field]] if row[field] else None
