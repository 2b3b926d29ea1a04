"""What Stripe's sandbox holds at first: products, subscriptions, invoices, credit notes. All made up.

Every charge that went through, and was the first of its day, paid an invoice; one that came after it was made by
mistake and has none. Who pays month by month, or year by year, has a subscription.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tools.sandboxes.bills import credit_note, invoice, listed
from tools.sandboxes.customers import ANNUAL, PRO, STARTER, TEAM


@dataclass(frozen=True)
class Plan:
    """prod_<product>; its price has a name of its own, or goes by the product's."""

    product: str
    product_name: str
    nickname: str | None
    interval: Literal["month", "year"] | None = "month"  # None: it is paid once


PLANS: Mapping[str, Plan] = {
    PRO: Plan("Pro", "Pro plan", PRO),
    "Pro plan, two seats": Plan("Pro", "Pro plan", "Pro plan, two seats"),
    "Pro plan, three seats": Plan("Pro", "Pro plan", "Pro plan, three seats"),
    "Pro plan, five seats": Plan("Pro", "Pro plan", "Pro plan, five seats"),
    TEAM: Plan("Team", "Team plan", TEAM),
    ANNUAL: Plan("Business", "Business plan", ANNUAL, "year"),
    "Enterprise plan, annual": Plan("Enterprise", "Enterprise plan", "Enterprise plan, annual", "year"),
    STARTER: Plan("Starter", "Starter plan", None),
    "Extra storage, monthly": Plan("Storage", "Extra storage", None),
    "Onboarding workshop": Plan("Workshop", "Onboarding workshop", None, None),
    "Two more seats, one month": Plan("Seats", "Extra seats", None, None),
}


@dataclass(frozen=True)
class Billed:
    """in_1<slug><number>, which nobody has paid; in US cents."""

    slug: str
    number: int
    cents: int
    description: str
    days_ago: int
    status: Literal["draft", "open", "void", "uncollectible"]
    due_in: int = 0  # days from the seeded day; below zero it is overdue
    credited: int = 0  # by cn_1<slug>01


UNPAID = (
    Billed("GraceMoyo", 2, 8240, "Two more seats, one month", 6, "open", due_in=8),
    Billed("EricSand", 2, 24000, "Onboarding workshop", 32, "open", due_in=-2, credited=9000),
    Billed("PaulDubois", 2, 1900, STARTER, 17, "void"),
    Billed("NinaPetrova", 2, 3800, PRO, 0, "draft"),
    Billed("YaraSilva", 2, 24000, "Onboarding workshop", 75, "uncollectible", due_in=-45),
)
ENDING = {"FelixBraun"}  # subscriptions that end with their period
ENDED = {"AishaKhan"}  # three days ago
ENDING_IN = {"PaulDubois": 60}  # days from the seeded day: on a date of its own


def seeded(data: Mapping[str, Any], morning: datetime) -> dict[str, Any]:
    """The billing of the customers in `data`; their charges and payments are told which invoice they paid."""
    books: dict[str, Any] = {"products": {}, "subscriptions": {}, "invoices": {}, "credit_notes": {}}
    for plan in PLANS.values():
        books["products"][f"prod_{plan.product}"] = _product(plan, morning)
    seen: set[tuple[str, int]] = set()
    for charge in sorted(data["charges"].values(), key=lambda one: int(one["created"])):
        first = (charge["customer"], charge["created"] // 86_400)
        if charge["status"] != "succeeded" or first in seen:
            continue
        seen.add(first)
        _bill(data, books, charge, morning)
    for billed in UNPAID:
        customer = data["customers"][f"cus_{billed.slug}"]
        _send(books, billed, customer, morning)
        customer["delinquent"] = customer["delinquent"] or (billed.status == "open" and billed.due_in < 0)
    return books


def _bill(data: Mapping[str, Any], books: dict[str, Any], charge: dict[str, Any], morning: datetime) -> None:
    slug, plan = charge["customer"].removeprefix("cus_"), PLANS[charge["description"]]
    customer = data["customers"][charge["customer"]]
    name = f"in_1{slug}{charge['id'][-2:]}"
    period = _period(charge["created"], plan)
    line = (charge["amount"], charge["description"], period)
    made = invoice(name, customer, line, charge["created"], status="paid", price=_price(slug, charge, plan))
    made |= {"charge": charge["id"], "payment_intent": charge["payment_intent"], "attempted": True, "attempt_count": 1}
    charge["invoice"] = data["payment_intents"][charge["payment_intent"]]["invoice"] = name
    if plan.interval:
        made |= {"subscription": f"sub_1{slug}", "billing_reason": "subscription_cycle"}
        books["subscriptions"][f"sub_1{slug}"] = _subscription(slug, customer, made, morning)
    books["invoices"][name] = made


def _send(books: dict[str, Any], billed: Billed, customer: Mapping[str, Any], morning: datetime) -> None:
    created = int((morning - timedelta(days=billed.days_ago)).timestamp())
    plan = PLANS[billed.description]
    line = (billed.cents, billed.description, _period(created, plan))
    price = _price(f"{billed.slug}{billed.number:02d}", {"amount": billed.cents, "created": created}, plan)
    made = invoice(f"in_1{billed.slug}{billed.number:02d}", customer, line, created, status=billed.status, price=price)
    made |= {"collection_method": "send_invoice", "billing_reason": "manual"}
    made["due_date"] = int((morning + timedelta(days=billed.due_in)).timestamp())
    if billed.credited:
        note = credit_note(f"cn_1{billed.slug}01", made, billed.credited, created + 6 * 86_400)
        note |= {"number": f"{made['number']}-CN-01", "reason": "product_unsatisfactory"}
        books["credit_notes"][note["id"]] = note
        made["pre_payment_credit_notes_amount"] = billed.credited
        made["amount_due"] = made["amount_remaining"] = billed.cents - billed.credited
    books["invoices"][made["id"]] = made


def _period(start: int, plan: Plan) -> tuple[int, int]:
    if plan.interval is None:
        return start, start
    begun = datetime.fromtimestamp(start, UTC)
    month = begun.month % 12 + 1 if plan.interval == "month" else begun.month
    year = begun.year + (plan.interval == "year" or begun.month == 12)
    for day in range(begun.day, begun.day - 4, -1):  # the 31st of a month that has none is its last day
        try:
            return start, int(begun.replace(year=year, month=month, day=day).timestamp())
        except ValueError:
            continue
    raise AssertionError("no month is shorter than 28 days")


def _product(plan: Plan, morning: datetime) -> dict[str, Any]:
    made = int((morning - timedelta(days=700)).timestamp())
    return {
        "id": f"prod_{plan.product}",
        "object": "product",
        "active": True,
        "created": made,
        "description": None,
        "livemode": False,
        "metadata": {},
        "name": plan.product_name,
        "updated": made,
    }


def _price(slug: str, paid: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    recurring = {"interval": plan.interval, "interval_count": 1, "usage_type": "licensed"} if plan.interval else None
    return {
        "id": f"price_1{slug}",
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": paid["created"],
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "nickname": plan.nickname,
        "product": f"prod_{plan.product}",
        "recurring": recurring,
        "type": "recurring" if plan.interval else "one_time",
        "unit_amount": paid["amount"],
        "unit_amount_decimal": str(paid["amount"]),
    }


def _subscription(slug: str, customer: Mapping[str, Any], billed: dict[str, Any], morning: datetime) -> dict[str, Any]:
    line = billed["lines"]["data"][0]
    start, end = line["period"]["start"], line["period"]["end"]
    ended = int((morning - timedelta(days=3)).timestamp()) if slug in ENDED else None
    leaves = int((morning + timedelta(days=ENDING_IN[slug])).timestamp()) if slug in ENDING_IN else None
    made = {
        "id": f"sub_1{slug}",
        "object": "subscription",
        "automatic_tax": {"enabled": False},
        "billing_cycle_anchor": start,
        "cancel_at": end if slug in ENDING else leaves,
        "cancel_at_period_end": slug in ENDING,
        "canceled_at": ended or (start + 7_200 if slug in ENDING or leaves else None),
        "collection_method": "charge_automatically",
        "created": customer["created"],
        "currency": "usd",
        "current_period_end": end,
        "current_period_start": start,
        "customer": customer["id"],
        "ended_at": ended,
        "latest_invoice": billed["id"],
        "livemode": False,
        "metadata": {},
        "start_date": customer["created"],
        "status": "canceled" if ended else "active",
    }
    item = {"id": f"si_1{slug}", "object": "subscription_item", "created": customer["created"], "metadata": {}}
    item |= {"price": line["price"], "quantity": 1, "subscription": made["id"], "tax_rates": []}
    made["items"] = listed([item], f"/v1/subscription_items?subscription={made['id']}")
    return made
