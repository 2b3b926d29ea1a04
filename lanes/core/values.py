"""What events and commands are made of: who, where, what is proposed, and what was ruled about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime

from lanes.core.canonical import fingerprint
from tools.contract import Change, Evidence, Frozen, Preview, Stake, Target
from tools.money import Money


class Person(Frozen):
    """Who, by Slack's ids. A name is never stored and never decides."""

    user: str
    team: str


class Place(Frozen):
    """Where a message hangs in Slack."""

    channel: str
    ts: str


class Origin(Frozen):
    """Where a value that routes a write stands, and how far that is believed; see provenance.py."""

    field: str
    value: str
    trust: Literal["trusted", "reached", "untrusted", "unsupported"]
    where: str = ""  # a tool's name, "request", "page" or "edit"
    quote: str = ""  # the words around it, where it stands in prose


class Prior(Frozen):
    """The same change by another action: under way, or made already."""

    lane: str
    run: str
    action: str
    done: bool
    at: datetime  # it was made, or drafted
    by: str  # Slack id of who asked for it


class Precedent(Frozen):
    """What people said of a draft like this one, not long ago."""

    run: str
    action: str
    decision: Literal["reject", "edit"]
    by: str  # Slack id
    at: datetime
    sentence: str  # what had been proposed
    reason: str = ""
    note: str = ""


class Edit(Frozen):
    """What a person made of a draft before letting it go."""

    by: Person
    version: int  # that was edited
    arguments: Mapping[str, Any]  # as the agent wrote them
    changes: tuple[Change, ...]  # field by field
    made_by: tuple[Person, ...] = ()  # who made it go elsewhere or move more: their own yes does not count


OwnerMissing = Literal["", "unowned", "not_in_slack", "unanswered"]  # why nobody owns a record, as far as we know


class Draft(Frozen):
    """The content of an action: what is approved is exactly what is executed, and `digest` covers it."""

    tool: str
    tool_version: int
    arguments: Mapping[str, Any]
    target: Target
    preview: Preview
    stake: Stake = Stake()
    risk: str
    why: str  # the model's words; shown quoted, trusted by nobody
    evidence: tuple[Evidence, ...] = ()
    key: str  # idempotency key, fixed before anybody approves
    digest: str
    change: str = ""  # the business key: what is changed, whoever does it
    origins: tuple[Origin, ...] = ()
    prior: tuple[Prior, ...] = ()  # who made the same change not long ago
    precedents: tuple[Precedent, ...] = ()
    undoes: str = ""  # the action of this run that it takes back
    asked_by: Person | None = None  # who wants it taken back; for everything else the requester
    edit: Edit | None = None  # it replaces a version that a person changed
    record_owner: str = ""  # Slack id of whoever owns the record, where the lane lets them decide
    owner_missing: OwnerMissing = ""  # why it is empty though the lane lets them decide


class Practice(Frozen):
    """What is wrong on purpose with the draft of a practice run, and what it was made of."""

    flaw: Literal["amount", "record"]  # a wrong amount; a record of somebody else's
    fields: tuple[str, ...]  # of the arguments, by path
    shown: str
    real: str
    made_from: str  # a run
    queue: str  # the group that decides


class Ruling(Frozen):
    """The gate's answer: how far this may go, why, and which line of the page said so."""

    verdict: Literal["auto", "approve", "block"]
    reasons: tuple[str, ...]
    quorum: int = 0
    rule: str = ""
    stages: tuple[str, ...] = ()  # groups that say yes one after the other; empty: the lane's approvers, `quorum` times


class Lease(Frozen):
    """Autonomy with a scope, caps and an end date. One that people sign on evidence names its segments."""

    tools: tuple[str, ...]
    per_action: Money | None  # none: nothing that moves money
    per_day: int  # writes that may go without a person, a day
    until: AwareDatetime
    segments: tuple[str, ...] = ()  # of the page's promotion, by name; empty: whatever policy lets these tools do
    configuration: str = ""  # that it was signed for, see `conducted`; empty: signed before leases named one
    audit: int = 25  # of a hundred actions that went alone, drawn at random: a person looks at them


class Earned(Frozen):
    """What a segment had shown when a lease was proposed for it. Whole numbers, so that the record can be hashed."""

    segment: str
    cases: int  # settled
    loss: int  # the sum of their losses, in thousandths of a whole one
    evidence: int  # E, rounded down
    needed: int  # 1 / alpha
    tolerance: int  # p0, in a millionth
    days: int  # from the first case to the last


def conducted(configuration: str, model: str) -> str:
    """Page, prompt and tools (`configuration`) with the model together: what evidence is gathered under."""
    return fingerprint([configuration, model])
