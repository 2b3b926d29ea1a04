"""What came back in Stripe, as its events tell: refunds that failed, disputes, credit notes that were voided.

An event has the shape of the version its account was on when it happened, so only fields are read that have been the
same for long ("List all events"). A refund that fails may be told by several kinds of event, once for all.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from tools.contract import Wire
from tools.stripe.answers import Page as Listing
from tools.stripe.answers import Record, invoice_link, marked, payment_link
from tools.stripe.given_back import CLOCKS, After, asked, moment, seconds
from tools.stripe.refunds import CAME_BACK
from tools.stripe.voiding import VoidCreditNote
from tools.truth import Deed, Page, Reaction, Truth, fitted
from tools.wire import Answer, understand

OUR_KEY = re.compile(r"[0-9a-f]{64}")  # how the keys of our writes look, see `WriteTool.write`
FAILED = ("charge.refund.updated", "refund.updated", "refund.failed")
DISPUTED, CLOSED, VOIDED = "charge.dispute.created", "charge.dispute.closed", "credit_note.voided"
KINDS = (*FAILED, DISPUTED, CLOSED, VOIDED)


class _Request(Answer):
    idempotency_key: str | None = None


class _Data(Answer):
    object: Mapping[str, Any]


class _Event(Record):
    type: str
    created: int
    data: _Data
    request: _Request | None = None


class _Events(Listing):
    data: list[_Event]


class _Refund(Record):
    charge: str | None = None
    status: str | None = None
    failure_reason: str | None = None
    metadata: Mapping[str, str] | None = None


class _Dispute(Record):
    charge: str
    status: str
    reason: str


class _Note(Record):
    invoice: str
    customer: str


class CameBack(Truth[After]):
    name = "stripe.events"
    tells = "Refunds that failed, payments that were disputed, credit notes that were voided."
    scopes: ClassVar = frozenset({"stripe:events.read"})
    overlap: ClassVar = CLOCKS
    reaches: ClassVar = timedelta(days=30)  # Stripe keeps events no longer
    place = After

    def _page(self, wire: Wire, place: After, ours: frozenset[str]) -> Page:
        query = {**asked(place, self.size), "created[gte]": seconds(place.since)}
        query |= {f"types[{n}]": kind for n, kind in enumerate(KINDS)}
        page = understand(_Events, wire.call("GET", "/v1/events", query=query, timeout=self.timeout), self.name)
        deeds = [_voided(wire, one) for one in page.data if one.type == VOIDED]
        felt = [reaction for one in page.data for reaction in _felt(wire, one)]
        if not page.has_more or not page.data:
            return self._last(place, deeds, felt)
        return self._more(place.model_copy(update={"after": page.data[-1].id}), deeds, felt)


def _voided(wire: Wire, event: _Event) -> Deed:
    note = understand(_Note, event.data.object, CameBack.name)
    sent = (event.request and event.request.idempotency_key) or ""
    key = sent if OUR_KEY.fullmatch(sent) else ""
    return Deed(
        id=f"stripe.void {note.id}",
        ref=f"stripe.credit_note {note.id}",
        also=(f"stripe.invoice {note.invoice}", f"stripe.customer {note.customer}"),
        at=moment(event.created),
        ours="key" if key else "",
        key=key,
        url=invoice_link(wire, note.invoice),
        **fitted(VoidCreditNote(), {"credit_note": note.id}),
    )


def _felt(wire: Wire, event: _Event) -> Iterator[Reaction]:
    if event.type in FAILED:
        refund = understand(_Refund, event.data.object, CameBack.name)
        if refund.status in CAME_BACK:
            yield _failed(wire, event, refund)
    elif event.type in {DISPUTED, CLOSED}:
        dispute = understand(_Dispute, event.data.object, CameBack.name)
        yield Reaction(
            id=f"stripe.event {event.id}",
            kind="disputed"
            if event.type == DISPUTED
            else "dispute_lost"
            if dispute.status == "lost"
            else "dispute_won",
            ref=f"stripe.charge {dispute.charge}",
            also=(f"stripe.dispute {dispute.id}",),
            at=moment(event.created),
            value=dispute.reason if event.type == DISPUTED else dispute.status,
            url=payment_link(wire, dispute.charge),
        )


def _failed(wire: Wire, event: _Event, refund: _Refund) -> Reaction:
    return Reaction(
        id=f"stripe.refund {refund.id} {refund.status}",
        kind="refund_failed",
        ref=f"stripe.charge {refund.charge}" if refund.charge else f"stripe.refund {refund.id}",
        also=(f"stripe.refund {refund.id}",),
        at=moment(event.created),
        value=refund.failure_reason or str(refund.status),
        key=marked(refund.metadata),
        url=payment_link(wire, refund.charge or ""),
    )
