"""What Stripe's sandbox holds at first: customers, charges with their payment intents, refunds. See also `billing`.

Shapes are those of docs.stripe.com/api, version 2022-11-15.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tools.sandboxes import billing, customers

# By the end of the number, after docs.stripe.com/testing ("Refunds", "ACH Direct Debit"). What becomes of a refund to
# each is told in `stripe.refunds`.
METHODS: Mapping[str, Mapping[str, Any]] = {
    "4242": {"type": "card", "card": {"brand": "visa", "funding": "credit"}},
    "7726": {"type": "card", "card": {"brand": "visa", "funding": "credit"}},
    "5126": {"type": "card", "card": {"brand": "visa", "funding": "debit"}},
    "1116": {"type": "us_bank_account", "us_bank_account": {"account_type": "checking", "bank_name": "SANDBOX BANK"}},
}
HISTORY = timedelta(days=30)  # Stripe lists events this far back, "List all events"


def seeded(today: datetime) -> dict[str, Any]:
    """The account on this day. The same day in gives the same account out."""
    morning = today.replace(hour=9, minute=0, second=0, microsecond=0)
    data: dict[str, Any] = {"last_refund": 0, "last_note": 0, "last_event": 0, "settling": {}, "keys": {}}
    data["gone"] = {"cus_OldAccount": {"id": "cus_OldAccount", "object": "customer", "deleted": True}}
    data |= {kind: {} for kind in ("customers", "charges", "payment_intents", "refunds", "disputes", "events")}
    for person in customers.PEOPLE:
        if person.pays:
            data["customers"][f"cus_{person.slug}"] = _customer(person, morning)
    people = {person.slug: person for person in customers.PEOPLE}
    firsts = {_intent_name(paid): paid for paid in reversed(customers.CHARGES)}
    for paid in customers.CHARGES:
        at = morning - timedelta(days=paid.days_ago) + timedelta(minutes=paid.minutes)
        charge = _charge(paid, people[paid.slug], int(at.timestamp()))
        data["charges"][charge["id"]] = charge
        intent = data["payment_intents"].setdefault(_intent_name(paid), _intent(firsts[_intent_name(paid)], charge))
        intent |= {"latest_charge": charge["id"], "status": _STATUS[paid.status]}
        intent["amount_received"] = charge["amount_captured"]
        if paid.refunded:
            back = refund(f"re_3{paid.slug}{paid.number:02d}", charge, paid.refunded, charge["created"] + 86_400)
            back["reason"] = "requested_by_customer"
            data["refunds"][back["id"]] = back
    data |= billing.seeded(data, morning)
    _remember(data, int((today - HISTORY).timestamp()))
    return data


_STATUS = {"succeeded": "succeeded", "failed": "requires_payment_method"}


def _customer(person: customers.Person, morning: datetime) -> dict[str, Any]:
    return {
        "id": f"cus_{person.slug}",
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": int((morning - timedelta(days=400)).timestamp()),
        "currency": "usd",
        "delinquent": False,
        "description": None,
        "email": person.email,
        "invoice_prefix": person.slug[:8].upper(),
        "livemode": False,
        "metadata": {},
        "name": person.name,
        "phone": None,
    }


def _intent_name(paid: customers.Paid) -> str:
    """A charge that failed and the one that went through instead are attempts of one payment."""
    tries = [
        one
        for one in customers.CHARGES
        if (one.slug, one.days_ago, one.cents) == (paid.slug, paid.days_ago, paid.cents)
    ]
    alone = all(one.status == "succeeded" for one in tries)
    return f"pi_3{paid.slug}{paid.number if alone else tries[0].number:02d}"


def _charge(paid: customers.Paid, person: customers.Person, created: int) -> dict[str, Any]:
    ok = paid.status == "succeeded"
    return {
        "id": f"ch_3{paid.slug}{paid.number:02d}",
        "object": "charge",
        "amount": paid.cents,
        "amount_captured": paid.cents if ok else 0,
        "amount_refunded": paid.refunded,
        "billing_details": {"name": person.name, "email": person.email, "phone": None, "address": None},
        "captured": ok,
        "created": created,
        "currency": "usd",
        "customer": f"cus_{paid.slug}",
        "description": paid.description,
        "disputed": paid.disputed,
        "failure_code": None if ok else "card_declined",
        "failure_message": None if ok else "Your card was declined.",
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "paid": ok,
        "payment_intent": _intent_name(paid),
        "payment_method_details": _method(paid.paid_with),
        "receipt_email": person.email,
        "refunded": paid.refunded == paid.cents,
        "status": paid.status,
    }


def _method(ending: str) -> dict[str, Any]:
    method = METHODS[ending]
    kind = method["type"]
    expires = {"exp_month": 11, "exp_year": 2031} if kind == "card" else {}
    return {"type": kind, kind: {**method[kind], **expires, "last4": ending}}


def _intent(first: customers.Paid, charge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _intent_name(first),
        "object": "payment_intent",
        "amount": charge["amount"],
        "amount_received": 0,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": charge["created"],
        "currency": charge["currency"],
        "customer": charge["customer"],
        "description": charge["description"],
        "invoice": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "payment_method_types": [charge["payment_method_details"]["type"]],
        "receipt_email": charge["receipt_email"],
        "status": "requires_payment_method",
    }


def pay(  # noqa: PLR0917 - what a payment is made of
    data: dict[str, Any],
    person: customers.Person,
    number: int,
    cents: int,
    description: str,
    at: int,
    request: Mapping[str, Any],
) -> dict[str, Any]:
    """A payment that goes through at once."""
    paid = customers.Paid(person.slug, number, cents, description, 0)
    charge = _charge(paid, person, at) | {"payment_intent": f"pi_3{person.slug}{number:02d}"}
    intent = _intent(paid, charge) | {"id": charge["payment_intent"], "latest_charge": charge["id"]}
    data["charges"][charge["id"]] = charge
    data["payment_intents"][intent["id"]] = intent | {"status": "succeeded", "amount_received": cents}
    event(data, "charge.succeeded", charge, at, request)
    return charge


def refund(name: str, charge: Mapping[str, Any], amount: int, created: int) -> dict[str, Any]:
    return {
        "id": name,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "receipt_number": None,
        "status": "succeeded",
    }


def _remember(data: dict[str, Any], since: int) -> None:
    """The events that the seeded charges and refunds have left, oldest first."""
    happened = [
        *((one["created"], f"charge.{one['status']}", one) for one in data["charges"].values()),
        *((one["created"], "charge.refunded", data["charges"][one["charge"]]) for one in data["refunds"].values()),
    ]
    for created, kind, record in sorted(happened, key=lambda one: (one[0], one[1], one[2]["id"])):
        if created >= since:
            event(data, kind, record, created)


def event(
    data: dict[str, Any], kind: str, record: Mapping[str, Any], created: int, request: Mapping[str, Any] | None = None
) -> None:
    """Append one to the history: `record` as it was then."""
    data["last_event"] += 1
    name = f"evt_1Sandbox{data['last_event']:06d}"
    data["events"][name] = {
        "id": name,
        "object": "event",
        "api_version": "2022-11-15",
        "created": created,
        "data": {"object": {**record}},
        "livemode": False,
        "pending_webhooks": 0,
        "request": dict(request or {"id": None, "idempotency_key": None}),
        "type": kind,
    }
