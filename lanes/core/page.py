"""A lane on one page: what it may touch, who decides, what it may spend, when it has succeeded.

The page is closed by default. A lane without success test, budget, fallback and named owner is not a lane, and a field
nobody declared here is an error, because a right that is written down and not enforced is worse than none.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, ValidationInfo, field_validator, model_validator

from lanes.core.canonical import fingerprint
from lanes.core.condition import Condition
from lanes.core.duration import Duration
from lanes.core.proving import Baseline, Canaries, Promotion, Shadowing
from lanes.core.success import Success
from lanes.core.ways_in import Input, InputName, Sweep, Trigger
from tools.contract import Frozen
from tools.money import Money, Price


class Mode(StrEnum):
    SHADOW = "shadow"  # drafts in silence
    READ_ONLY = "read_only"  # reads, summarises, classifies, routes
    APPROVAL = "approval"  # a person commits every write
    AUTONOMOUS = "autonomous"  # policy may commit low-risk writes, under a lease


Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
Channel = Annotated[str, Field(pattern=r"^#[a-z0-9_-]{1,79}$")]
ReasonCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,40}$")]
_ID_IN_TEXT = r"[A-Za-z0-9]{1,40}(?:[._-][A-Za-z0-9]{1,40}){0,4}"  # an id within prose has no spaces
UserId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]


class Subject(Frozen):
    """What a run of the lane is about, and how a person writes it."""

    kind: str
    pattern: str  # with one {id}
    example: str
    link: str = ""  # what stands in the address of such a record, with one {id}: /agent/tickets/{id}

    @field_validator("pattern", "link")
    @classmethod
    def _one_id(cls, value: str, info: ValidationInfo) -> str:
        if value.count("{id}") != 1 and (value or info.field_name == "pattern"):
            raise ValueError("must hold {id} once, as in ZD-{id}")
        return value

    @model_validator(mode="after")
    def _example_fits(self) -> Self:
        if self.read(self.example) is None:
            raise ValueError(f"example {self.example!r} does not fit pattern {self.pattern!r}")
        return self

    def read(self, text: str) -> str | None:
        """The subject as the systems write it ("zd-4821" is ZD-4821), or None when this cannot be one."""
        match = self._whole.fullmatch(text.strip())
        return self.pattern.replace("{id}", match[1]) if match else None

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        before, after = (re.escape(part) for part in self.pattern.split("{id}"))
        return re.compile(f"{before}([A-Za-z0-9][A-Za-z0-9 ._&-]{{0,79}}){after}", re.IGNORECASE)

    def named(self, text: str) -> str | None:
        """The subject a system names by its bare id ("4821" is ZD-4821) or as people do."""
        return self.read(text) or self.read(self.pattern.replace("{id}", text.strip()))

    def find(self, text: str) -> tuple[str, ...]:
        """The subjects that a text speaks of, in its words or its links, the first one first.

        A pattern that is nothing but an id would find one in every word, so it finds none.
        """
        found: list[tuple[int, str]] = []
        for form in (self.pattern, self.link):
            before, after = (re.escape(part) for part in form.partition("{id}")[::2])
            if before or after:
                begins = "(?<![A-Za-z0-9-])" if form[0].isalnum() else ""
                sought = re.compile(f"{begins}{before}({_ID_IN_TEXT}){after}(?![A-Za-z0-9])", re.IGNORECASE)
                found += [(one.start(), self.pattern.replace("{id}", one[1])) for one in sought.finditer(text)]
        return tuple(dict.fromkeys(subject for _, subject in sorted(found)))


class Channels(Frozen):
    approvals: Channel
    reports: Channel | None = None  # of the weekly report; none: among the approvals


class Owner(Frozen):
    """On the hook: signs autonomy, hears of every stop; `on_call` hears of a severe error at once."""

    person: UserId
    on_call: Channel | None = None


class Row(Frozen):
    """One line of policy: what may happen, when, and how far it goes without people."""

    may: str
    when: Condition = Condition()
    then: Literal["auto", "approve"]
    reason: ReasonCode
    quorum: PositiveInt = 1
    stages: tuple[str, ...] = ()  # user groups that say yes one after the other, a person of each

    @model_validator(mode="after")
    def _quorum_is_of_people(self) -> Self:
        if self.then == "auto" and (self.quorum != 1 or self.stages):
            raise ValueError("quorum and stages belong to rows with `then: approve`")
        if self.stages and self.quorum != 1:
            raise ValueError("write a quorum or stages: each stage is one person's yes")
        return self


class Never(Frozen):
    """What no approval opens."""

    tool: str
    when: Condition = Condition()
    reason: ReasonCode


class Approvers(Frozen):
    group: str  # the handle of a Slack user group
    fallback: tuple[UserId, ...]  # asked when Slack cannot say who is in the group; empty means nobody
    expires: Duration
    groups: Mapping[str, tuple[UserId, ...]] = {}  # the other groups that stages name, each with its own fallback
    record_owner: bool = False  # whoever owns the record decides; the group where nobody does, or they asked for it
    remind: tuple[Duration, ...] = ()  # after the draft was held
    escalate_to: str = ""  # the handle of a user group that hears of the last reminder
    break_glass: bool = False  # may one person let a draft through against quorum and four eyes, in writing?

    def asked(self, stage: str = "") -> tuple[str, tuple[str, ...]]:
        """The group of a stage (empty: the approvers) and who counts when Slack cannot say who is in it."""
        return (stage, self.groups.get(stage, self.fallback)) if stage else (self.group, self.fallback)

    @model_validator(mode="after")
    def _reminders_come_before_the_end(self) -> Self:
        if [*self.remind] != sorted(set(self.remind)) or any(one >= self.expires for one in self.remind):
            raise ValueError("remind must rise, and end before `expires`")
        if self.escalate_to and not self.remind:
            raise ValueError("escalate_to is told with the last reminder; say when with `remind`")
        return self


class Batch(Frozen):
    """Which drafts may lie on one card with others of their kind, and for how long such a card takes more of them.

    Only what is simple does: one draft in its run, one person's yes, no doubt, no money beyond `up_to`.
    """

    tools: Annotated[tuple[str, ...], Field(min_length=1)]
    most: Annotated[int, Field(ge=2, le=20)] = 20  # drafts on one card; more than 20 lines nobody reads to the end
    gather: Duration = timedelta(minutes=10)  # after the card was opened
    up_to: Price | None = None  # what one of them may move; none: nothing


class Budget(Frozen):
    """Caps of one run (steps, seconds of work, dollars of model), of one action and of the lane's day (money moved,
    writes), of one customer's day, and of what one approver lets through in a day.
    """

    steps: PositiveInt
    seconds: PositiveInt
    usd: Annotated[float, Field(gt=0)]
    money_usd_per_action: PositiveInt | None = None
    money_usd_per_day: PositiveInt | None = None
    money_usd_per_customer_per_day: PositiveInt | None = None
    money_usd_per_approver_per_day: PositiveInt | None = None
    writes_per_customer_per_day: Mapping[str, PositiveInt] = {}

    @property
    def micro_usd(self) -> int:
        return round(self.usd * 1_000_000)

    @cached_property
    def money_per_action(self) -> Money | None:
        return _usd(self.money_usd_per_action)

    @cached_property
    def money_per_day(self) -> Money | None:
        return _usd(self.money_usd_per_day)

    @cached_property
    def money_per_customer(self) -> Money | None:
        return _usd(self.money_usd_per_customer_per_day)

    @cached_property
    def money_per_approver(self) -> Money | None:
        return _usd(self.money_usd_per_approver_per_day)


def _usd(whole: int | None) -> Money | None:
    """A cap, written on the page in whole dollars, as money."""
    return Money.parse(f"{whole} USD") if whole else None


class Models(Frozen):
    plan: str


FallbackCause = Literal["uncertain", "budget", "refusal", "no_evidence", "failed"]


class Fallback(Frozen):
    """Which people take over, and when."""

    to: Channel
    on: tuple[FallbackCause, ...]

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, value: Any) -> Any:
        """YAML 1.1 reads a bare `on` as true; nobody who writes a page means that."""
        if not isinstance(value, Mapping):
            return value
        return {"on" if key is True else key: said for key, said in value.items()}


class Answer(Frozen):
    """What a run must end with: each field is chosen from a fixed list."""

    category: tuple[str, ...]
    urgency: tuple[str, ...]
    route: tuple[str, ...]


class Lane(Frozen):
    """One lane, as its page says."""

    lane: Slug
    command: Slug
    subject: Subject
    channels: Channels
    purpose: str
    owner: Owner
    mode: Mode
    identity: Slug
    tools: tuple[str, ...]
    success: Success
    policy: tuple[Row, ...] = ()
    never: tuple[Never, ...] = ()
    approvers: Approvers
    rejections: Mapping[Annotated[str, Field(pattern=r"^[a-z_]{3,40}$")], str] = {"other": "Something else"}
    budget: Budget
    models: Models
    fallback: Fallback
    answer: Answer | None = None
    inputs: Mapping[InputName, Input] = {}  # what a person is asked for beside the subject
    triggers: tuple[Trigger, ...] = ()
    sweep: Sweep | None = None
    batch: Batch | None = None
    baseline: Baseline | None = None  # what people's own work costs; without it a report compares no money
    shadow: Shadowing | None = None
    promotion: Promotion | None = None  # without it nothing earns autonomy
    canaries: Canaries | None = None
    suite: str = ""  # folder of replay cases, beside the catalog where it is no absolute path

    @model_validator(mode="after")
    def _is_held_against_people(self) -> Self:
        if self.promotion and not self.shadow:
            raise ValueError("promotion needs `shadow`: without knowing what people did there is no evidence")
        if self.mode is Mode.SHADOW and not self.shadow:
            raise ValueError("mode shadow needs `shadow`: which systems tell what people did")
        return self

    @model_validator(mode="after")
    def _starts_without_questions(self) -> Self:
        if "subject" in self.inputs:
            raise ValueError("an input needs another name than `subject`, which every lane has")
        asked = [name for name, one in self.inputs.items() if one.required]
        if asked and (self.triggers or self.sweep):
            raise ValueError(f"{asked[0]} is required, and nobody is there to answer when the lane starts by itself")
        return self

    @model_validator(mode="after")
    def _stages_are_known(self) -> Self:
        known = {self.approvers.group, *self.approvers.groups}
        for row in self.policy:
            for stage in row.stages:
                if stage not in known:
                    raise ValueError(f"stage {stage} is neither approvers.group nor among approvers.groups")
        return self

    @model_validator(mode="after")
    def _rules_name_tools_of_the_lane(self) -> Self:
        named = [row.may for row in self.policy] + [row.tool for row in self.never]
        named += self.batch.tools if self.batch else ()
        for name in (*named, *self.budget.writes_per_customer_per_day):
            if name not in self.tools:
                raise ValueError(f"policy, budget or batch names {name}, which is not among the lane's tools")
        return self

    def configuration(self, *parts: object) -> str:
        """The hash of everything that shapes what the lane does (`parts`: prompt, tool schemas): mode left out, and how
        the lane proves itself.
        """
        beside = {"mode", "budget", "channels", "owner", "baseline", "shadow", "promotion", "canaries", "suite"}
        return fingerprint([self.model_dump(mode="json", exclude=beside), repr(self.budget), *parts])
