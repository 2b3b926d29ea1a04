"""What people gave back in Stripe: refunds and credit notes, those made in the dashboard among them.

Stripe does not say who made one. What carries no mark of ours counts as a person's: a dashboard, or a program that a
person set up. What became of it later (failed, voided, disputed) is told by `events`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from tools.contract import Refused, Wire
from tools.stripe.amounts import money
from tools.stripe.answers import (
    Billing,
    CreditNoteAnswer,
    Record,
    invoice_link,
    marked,
    payment_link,
)
from tools.stripe.answers import Page as Listing
from tools.stripe.credit_notes import CreateCreditNote
from tools.stripe.refunds import CreateRefund
from tools.truth import Deed, Page, Place, Truth, fitted
from tools.wire import understand

CLOCKS = timedelta(minutes=10)  # Stripe's lists do not lag; this is for clocks that differ from Stripe's


class After(Place):
    """`after` is the last record that was read; lists come newest first."""

    after: str = ""


class _Charge(Record):
    customer: str | None
    billing_details: Billing = Billing()


class _Refund(Record):
    amount: int
    currency: str
    charge: _Charge | str | None  # whole, as the request asks for it
    created: int
    reason: str | None = None
    metadata: Mapping[str, str] | None


class _Refunds(Listing):
    data: list[_Refund]


class Refunds(Truth[After]):
    name = "stripe.refunds"
    tells = "Every refund of a charge that was made, in the dashboard or by a program."
    scopes: ClassVar = frozenset({"stripe:charges.read"})
    overlap: ClassVar = CLOCKS
    place = After

    def _page(self, wire: Wire, place: After, ours: frozenset[str]) -> Page:
        query = {**asked(place, self.size), "created[gte]": seconds(place.since), "expand[]": "data.charge"}
        page = understand(_Refunds, wire.call("GET", "/v1/refunds", query=query, timeout=self.timeout), self.name)
        deeds = [_refunded(wire, one) for one in page.data]
        if not page.has_more or not page.data:
            return self._last(place, deeds)
        return self._more(place.model_copy(update={"after": page.data[-1].id}), deeds)


def _refunded(wire: Wire, found: _Refund) -> Deed:
    whole = found.charge if isinstance(found.charge, _Charge) else None
    charge = whole.id if whole else str(found.charge or "")
    about = [f"stripe.customer {whole.customer}"] if whole and whole.customer else []
    about += [f"zendesk.user {whole.billing_details.email}"] if whole and whole.billing_details.email else []
    arguments = {"charge": charge, "amount": amount(found.amount, found.currency), "reason": found.reason}
    return Deed(
        id=f"stripe.refund {found.id}",
        ref=f"stripe.charge {charge}" if charge else f"stripe.refund {found.id}",
        also=tuple(about),
        at=moment(found.created),
        ours="mark" if marked(found.metadata) else "",
        key=marked(found.metadata),
        url=payment_link(wire, charge),
        **fitted(CreateRefund(), {name: value for name, value in arguments.items() if value}),
    )


class _Note(CreditNoteAnswer):
    customer_balance_transaction: str | None = None
    refund: str | None = None
    out_of_band_amount: int | None = None


class _Notes(Listing):
    data: list[_Note]


class IssuedNotes(Truth[After]):
    """The list cannot be asked for by date in the version we speak: it is read, newest first, down to `since`."""

    name = "stripe.credit_notes"
    tells = "Every credit note that was issued on an invoice, in the dashboard or by a program."
    scopes: ClassVar = frozenset({"stripe:invoices.read"})
    overlap: ClassVar = CLOCKS
    place = After

    def _page(self, wire: Wire, place: After, ours: frozenset[str]) -> Page:
        query = asked(place, self.size)
        page = understand(_Notes, wire.call("GET", "/v1/credit_notes", query=query, timeout=self.timeout), self.name)
        recent = [one for one in page.data if moment(one.created) >= place.since]
        deeds = [_credited(wire, one) for one in recent]
        if not page.has_more or len(recent) < len(page.data) or not recent:
            return self._last(place, deeds)
        return self._more(place.model_copy(update={"after": page.data[-1].id}), deeds)


def _credited(wire: Wire, found: _Note) -> Deed:
    return Deed(
        id=f"stripe.credit_note {found.id}",
        ref=f"stripe.invoice {found.invoice}",
        also=(f"stripe.customer {found.customer}", f"stripe.credit_note {found.id}"),
        at=moment(found.created),
        ours="mark" if marked(found.metadata) else "",
        key=marked(found.metadata),
        url=invoice_link(wire, found.invoice),
        **_meant(found),
    )


def _meant(found: _Note) -> dict[str, Any]:
    to_balance = found.customer_balance_transaction is not None
    if found.type == "post_payment" and (found.refund or found.out_of_band_amount or not to_balance):
        paid = f"refunded as {found.refund}" if found.refund else "paid out in another way"
        return {"did": f"credit note {found.number} of {found.amount} {found.currency} (smallest unit), {paid}"}
    arguments = {
        "invoice": found.invoice,
        "amount": amount(found.amount, found.currency),
        "reason": found.reason,
        "credit_to": "balance" if found.type == "post_payment" else "invoice",
    }
    return fitted(CreateCreditNote(), {name: value for name, value in arguments.items() if value})


def asked(place: After, size: int) -> dict[str, str | int]:
    return {"limit": size, **({"starting_after": place.after} if place.after else {})}


def amount(minor: int, currency: str) -> dict[str, Any] | None:
    """As an argument says it; None for a currency that we do not handle: the deed then says that it is missing."""
    try:
        return money(minor, currency).model_dump()
    except Refused:
        return None


def moment(created: int) -> datetime:
    return datetime.fromtimestamp(created, UTC)


def seconds(at: datetime) -> int:
    return int(at.timestamp())
