"""Wishes about a case that people look at afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lanes.core.commands import Standing
from lanes.core.proving import Verdict
from lanes.core.values import Person, Place


@dataclass(frozen=True)
class DrawAudit:
    """An action went alone; whether somebody looks at it was drawn, with this chance."""

    case: str
    lane: str
    run: str
    action: str
    done: datetime
    configuration: str
    segment: str
    tool: str
    subject: str
    arguments: Mapping[str, Any]
    chance: float
    drawn: bool


@dataclass(frozen=True)
class AskCase:
    case: str
    lane: str
    about: Literal["comparison", "audit"]
    handle: str
    agent_is: Literal["a", "b"]


@dataclass(frozen=True)
class HangCase:
    case: str
    place: Place


@dataclass(frozen=True)
class LabelCase:
    """What somebody calls each side; both empty: they cannot tell. `barred`: who did the work or asked for it;
    `doer_unknown`: Slack did not say.
    """

    case: str
    by: Person
    standing: Standing
    a: Verdict | Literal[""]
    b: Verdict | Literal[""]
    delivery: str
    reason: str = ""
    note: str = ""
    channel: str = ""
    barred: frozenset[str] = frozenset()  # Slack ids
    doer_unknown: bool = False


@dataclass(frozen=True)
class GiveUpCase:
    """Nobody answers any more what somebody could not tell."""

    case: str


CaseCommand = DrawAudit | AskCase | HangCase | LabelCase | GiveUpCase
