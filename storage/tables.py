"""The tables, as SQLModel classes. They define the schema and its migrations; the hot path uses Core on them.

`event` and `body` are the truth and are only ever appended to. Everything else can be made again from them, or is work
still owed (`effect`), post not yet answered (`delivery`), which jobs were fired when (`firing`), which runs share a
card (`batch`), when people want to be told (`preference`), what the systems say that people did (`fact`), and recorded
cases to replay (`replay_case`). No foreign key ties anything to `event`, so that no
delete can ever cascade into the history.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from storage.clock import from_micros, to_micros

_BY_KEY = {"sqlite_with_rowid": False}  # rows lie in their key's own tree: half as many pages written at a commit
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER column


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, stored as whole microseconds since 1970: sorts, compares and survives every database alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class Event(SQLModel, table=True):
    """One link of one stream's chain. `envelope` is the hashed text itself; the other columns repeat parts of it."""

    __table_args__ = (UniqueConstraint("stream", "version", name="one_event_a_version"),)
    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    stream: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    envelope: str = Field(sa_column=Column(Text, nullable=False))
    hash: str = Field(sa_column=Column(Text, nullable=False))


class Body(SQLModel, table=True):
    """What an event says, with the salt of its commitments. It can be erased, and the chain still verifies."""

    stream: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    salt: str = Field(sa_column=Column(Text, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class Effect(SQLModel, table=True):
    """Work still owed. A row goes when the work is done; `due` is when it may start, `attempts` how often it failed.

    There are never many, and each is written and dropped within a moment: an index would be written twice for nothing.
    """

    __table_args__ = _BY_KEY
    id: str = Field(sa_column=Column(Text, primary_key=True))
    content: str = Field(sa_column=Column(Text, nullable=False))
    due: datetime = Field(sa_column=Column(Instant, nullable=False))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))


class Delivery(SQLModel, table=True):
    """Something Slack sent, stored before it was acknowledged, under the key that makes a second copy the same one."""

    id: str = Field(sa_column=Column(Text, primary_key=True))
    content: str = Field(sa_column=Column(Text, nullable=False))
    received: datetime = Field(sa_column=Column(Instant, nullable=False))
    answered: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))


class RunRow(SQLModel, table=True):
    """A run at a glance, for lists and look-ups."""

    __tablename__ = "run"
    __table_args__ = (
        Index("run_lane_started", "lane", "started"),
        Index("run_open", "finished", "lane"),
        Index("run_subject", "lane", "subject", "started"),
        Index("run_waiting", "waiting", sqlite_where=text("waiting > 0"), postgresql_where=text("waiting > 0")),
    )
    run: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    requester: str = Field(sa_column=Column(Text, nullable=False))
    started: datetime = Field(sa_column=Column(Instant, nullable=False))
    finished: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    outcome: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    waiting_until: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    waiting: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    waits: str | None = Field(default=None, sa_column=Column(Text, nullable=True))  # JSON: who decides, until when, …


class Tally(SQLModel, table=True):
    """Running totals that the caps are held against. `day` is "open" for reservations, else a UTC date."""

    __table_args__ = _BY_KEY
    lane: str = Field(sa_column=Column(Text, primary_key=True))
    day: str = Field(sa_column=Column(Text, primary_key=True))
    what: str = Field(sa_column=Column(Text, primary_key=True))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))


class Claim(SQLModel, table=True):
    """Which action makes, or has made, which change: the same one by somebody else is found before it happens again."""

    __table_args__ = _BY_KEY
    change: str = Field(sa_column=Column(Text, primary_key=True))  # SHA-256 of the business key, 64 hex digits
    run: str = Field(sa_column=Column(Text, primary_key=True))
    action: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    requester: str = Field(sa_column=Column(Text, nullable=False))
    done: bool = Field(sa_column=Column(Boolean, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))  # made, or drafted


class Remembered(SQLModel, table=True):
    """What a person said of a draft, for when something like it is drafted again."""

    __tablename__ = "precedent"
    __table_args__ = (Index("precedent_about", "lane", "about", "at"),)
    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    about: str = Field(sa_column=Column(Text, nullable=False))  # a tool with its customer or target, or a subject
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))  # JSON


class Mention(SQLModel, table=True):
    """Which streams speak of whom or what: tickets, customers, people. The index of the audit."""

    __table_args__ = _BY_KEY
    term: str = Field(sa_column=Column(Text, primary_key=True))
    stream: str = Field(sa_column=Column(Text, primary_key=True))


class Visitor(SQLModel, table=True):
    """Who has opened App Home, so that it can be kept up to date for them."""

    user: str = Field(sa_column=Column(Text, primary_key=True))
    seen: datetime = Field(sa_column=Column(Instant, nullable=False))


class StandIn(SQLModel, table=True):
    """Who decides for whom while they are away."""

    __tablename__ = "stand_in"
    __table_args__ = (Index("stand_in_by", "stand_in", "until"),)
    person: str = Field(sa_column=Column(Text, primary_key=True))
    stand_in: str = Field(sa_column=Column(Text, nullable=False))
    since: datetime = Field(sa_column=Column(Instant, nullable=False))
    until: datetime = Field(sa_column=Column(Instant, nullable=False))


class CardBatch(SQLModel, table=True):
    """A card that several runs share, each with a line of its own. Until it is posted, `ts` is empty."""

    __tablename__ = "batch"
    __table_args__ = (Index("batch_kind", "lane", "tool", "audience", "opened"),)
    id: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    tool: str = Field(sa_column=Column(Text, nullable=False))
    audience: str = Field(sa_column=Column(Text, nullable=False))  # a record's owner, "@" and a group, or empty
    opened: datetime = Field(sa_column=Column(Instant, nullable=False))
    channel: str = Field(default="", sa_column=Column(Text, nullable=False))
    ts: str = Field(default="", sa_column=Column(Text, nullable=False))
    reminded_step: int = Field(default=0, sa_column=Column(Integer, nullable=False))  # of the last reminder
    reminded_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))


class BatchLine(SQLModel, table=True):
    """A run on a card with others; it is on one at the most, and stays there."""

    __tablename__ = "batch_line"
    __table_args__ = (Index("batch_line_batch", "batch", "nth"),)
    run: str = Field(sa_column=Column(Text, primary_key=True))
    batch: str = Field(sa_column=Column(Text, nullable=False))
    nth: int = Field(sa_column=Column(Integer, nullable=False))


class Firing(SQLModel, table=True):
    """A job's period: that it was fired, and what came of it. A second firing of the period is the same row."""

    __table_args__ = (Index("firing_job_due", "job", "due"),)
    job: str = Field(sa_column=Column(Text, primary_key=True))
    period: str = Field(sa_column=Column(Text, primary_key=True))
    due: datetime = Field(sa_column=Column(Instant, nullable=False))
    fired: datetime = Field(sa_column=Column(Instant, nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))  # "clock", or who fired it by hand
    looked_after: bool = Field(sa_column=Column(Boolean, nullable=False))  # the clock need not come back to it
    started: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))  # the newest attempt
    finished: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    outcome: str | None = Field(default=None, sa_column=Column(Text, nullable=True))  # done, failed, passed_over
    said: str = Field(default="", sa_column=Column(Text, nullable=False))  # what came of it, or why it failed
    detail: str = Field(default="{}", sa_column=Column(Text, nullable=False))  # JSON: how far it is
    ms: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))  # that the newest attempt took


class Preference(SQLModel, table=True):
    """When somebody wants a digest, and when they want to be left alone; hours of their own clock."""

    person: str = Field(sa_column=Column(Text, primary_key=True))
    digest_hour: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    quiet_from: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    quiet_to: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    digest_day: str = Field(
        default="", sa_column=Column(Text, nullable=False)
    )  # the newest date of theirs that was sent
    set_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    set_by: str = Field(sa_column=Column(Text, nullable=False))


class Fact(SQLModel, table=True):
    """What people did, or what came back, as a system of record tells it: one row, however often it is read."""

    __table_args__ = (Index("fact_at", "at"), Index("fact_tool", "tool", "at"))
    id: str = Field(sa_column=Column(Text, primary_key=True))  # as the source names it
    source: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))  # deed, or the kind of a reaction
    ref: str = Field(sa_column=Column(Text, nullable=False))
    tool: str = Field(sa_column=Column(Text, nullable=False))
    ours: bool = Field(sa_column=Column(Boolean, nullable=False))  # an agent's own write
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    read: datetime = Field(sa_column=Column(Instant, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))  # JSON of the `Deed` or `Reaction`


class FactAbout(SQLModel, table=True):
    """What a fact is about: the record that was changed, and what else it names; each as the tools spell it
    ("stripe.charge ch_1") and by its system alone ("stripe ch_1"), for who has read an id and not its kind.
    """

    __tablename__ = "fact_about"
    ref: str = Field(sa_column=Column(Text, primary_key=True))
    fact: str = Field(sa_column=Column(Text, primary_key=True))


class Reading(SQLModel, table=True):
    """How far a source of facts was read, and where a reading under way goes on."""

    source: str = Field(sa_column=Column(Text, primary_key=True))
    identity: str = Field(sa_column=Column(Text, primary_key=True))
    purpose: str = Field(sa_column=Column(Text, primary_key=True))  # harvest, or the name of a backfill
    since: datetime = Field(sa_column=Column(Instant, nullable=False))
    cursor: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    read_until: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    facts: int = Field(default=0, sa_column=Column(Integer, nullable=False))  # new ones, of this reading


class SilentRun(SQLModel, table=True):
    """A run that drafts in silence, with what it would have done, or one of which a person took something over: made
    from the ledger, but for how far it is held against people; see `lanes/shadow/casework.py`.
    """

    __tablename__ = "silent_run"
    __table_args__ = (
        Index("silent_run_state", "lane", "state", "since"),
        Index("silent_run_subject", "lane", "subject", "since"),
    )
    run: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    via: str = Field(sa_column=Column(Text, nullable=False))
    configuration: str = Field(sa_column=Column(Text, nullable=False))  # as `ShadowCase` has it
    since: datetime = Field(sa_column=Column(Instant, nullable=False))  # it began, or was set back to
    finished: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    drafts: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    read: str = Field(sa_column=Column(Text, nullable=False))  # JSON: the ids it has read, with their systems
    state: str = Field(default="", sa_column=Column(Text, nullable=False))  # "", noted, unsettled, settled


class ShadowCase(SQLModel, table=True):
    """One draft beside what a person did, or one of the two alone; see `lanes/shadow/cases.py`."""

    __tablename__ = "shadow_case"
    __table_args__ = (
        Index("shadow_case_at", "lane", "at"),
        Index("shadow_case_stratum", "lane", "segment", "configuration", "at"),
        Index("shadow_case_run", "run"),
    )
    id: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    configuration: str = Field(sa_column=Column(Text, nullable=False))
    segment: str = Field(sa_column=Column(Text, nullable=False))
    tool: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    run: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    fact: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    settled: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    suggested: str = Field(sa_column=Column(Text, nullable=False))  # JSON of the arguments; empty: nothing was drafted
    actual: str = Field(sa_column=Column(Text, nullable=False))  # the same of what a person did
    differences: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    gap_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    gap_currency: str = Field(default="", sa_column=Column(Text, nullable=False))
    chance: float = Field(default=1.0, sa_column=Column(Float, nullable=False))  # with which it was drawn for an audit
    label: str = Field(default="", sa_column=Column(Text, nullable=False))
    person_label: str = Field(default="", sa_column=Column(Text, nullable=False))
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    labelled: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    asked: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))  # people, what they call it


class RunFigures(SQLModel, table=True):
    """What one finished run cost, how long it and its approvers took, and how it ended: measured once, by a job."""

    __tablename__ = "run_figures"
    __table_args__ = (Index("run_figures_lane", "lane", "finished"),)
    run: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    finished: datetime = Field(sa_column=Column(Instant, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))  # JSON


class Canary(SQLModel, table=True):
    """A run whose draft is wrong on purpose, and whether that was seen. `found` is None while nobody has decided."""

    __table_args__ = (Index("canary_lane", "lane", "shown"),)
    run: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    queue: str = Field(sa_column=Column(Text, nullable=False))  # the group that decides
    flaw: str = Field(sa_column=Column(Text, nullable=False))
    shown: datetime = Field(sa_column=Column(Instant, nullable=False))
    decided: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    found: bool | None = Field(default=None, sa_column=Column(Boolean, nullable=True))


class ReplayCase(SQLModel, table=True):
    """A recorded run kept to be replayed: what was read, and what came of it."""

    __tablename__ = "replay_case"
    id: str = Field(sa_column=Column(Text, primary_key=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    run: str = Field(sa_column=Column(Text, nullable=False))
    added: datetime = Field(sa_column=Column(Instant, nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))  # as a file of a suite holds it


class ReplayResult(SQLModel, table=True):
    """What a replay of a lane's suite came to."""

    __tablename__ = "replay_result"
    __table_args__ = (Index("replay_result_lane", "lane", "at"),)
    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    configuration: str = Field(sa_column=Column(Text, nullable=False))
    model: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    passed: int = Field(sa_column=Column(Integer, nullable=False))
    failed: int = Field(sa_column=Column(Integer, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))  # JSON: of each case that failed, what changed first
