"""What a lane's page says about how it proves itself: what people's own work costs, how its silent drafts are held
against what people did, and what has to be shown before it may act alone.

None of it shapes what the lane does, so none of it is part of the configuration that evidence is gathered under; the
bar is part of the question that the evidence answers (`lanes/evidence/promotion.py`).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from lanes.core.condition import Condition
from lanes.core.duration import Duration
from tools.contract import Frozen
from tools.money import Price

Part = Annotated[float, Field(ge=0, le=1)]
Least = Annotated[float, Field(ge=0)]


class Baseline(Frozen):
    """How people do this work without the lane; the symbols are those of `lanes/evidence/economics.py`."""

    minutes: Least  # of work, a case
    wage_usd_per_hour: Least
    error_rate: Part  # e_h
    loss_per_error_usd: Least  # L: reversal work included
    success_rate: Annotated[float, Field(gt=0, le=1)] = 1.0  # s_h
    overhead_usd_per_month: Least = 0.0  # F: evaluation and operations
    runs_per_month: PositiveInt  # V: what is expected; a report takes what was really run
    delay_usd_per_hour: Least = 0.0  # v: what an hour of waiting costs
    review_minutes: Least = 1.5  # m_r, where nobody's reviews were timed yet
    tool_usd_per_call: Least = 0.0  # c_tools: what a call of an outside system costs


class Shadowing(Frozen):
    """Which systems tell what people really did, and when that counts as all of it."""

    truth: Annotated[tuple[str, ...], Field(min_length=1)]  # sources of tools/registry.py: stripe.refunds
    identity: str = ""  # that reads them; the lane's own where none is named. It needs rights that no agent should have
    settle_after: Duration  # after the draft; what nobody has done by then, nobody will
    sample: Part = 0.0  # of the events of `triggers` that a silent run looks at, whatever the lane's mode is
    beside: str = ""  # another lane: each of its runs is shadowed by this one, a second configuration of the same work


class Segment(Frozen):
    """One kind of write that is judged by itself: a tool, and the calls of it for which `when` holds."""

    tool: str
    when: Condition = Condition()

    @property
    def name(self) -> str:
        return f"{self.tool} when {self.when}"


class LeaseTerms(Frozen):
    """What a promotion proposes: freedom with caps and an end."""

    per_action: Price | None = None  # none: what moves no money
    per_day: PositiveInt
    days: Annotated[int, Field(ge=1, le=90)] = 30
    audit: Annotated[float, Field(ge=0.10, le=1)] = 0.25  # of its actions, drawn at random: a person looks at them


class Promotion(Frozen):
    """The bar. `alpha` is the chance that a lane which is not good enough is ever promoted."""

    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.02  # p0, unless the money says less
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    min_days: PositiveInt = 14
    settled: Part = 0.9  # of the cases
    quorum: PositiveInt = 2  # different people who sign a lease
    drill_within: Duration = Field(default="30d", validate_default=True)  # since the kill switch was last tried
    lease: LeaseTerms

    def segment(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """The name of the first segment that a call belongs to; empty: of none."""
        fitting = (s for s in self.segments if s.tool == tool and s.when.holds(arguments, frozenset()) is True)
        return next((one.name for one in fitting), "")

    @model_validator(mode="after")
    def _segments_are_different(self) -> Self:
        if len({one.name for one in self.segments}) < len(self.segments):
            raise ValueError("two segments say the same")
        return self


class Canaries(Frozen):
    """Wrong drafts, announced as a practice and never executable, by which is seen whether approvers look."""

    share: Annotated[float, Field(gt=0, le=0.05)] = 0.02  # of the cards
    target: Part = 0.8  # of them that must be found


Verdict = Literal["correct", "tone", "rework", "wrong"]  # what somebody who looks at a case may call it
