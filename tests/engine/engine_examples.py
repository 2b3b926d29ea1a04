"""Commands and a little house for them: the real pages, the real engine. Also what `other_process.py` is made of."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lanes
from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.values import Person
from lanes.loading import load_lanes
from tools.contract import Preview, Stake, Target
from tools.money import Money
from tools.registry import TOOLS

HOME = "T0HOME"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LANE, REFUND = "support-refunds", "stripe.create_refund"
LANES = load_lanes(Path(lanes.__file__).parent / "catalog", TOOLS)
REQUESTER, OWNER = Person(user="U0REQUESTER", team=HOME), Person(user="U0OWNER", team=HOME)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def start(run: str = "R1", lane: str = LANE) -> c.StartRun:
    return c.StartRun(run, lane, "ZD-4821", REQUESTER, "C0ASKED", f"d-start-{run}", anew=True)


def proposal(amount: str = "38.00 USD", customer: str = "cus_ada", call: str = "call_1") -> c.Proposal:
    """A refund the model asks for."""
    money = Money.parse(amount)
    return c.Proposal(
        call=call, tool=REFUND, tool_version=1, scopes=frozenset({"stripe:refunds.write"}), risk="high",
        retry="native_key", arguments={"charge": "ch_1", "amount": money.model_dump()}, why="Charged twice",
        target=Target(ref="stripe.charge ch_1", pinned={"refunded": 0}),
        preview=Preview(sentence=f"Refund {money} of charge ch_1"), stake=Stake(amount=money, customer=customer),
        evidence=(),
    )  # fmt: skip


def turn(run: str, *proposals: c.Proposal, number: int = 1) -> c.TakeTurn:
    return c.TakeTurn(run, number, "m", "tool_use", (), {}, 10, 5, "req", (), proposals)


def decide(action: Any, decision: str = "approve", *, run: str = "R1", user: str = "U0LEAD1",
           delivery: str = "d-1") -> c.Decide:  # fmt: skip
    """A lead's click on what the card shows."""
    return c.Decide(
        run=run, action=action.id, version=action.version, digest=action.draft.digest, decision=decision,
        voice=c.Voice(Person(user=user, team=HOME), Standing.MEMBER), surface="card", delivery=delivery,
        reason="not_due" if decision == "reject" else "",
    )  # fmt: skip


def stray(delivery: str, run: str = "R1") -> c.Decide:
    """A click on nothing that is there: one refusal on record for each delivery, and no more."""
    return c.Decide(
        run=run, action="a99", version=1, digest="none", decision="approve",
        voice=c.Voice(Person(user="U0LEAD1", team=HOME), Standing.MEMBER), surface="card", delivery=delivery,
    )  # fmt: skip


def begin(run: str, action: Any, pinned: Mapping[str, Any] | None = None) -> c.Begin:
    found = action.draft.target.pinned if pinned is None else pinned
    return c.Begin(run, action.id, action.version, frozenset({"stripe:refunds.write"}), "native_key", found)
