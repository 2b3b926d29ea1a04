"""support-refunds: find a charge made twice, refund the later one, then tell the customer and solve the ticket.

Who and how much come from Stripe. The ticket says only which customer to look up and, between several duplicates, which
amount it is about.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from lanes.models.rules.seen import Call, Json, Seen, Step, Use
from tools.money import Money

CLOSE = timedelta(days=3)  # farther apart, two equal charges are more likely two purchases than one made twice
AMOUNT = re.compile(
    r"(?:[$€£]|\b[A-Z]{3})\s?(\d+(?:,\d{3})*(?:\.\d+)?)"
    r"|(\d+(?:,\d{3})*(?:\.\d+)?)\s?(?:(?:[$€£]|[A-Z]{3}\b)(?!\s?\d)|dollars|euros)"  # not "on Nov 22, $5"
)

Pair = tuple[Json, Json]  # the earlier charge, and the later one that goes back


def plan(seen: Seen) -> Step:
    if trouble := seen.trouble():
        return trouble
    if (read := seen.read("zendesk.get_ticket")) is None:
        return (Use("zendesk.get_ticket", {"ticket": seen.subject}),)
    if refund := seen.settled("stripe.create_refund"):
        return _tell(seen, read.answer, refund)
    return _look(seen, read.answer)


def _look(seen: Seen, ticket: Json) -> Step:
    email = (ticket.get("requester") or {}).get("email") or ""
    if not email:
        return f"No evidence: ticket {seen.subject} names no requester with an e-mail address to look up in Stripe."
    if (found := seen.read("stripe.find_charges")) is None:
        return (Use("stripe.find_charges", {"email": email}),)
    if not found.answer.get("customer"):
        return f"No evidence: ticket {seen.subject} was read, and Stripe knows no customer with the address {email}."
    charges = found.answer.get("charges") or []
    amounts = mentioned(_customer_text(ticket))
    pair = duplicate(charges, amounts)
    return (_refund(seen.subject, pair, amounts),) if pair else _nothing(seen.subject, email, charges)


def duplicate(charges: Sequence[Json], amounts: frozenset[Decimal]) -> Pair | None:
    """Two charges that look like one purchase: of all such pairs one of an amount in `amounts`, then the latest."""
    whole = sorted((charge for charge in charges if _whole(charge)), key=_made)
    pairs = [
        (first, second)
        for kind in {_kind(charge) for charge in whole}
        for first, second in pairwise([charge for charge in whole if _kind(charge) == kind])
        if _made(second) - _made(first) <= CLOSE
    ]
    return max(pairs, key=lambda pair: (_major(pair[1]) in amounts, _made(pair[1]), pair[1]["charge"]), default=None)


def mentioned(text: str) -> frozenset[Decimal]:
    """The amounts of money a text names, whatever their currency: only to choose between pairs, never to be paid."""
    written = (before or after for before, after in AMOUNT.findall(text))
    return frozenset(number for one in written if (number := _number(one)) is not None)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def _customer_text(ticket: Json) -> str:
    said = [
        str(comment.get("text", "")) for comment in ticket.get("comments") or [] if comment.get("role") == "customer"
    ]
    return "\n".join([str(ticket.get("subject", "")), *said])


def _whole(charge: Json) -> bool:
    """Is the charge's money all with us and undisputed, so that giving it back cannot give it back twice?"""
    back = (charge.get("refunded") or {}).get("minor", 0)
    return charge.get("status") == "succeeded" and not back and not charge.get("disputed")


def _kind(charge: Json) -> tuple[int, str, str]:
    amount = charge["amount"]
    return amount["minor"], amount["currency"], str(charge.get("description", ""))


def _made(charge: Json) -> datetime:
    created = charge["created"]
    if isinstance(created, int | float):
        return datetime.fromtimestamp(created, UTC)
    moment = datetime.fromisoformat(created)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _money(amount: Json) -> Money:
    return Money(minor=amount["minor"], currency=str(amount["currency"]).upper())


def _major(charge: Json) -> Decimal:
    money = _money(charge["amount"])
    one = Money.parse(f"1 {money.currency}").minor
    return Decimal(money.minor) / one


def _refund(subject: str, pair: Pair, amounts: frozenset[Decimal]) -> Use:
    first, second = pair
    named = "names this amount" if _major(second) in amounts else "does not name this amount: check that it is meant"
    why = (
        f"Charges {first['charge']} and {second['charge']} are both {_money(second['amount'])} for "
        f'"{second.get("description", "")}", {_apart(first, second)} apart, both succeeded, neither refunded nor '
        f"disputed. Ticket {subject} {named}."
    )
    amount = dict(second["amount"])
    return Use(
        "stripe.create_refund", {"charge": second["charge"], "amount": amount, "reason": "duplicate", "why": why}
    )


def _apart(first: Json, second: Json) -> str:
    minutes = round((_made(second) - _made(first)).total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _nothing(subject: str, email: str, charges: Sequence[Json]) -> str:
    theirs = "the one charge" if len(charges) == 1 else f"the {len(charges)} charges"
    looked = f"ticket {subject} and {theirs} of {email} were read"
    back = [charge["charge"] for charge in charges if (charge.get("refunded") or {}).get("minor", 0)]
    more = f" Already refunded, in whole or in part: {', '.join(back)}." if back else ""
    return f"No evidence: {looked}, and no two whole charges of one amount and description lie within 3 days.{more}"


def _tell(seen: Seen, ticket: Json, refund: Call) -> Step:
    result = refund.answer.get("result") or {}
    amount = dict(result.get("amount") or refund.input["amount"])
    uses: list[Use] = []
    if not seen.settled("zendesk.reply"):
        why = f"The refund of {_money(amount)} is made, and the customer who asked on {seen.subject} should hear of it."
        words = {"template": "refund_confirmation", "amount": amount, "text": None}
        uses.append(Use("zendesk.reply", {"ticket": seen.subject, **words, "why": why}))
    if not seen.settled("zendesk.set_status") and ticket.get("status") not in ("solved", "closed"):
        why = f"The duplicate charge {refund.input['charge']} is refunded, which is all that {seen.subject} asks for."
        uses.append(Use("zendesk.set_status", {"ticket": seen.subject, "status": "solved", "why": why}))
    return tuple(uses) or _summary(seen, refund, _money(amount))


def _summary(seen: Seen, refund: Call, amount: Money) -> str:
    charge = refund.input["charge"]
    if refund.outcome == "shadowed":
        return (
            f"The draft would refund {amount} of charge {charge} as a duplicate. "
            f"It would then confirm this to the customer and solve {seen.subject}; nothing was carried out."
        )
    return (
        f"{amount} of charge {charge} was refunded as a duplicate. The customer was told and {seen.subject} is solved."
    )
