"""A case: one draft beside what a person did about the same thing, or one of the two alone. What it weighs.

The rules, before the code:

1. A case is about one write. A run that drafted three writes makes three cases; what people did beside them makes more.
2. Its loss is what the agent's side would have cost, had it been carried out: 0 is as it should be, 1 as wrong as can
   be (`lanes/evidence/severity.py`). Who looked at the case without knowing whose side is whose has the last word.
3. Until somebody has: agree is correct. Differ is wrong where money, an id or a person differs, rework where anything
   else but wording does, tone where only wording does. Overreach is wrong. Unsettled when its time is over is as bad.
4. What nobody could tell who looked at it is unsettled, whatever the comparison said of it.
5. Missed has no loss: an agent that does nothing does no harm. It is counted and shown beside every rate.
6. What was drawn for an audit of the autonomous lane is a case of source "audit", with the chance it was drawn with.
7. What a person took over is a case of source "taken_over": they had seen the draft, so it is told, and counts nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

import orjson

from lanes.core.proving import Promotion
from lanes.evidence.severity import LOSS, Verdict
from lanes.shadow.kinds import Kind
from lanes.shadow.matching import Outcome
from tools.money import Money

Source = Literal["shadow", "backfill", "audit", "taken_over"]
ELSE = ""  # the segment of what no segment of the page names
_GRAVE = frozenset({Kind.MONEY, Kind.ID, Kind.PERSON})
_WORDING = frozenset({Kind.WORDS, Kind.PROSE})


@dataclass(frozen=True, slots=True)
class FieldApart:
    """One argument of the call in which both sides differ."""

    field: str
    kind: Kind
    suggested: Any  # None where that side has none
    actual: Any
    gap: Money | None = None  # suggested less actual, where it is money of one currency


@dataclass(frozen=True, slots=True)
class Case:
    """`run` and `action` say which draft, `fact` which deed; what a side lacks is empty, its arguments None."""

    id: str
    lane: str
    source: Source
    configuration: str  # of page, prompt, tools and model together: what evidence is gathered under
    segment: str  # the name of the page's segment, or `ELSE`
    tool: str
    subject: str
    run: str
    action: str
    fact: str
    at: datetime  # it was drafted; of what was missed, it was done
    settled: datetime | None  # from when on the outcome stands
    outcome: Outcome
    suggested: Mapping[str, Any] | None
    actual: Mapping[str, Any] | None
    apart: tuple[FieldApart, ...] = ()
    gap: Money | None = None  # money suggested less money moved, the whole amount where one side moved none
    chance: float = 1.0
    label: Verdict | None = None  # what somebody called the agent's side
    person_label: Verdict | None = None  # and the person's
    reason: str = ""  # why they differed, a code
    labelled: datetime | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What the agent's side is taken for; None for what was missed, or is not settled yet."""
        if self.label or self.labelled:
            return self.label or Verdict.UNSETTLED  # people looked, and nobody could tell
        match self.outcome:
            case Outcome.AGREE:
                return Verdict.CORRECT
            case Outcome.DIFFER:
                kinds = {one.kind for one in self.apart}
                return Verdict.WRONG if kinds & _GRAVE else Verdict.TONE if kinds <= _WORDING else Verdict.REWORK
            case Outcome.OVERREACH:
                return Verdict.WRONG
            case Outcome.UNSETTLED:
                return Verdict.UNSETTLED if self.settled else None
            case Outcome.MISSED:
                return None

    @property
    def loss(self) -> float | None:
        """From 0 to 1; None for what is no evidence about the agent's drafts, whatever somebody called its silence."""
        return None if self.verdict is None or self.outcome is Outcome.MISSED else LOSS[self.verdict]

    def row(self) -> dict[str, Any]:
        """As `storage.cases` keeps it."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "outcome": str(self.outcome),
            "suggested": "" if self.suggested is None else orjson.dumps(self.suggested).decode(),
            "actual": "" if self.actual is None else orjson.dumps(self.actual).decode(),
            "differences": orjson.dumps([_told(one) for one in self.apart]).decode(),
            "gap_minor": self.gap.minor if self.gap else None,
            "gap_currency": self.gap.currency if self.gap else "",
            "label": str(self.label or ""),
            "person_label": str(self.person_label or ""),
        }

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row of `storage.cases`."""
        return cls(
            **{name: getattr(row, name) for name in _PLAIN},
            outcome=Outcome(row.outcome),
            suggested=orjson.loads(row.suggested) if row.suggested else None,
            actual=orjson.loads(row.actual) if row.actual else None,
            apart=tuple(_read(one) for one in orjson.loads(row.differences)) if row.differences != "[]" else (),
            gap=Money(minor=row.gap_minor, currency=row.gap_currency) if row.gap_currency else None,
            label=Verdict(row.label) if row.label else None,
            person_label=Verdict(row.person_label) if row.person_label else None,
        )


_PLAIN = (
    "id", "lane", "source", "configuration", "segment", "tool", "subject", "run", "action", "fact", "at", "settled",
    "chance", "reason", "labelled",
)  # fmt: skip


def segment_of(promotion: Promotion | None, tool: str, arguments: Mapping[str, Any]) -> str:
    """The name of the first segment of the page that a call belongs to, or `ELSE`."""
    return promotion.segment(tool, arguments) if promotion else ELSE


def _told(one: FieldApart) -> dict[str, Any]:
    gap = one.gap.model_dump() if one.gap else None
    return {"field": one.field, "kind": one.kind, "suggested": one.suggested, "actual": one.actual, "gap": gap}


def _read(told: Mapping[str, Any]) -> FieldApart:
    gap = Money.model_validate(told["gap"]) if told["gap"] else None
    return FieldApart(told["field"], Kind(told["kind"]), told["suggested"], told["actual"], gap)
