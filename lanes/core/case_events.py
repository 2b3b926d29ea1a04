"""What has happened to a case that people look at afterwards. The rules of `events.py` hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from lanes.core.happened import Happened
from lanes.core.proving import Verdict
from lanes.core.values import Person, Place


class AuditDrawn(Happened):
    """An action has gone alone; whether somebody looks at it afterwards was drawn with a known chance."""

    kind: Literal["audit.drawn"] = "audit.drawn"
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


class CaseAsked(Happened):
    """Somebody shall say which side of a case is right, or whether what was done alone was."""

    kind: Literal["case.asked"] = "case.asked"
    case: str
    lane: str
    about: Literal["comparison", "audit"]
    handle: str  # what its card calls it; nothing of the case can be read from it
    agent_is: Literal["a", "b"]  # which side is the agent's; its card does not say so before it is answered


class CasePosted(Happened):
    kind: Literal["case.posted"] = "case.posted"
    place: Place


class CaseLabelled(Happened):
    """What somebody who did not know whose side is whose calls each."""

    kind: Literal["case.labelled"] = "case.labelled"
    by: Person
    standing: str
    a: Verdict | Literal[""]
    b: Verdict | Literal[""]
    label: Verdict | Literal[""]  # of the agent's side
    person_label: Verdict | Literal[""]
    reason: str = ""  # why they differed, or what was wrong; a code
    note: str = ""
    delivery: str


class CasePassed(Happened):
    """Somebody looked and could not tell; the card asks somebody else."""

    kind: Literal["case.passed"] = "case.passed"
    by: Person
    standing: str
    delivery: str


class CaseGivenUp(Happened):
    """Nobody could tell what it was, so it stays unsettled, which is as bad as wrong."""

    kind: Literal["case.given_up"] = "case.given_up"


class CaseRefused(Happened):
    """Somebody wanted to answer and might not."""

    kind: Literal["case.refused"] = "case.refused"
    by: Person
    code: str
    winner: Person | None = None
    channel: str = ""
    delivery: str


CaseEvent = AuditDrawn | CaseAsked | CasePosted | CaseLabelled | CasePassed | CaseGivenUp | CaseRefused
