"""Subscriptions in Stripe: finding a customer's, and letting one end with the period that is paid.

`cancel_at_period_end` ends a subscription when its current period does; until then it can be taken back by setting it
to false ("Cancel subscriptions"). A subscription that has ended cannot be changed any more.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

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
    Undo,
    Wire,
    WriteTool,
)
from tools.evidence import CITED
from tools.money import Money
from tools.stripe.amounts import money
from tools.stripe.answers import (
    CustomerAnswer,
    CustomerId,
    ItemAnswer,
    ProductAnswer,
    SubscriptionAnswer,
    SubscriptionId,
    Subscriptions,
    day,
    named,
    pages,
    subscription_link,
    when,
)
from tools.wire import understand

ENDED = frozenset({"canceled", "incomplete_expired"})


class FindSubscriptionsArguments(Frozen):
    customer: Internal[CustomerId]


class Subscription(Frozen):
    subscription: Internal[str]
    status: Internal[str]
    plan: Internal[str]  # as the company calls it; several are joined by " + "
    amount: Internal[Money] | None  # a period's price; None where it depends on what is used
    every: Internal[str]  # "month", "3 months"
    current_period_end: Internal[str]  # ISO 8601, UTC
    cancel_at_period_end: Internal[bool]


class FoundSubscriptions(Frozen):
    subscriptions: list[Subscription]  # newest first, ended ones included


class FindSubscriptions(ReadTool[FindSubscriptionsArguments, FoundSubscriptions]):
    name = "stripe.find_subscriptions"
    summary = "Find a Stripe customer's subscriptions by customer id: plan, price, status, when the period ends."
    arguments = FindSubscriptionsArguments
    result = FoundSubscriptions
    scopes: ClassVar = frozenset({"stripe:subscriptions.read"})
    example: ClassVar = {"customer": "cus_FelixBraun"}

    def read(self, wire: Wire, arguments: FindSubscriptionsArguments) -> FoundSubscriptions:
        query = {"customer": arguments.customer, "status": "all"}  # Stripe leaves the ended ones out unless asked
        found = [
            one
            for page in pages(wire, "/v1/subscriptions", Subscriptions, self.name, self.timeout, query=query)
            for one in page.data
        ]
        names = _product_names(wire, [item for one in found for item in one.items.data], self)
        return FoundSubscriptions(subscriptions=[_subscription(one, names) for one in found])

    def cite(
        self, wire: Wire, arguments: FindSubscriptionsArguments, result: FoundSubscriptions
    ) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Subscription {one.subscription} · {one.plan} · {one.status} · "
                f"{'ends' if one.cancel_at_period_end else 'period ends'} {day(one.current_period_end)}",
                url=subscription_link(wire, one.subscription),
            )
            for one in result.subscriptions[:CITED]
        )


class SetCancellationArguments(Frozen):
    subscription: Routes[Internal[SubscriptionId]]
    at_period_end: Annotated[
        Internal[bool], Field(description="true: it ends with the current period; false: it goes on after all")
    ]


class CancellationSet(Frozen):
    subscription: Internal[str]
    status: Internal[str]
    cancel_at_period_end: Internal[bool]
    current_period_end: Internal[str]  # ISO 8601, UTC


class SetSubscriptionCancellation(WriteTool[SetCancellationArguments, CancellationSet]):
    name = "stripe.set_subscription_cancellation"
    summary = "Let a Stripe subscription end with its current period, or let one that would end go on."
    arguments = SetCancellationArguments
    result = CancellationSet
    scopes: ClassVar = frozenset({"stripe:subscriptions.read", "stripe:subscriptions.write"})
    example: ClassVar = {"subscription": "sub_1BenHarper", "at_period_end": True}
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "subscription"
    undo_within = timedelta(days=30)  # a month's period; where it ends sooner, `look` refuses what comes too late

    def look(self, wire: Wire, arguments: SetCancellationArguments) -> Target:
        found = self._current(wire, arguments, expand=True)
        if found.status in ENDED:
            raise Refused("ENDED", f"subscription {found.id} has ended; Stripe lets nobody change it any more")
        if found.cancel_at_period_end == arguments.at_period_end:
            already = "is set to end with its period" if arguments.at_period_end else "is not set to end"
            raise Refused("NO_CHANGE", f"subscription {found.id} {already} already")
        if found.cancel_at is not None and not found.cancel_at_period_end:
            raise Refused("OTHER_END", f"subscription {found.id} is set to end on {day(when(found.cancel_at))} already")
        customer = found.customer if isinstance(found.customer, CustomerAnswer) else None
        plan = _plan(found, _product_names(wire, found.items.data, self))
        return Target(
            ref=f"stripe.subscription {found.id}",
            url=subscription_link(wire, found.id),
            pinned={
                "status": found.status,
                "cancel_at_period_end": found.cancel_at_period_end,
                "current_period_end": found.current_period_end,
            },
            seen={
                "plan": plan,
                "customer": customer.id if customer else str(found.customer),
                "name": (customer.name or "") if customer else "",
                "email": (customer.email or "") if customer else "",
            },
        )

    def preview(self, arguments: SetCancellationArguments, target: Target) -> Preview:
        end = when(int(target.pinned["current_period_end"] or 0))
        until = f"{day(end)}, {end[:4]}"
        what = f"the {target.seen['plan']} subscription of {named(target.seen['name'], target.seen['email'])}"
        renews, ends = f"goes on after {until}", f"ends on {until}"
        if arguments.at_period_end:
            return Preview(
                sentence=f"Let {what} end on {until}, when its period does",
                changes=(Change(field="Subscription", before=renews, after=ends),),
            )
        return Preview(
            sentence=f"Let {what} go on after {until} instead of ending",
            changes=(Change(field="Subscription", before=ends, after=renews),),
        )

    def stake(self, arguments: SetCancellationArguments, target: Target) -> Stake:
        return Stake(customer=str(target.seen["customer"]))

    def business_key(self, arguments: SetCancellationArguments) -> str:
        return f"cancellation {arguments.subscription} {str(arguments.at_period_end).lower()}"

    def write(self, wire: Wire, arguments: SetCancellationArguments, key: str) -> CancellationSet:
        path = f"/v1/subscriptions/{arguments.subscription}"
        form = {"cancel_at_period_end": str(arguments.at_period_end).lower()}
        headers = {"Idempotency-Key": key}
        answer = wire.call("POST", path, form=form, headers=headers, timeout=self.timeout, changes=True)
        return _set(understand(SubscriptionAnswer, answer, self.name, changes=True))

    def read_back(self, wire: Wire, arguments: SetCancellationArguments, key: str) -> CancellationSet | None:
        found = self._current(wire, arguments)
        return _set(found) if found.cancel_at_period_end == arguments.at_period_end else None

    def holds(self, arguments: SetCancellationArguments, result: CancellationSet) -> bool:
        asked = (arguments.subscription, arguments.at_period_end)
        return (result.subscription, result.cancel_at_period_end) == asked

    def undo(self, arguments: SetCancellationArguments, target: Target, result: CancellationSet | None) -> Undo | None:
        if result is not None and result.status in ENDED:
            return None
        back = {"subscription": arguments.subscription, "at_period_end": not arguments.at_period_end}
        return Undo(tool=self.name, arguments=back)

    def _current(self, wire: Wire, arguments: SetCancellationArguments, *, expand: bool = False) -> SubscriptionAnswer:
        path, query = f"/v1/subscriptions/{arguments.subscription}", {"expand[]": "customer"}
        answer = wire.call("GET", path, query=query if expand else None, timeout=self.timeout)
        return understand(SubscriptionAnswer, answer, self.name)


def _product_names(
    wire: Wire, items: list[ItemAnswer], tool: ReadTool[Any, Any] | WriteTool[Any, Any]
) -> dict[str, str]:
    """The names of the products whose price has none of its own, by id."""
    wanted = dict.fromkeys(item.price.product for item in items if not item.price.nickname)
    answers = {one: wire.call("GET", f"/v1/products/{one}", timeout=tool.timeout) for one in wanted}
    return {one: understand(ProductAnswer, answer, tool.name).name for one, answer in answers.items()}


def _plan(found: SubscriptionAnswer, names: dict[str, str]) -> str:
    return " + ".join(item.price.nickname or names[item.price.product] for item in found.items.data)


def _subscription(found: SubscriptionAnswer, names: dict[str, str]) -> Subscription:
    parts = [item.price.unit_amount for item in found.items.data]
    known = [minor * item.quantity for minor, item in zip(parts, found.items.data, strict=True) if minor is not None]
    complete = len(known) == len(parts) and not found.items.has_more
    return Subscription(
        subscription=found.id,
        status=found.status,
        plan=_plan(found, names),
        amount=money(sum(known), found.currency) if complete else None,
        every=_every(found),
        current_period_end=when(found.current_period_end),
        cancel_at_period_end=found.cancel_at_period_end,
    )


def _every(found: SubscriptionAnswer) -> str:
    """All prices of one subscription share their interval."""
    recurring = next((item.price.recurring for item in found.items.data if item.price.recurring), None)
    if recurring is None:
        return ""
    return recurring.interval if recurring.interval_count == 1 else f"{recurring.interval_count} {recurring.interval}s"


def _set(found: SubscriptionAnswer) -> CancellationSet:
    return CancellationSet(
        subscription=found.id,
        status=found.status,
        cancel_at_period_end=found.cancel_at_period_end,
        current_period_end=when(found.current_period_end),
    )
