"""Cases, figures and reactions of generated weeks: what they come to is known."""

from dataclasses import replace
from datetime import UTC, time, timedelta
from pathlib import Path

import lanes
from lanes.core.page import Mode
from lanes.core.periods import Weekly, period_named
from lanes.evidence.promotion import Bar, Proof
from lanes.loading import load_lanes
from lanes.report.figures import ActionFigures, Figures
from lanes.report.strata import Stratum
from lanes.report.weekly import Known
from lanes.shadow.cases import Case, FieldApart
from lanes.shadow.kinds import Kind
from lanes.shadow.matching import Outcome
from tools.money import Money
from tools.registry import TOOLS

LANES = load_lanes(Path(lanes.__file__).parent / "catalog", TOOLS)
LANE, REFUND, REPLY = "support-refunds", "stripe.create_refund", "zendesk.reply"
PAGE = LANES[LANE].page
SMALL = PAGE.promotion.segments[0].name
NOW_CONFIGURATION = "today's"
NAMES = tuple(f"2026-W{n}" for n in range(40, 48))
WEEKS = tuple(period_named(Weekly(1, time()), UTC, name) for name in NAMES)
WEEK = WEEKS[-1]
MONDAY = WEEK.begin + timedelta(hours=9)


def usd(text):
    return Money.parse(f"{text} USD")


def known(page=PAGE, mode=Mode.SHADOW, **more):
    return Known(page, mode, WEEKS, **more)


def stratum(clean=0, *losses, segment=SMALL, **more):
    """So much evidence, at a tolerance of 2 %."""
    proof = Proof(bar=Bar(configuration=NOW_CONFIGURATION, tolerance=0.02)).after(0.0, clean)
    for loss in losses:
        proof = proof.after(loss)
    return Stratum(segment, proof, **more)


def case(n, outcome=Outcome.AGREE, *, at=MONDAY, segment=SMALL, gap=None, apart=(), run=None, settled=True, **more):
    """The `n`th case; its run is its own."""
    both = outcome in {Outcome.AGREE, Outcome.DIFFER}
    made = Case(
        id=f"c{n}", lane=LANE, source="shadow", configuration=NOW_CONFIGURATION, segment=segment, tool=REFUND,
        subject=f"ZD-{n}", run=f"r{n}" if run is None else run, action="a1", fact=f"f{n}", at=at,
        settled=at + timedelta(hours=48) if settled else None, outcome=outcome,
        suggested={"reason": "duplicate"} if both or outcome is Outcome.OVERREACH else None,
        actual={"reason": "duplicate"} if both or outcome is Outcome.MISSED else None, apart=apart, gap=gap,
    )  # fmt: skip
    return replace(made, **more)


def wrong_amount(n, gap="2.00", **more):
    """The agent would have paid so much too much."""
    apart = (FieldApart("amount", Kind.MONEY, "12.00 USD", "10.00 USD", usd(gap)),)
    return case(n, Outcome.DIFFER, gap=usd(gap), apart=apart, **more)


def action(n=1, *, waited=None, decision="approve", looked=None, came_to="done", **more):
    held = MONDAY if waited is not None else None
    decided = MONDAY + waited if waited is not None and decision else None
    return ActionFigures(
        action=f"a{n}", tool=REFUND, ref=f"stripe.charge ch_{n}", drafted=MONDAY, held=held, decided=decided,
        opened=decided - looked if looked else None, decision=decision if decided else "", group="support-leads",
        came_to=came_to, **more,
    )  # fmt: skip


def run(n, *actions, at=MONDAY, mode=Mode.APPROVAL, outcome="succeeded", cost=20_000, **more):
    """A run that took two cents of model, two calls and three seconds."""
    return Figures(
        run=f"r{n}", lane=LANE, subject=f"ZD-{n}", mode=mode, via="command", configuration="c", model="m", started=at,
        finished=at + timedelta(minutes=5), outcome=outcome, cost=cost, turns=2, model_ms=2_000, calls=2,
        calls_ms=1_000, actions=actions, **more,
    )  # fmt: skip
