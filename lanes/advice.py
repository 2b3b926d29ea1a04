"""What the author of a lane's page may want to know: it loads, and part of what it allows can never be done."""

from collections.abc import Iterator
from dataclasses import dataclass

from lanes.core.page import Row
from lanes.ready import ReadyLane
from tools.contract import Risk, WriteTool
from tools.money import Money


@dataclass(frozen=True)
class NeverSo:
    """A line of policy that allows one write more money than a cap of the page leaves it: what lies between is blocked,
    whoever would approve it. `cap` is the name of that field of `budget`, `left` what it allows.
    """

    row: Row
    cap: str
    left: Money


def advice(ready: ReadyLane) -> Iterator[NeverSo]:
    """In the order of the policy; of several caps that are in the way of a line, the tightest."""
    budget = ready.page.budget
    caps = {
        "money_usd_per_action": budget.money_per_action,
        "money_usd_per_day": budget.money_per_day,
        "money_usd_per_customer_per_day": budget.money_per_customer,
    }
    for row in ready.page.policy:
        tool, most = ready.tools[row.may], row.when.at_most
        if most is None or not isinstance(tool, WriteTool) or tool.risk is not Risk.HIGH:
            continue  # an amount in a note, such as a quote's, is no money that moves
        passed = [
            NeverSo(row, name, cap)
            for name, cap in caps.items()
            if cap and cap.currency == most.currency and most.minor > cap.minor
        ]
        if passed:
            yield min(passed, key=lambda one: one.left.minor)
