"""Refunds: made at once or later, and sometimes come back.

What becomes of one depends on what the charge was paid with, as with Stripe's test cards (docs.stripe.com/testing,
"Refunds"): one answers pending and succeeds some time later, one succeeds and fails some time later. The bank account
answers pending and fails, since it is closed by then.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tools.sandboxes import payments
from tools.sandboxes.stripe.books import Books, Row, dollars
from tools.sandboxes.stripe.forms import Form, Kind, amount, metadata, one_of, refusal, stopped, text

FIELDS: Mapping[str, Kind] = {
    "charge": text,
    "payment_intent": text,
    "amount": amount,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": metadata,
}
SETTLES_AFTER = 20  # seconds: long enough to be seen pending, short enough to be waited for


class Course(NamedTuple):
    first: str
    then: str
    why: str = ""


SLOWLY = Course("pending", "succeeded")
COURSES: Mapping[str, Course] = {
    "7726": SLOWLY,
    "5126": Course("succeeded", "failed", "expired_or_canceled_card"),
    "1116": Course("pending", "failed", "declined"),
}


def create(books: Books, form: Form, *, slowly: bool = False) -> Row:
    charge = _charge(books, form)
    left = charge["amount"] - charge["amount_refunded"]
    cents = form.get("amount", left)
    _check(charge, cents, left)
    give_back(charge, cents)
    books.data["last_refund"] += 1
    made = payments.refund(f"re_3Sandbox{books.data['last_refund']:04d}", charge, cents, books.now())
    made |= {"reason": form.get("reason"), "metadata": form.get("metadata", {})}
    method = charge["payment_method_details"]
    course = SLOWLY if slowly else COURSES.get(method[method["type"]]["last4"])
    if course is not None:
        made["status"] = course.first
        books.data["settling"][made["id"]] = {
            "at": books.now() + SETTLES_AFTER,
            "status": course.then,
            "why": course.why,
        }
    books.rows("refund")[made["id"]] = made
    books.happened("charge.refunded", charge)
    return made


def settle(books: Books) -> bool:
    """What has been under way for long enough comes to its end; whether anything did."""
    due = [name for name, plan in books.data["settling"].items() if plan["at"] <= books.now()]
    for name in due:
        plan, row = books.data["settling"].pop(name), books.rows("refund")[name]
        row["status"] = plan["status"]
        if plan["status"] == "failed":
            row["failure_reason"] = plan["why"]
            give_back(books.rows("charge")[row["charge"]], -row["amount"])
        books.happened("charge.refund.updated", row)
    return bool(due)


def _charge(books: Books, form: Form) -> Row:
    if "charge" in form and "payment_intent" in form:
        raise refusal(400, "", "You may only specify one of these parameters: charge, payment_intent.")
    if "charge" in form:
        return books.found("charge", form["charge"])
    if "payment_intent" in form:
        intent = books.found("payment_intent", form["payment_intent"])
        return books.found("charge", intent["latest_charge"])
    raise refusal(400, "", "One of the following params should be provided for this request: payment_intent or charge.")


def _check(charge: Row, cents: int, left: int) -> None:
    if charge["status"] != "succeeded":
        raise stopped(f"Charge {charge['id']} has not succeeded and cannot be refunded.")
    if charge["disputed"]:
        raise stopped(f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed")
    if not left:
        raise stopped(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if cents > left:
        words = f"Refund amount ({dollars(cents)}) is greater than unrefunded amount on charge ({dollars(left)})"
        raise stopped(words, param="amount")


def give_back(charge: Row, cents: int) -> None:
    """Below zero: a refund came back, and its amount can be refunded again."""
    charge["amount_refunded"] += cents
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
