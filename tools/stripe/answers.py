"""What Stripe answers, as far as we read it, and how its lists are walked: newest first, `starting_after` the last."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from tools.contract import Refused, Wire
from tools.wire import Answer, understand

CustomerId = Annotated[str, Field(pattern=r"^cus_[A-Za-z0-9]{3,64}$", description="Stripe customer id, cus_…")]
ChargeId = Annotated[str, Field(pattern=r"^(ch|py)_[A-Za-z0-9]{6,64}$", description="Stripe charge id, ch_…")]
InvoiceId = Annotated[str, Field(pattern=r"^in_[A-Za-z0-9]{6,64}$", description="Stripe invoice id, in_…")]
CreditNoteId = Annotated[str, Field(pattern=r"^cn_[A-Za-z0-9]{6,64}$", description="Stripe credit note id, cn_…")]
SubscriptionId = Annotated[str, Field(pattern=r"^sub_[A-Za-z0-9]{6,64}$", description="Stripe subscription id, sub_…")]

MARK = "lanekeeper_key"  # of the metadata: what carries it was made by a write of ours, under that key
PAGE = 100  # entries an answer, Stripe's most
MOST_PAGES = 10  # of a list; a customer with more than 1,000 charges is not a case for an agent

InvoiceStatus = Literal["draft", "open", "paid", "uncollectible", "void"]
SubscriptionStatus = Literal[
    "active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid"
]


class Record(Answer):
    id: str


class CustomerAnswer(Record):
    deleted: bool = False  # what is left of one that was deleted is its id
    name: str | None = None
    email: str | None = None
    created: int = 0  # seconds since 1970, UTC, as every time here
    currency: str | None = None
    balance: int = 0  # below zero it is credit for the next invoice
    delinquent: bool | None = None


class Billing(Answer):
    name: str | None = None
    email: str | None = None


class RefundAnswer(Record):
    amount: int
    currency: str
    charge: str | None
    created: int
    status: str | None
    reason: str | None = None
    failure_reason: str = ""
    metadata: Mapping[str, str] | None


class Refunds(Answer):
    has_more: bool
    data: list[RefundAnswer]


class ChargeAnswer(Record):
    amount: int
    amount_refunded: int
    currency: str
    status: Literal["succeeded", "pending", "failed"]
    disputed: bool
    created: int
    description: str | None
    receipt_email: str | None = None
    failure_message: str | None = None
    billing_details: Billing = Billing()
    customer: CustomerAnswer | str | None  # an object where the request asks to expand it
    refunds: Refunds | None = None  # present where the request asks for it


class IntentAnswer(Record):
    amount: int
    currency: str
    status: str
    created: int
    description: str | None
    invoice: str | None
    latest_charge: ChargeAnswer | None


class LineAnswer(Record):
    amount: int
    description: str | None


class Lines(Answer):
    has_more: bool
    data: list[LineAnswer]


class InvoiceAnswer(Record):
    number: str | None
    status: InvoiceStatus | None
    currency: str
    subtotal: int  # what the lines add up to, before discounts and taxes of the whole
    total: int
    amount_paid: int
    amount_remaining: int
    post_payment_credit_notes_amount: int
    created: int
    due_date: int | None = None
    hosted_invoice_url: str | None = None
    customer: CustomerAnswer | str | None
    charge: ChargeAnswer | str | None  # the one that paid it
    customer_name: str | None = None
    customer_email: str | None = None
    lines: Lines


class CreditNoteAnswer(Record):
    number: str
    invoice: str
    customer: str
    amount: int
    currency: str
    status: Literal["issued", "void"]
    type: Literal["post_payment", "pre_payment"]
    reason: str | None
    created: int
    metadata: Mapping[str, str] | None


class Recurring(Answer):
    interval: str
    interval_count: int


class PriceAnswer(Record):
    nickname: str | None
    product: str
    currency: str
    unit_amount: int | None  # None where it depends on the quantity
    recurring: Recurring | None


class ItemAnswer(Record):
    price: PriceAnswer
    quantity: int = 1


class Items(Answer):
    has_more: bool
    data: list[ItemAnswer]


class SubscriptionAnswer(Record):
    customer: CustomerAnswer | str
    status: SubscriptionStatus
    currency: str
    current_period_end: int
    cancel_at_period_end: bool
    cancel_at: int | None
    created: int
    items: Items


class ProductAnswer(Record):
    name: str


class Page(Answer):
    has_more: bool
    data: Sequence[Record]


class Customers(Page):
    data: list[CustomerAnswer]


class Charges(Page):
    data: list[ChargeAnswer]


class RefundsPage(Page):
    data: list[RefundAnswer]


class Intents(Page):
    data: list[IntentAnswer]


class Invoices(Page):
    data: list[InvoiceAnswer]


class CreditNotes(Page):
    data: list[CreditNoteAnswer]


class Subscriptions(Page):
    data: list[SubscriptionAnswer]


P = TypeVar("P", bound=Page)


def pages(
    wire: Wire, path: str, model: type[P], tool: str, timeout: timedelta, *, query: Mapping[str, str | int]
) -> Iterator[P]:
    """Every page of a list. Raises `Refused` for one that is longer than an agent's case may be."""
    asked = {"limit": PAGE, **query}
    for _ in range(MOST_PAGES):
        page = understand(model, wire.call("GET", path, query=asked, timeout=timeout), tool)
        yield page
        if not page.has_more or not page.data:
            return
        asked["starting_after"] = page.data[-1].id
    raise Refused("TOO_MANY", f"{path} lists more than an agent should walk through")


def when(seconds: int) -> str:
    """ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def day(iso: str) -> str:
    """As a card says it: "Nov 3"."""
    moment = datetime.fromisoformat(iso)
    return f"{moment:%b} {moment.day}"


def named(name: object, email: object) -> str:
    """Somebody as a sentence names them."""
    return f"{name} ({email})" if name and email else str(name or email or "an unnamed customer")


def marked(metadata: Mapping[str, str] | None) -> str:
    """The key of the write of ours that made it; empty where somebody else did."""
    return (metadata or {}).get(MARK, "")


def payment_link(wire: Wire, charge: str) -> str:
    return f"{wire.web}/payments/{charge}"


def invoice_link(wire: Wire, invoice: str) -> str:
    return f"{wire.web}/invoices/{invoice}"


def subscription_link(wire: Wire, subscription: str) -> str:
    return f"{wire.web}/subscriptions/{subscription}"
