"""Stripe: what the cut document leaves out. Pages are of docs.stripe.com/api."""

from datetime import timedelta

from documents.vendor import BOOLEAN, NUMBER, TEXT, Beside, Vendor, fields, many, one, operation, refusals, shape
from tools.registry import by_name
from tools.stripe.rights import NEEDED, shortfalls

_PRODUCT = shape(
    "active", "created", "description", "id", "livemode", "metadata", "name", "object", "updated",
    id=TEXT,
    object={"enum": ["product"]},
    active=BOOLEAN,
    created=NUMBER,
    description={**TEXT, "nullable": True},
    livemode=BOOLEAN,
    metadata={"type": "object", "additionalProperties": TEXT},
    name=TEXT,
    updated=NUMBER,
)  # fmt: skip
_PRODUCTS = shape(
    "data", "has_more", "object", "url",
    data=many(_PRODUCT), has_more=BOOLEAN, object={"enum": ["list"]}, url=TEXT,
)  # fmt: skip
_DISPUTE = shape(
    "amount", "charge", "created", "currency", "id", "livemode", "metadata", "object", "reason", "status",
    id=TEXT,
    object={"enum": ["dispute"]},
    amount=NUMBER,
    charge=TEXT,
    created=NUMBER,
    currency=TEXT,
    livemode=BOOLEAN,
    metadata={"type": "object", "additionalProperties": TEXT},
    payment_intent={**TEXT, "nullable": True},
    reason=TEXT,
    status=TEXT,
)  # fmt: skip
_TOLD = ("charge", "credit_note", "dispute", "refund", "subscription")
_REQUEST = shape(id={**TEXT, "nullable": True}, idempotency_key={**TEXT, "nullable": True})
_EVENT = shape(
    "created", "data", "id", "livemode", "object", "pending_webhooks", "request", "type",
    id=TEXT,
    object={"enum": ["event"]},
    api_version={**TEXT, "nullable": True},
    created=NUMBER,
    data=shape("object", object={"anyOf": [one(kind) for kind in _TOLD]}),
    livemode=BOOLEAN,
    pending_webhooks=NUMBER,
    request=_REQUEST,
    type=TEXT,
)  # fmt: skip
_EVENTS = shape(
    "data", "has_more", "object", "url",
    data=many(_EVENT), has_more=BOOLEAN, object={"enum": ["list"]}, url=TEXT,
)  # fmt: skip
_PREVIEWED = ("invoice", "amount", "reason", "credit_amount")
_LISTS = ("customers", "charges", "payment_intents", "refunds", "invoices", "credit_notes", "subscriptions", "products")


def _expanded(schema, field, record):
    """A reference that a request may ask to be answered as the whole record."""
    either = {"type": ["string", "object"], "anyOf": [TEXT, one(record)]}
    return Beside(f"Expanding responses ({field} of {schema})", fields(schema, **{field: either}))


def _edges(wire) -> None:
    """Every right, every list from its first entry, a product and an event, a credit on a paid invoice, a dispute."""
    assert shortfalls(wire, {*NEEDED}) == ()
    patience = timedelta(seconds=5)  # the sandbox needs a few milliseconds
    for name in _LISTS:
        rows = wire.call("GET", f"/v1/{name}", query={"limit": 100}, timeout=patience)["data"]
    wire.call("GET", f"/v1/products/{rows[0]['id']}", timeout=patience)
    credit = by_name("stripe.create_credit_note")
    credit.look(wire, credit.arguments(**{**credit.example, "invoice": "in_1HannahCole01", "credit_to": "balance"}))
    disputed = {"dispute": {"charge": "ch_3AdaPark01", "reason": "duplicate"}}
    wire.call("POST", "/_control/person", json=disputed, timeout=patience)
    told = {"type": "charge.dispute.created", "limit": 1}
    [event] = wire.call("GET", "/v1/events", query=told, timeout=patience)["data"]
    wire.call("GET", f"/v1/events/{event['id']}", timeout=patience)


VENDOR = Vendor(
    "stripe",
    besides=(
        Beside(
            "Preview a credit note",
            operation(
                "get",
                "/v1/credit_notes/preview",
                one("credit_note"),
                query=("invoice", "amount", "reason", "credit_amount"),
            ),
        ),
        Beside("Void a credit note", operation("post", "/v1/credit_notes/{id}/void", one("credit_note"))),
        Beside("List all products", operation("get", "/v1/products", _PRODUCTS, query=("limit",))),
        Beside("Retrieve a product", operation("get", "/v1/products/{id}", _PRODUCT)),
        Beside("List all events", operation("get", "/v1/events", _EVENTS, query=("limit", "created", "type", "types"))),
        Beside("Retrieve an event", operation("get", "/v1/events/{id}", _EVENT)),
        Beside("Errors: of what the document leaves out, too", refusals(one("error"))),
        _expanded("charge", "customer", "customer"),
        _expanded("refund", "charge", "charge"),
        _expanded("invoice", "customer", "customer"),
        _expanded("invoice", "charge", "charge"),
        _expanded("subscription", "customer", "customer"),
        _expanded("payment_intent", "latest_charge", "charge"),
    ),
    schemas={"dispute": _DISPUTE},
    edges=_edges,
    open={"metadata": "a map of words that is the account's own"},
)
