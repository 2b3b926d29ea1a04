"""What a customer paid in Stripe: the charges, and the payments they belong to."""

from typing import ClassVar

from tools.contract import Evidence, Frozen, Internal, Pii, ReadTool, Wire
from tools.evidence import CITED, clamp
from tools.money import Money
from tools.stripe.amounts import money
from tools.stripe.answers import (
    PAGE,
    ChargeAnswer,
    Charges,
    CustomerId,
    IntentAnswer,
    Intents,
    day,
    pages,
    payment_link,
    when,
)
from tools.stripe.customers import by_email
from tools.values import Email


class FindChargesArguments(Frozen):
    email: Pii[Email]


class Customer(Frozen):
    id: Internal[str]
    name: Pii[str]
    email: Pii[str]


class Charge(Frozen):
    charge: Internal[str]
    amount: Internal[Money]
    refunded: Internal[Money]
    status: Internal[str]
    created: Internal[str]  # ISO 8601, UTC
    description: Internal[str]
    receipt_email: Pii[str] | None = None
    disputed: Internal[bool]


class FoundCharges(Frozen):
    customer: Customer | None
    charges: list[Charge]  # newest first


class FindCharges(ReadTool[FindChargesArguments, FoundCharges]):
    """Stripe lets several customers share an address; their charges come together, `customer` is the newest of them."""

    name = "stripe.find_charges"
    summary = "Find a customer and all their Stripe charges by e-mail address, newest first, with what was refunded."
    arguments = FindChargesArguments
    result = FoundCharges
    scopes: ClassVar = frozenset({"stripe:charges.read"})
    example: ClassVar = {"email": "ada@parkstudio.example"}
    page: ClassVar[int] = PAGE

    def read(self, wire: Wire, arguments: FindChargesArguments) -> FoundCharges:
        customers = by_email(wire, arguments.email, self)
        charges = [
            charge
            for customer in customers
            for page in pages(
                wire,
                "/v1/charges",
                Charges,
                self.name,
                self.timeout,
                query={"customer": customer.id, "limit": self.page},
            )
            for charge in page.data
        ]
        first = next(iter(customers), None)
        return FoundCharges(
            customer=Customer(id=first.id, name=first.name or "", email=first.email or "") if first else None,
            charges=[_charge(one) for one in sorted(charges, key=lambda one: one.created, reverse=True)],
        )

    def cite(self, wire: Wire, arguments: FindChargesArguments, result: FoundCharges) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Charge {one.charge} · {one.amount} · {day(one.created)} · {one.description}"
                f" (refunded {one.refunded})",
                url=payment_link(wire, one.charge),
            )
            for one in result.charges[:CITED]
        )


def _charge(found: ChargeAnswer) -> Charge:
    return Charge(
        charge=found.id,
        amount=money(found.amount, found.currency),
        refunded=money(found.amount_refunded, found.currency),
        status=found.status,
        created=when(found.created),
        description=found.description or "",
        receipt_email=found.receipt_email,
        disputed=found.disputed,
    )


class FindPaymentsArguments(Frozen):
    customer: Internal[CustomerId]


class Payment(Frozen):
    """A payment intent, with the last attempt to take the money where there was one."""

    payment: Internal[str]
    amount: Internal[Money]
    status: Internal[str]
    created: Internal[str]  # ISO 8601, UTC
    description: Internal[str]
    invoice: Internal[str] | None
    charge: Internal[str] | None
    refunded: Internal[Money]
    disputed: Internal[bool]
    failure: Internal[str]  # why the last attempt failed, in Stripe's words; empty where it did not


class FoundPayments(Frozen):
    payments: list[Payment]  # newest first


class FindPayments(ReadTool[FindPaymentsArguments, FoundPayments]):
    """One that was tried again and again is one payment intent; only the latest charge of it comes along."""

    name = "stripe.find_payments"
    summary = "Find a Stripe customer's payments by customer id, newest first: status, last charge, what was refunded."
    arguments = FindPaymentsArguments
    result = FoundPayments
    scopes: ClassVar = frozenset({"stripe:payments.read"})
    example: ClassVar = {"customer": "cus_KenjiMori"}

    def read(self, wire: Wire, arguments: FindPaymentsArguments) -> FoundPayments:
        query = {"customer": arguments.customer, "expand[]": "data.latest_charge"}
        found = pages(wire, "/v1/payment_intents", Intents, self.name, self.timeout, query=query)
        return FoundPayments(payments=[_payment(one) for page in found for one in page.data])

    def cite(self, wire: Wire, arguments: FindPaymentsArguments, result: FoundPayments) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Payment {one.payment} · {one.amount} · {day(one.created)} · {one.status}"
                f" (refunded {one.refunded})",
                quote=clamp(one.failure),
                url=payment_link(wire, one.payment),
            )
            for one in result.payments[:CITED]
        )


def _payment(found: IntentAnswer) -> Payment:
    last = found.latest_charge
    return Payment(
        payment=found.id,
        amount=money(found.amount, found.currency),
        status=found.status,
        created=when(found.created),
        description=found.description or "",
        invoice=found.invoice,
        charge=last.id if last else None,
        refunded=money(last.amount_refunded if last else 0, found.currency),
        disputed=last is not None and last.disputed,
        failure=(last.failure_message or "") if last else "",
    )
