"""Which rights a restricted key lacks for the scopes a lane asks for, found out by asking Stripe harmlessly.

A right to read is tried by reading one entry. A right to write is tried by a change of a record that cannot exist:
Stripe looks at a key's rights before it looks for the record, so it answers 403 without the right, and that there is no
such record with it. A request that merely lacks a parameter would not do: where a parameter is checked before the
right, both answers are alike. That order is not in Stripe's documentation; it is known from the practice of others and
measured against our sandbox. The names of the permissions are those of "API permissions reference".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tools.contract import Refused, Wire

PATIENCE = timedelta(seconds=10)  # a list of one entry is answered in a fraction of it


@dataclass(frozen=True)
class Right:
    """One permission of a restricted key, and the request that tells whether it is there."""

    label: str  # as the dashboard calls it, where a person sets it
    path: str
    form: Mapping[str, str | int] = field(default_factory=dict)  # of a change; none: it is a read


CUSTOMERS = Right("Customers: Read", "/v1/customers")
CHARGES = Right("Charges and Refunds: Read", "/v1/charges")
PAYMENTS = Right("Payment Intents: Read", "/v1/payment_intents")
INVOICES = Right("Invoices: Read", "/v1/invoices")
CREDIT_NOTES = Right("Credit notes: Read", "/v1/credit_notes")
SUBSCRIPTIONS = Right("Subscriptions: Read", "/v1/subscriptions")
PRODUCTS = Right("Products: Read", "/v1/products")
EVENTS = Right("Events: Read", "/v1/events")
REFUND = Right("Charges and Refunds: Write", "/v1/refunds", {"charge": "ch_0000nosuchcharge"})
CREDIT = Right("Credit notes: Write", "/v1/credit_notes", {"invoice": "in_0000nosuchinvoice", "amount": 1})
SUBSCRIBE = Right(
    "Subscriptions: Write", "/v1/subscriptions/sub_0000nosuchsubscription", {"cancel_at_period_end": "false"}
)

NEEDED: Mapping[str, tuple[Right, ...]] = {
    "stripe:customers.read": (CUSTOMERS,),
    "stripe:charges.read": (CUSTOMERS, CHARGES),
    "stripe:payments.read": (PAYMENTS, CHARGES),
    "stripe:invoices.read": (CUSTOMERS, INVOICES, CREDIT_NOTES),
    "stripe:subscriptions.read": (CUSTOMERS, SUBSCRIPTIONS, PRODUCTS),
    "stripe:events.read": (EVENTS,),
    "stripe:refunds.write": (REFUND,),
    "stripe:credit_notes.write": (CREDIT,),
    "stripe:subscriptions.write": (SUBSCRIBE,),
}


def shortfalls(wire: Wire, scopes: Iterable[str]) -> tuple[str, ...]:
    """What of these scopes the key does not hold, a sentence each; scopes of other systems are none of its business.

    Nothing is written. Raises `Unavailable` when Stripe cannot be asked.
    """
    ours = sorted(scope for scope in scopes if scope.startswith("stripe:"))
    tried: dict[str, bool] = {}
    said = []
    for scope in ours:
        if scope not in NEEDED:
            said.append(f"{scope} is no scope that the Stripe tools know.")
            continue
        try:
            lacking = [right.label for right in NEEDED[scope] if not _holds(wire, right, tried)]
        except _KeyUnknownError:
            return ("Stripe does not know this key: it is mistyped, expired or was revoked.",)
        if lacking:
            said.append(f"For {scope} the key lacks {' and '.join(lacking)}.")
    return tuple(said)


class _KeyUnknownError(Exception):
    """No right can be told of a key that Stripe does not know."""


def _holds(wire: Wire, right: Right, tried: dict[str, bool]) -> bool:
    if right.label not in tried:
        tried[right.label] = _try(wire, right)
    return tried[right.label]


def _try(wire: Wire, right: Right) -> bool:
    """A 403 is the only answer that speaks against the right; every other refusal comes after that question."""
    try:
        if right.form:
            wire.call("POST", right.path, form=right.form, timeout=PATIENCE)
        else:
            wire.call("GET", right.path, query={"limit": 1}, timeout=PATIENCE)
    except Refused as refused:
        if refused.code == "WRONG_CREDENTIAL":
            raise _KeyUnknownError from refused
        return refused.code != "NO_RIGHT"
    return True
