"""Refunds in Stripe: finding them, and making one.

A refund may be `pending` first and `failed` or `canceled` in the end, even after it was `succeeded`; then the money is
back in the account's balance, and `failure_reason` says why ("Refund and cancel payments", failed refunds).
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from tools.contract import (
    Change,
    Evidence,
    Frozen,
    Internal,
    Preview,
    ReadTool,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Tool,
    Wire,
    WriteTool,
)
from tools.evidence import CITED
from tools.money import Money
from tools.stripe.amounts import Some, money
from tools.stripe.answers import (
    MARK,
    ChargeAnswer,
    ChargeId,
    Charges,
    CustomerAnswer,
    CustomerId,
    RefundAnswer,
    RefundsPage,
    day,
    marked,
    named,
    pages,
    payment_link,
    when,
)
from tools.wire import understand

Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]

UNDER_WAY = frozenset({"pending", "requires_action"})
CAME_BACK = frozenset({"failed", "canceled"})


def _refunds_of(wire: Wire, charge: str, tool: Tool[Any, Any]) -> Iterator[RefundAnswer]:
    """Every refund of a charge, newest first, those that failed included."""
    for page in pages(wire, "/v1/refunds", RefundsPage, tool.name, tool.timeout, query={"charge": charge}):
        yield from page.data


def _with(wire: Wire, charge: ChargeAnswer, tool: Tool[Any, Any]) -> Iterable[RefundAnswer]:
    """The refunds that came with a charge; they are read once more where only the latest of them did."""
    came = charge.refunds
    return came.data if came and not came.has_more else _refunds_of(wire, charge.id, tool)


class FindRefundsArguments(Frozen):
    """One of the two."""

    charge: Internal[ChargeId] | None = None
    customer: Internal[CustomerId] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.charge is None) == (self.customer is None):
            raise ValueError("refunds are found by a charge or by a customer: give one of them")
        return self


class RefundRecord(Frozen):
    refund: Internal[str]
    charge: Internal[str]
    amount: Internal[Money]
    status: Internal[str]
    reason: Internal[str]
    failure_reason: Internal[str]  # Stripe's word for why it failed; empty where it did not
    created: Internal[str]  # ISO 8601, UTC
    ours: Internal[bool]  # made by Lanekeeper, as its mark says


class FoundRefunds(Frozen):
    refunds: list[RefundRecord]  # newest first


class FindRefunds(ReadTool[FindRefundsArguments, FoundRefunds]):
    """Stripe lists refunds by charge, not by customer: a customer's come with their charges."""

    name = "stripe.find_refunds"
    summary = (
        "Find the Stripe refunds of one charge or of a customer, newest first, with their status and who made them."
    )
    arguments = FindRefundsArguments
    result = FoundRefunds
    scopes: ClassVar = frozenset({"stripe:charges.read"})
    example: ClassVar = {"customer": "cus_HannahCole"}

    def read(self, wire: Wire, arguments: FindRefundsArguments) -> FoundRefunds:
        found = (
            _refunds_of(wire, arguments.charge, self)
            if arguments.charge is not None
            else self._of_customer(wire, str(arguments.customer))
        )
        return FoundRefunds(refunds=[_record(one) for one in sorted(found, key=lambda one: one.created, reverse=True)])

    def cite(self, wire: Wire, arguments: FindRefundsArguments, result: FoundRefunds) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Refund {one.refund} · {one.amount} · {day(one.created)} · {one.status}",
                quote=one.failure_reason,
                url=payment_link(wire, one.charge),
            )
            for one in result.refunds[:CITED]
        )

    def _of_customer(self, wire: Wire, customer: str) -> Iterator[RefundAnswer]:
        query = {"customer": customer, "expand[]": "data.refunds"}
        for page in pages(wire, "/v1/charges", Charges, self.name, self.timeout, query=query):
            for charge in page.data:
                yield from _with(wire, charge, self)


def _record(found: RefundAnswer) -> RefundRecord:
    return RefundRecord(
        refund=found.id,
        charge=found.charge or "",
        amount=money(found.amount, found.currency),
        status=found.status or "",
        reason=found.reason or "",
        failure_reason=found.failure_reason,
        created=when(found.created),
        ours=bool(marked(found.metadata)),
    )


class CreateRefundArguments(Frozen):
    charge: Routes[Internal[ChargeId]]
    amount: Routes[Internal[Some]]
    reason: Internal[Reason]


class Refund(Frozen):
    refund: Internal[str]
    charge: Internal[str]
    amount: Internal[Money]
    status: Internal[str]
    key: Internal[str]
    failure_reason: Internal[str] = ""


class CreateRefund(WriteTool[CreateRefundArguments, Refund]):
    name = "stripe.create_refund"
    summary = "Refund a Stripe charge, wholly or in part, to the payment method it was paid with."
    arguments = CreateRefundArguments
    result = Refund
    scopes: ClassVar = frozenset({"stripe:charges.read", "stripe:refunds.write"})
    example: ClassVar = {
        "charge": "ch_3AdaPark02",
        "amount": {"minor": 3800, "currency": "USD"},
        "reason": "duplicate",
    }
    retry = Retry.NATIVE_KEY
    risk = Risk.HIGH
    noun = "refund"
    same_within = timedelta(days=180)  # as long as a payment can be disputed, a second refund of it is looked at
    settles_within = timedelta(days=1)  # a bank may take longer; then a person should know that it does
    missing: ClassVar = {"undo": "money that was given back can only be asked for again"}

    def look(self, wire: Wire, arguments: CreateRefundArguments) -> Target:
        query = {"expand[0]": "customer", "expand[1]": "refunds"}
        answer = wire.call("GET", f"/v1/charges/{arguments.charge}", query=query, timeout=self.timeout)
        charge = understand(ChargeAnswer, answer, self.name)
        amount = money(charge.amount, charge.currency)
        _check(arguments, charge, amount)
        payer = charge.customer if isinstance(charge.customer, CustomerAnswer) else None
        return Target(
            ref=f"stripe.charge {charge.id}",
            url=payment_link(wire, charge.id),
            pinned={"status": charge.status, "refunded_minor": charge.amount_refunded, "disputed": charge.disputed},
            seen={
                "customer": payer.id if payer else None,
                "name": (payer.name if payer else None) or charge.billing_details.name or "",
                "email": (payer.email if payer else None) or charge.billing_details.email or "",
                "amount_minor": charge.amount,
                "currency": amount.currency,
                "description": charge.description or "",
                "created": when(charge.created),
            },
            already=self._by_others(wire, charge),
        )

    def preview(self, arguments: CreateRefundArguments, target: Target) -> Preview:
        currency = str(target.seen["currency"])
        whole = Money(minor=int(target.seen["amount_minor"] or 0), currency=currency)
        before = Money(minor=int(target.pinned["refunded_minor"] or 0), currency=currency)
        after = Money(minor=before.minor + arguments.amount.minor, currency=currency)
        who = named(target.seen["name"], target.seen["email"])
        return Preview(
            sentence=f"Refund {arguments.amount} of charge {arguments.charge} to {who}",
            changes=(Change(field="Refunded", before=f"{before} of {whole}", after=f"{after} of {whole}"),),
        )

    def stake(self, arguments: CreateRefundArguments, target: Target) -> Stake:
        customer = target.seen["customer"] or target.seen["email"] or None
        return Stake(amount=arguments.amount, customer=str(customer) if customer else None)

    def write(self, wire: Wire, arguments: CreateRefundArguments, key: str) -> Refund:
        form: dict[str, str | int] = {
            "charge": arguments.charge,
            "amount": arguments.amount.minor,
            "reason": arguments.reason,
            f"metadata[{MARK}]": key,
        }
        headers = {"Idempotency-Key": key}
        answer = wire.call("POST", "/v1/refunds", form=form, headers=headers, timeout=self.timeout, changes=True)
        return _refund(understand(RefundAnswer, answer, self.name, changes=True))

    def business_key(self, arguments: CreateRefundArguments) -> str:
        return f"refund {arguments.charge}"

    def read_back(self, wire: Wire, arguments: CreateRefundArguments, key: str) -> Refund | None:
        found = _refunds_of(wire, arguments.charge, self)
        return next((_refund(one) for one in found if marked(one.metadata) == key), None)

    def holds(self, arguments: CreateRefundArguments, result: Refund) -> bool:
        """A pending refund does not hold yet: it may still fail."""
        asked = (arguments.charge, arguments.amount)
        return (result.charge, result.amount) == asked and result.status == "succeeded"

    def pending(self, result: Refund) -> bool:
        return result.status in UNDER_WAY

    def failure(self, result: Refund) -> str:
        if result.status not in CAME_BACK:
            return ""
        why = f": {result.failure_reason.replace('_', ' ')}" if result.failure_reason else ""
        return f"Stripe says that refund {result.refund} {result.status}{why}; the customer did not get the money"

    def _by_others(self, wire: Wire, charge: ChargeAnswer) -> tuple[Evidence, ...]:
        """The refunds that somebody made without us, as the card tells of them: those that failed moved nothing."""
        found = [one for one in _with(wire, charge, self) if one.status not in CAME_BACK]
        return tuple(
            Evidence(
                label=f"Refunded {money(one.amount, one.currency)} on {day(when(one.created))}"
                f" ({one.id}{', still pending' if one.status in UNDER_WAY else ''}), not by Lanekeeper",
                url=payment_link(wire, charge.id),
            )
            for one in found
            if not marked(one.metadata)
        )


def _check(arguments: CreateRefundArguments, charge: ChargeAnswer, amount: Money) -> None:
    left = Money(minor=charge.amount - charge.amount_refunded, currency=amount.currency)
    if charge.status != "succeeded":
        raise Refused("NOT_PAID", f"charge {charge.id} is {charge.status}; only a succeeded one can be refunded")
    if charge.disputed:
        raise Refused("DISPUTED", f"charge {charge.id} is disputed; the bank decides about its money now")
    if arguments.amount.currency != amount.currency:
        raise Refused("WRONG_CURRENCY", f"charge {charge.id} was paid in {amount.currency}")
    if left.minor <= 0:
        raise Refused("ALREADY_REFUNDED", f"charge {charge.id} has been refunded in full")
    if arguments.amount.minor > left.minor:
        raise Refused("MORE_THAN_LEFT", f"only {left} of charge {charge.id} is left to refund")


def _refund(found: RefundAnswer) -> Refund:
    return Refund(
        refund=found.id,
        charge=found.charge or "",
        amount=money(found.amount, found.currency),
        status=found.status or "",
        key=marked(found.metadata),
        failure_reason=found.failure_reason,
    )
