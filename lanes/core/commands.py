"""Wishes. A command may be refused; what came of it is in the events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from lanes.core.events import Decision
from lanes.core.values import Origin, OwnerMissing, Person, Place, Practice
from tools.contract import Change, Evidence, Preview, Stake, Target


class Standing(StrEnum):
    """What is known of somebody who wants to decide. Only `MEMBER` may."""

    MEMBER = "member"  # among the lane's approvers
    NOT_MEMBER = "not_member"
    UNKNOWN = "unknown"  # Slack did not say; fails closed
    GUEST = "guest"
    STRANGER = "stranger"  # from another workspace
    BOT = "bot"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True)
class StartRun:
    run: str
    lane: str
    subject: str
    by: Person
    channel: str
    delivery: str
    via: str = "command"
    inputs: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    anew: bool = False  # though the same was asked for a moment ago
    thread: str = ""  # ts of the message it is told below; empty: it is told in a message of its own
    caps: Mapping[str, int] = field(default_factory=dict)  # what it counts for → how many of these a day
    same_within: timedelta | None = None  # how long the same request is one; None: what it is for people
    practice: Practice | None = None
    silent: bool = False  # it drafts in silence, whatever the lane's mode is
    past: datetime | None = None  # the moment from which on people's work is what it is held against; None: now


@dataclass(frozen=True)
class Answered:
    """A call that changed nothing, with its answer."""

    call: str
    tool: str
    arguments: Mapping[str, Any]
    answer: str
    ok: bool
    code: str = ""
    ms: int = 0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A write the model asked for: validated, its target looked at, its preview made. Not ruled on yet."""

    call: str
    tool: str
    tool_version: int
    scopes: frozenset[str]
    risk: str
    retry: str
    arguments: Mapping[str, Any]
    target: Target
    preview: Preview
    stake: Stake
    why: str
    evidence: tuple[Evidence, ...]
    change: str = ""  # the tool's business key
    same_within: timedelta = timedelta()
    origins: tuple[Origin, ...] = ()
    record_owner: str = ""  # Slack id of whoever owns the record, where the lane lets them decide
    owner_missing: OwnerMissing = ""


@dataclass(frozen=True)
class TakeTurn:
    """One model turn with everything it led to, recorded at once."""

    run: str
    turn: int
    model: str
    stop: str
    content: tuple[Mapping[str, Any], ...]
    usage: Mapping[str, int]
    cost: int | None
    ms: int
    request: str
    answered: tuple[Answered, ...] = ()
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True)
class Revision:
    """What a person made of a draft, looked at as any proposal; `made`: it goes elsewhere now, or moves more.

    `changes` are beside what the agent wrote: none, where somebody puts that back.
    """

    proposal: Proposal
    changes: tuple[Change, ...]
    made: bool


@dataclass(frozen=True)
class Voice:
    """Who speaks, and what is known of them. `stage` is the group they were looked for in, empty for the approvers."""

    by: Person
    standing: Standing
    on_behalf: str = ""  # Slack id of whom they stand in for
    stage: str = ""


@dataclass(frozen=True, kw_only=True)
class OnDraft:
    """A person's wish about one version of one draft. `digest`: what they were shown, its first 16 digits at least."""

    run: str
    action: str
    version: int
    digest: str
    voice: Voice
    surface: str
    delivery: str
    channel: str = ""

    @property
    def by(self) -> Person:
        return self.voice.by


@dataclass(frozen=True, kw_only=True)
class Decide(OnDraft):
    decision: Decision
    reason: str = ""
    note: str = ""
    revision: Revision | None = None  # of an edit
    undo_within: timedelta | None = None  # of the tool, for somebody who says that it happened


@dataclass(frozen=True, kw_only=True)
class Ask(OnDraft):
    """Before deciding, somebody wants to know something."""

    to: Literal["agent", "requester"]
    text: str


@dataclass(frozen=True)
class AnswerQuestion:
    run: str
    question: str
    by: Person
    text: str
    delivery: str


@dataclass(frozen=True)
class Claim:
    """Somebody works on the card."""

    run: str
    voice: Voice
    delivery: str
    channel: str = ""


@dataclass(frozen=True)
class LetGo:
    run: str
    by: Person
    delivery: str


@dataclass(frozen=True)
class Snooze:
    run: str
    by: Person
    until: datetime
    delivery: str


@dataclass(frozen=True)
class Cancel:
    """Whoever asked, or somebody who decides, wants the run to end."""

    run: str
    by: Person
    standing: Standing
    delivery: str
    channel: str = ""


@dataclass(frozen=True)
class Remind:
    run: str
    action: str
    version: int
    step: int


@dataclass(frozen=True)
class OpenDetails:
    run: str
    action: str
    version: int
    by: Person
    delivery: str


@dataclass(frozen=True)
class Expire:
    run: str
    action: str
    version: int


@dataclass(frozen=True)
class Freeze:
    run: str


@dataclass(frozen=True)
class Recall:
    """What was cleared without a person, and has not begun, waits for one after all."""

    run: str


@dataclass(frozen=True)
class Begin:
    """Ask for the wire: `pinned` is the target's state as read a moment ago. What could not be read is left out."""

    run: str
    action: str
    version: int
    scopes: frozenset[str]
    retry: str
    pinned: Mapping[str, str | int | bool | None]
    tool_version: int = 1
    body: str = ""  # the words that will be sent, as the tool would write them now
    change: str = ""  # the tool's business key
    same_within: timedelta = timedelta()
    left: frozenset[str] = frozenset()  # Slack ids of who cleared it and, as Slack says now, may not any more
    already: tuple[Evidence, ...] = ()  # the same change by somebody else's hand, as the tool finds it now


@dataclass(frozen=True)
class Report:
    """What came of an execution, or of the attempt to get there."""

    run: str
    action: str
    version: int
    outcome: Literal["done", "failed", "uncertain"]
    result: Mapping[str, Any] | None = None
    code: str = ""
    message: str = ""
    ms: int = 0
    undo_within: timedelta | None = None  # the window of the tool's compensation, where it has one


@dataclass(frozen=True)
class EndSettling:
    """An uncertain action cannot be settled by asking the system."""

    run: str
    action: str
    version: int
    detail: str
    undoable: bool


@dataclass(frozen=True)
class TakeBack:
    """Somebody wants an action undone: `proposal` is the call that does it, decided on like any other write."""

    run: str
    action: str
    by: Person
    proposal: Proposal
    delivery: str


@dataclass(frozen=True)
class Withdraw:
    """A cleared action cannot be begun (its target is gone, or cannot be read): say why; the agent drafts anew."""

    run: str
    action: str
    version: int
    reason: str
    detail: str


@dataclass(frozen=True)
class Finish:
    """The agent is at its end: `cause` is "end_turn", "redrafts" (no draft stood), or why it could not go on."""

    run: str
    cause: str
    summary: str = ""
    answer: Mapping[str, str] | None = None
    readings: Mapping[str, Mapping[str, Any]] | None = None
    detail: str = ""


@dataclass(frozen=True)
class HangCard:
    run: str
    place: Place
    batch: str = ""
    moved: str = ""  # Slack's word for why it hangs elsewhere than the lane's cards


@dataclass(frozen=True)
class OpenThread:
    run: str
    place: Place
    progress: Place


@dataclass(frozen=True)
class GoAway:
    """From a moment to another, `stand_in` decides what `person` would; `barred` is why a stand-in may not decide."""

    person: Person
    stand_in: str  # Slack id
    since: datetime
    until: datetime
    barred: Standing | None = None


@dataclass(frozen=True)
class ComeBack:
    person: Person


RunCommand = (
    StartRun | TakeTurn | Decide | Ask | AnswerQuestion | Claim | LetGo | Snooze | Cancel | Remind | OpenDetails
    | Expire | Freeze | Recall | Begin | Report | EndSettling | TakeBack | Withdraw | Finish | HangCard | OpenThread
)  # fmt: skip
PersonCommand = GoAway | ComeBack
