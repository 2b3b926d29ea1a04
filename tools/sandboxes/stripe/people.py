"""People at work in Stripe's dashboard, customers who pay, and banks that take money back.

What is done here bears no key and no mark, as in the dashboard. `at` is the moment of all that comes of it.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.sandboxes import customers, payments, twin
from tools.sandboxes.stripe import credit_notes, refunds
from tools.sandboxes.stripe.books import Books, Row
from tools.sandboxes.stripe.forms import stopped

Cents = Annotated[int, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Payment(_Part):
    customer: str
    cents: Cents
    description: str


class Refund(_Part):
    charge: str
    amount: Cents | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class Credit(_Part):
    invoice: str
    amount: Cents
    reason: Literal["duplicate", "fraudulent", "order_change", "product_unsatisfactory"] | None = None
    credit_amount: Cents | None = None


class Failure(_Part):
    """A refund that comes back from the customer's bank."""

    refund: str
    why: Literal["expired_or_canceled_card", "lost_or_stolen_card", "declined", "unknown"] = "unknown"


class Dispute(_Part):
    charge: str
    reason: Literal["duplicate", "fraudulent", "credit_not_processed", "general"] = "general"


class Ruling(_Part):
    dispute: str
    status: Literal["won", "lost"]


class Act(twin.Act):
    """One of these; `void` names a credit note."""

    pay: Payment | None = None
    refund: Refund | None = None
    credit: Credit | None = None
    void: str | None = None
    fail: Failure | None = None
    dispute: Dispute | None = None
    close: Ruling | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, name) is not None for name in _DOES) != 1:
            raise ValueError("give one thing that is done")
        return self


def done(books: Books, act: Act) -> Mapping[str, Any]:
    books.request = {"id": "req_dashboard", "idempotency_key": None}
    [(name, do)] = [one for one in _DOES.items() if getattr(act, one[0]) is not None]
    return do(books, getattr(act, name))


def _refunded(books: Books, back: Refund) -> Row:
    _not_before(books, books.found("charge", back.charge))
    return refunds.create(books, back.model_dump(exclude_none=True))


def _credited(books: Books, credit: Credit) -> Row:
    _not_before(books, books.found("invoice", credit.invoice))
    return credit_notes.create(books, credit.model_dump(exclude_none=True))


def _voided(books: Books, name: str) -> Row:
    _not_before(books, books.found("credit_note", name))
    return credit_notes.void(books, name)


def _not_before(books: Books, row: Row) -> None:
    if books.now() < row["created"]:
        raise stopped(f"{row['id']} was made later than that; a history is told in its order.")


def _paid(books: Books, paid: Payment) -> Row:
    """By the card that ends in 4242."""
    slug = books.found("customer", paid.customer)["id"].removeprefix("cus_")
    person = next(one for one in customers.PEOPLE if one.slug == slug)
    number = 1 + sum(one["customer"] == paid.customer for one in books.rows("charge").values())
    return payments.pay(books.data, person, number, paid.cents, paid.description, books.now(), books.request)


def _failed(books: Books, failed: Failure) -> Row:
    row = books.found("refund", failed.refund)
    _not_before(books, row)
    if row["status"] in {"failed", "canceled"}:
        raise stopped(f"Refund {row['id']} has failed already.")
    books.data["settling"].pop(row["id"], None)
    row |= {"status": "failed", "failure_reason": failed.why}
    refunds.give_back(books.rows("charge")[row["charge"]], -row["amount"])
    books.happened("charge.refund.updated", row)
    return row


def _disputed(books: Books, asked: Dispute) -> Row:
    charge = books.found("charge", asked.charge)
    _not_before(books, charge)
    if charge["disputed"] or charge["status"] != "succeeded":
        raise stopped(f"Charge {charge['id']} cannot be disputed.")
    charge["disputed"] = True
    row = {
        "id": f"dp_1Sandbox{len(books.rows('dispute')) + 1:04d}",
        "object": "dispute",
        "amount": charge["amount"],
        "charge": charge["id"],
        "created": books.now(),
        "currency": charge["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": asked.reason,
        "status": "needs_response",
    }
    books.rows("dispute")[row["id"]] = row
    books.happened("charge.dispute.created", row)
    return row


def _closed(books: Books, ruling: Ruling) -> Row:
    row = books.found("dispute", ruling.dispute)
    _not_before(books, row)
    if row["status"] in {"won", "lost"}:
        raise stopped(f"Dispute {row['id']} is closed already.")
    row["status"] = ruling.status
    books.happened("charge.dispute.closed", row)
    return row


_DOES: Mapping[str, Callable[[Books, Any], Row]] = {
    "pay": _paid,
    "refund": _refunded,
    "credit": _credited,
    "void": _voided,
    "fail": _failed,
    "dispute": _disputed,
    "close": _closed,
}
