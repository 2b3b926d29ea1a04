"""What has happened, in the past tense. An event is never changed, and its `kind` is for ever.

Every event a stream has ever held must stay readable: `tests/core/kinds/` keeps a sample of each. A new field needs a
default; a new meaning needs a new kind.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from lanes.core.case_events import CaseEvent
from lanes.core.happened import Happened
from lanes.core.lane_events import LaneEvent
from lanes.core.page import Mode
from lanes.core.values import Draft, Person, Place, Practice, Precedent, Ruling
from tools.contract import Evidence

Decision = Literal[
    "approve", "reject", "edit", "take_over", "release", "break_glass", "happened", "did_not_happen"
]  # fmt: skip


class RunStarted(Happened):
    kind: Literal["run.started"] = "run.started"
    run: str
    lane: str
    subject: str
    by: Person
    channel: str  # where it was asked for
    mode: Mode
    configuration: str
    model: str
    delivery: str = ""
    via: str = "command"  # the way in: command, shortcut, mention, message, webhook, schedule, beside, backfill
    inputs: Mapping[str, str] = {}  # what the page asks for beside the subject
    message: str = ""  # what the person handed over with it, in whoever's words
    precedents: tuple[Precedent, ...] = ()
    thread: str = ""  # ts of the message in `channel` that it is told below
    counts: tuple[str, ...] = ()  # which caps of the day it counts for
    practice: Practice | None = None  # it is a practice: its draft is wrong on purpose
    past: datetime | None = None  # of a silent run about earlier work: from when on people's work is its measure


class TurnTaken(Happened):
    kind: Literal["turn.taken"] = "turn.taken"
    turn: int
    model: str
    stop: str
    content: tuple[Mapping[str, Any], ...]
    usage: Mapping[str, int]
    cost: int | None  # millionths of a dollar
    ms: int
    request: str = ""


class CallAnswered(Happened):
    """A tool call that changes nothing was answered: a read, or a call that was refused before it reached anything."""

    kind: Literal["call.answered"] = "call.answered"
    call: str
    tool: str
    arguments: Mapping[str, Any]
    answer: str  # JSON, as the model sees it
    ok: bool
    code: str = ""
    ms: int = 0
    evidence: tuple[Evidence, ...] = ()


class ActionDrafted(Happened):
    kind: Literal["action.drafted"] = "action.drafted"
    action: str
    version: int
    call: str
    draft: Draft


class OfAction(Happened):
    action: str
    version: int


class ActionHeld(OfAction):
    kind: Literal["action.held"] = "action.held"
    ruling: Ruling
    until: datetime


class ActionCleared(OfAction):
    kind: Literal["action.cleared"] = "action.cleared"
    how: Literal["auto", "approved", "released", "break_glass"]
    ruling: Ruling


class ActionBlocked(OfAction):
    kind: Literal["action.blocked"] = "action.blocked"
    ruling: Ruling


class ActionShadowed(OfAction):
    kind: Literal["action.shadowed"] = "action.shadowed"
    ruling: Ruling


class ActionRejected(OfAction):
    kind: Literal["action.rejected"] = "action.rejected"
    by: Person
    reason: str
    note: str = ""


class ActionTakenOver(OfAction):
    """A person does by hand what was proposed."""

    kind: Literal["action.taken_over"] = "action.taken_over"
    by: Person
    note: str = ""


class ActionExpired(OfAction):
    kind: Literal["action.expired"] = "action.expired"


class ActionSuperseded(OfAction):
    kind: Literal["action.superseded"] = "action.superseded"
    reason: str
    detail: str = ""


class ActionFrozen(OfAction):
    kind: Literal["action.frozen"] = "action.frozen"
    ruling: Ruling


class ExecutionStarted(OfAction):
    """The intent, committed before the wire is touched."""

    kind: Literal["execution.started"] = "execution.started"
    key: str
    ruling: Ruling


class ActionDone(OfAction):
    kind: Literal["action.done"] = "action.done"
    result: Mapping[str, Any]
    ms: int
    undo_until: datetime | None = None  # how long it can be taken back


class ActionFailed(OfAction):
    kind: Literal["action.failed"] = "action.failed"
    code: str
    message: str
    ms: int = 0


class ActionUncertain(OfAction):
    kind: Literal["action.uncertain"] = "action.uncertain"
    code: str
    message: str
    ms: int = 0


class SettlingEnded(OfAction):
    """No read-back could tell what became of a write: a person has to look and say."""

    kind: Literal["settling.ended"] = "settling.ended"
    detail: str
    undoable: bool = False  # its tool knows a way back, whatever became of it


class DecisionRecorded(OfAction):
    kind: Literal["decision.recorded"] = "decision.recorded"
    decision: Decision
    by: Person
    on_behalf: str = ""  # Slack id of whom they stand in for
    stage: str = ""  # the group whose yes it is, where groups say yes one after the other
    reason: str = ""
    note: str = ""
    surface: str
    standing: str
    delivery: str


class DecisionRefused(OfAction):
    """Somebody tried to decide and might not; a fact, with the reason they were told."""

    kind: Literal["decision.refused"] = "decision.refused"
    decision: str
    by: Person
    code: str
    reasons: tuple[str, ...] = ()  # of the gate, for an edit that it blocks
    winner: Person | None = None
    surface: str
    channel: str = ""
    delivery: str


class QuestionAsked(OfAction):
    """Somebody who decides wants to know something first."""

    kind: Literal["question.asked"] = "question.asked"
    by: Person
    to: Literal["agent", "requester"]
    text: str
    delivery: str


class QuestionAnswered(OfAction):
    kind: Literal["question.answered"] = "question.answered"
    question: str  # the delivery it was asked with
    by: Person
    text: str
    delivery: str


class Reminded(OfAction):
    """Nobody had decided by then: the approvers are told, `escalated`: so are those above them."""

    kind: Literal["action.reminded"] = "action.reminded"
    step: int
    escalated: bool = False


class CardClaimed(Happened):
    """Somebody works on the card; until then nobody else decides."""

    kind: Literal["card.claimed"] = "card.claimed"
    by: Person
    until: datetime
    delivery: str


class CardLetGo(Happened):
    kind: Literal["card.let_go"] = "card.let_go"
    by: Person
    delivery: str


class CardSnoozed(Happened):
    """One person does not want to see it until then. It moves no deadline."""

    kind: Literal["card.snoozed"] = "card.snoozed"
    by: Person
    until: datetime
    delivery: str


class CancelAsked(Happened):
    kind: Literal["cancel.asked"] = "cancel.asked"
    by: Person
    delivery: str


class CardPosted(Happened):
    kind: Literal["card.posted"] = "card.posted"
    place: Place
    batch: str = ""  # the card of several runs that it is one line of
    moved: str = ""  # Slack's word for why it does not hang where the lane's cards hang; empty: it does
    instead_of: Place | None = None  # where it hung before, in a room that may come back


class ThreadOpened(Happened):
    kind: Literal["thread.opened"] = "thread.opened"
    place: Place  # of the first message
    progress: Place  # of the one that is updated as the work goes on


class DetailsOpened(OfAction):
    """Somebody looked at the whole draft before deciding; latency and care cannot be measured afterwards."""

    kind: Literal["details.opened"] = "details.opened"
    by: Person
    delivery: str


class PracticeEnded(OfAction):
    """A draft that was wrong on purpose was told for what it is; `found` None: nobody said yes or no to it."""

    kind: Literal["practice.ended"] = "practice.ended"
    found: bool | None
    by: Person | None = None


class RunFinished(Happened):
    kind: Literal["run.finished"] = "run.finished"
    outcome: str
    reasons: tuple[str, ...] = ()
    summary: str = ""
    answer: Mapping[str, str] | None = None
    readings: Mapping[str, Mapping[str, Any]] = {}
    handed_over: bool = False


class PersonWentAway(Happened):
    """From `since` until `until` another member decides what this one would have decided."""

    kind: Literal["person.went_away"] = "person.went_away"
    person: str  # Slack id, as is `stand_in`
    stand_in: str
    since: datetime
    until: datetime
    by: Person


class PersonCameBack(Happened):
    kind: Literal["person.came_back"] = "person.came_back"
    person: str
    by: Person


RunEvent = (
    RunStarted | TurnTaken | CallAnswered | ActionDrafted | ActionHeld | ActionCleared | ActionBlocked | ActionShadowed
    | ActionRejected | ActionTakenOver | ActionExpired | ActionSuperseded | ActionFrozen | ExecutionStarted | ActionDone
    | ActionFailed | ActionUncertain | SettlingEnded | DecisionRecorded | DecisionRefused | QuestionAsked
    | QuestionAnswered | Reminded | CardClaimed | CardLetGo | CardSnoozed | CardPosted | ThreadOpened | DetailsOpened
    | CancelAsked | PracticeEnded | RunFinished
)  # fmt: skip
PersonEvent = PersonWentAway | PersonCameBack
Event = RunEvent | LaneEvent | PersonEvent | CaseEvent

_read = TypeAdapter[Event](Annotated[Event, Field(discriminator="kind")])


def load(kind: str, at: datetime, body: Mapping[str, Any]) -> Event:
    """An event from its stored form. Raises ValueError for a kind nobody knows: closed by default."""
    return _read.validate_python({**body, "kind": kind, "at": at})


def body(event: Event) -> dict[str, Any]:
    """The stored form: JSON-ready fields without `kind` and `at`, which the ledger keeps beside it."""
    return event.model_dump(mode="json", exclude={"kind", "at"})
