"""What a lane's page says about how its runs begin: what it asks for, which events start it, what it looks for itself.

Nobody asks for a run that an event or the schedule starts, so nobody stands there as its requester: its `Person` is
one of `unasked`, whose id no Slack payload can carry. Four eyes hold because of what follows from that, not in spite
of it. The page's owner did not ask either, and may decide. Whoever made the event happen did ask, in a way: a trigger
says by which field they are known (`asked_by`, an e-mail address), and as whom Slack knows that address, they are the
requester and decide on nothing. A page that writes `asked_by: nobody` says in so many words that only people outside
can cause the event; `/lane show` repeats it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, PositiveInt, model_validator

from lanes.core.duration import Duration
from lanes.core.values import Person
from tools.contract import Frozen
from tools.money import Money

Path = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.\w+)*$")]  # of a field in JSON: detail.priority
InputName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
Kind = Literal["text", "money", "date", "number", "choice", "person"]
Scalar = str | int | bool
Fields = Mapping[str, Sequence[str]]  # path → what stands there, as text; several where it is a list

NOBODY = "nobody"
BACKFILL, BESIDE = "backfill", "beside"  # ways in that only silent runs have
LONGEST = 1000  # characters of an input; more is a message, which is handed over as one
_UNASKED = "auto:"  # begins the id of what starts runs by itself; a person's id in Slack begins with U or W
_PERSON = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")


class Input(Frozen):
    """Something a lane asks for beside its subject."""

    kind: Kind
    label: Annotated[str, Field(min_length=1, max_length=75)]
    required: bool = False
    choices: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,75}$")], str] = {}  # value → label

    @model_validator(mode="after")
    def _a_choice_has_choices(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("`choices` belong to kind choice, and to no other")
        if len(self.choices) > 100:
            raise ValueError("Slack shows at most 100 choices")
        return self

    def read(self, given: str) -> str | None:
        """The value as it is kept ("38 usd" is 38 USD, <@U1|ada> is U1), or None when this cannot be one."""
        text = " ".join(given.split())
        match self.kind:
            case "text":
                return given.strip() if 0 < len(given.strip()) <= LONGEST else None
            case "money":
                return _amount(text.upper())
            case "date":
                return _day(text)
            case "number":
                return text if _NUMBER.fullmatch(text) else None
            case "choice":
                return text.lower() if text.lower() in self.choices else None
            case "person":
                found = _PERSON.fullmatch(text)
                return found[1] if found else None


class Trigger(Frozen):
    """An event in another system that starts a run; every field of `when` holds, or one of the values it lists."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    system: Annotated[Literal["zendesk", "salesforce"], Field(alias="from")]
    when: Mapping[Path, Scalar | tuple[Scalar, ...]] = {}
    subject: Path
    asked_by: Path  # an e-mail address, or "nobody"; see above
    per_day: Annotated[int, Field(gt=0, le=1000)]

    @property
    def paths(self) -> frozenset[str]:
        """The fields of the event that it looks at; nothing else of the event is kept."""
        named = {*self.when, self.subject, self.asked_by}
        return frozenset(named - {NOBODY})

    def fits(self, fields: Fields) -> bool:
        return all(_any_of(fields.get(path, ()), wanted) for path, wanted in self.when.items())


class Find(Frozen):
    tool: str  # one that reads
    arguments: Mapping[str, Any] = {}


class Sweep(Frozen):
    """What the lane looks for by itself, once in each period, and how many runs that may start."""

    find: Find
    each: Path  # the list in what is found
    subject: Path  # of one entry: what its run is about
    person: Path | None = None  # of one entry: whose it is
    per_day: Annotated[int, Field(gt=0, le=1000)]
    per_person_per_day: PositiveInt | None = None
    again_after: Duration = timedelta(days=7)  # people who said no, or nothing, are not asked again each morning

    @model_validator(mode="after")
    def _counted_by_somebody(self) -> Self:
        if self.per_person_per_day and self.person is None:
            raise ValueError("per_person_per_day counts by `person`; name the field that says whose it is")
        return self


def unasked(source: str, team: str) -> Person:
    """Who stands where a requester would: nobody. `source` is "zendesk", "salesforce", "schedule", or a way in that
    only silent runs have.
    """
    return Person(user=_UNASKED + source, team=team)


def source_of(user: str) -> str:
    """What started a run by itself; empty when a person asked for it."""
    return user.removeprefix(_UNASKED) if user.startswith(_UNASKED) else ""


def texts(content: Any, path: str) -> tuple[str, ...]:
    """What stands at a path of some JSON, as text; nothing where there is nothing."""
    for step in path.split("."):
        content = content.get(step) if isinstance(content, Mapping) else None
    many = content if isinstance(content, list) else [content]
    return tuple(_text(one) for one in many if isinstance(one, str | int | bool))


def _any_of(found: Sequence[str], wanted: Scalar | tuple[Scalar, ...]) -> bool:
    listed = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(_text(one) in found for one in listed)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _amount(text: str) -> str | None:
    try:
        return text if Money.parse(text).minor > 0 else None
    except ValueError:
        return None


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
