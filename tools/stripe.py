"""Stripe: find a customer's charges, refund one.

Protocol facts are from docs.stripe.com/api, version 2022-11-15: amounts are integers in the currency's smallest unit,
lists come by cursor (`starting_after`, `has_more`), a POST under an `Idempotency-Key` happens once and answers alike
for at least 24 hours. The same key stands in the refund's metadata, so the refund is found when the key is forgotten.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal, TypeVar

from babel.numbers import get_currency_precision
from pydantic import Field, field_validator

from tools.contract import (
    Change,
    Evidence,
    Frozen,
    Internal,
    Pii,
    Preview,
    ReadTool,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Wire,
    WriteTool,
)
from tools.money import Money
from tools.wire import Answer, understand

ChargeId = Annotated[str, Field(pattern=r"^(ch|py)_[A-Za-z0-9]{6,64}$", description="Stripe charge id, ch_…")]
Email = Annotated[str, Field(pattern=r"^[^@\s\"'<>:\\]+@[^@\s\"'<>:\\]+$", max_length=254)]
Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]

MARK = "lanekeeper_key"
MOST_PAGES = 10  # of a list; a customer with more than 1,000 charges is not a case for an agent
MOST_CUSTOMERS = 10  # one e-mail address may stand on several customers; more than this is nobody's address
CITED = 5  # charges on a card

# docs.stripe.com/currencies: without decimals, with three; every other currency counts in hundredths. Where that
# differs from the CLDR, which Money follows (ISK, RSD, LAK …), an amount would be read a hundred times wrong.
ZERO_DECIMALS = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 - a row reads better
)
THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def _money(minor: int, currency: str) -> Money:
    code = currency.upper()
    digits = 0 if code in ZERO_DECIMALS else 3 if code in THREE_DECIMALS else 2
    try:
        if get_currency_precision(code) == digits:
            return Money(minor=minor, currency=code)
    except ValueError:  # not a currency at all
        pass
    raise Refused("CURRENCY", f"amounts in {code} are not handled: Stripe counts it in units of its own")


class _Customer(Answer):
    id: str
    name: str | None = None
    email: str | None = None


class _Billing(Answer):
    name: str | None = None
    email: str | None = None


class _Charge(Answer):
    id: str
    amount: int
    amount_refunded: int
    currency: str
    status: Literal["succeeded", "pending", "failed"]
    disputed: bool
    created: int  # seconds since 1970, UTC
    description: str | None
    receipt_email: str | None = None
    billing_details: _Billing = _Billing()
    customer: _Customer | str | None  # an object where the request asks to expand it


class _Refund(Answer):
    id: str
    amount: int
    currency: str
    charge: str
    status: str
    metadata: Mapping[str, str]


class _Page(Answer):
    has_more: bool


class _Customers(_Page):
    data: list[_Customer]


class _Charges(_Page):
    data: list[_Charge]


class _Refunds(_Page):
    data: list[_Refund]


P = TypeVar("P", _Charges, _Refunds)


def _pages(
    wire: Wire, path: str, model: type[P], tool: str, timeout: timedelta, *, query: Mapping[str, str | int]
) -> Iterator[P]:
    asked = dict(query)
    for _ in range(MOST_PAGES):
        page = understand(model, wire.call("GET", path, query=asked, timeout=timeout), tool)
        yield page
        if not page.has_more or not page.data:
            return
        asked["starting_after"] = page.data[-1].id
    raise Refused("TOO_MANY", f"{path} lists more than an agent should walk through")


def _when(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _link(wire: Wire, charge: str) -> str:
    return f"{wire.web}/payments/{charge}"


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
    page: ClassVar[int] = 100  # charges an answer, Stripe's most

    def read(self, wire: Wire, arguments: FindChargesArguments) -> FoundCharges:
        query: dict[str, str | int] = {"email": arguments.email, "limit": MOST_CUSTOMERS}
        answer = wire.call("GET", "/v1/customers", query=query, timeout=self.timeout)
        customers = understand(_Customers, answer, self.name)
        if customers.has_more:
            raise Refused("TOO_MANY", f"more than {MOST_CUSTOMERS} Stripe customers share {arguments.email}")
        charges = [
            charge
            for customer in customers.data
            for page in _pages(
                wire,
                "/v1/charges",
                _Charges,
                self.name,
                self.timeout,
                query={"customer": customer.id, "limit": self.page},
            )
            for charge in page.data
        ]
        first = next(iter(customers.data), None)
        return FoundCharges(
            customer=Customer(id=first.id, name=first.name or "", email=first.email or "") if first else None,
            charges=[_charge(one) for one in sorted(charges, key=lambda one: one.created, reverse=True)],
        )

    def cite(self, wire: Wire, arguments: FindChargesArguments, result: FoundCharges) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Charge {one.charge} · {one.amount} · {_day(one.created)} · {one.description}"
                f" (refunded {one.refunded})",
                url=_link(wire, one.charge),
            )
            for one in result.charges[:CITED]
        )


def _charge(found: _Charge) -> Charge:
    return Charge(
        charge=found.id,
        amount=_money(found.amount, found.currency),
        refunded=_money(found.amount_refunded, found.currency),
        status=found.status,
        created=_when(found.created).isoformat(),
        description=found.description or "",
        receipt_email=found.receipt_email,
        disputed=found.disputed,
    )


def _day(iso: str) -> str:
    moment = datetime.fromisoformat(iso)
    return f"{moment:%b} {moment.day}"


class CreateRefundArguments(Frozen):
    charge: Routes[Internal[ChargeId]]
    amount: Routes[Internal[Money]]
    reason: Internal[Reason]

    @field_validator("amount")
    @classmethod
    def _something(cls, value: Money) -> Money:
        if value.minor <= 0:
            raise ValueError("a refund is more than nothing")
        return value


class Refund(Frozen):
    refund: Internal[str]
    charge: Internal[str]
    amount: Internal[Money]
    status: Internal[str]
    key: Internal[str]


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
    settles_within = timedelta(days=1)  # some payment methods answer "pending" first
    missing: ClassVar = {"undo": "money that was given back can only be asked for again"}

    def look(self, wire: Wire, arguments: CreateRefundArguments) -> Target:
        query = {"expand[]": "customer"}
        answer = wire.call("GET", f"/v1/charges/{arguments.charge}", query=query, timeout=self.timeout)
        charge = understand(_Charge, answer, self.name)
        amount = _money(charge.amount, charge.currency)
        _check(arguments, charge, amount)
        payer = charge.customer if isinstance(charge.customer, _Customer) else None
        return Target(
            ref=f"stripe.charge {charge.id}",
            url=_link(wire, charge.id),
            pinned={"status": charge.status, "refunded_minor": charge.amount_refunded, "disputed": charge.disputed},
            seen={
                "customer": payer.id if payer else None,
                "name": (payer.name if payer else None) or charge.billing_details.name or "",
                "email": (payer.email if payer else None) or charge.billing_details.email or "",
                "amount_minor": charge.amount,
                "currency": amount.currency,
                "description": charge.description or "",
                "created": _when(charge.created).isoformat(),
            },
        )

    def preview(self, arguments: CreateRefundArguments, target: Target) -> Preview:
        currency = str(target.seen["currency"])
        whole = Money(minor=int(target.seen["amount_minor"] or 0), currency=currency)
        before = Money(minor=int(target.pinned["refunded_minor"] or 0), currency=currency)
        after = Money(minor=before.minor + arguments.amount.minor, currency=currency)
        return Preview(
            sentence=f"Refund {arguments.amount} of charge {arguments.charge} to {_payer(target)}",
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
        return _refund(understand(_Refund, answer, self.name, changes=True))

    def business_key(self, arguments: CreateRefundArguments) -> str:
        return f"refund {arguments.charge}"

    def read_back(self, wire: Wire, arguments: CreateRefundArguments, key: str) -> Refund | None:
        query: dict[str, str | int] = {"charge": arguments.charge, "limit": 100}
        for page in _pages(wire, "/v1/refunds", _Refunds, self.name, self.timeout, query=query):
            for refund in page.data:
                if refund.metadata.get(MARK) == key:
                    return _refund(refund)
        return None

    def holds(self, arguments: CreateRefundArguments, result: Refund) -> bool:
        """A pending refund does not hold yet: it may still fail."""
        asked = (arguments.charge, arguments.amount)
        return (result.charge, result.amount) == asked and result.status == "succeeded"

    def pending(self, result: Refund) -> bool:
        return result.status == "pending"


def _check(arguments: CreateRefundArguments, charge: _Charge, amount: Money) -> None:
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


def _payer(target: Target) -> str:
    name, email = target.seen["name"], target.seen["email"]
    return f"{name} ({email})" if name and email else str(name or email or "an unnamed customer")


def _refund(found: _Refund) -> Refund:
    return Refund(
        refund=found.id,
        charge=found.charge,
        amount=_money(found.amount, found.currency),
        status=found.status,
        key=found.metadata.get(MARK, ""),
    )


TOOLS = (FindCharges(), CreateRefund())
