"""The gate: one total function from a draft and what is known to a ruling with reasons.

It is asked when a draft is made and again right before the wire. The rules, before the code:

1. Closed by default. No row that permits: blocked. A comparison that cannot be made never permits, and always forbids.
2. What blocks is asked first, and no approval opens it: kill switch, mode, tools, scopes, `never`, caps.
3. Of the rows that permit, the least demanding counts: auto before approve, a smaller quorum before a larger one.
4. `auto` is kept only in mode autonomous, inside the lease, for a write that can be repeated safely. Else a person.
5. A value that routes the write and stands nowhere sure, or a change that was made not long ago, needs a person. The
   same change under way elsewhere is blocked. Taking back what was done always needs a person, and no line of policy.
6. In mode shadow the ruling is what it would have been; it is the caller who then executes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lanes.core.lane_state import LaneState
from lanes.core.page import Lane, Mode, Row
from lanes.core.values import Lease, Origin, Prior, Ruling
from tools.contract import Stake
from tools.money import Money


@dataclass(frozen=True)
class Spent:
    """What counts against the lane's day: held and executed writes, the one asked about left out.

    `money` is in the currency's smallest unit; `by_customer` counts writes by (tool, customer); `alone` counts writes
    that went without a person; `customer_money` is by (customer, currency), `approver_money` by currency what the one
    who decides now has let through.
    """

    money: Mapping[str, int]
    by_customer: Mapping[tuple[str, str], int]
    alone: int = 0
    customer_money: Mapping[tuple[str, str], int] = field(default_factory=dict)
    approver_money: Mapping[str, int] = field(default_factory=dict)

    def with_stake(self, tool: str, stake: Stake, *, alone: bool) -> "Spent":
        """After one more write."""
        return self._counting(tool, stake, 1, alone=alone)

    def without_stake(self, tool: str, stake: Stake, *, alone: bool) -> "Spent":
        """Before a write that is counted already."""
        return self._counting(tool, stake, -1, alone=alone)

    def _counting(self, tool: str, stake: Stake, sign: int, *, alone: bool) -> "Spent":
        money, customers, theirs = dict(self.money), dict(self.by_customer), dict(self.customer_money)
        if stake.amount:
            currency, minor = stake.amount.currency, sign * stake.amount.minor
            money[currency] = money.get(currency, 0) + minor
            if stake.customer:
                theirs[stake.customer, currency] = theirs.get((stake.customer, currency), 0) + minor
        if stake.customer:
            customers[tool, stake.customer] = customers.get((tool, stake.customer), 0) + sign
        return Spent(money, customers, max(self.alone + sign * alone, 0), theirs, self.approver_money)


NOTHING = Spent({}, {})


@dataclass(frozen=True)
class Question:
    """May this write happen? Everything the gate looks at, and nothing else."""

    tool: str
    arguments: Mapping[str, Any]
    stake: Stake
    needs: frozenset[str]  # scopes the tool asks for
    retry: str  # the tool's retry class
    has: frozenset[str]  # scopes the lane's identity holds
    done: frozenset[str]  # writes done in this run
    elsewhere: bool  # its target is of the subject's kind, and another one than the run is about
    spent: Spent
    now: datetime
    origins: tuple[Origin, ...] = ()  # where the values stand that route it
    prior: tuple[Prior, ...] = ()  # the same change, by other actions
    already: bool = False  # the system shows that somebody's own hand has made the same change
    undoes: bool = False  # it takes back a write of this run
    edited: bool = False  # a person has changed it: then a person says yes, too
    conducted: str = ""  # under what the draft was made, see `values.conducted`; empty: under more than one


@dataclass(frozen=True)
class Regime:
    """Under what a lane stands right now: its page, its own state and the state of all lanes together."""

    lane: Lane
    own: LaneState
    every: LaneState

    @property
    def mode(self) -> Mode:
        return self.own.mode or self.lane.mode

    @property
    def stopped(self) -> bool:
        return bool(self.own.stopped or self.every.stopped)


def rule(asked: Question, regime: Regime) -> Ruling:
    """The ruling, for every question; it raises nothing."""
    blocks = _blocks(asked, regime)
    if blocks:
        return Ruling(verdict="block", reasons=blocks)
    if asked.undoes:
        return Ruling(verdict="approve", reasons=("UNDO",), quorum=1, rule="taking back what this run did")
    row = _row(asked, regime.lane)
    if row is None:
        return Ruling(verdict="block", reasons=("NO_RULE",))
    said = f"{row.may} when {row.when}"
    if row.then == "approve":
        quorum = len(row.stages) or row.quorum
        return Ruling(verdict="approve", reasons=(row.reason,), quorum=quorum, rule=said, stages=row.stages)
    needs_person = _why_not_alone(asked, regime)
    if needs_person:
        return Ruling(verdict="approve", reasons=(needs_person, row.reason), quorum=1, rule=said)
    return Ruling(verdict="auto", reasons=(row.reason,), rule=said)


def _blocks(asked: Question, regime: Regime) -> tuple[str, ...]:
    reasons = []
    if regime.stopped:
        reasons.append("KILL_SWITCH")
    if regime.mode is Mode.READ_ONLY:
        reasons.append("READ_ONLY")
    if asked.tool not in regime.lane.tools and not asked.undoes:
        reasons.append("NOT_A_TOOL_OF_THIS_LANE")
    if asked.stake.amount and asked.stake.amount.minor <= 0:
        reasons.append("AMOUNT_NOT_POSITIVE")
    if not all(holds(scope, asked.has) for scope in asked.needs):
        reasons.append("SCOPE_MISSING")
    if any(not one.done for one in asked.prior):
        reasons.append("ALREADY_UNDER_WAY")
    reasons += [
        never.reason
        for never in regime.lane.never
        if never.tool == asked.tool and never.when.holds(asked.arguments, asked.done) is not False
    ]
    return (*reasons, *_caps(asked, regime.lane))


def holds(scope: str, held: frozenset[str]) -> bool:
    """Is a right held, itself or as part of a wider one? "crm:deals.write" holds "crm:deals.write.stage"."""
    return any(scope == one or scope.startswith(f"{one}.") for one in held)


def _caps(asked: Question, lane: Lane) -> tuple[str, ...]:
    reasons = list(_money_caps(asked, lane)) if asked.stake.amount else []
    after = asked.spent.with_stake(asked.tool, asked.stake, alone=False)
    writes = lane.budget.writes_per_customer_per_day.get(asked.tool)
    if writes is not None:
        if not asked.stake.customer:
            reasons.append("CAP_CUSTOMER_UNKNOWN")
        elif after.by_customer[asked.tool, asked.stake.customer] > writes:
            reasons.append("CAP_PER_CUSTOMER")
    return tuple(dict.fromkeys(reasons))


def _money_caps(asked: Question, lane: Lane) -> Iterator[str]:
    amount, customer, budget = asked.stake.amount, asked.stake.customer, lane.budget
    assert amount is not None
    bounds = (budget.money_per_action, budget.money_per_day, budget.money_per_customer)
    if any(bound and bound.currency != amount.currency for bound in bounds):
        yield "CAP_CURRENCY"
        return
    after = asked.spent.with_stake(asked.tool, asked.stake, alone=False)
    if passes(amount.minor, budget.money_per_action):
        yield "CAP_PER_ACTION"
    if passes(after.money[amount.currency], budget.money_per_day):
        yield "CAP_MONEY_PER_DAY"
    if budget.money_per_customer and not customer:
        yield "CAP_CUSTOMER_UNKNOWN"
    elif customer and passes(after.customer_money[customer, amount.currency], budget.money_per_customer):
        yield "CAP_MONEY_PER_CUSTOMER"


def passes(minor: int, bound: Money | None) -> bool:
    """Is it more than the bound allows? Both in the bound's smallest unit."""
    return bound is not None and minor > bound.minor


def _row(asked: Question, lane: Lane) -> Row | None:
    permits = [r for r in lane.policy if r.may == asked.tool and r.when.holds(asked.arguments, asked.done) is True]
    return min(permits, key=lambda row: (row.then == "approve", len(row.stages) or row.quorum), default=None)


def _why_not_alone(asked: Question, regime: Regime) -> str | None:
    if doubt := _doubt(asked):
        return doubt
    match regime.mode:
        case Mode.AUTONOMOUS:
            if asked.retry == "unsafe":
                return "NOT_REPEATABLE"
            if asked.elsewhere:
                return "OTHER_SUBJECT"
            return _outside(regime.own.lease, asked, regime.lane)
        case Mode.SHADOW:
            return None
        case Mode.APPROVAL | Mode.READ_ONLY:
            return "MODE_APPROVAL"


def _doubt(asked: Question) -> str | None:
    """What a person has to look at, in whatever mode."""
    trust = {origin.trust for origin in asked.origins}
    if "unsupported" in trust:
        return "UNSUPPORTED_VALUE"
    if trust & {"untrusted", "reached"}:
        return "UNTRUSTED_VALUE"
    if asked.prior:
        return "DONE_BEFORE"
    if asked.already:
        return "THERE_ALREADY"
    return "EDITED" if asked.edited else None


def _outside(lease: Lease | None, asked: Question, lane: Lane) -> str | None:
    """Why a lease does not hold this write, if it does not."""
    if lease is None or asked.now >= lease.until:
        return "LEASE_ENDED"
    reasons = (
        (lease.configuration not in {"", asked.conducted}, "LEASE_OTHER_CONFIGURATION"),
        (asked.tool not in lease.tools, "OUTSIDE_LEASE"),
        (bool(lease.segments) and _segment(asked, lane) not in lease.segments, "OUTSIDE_LEASE_SEGMENT"),
        (_over(lease.per_action, asked.stake.amount), "OVER_LEASE_CAP"),
        (asked.spent.alone >= lease.per_day, "LEASE_USED_UP_TODAY"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _over(cap: Money | None, amount: Money | None) -> bool:
    return amount is not None and (cap is None or amount.currency != cap.currency or amount.minor > cap.minor)


def _segment(asked: Question, lane: Lane) -> str:
    return lane.promotion.segment(asked.tool, asked.arguments) if lane.promotion else ""


def enough(ruling: Ruling, voices: int) -> bool:
    """Do so many different people's yes suffice for this ruling?"""
    match ruling.verdict:
        case "auto":
            return True
        case "approve":
            return voices >= max(ruling.quorum, 1)
        case "block":
            return False
