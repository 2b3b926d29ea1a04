"""What of a write a person may change, field by field, read off the tool's own model of its arguments.

The rules, before the code. Three things stay as they are:

1. What names the record. Another ticket, charge or opportunity would be another action, about which nobody has read
   anything. A field names the record when it routes the write, has to be there and is plain text (an id, an address);
   or when the target that was looked at is called by its value.
2. What repeats the record as it was read (`Echoes`): it is compared at the write, nobody chooses it.
3. What no input of Slack's holds whole: texts over 3,000 characters, nested lists of lists, and whatever comes after
   the first 20 fields.

Everything else is asked for: amounts, choices, switches, days, numbers, people, words, and the leaves of nested models.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tools.contract import Data, Role
from tools.money import Money
from tools.values import Day, SlackUser

LONGEST = 3000  # characters of a plain_text_input; docs.slack.dev, "Plain-text input element"
MOST_INPUTS = 20  # more is no form that anybody reads through between two other tasks
MOST_CHOICES = 100  # options of a select; "Select menu element"
LONGEST_CHOICE = 150  # characters of an option's value; "Option object"
ROOM = 150_000  # bytes of what the inputs start with; a view takes 250 KB in all ("Views")
ONE_LINE = 150  # characters that a line of the form still shows
A_TITLE = 255  # characters; prose that may be longer gets a box of several lines from the start
_DAY, _SLACK_USER = get_args(Day)[1], get_args(SlackUser)[1]


class Kind(StrEnum):
    """How a field is asked for."""

    MONEY = "money"
    CHOICE = "choice"  # one of a closed list
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"
    WHOLE = "whole"  # a whole number
    NUMBER = "number"
    PERSON = "person"
    LINE = "line"
    TEXT = "text"
    LINES = "lines"  # a list of short texts, one a line
    CHOICES = "choices"  # some of a closed list


class Kept(StrEnum):
    """Why a field stays as it is."""

    RECORD = "record"
    ECHO = "echo"
    LONG = "long"
    MANY = "many"
    SHAPE = "shape"


@dataclass(frozen=True)
class Field:
    """One field of a write: where it stands, what it holds now (JSON-ready), and how it is asked for, or why it is not.

    `optional`: it may be left empty, and then holds `empty`. `choices` are the values of a closed list, by their text.
    """

    path: tuple[str, ...]
    value: Any
    kind: Kind | None = None
    kept: Kept | None = None
    optional: bool = False
    empty: Any = None
    choices: Mapping[str, Any] | None = None
    most: int = LONGEST  # characters
    about: str = ""  # what the tool says of it

    @property
    def filled(self) -> bool:
        """Does it hold anything?"""
        return self.value not in (None, "", [])


def fields(model: type[BaseModel], arguments: Mapping[str, Any], ref: str) -> tuple[Field, ...]:
    """Every field of `arguments`, which are JSON-ready and of `model`; `ref` is what the write's target is called."""
    return tuple(_bounded(_of_model(model, arguments, (), ref.partition(" ")[2])))


def typed(field: Field) -> str:
    """The value as it stands in a text input."""
    if isinstance(field.value, list):
        return "\n".join(map(str, field.value))
    if field.kind is Kind.MONEY and field.value:
        return Money.model_validate(field.value).plain
    return "" if field.value is None else str(field.value)


def _bounded(found: Iterable[Field]) -> Iterator[Field]:
    """At most so many inputs, that start with at most so much; what comes after is kept, and named."""
    inputs, room = MOST_INPUTS, ROOM
    for field in found:
        if field.kept:
            yield field
            continue
        room -= len(json.dumps([field.value, field.path, list(field.choices or ())]))
        inputs -= 1
        yield field if inputs >= 0 and room >= 0 else replace(field, kept=Kept.MANY)


def _of_model(
    model: type[BaseModel], content: Mapping[str, Any], path: tuple[str, ...], called: str
) -> Iterator[Field]:
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        default = info.get_default(call_default_factory=True)
        empty = not info.is_required() and default in (None, "", (), [])
        nothing = [] if default in ((), []) else default
        start = Field(
            (*path, name), content.get(name), optional=empty, empty=nothing if empty else None,
            about=info.description or "",
        )  # fmt: skip
        yield from _of(hints[name], start, tuple(info.metadata), called, required=info.is_required())


def _of(hint: Any, field: Field, tags: tuple[Any, ...], called: str, *, required: bool) -> Iterator[Field]:
    """The fields that a type holds, a leaf or those of the models inside it."""
    hint, tags, nullable = _bare(hint, tags)
    if nullable and not field.optional:
        field = replace(field, optional=True)
    origin = get_origin(hint)
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint is not Money:
        if isinstance(field.value, Mapping):
            yield from _of_model(hint, field.value, field.path, called)
        else:
            yield replace(field, kept=Kept.SHAPE)
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        yield from _of_list(hint, field, tags, called, required=required)
    else:
        leaf = _leaf(hint, field, tags)
        yield _kept(leaf, tags, called, required=required) if leaf.kind else replace(leaf, kept=Kept.SHAPE)


def _of_list(hint: Any, field: Field, tags: tuple[Any, ...], called: str, *, required: bool) -> Iterator[Field]:
    kinds = [one for one in get_args(hint) if one is not Ellipsis]
    entries = field.value or []
    inner, inner_tags, nullable = _bare(kinds[0], ()) if len(set(kinds)) == 1 else (None, (), False)
    if isinstance(inner, type) and issubclass(inner, BaseModel) and inner is not Money:
        for n, one in enumerate(entries):
            yield from _of_model(inner, one, (*field.path, str(n)), called)
        if not entries:
            yield replace(field, kept=Kept.SHAPE)
        return
    one = _leaf(inner, replace(field, value=""), inner_tags)
    field = replace(field, optional=field.optional or not _least(tags), empty=[])
    if one.kind is Kind.CHOICE and not nullable:
        yield _kept(replace(field, kind=Kind.CHOICES, choices=one.choices), tags, called, required=required)
    elif one.kind in {Kind.LINE, Kind.TEXT} and not any("\n" in str(entry) for entry in entries):
        yield _kept(replace(field, kind=Kind.LINES), (*tags, *inner_tags), called, required=required)
    else:
        yield replace(field, kept=Kept.SHAPE)


def _leaf(hint: Any, field: Field, tags: tuple[Any, ...]) -> Field:
    """The field with its kind; without one where no input fits it."""
    if choices := _choices(hint):
        return _of_choices(field, choices)
    if any(tag is _SLACK_USER for tag in tags):
        return replace(field, kind=Kind.PERSON)
    if hint is date or _DAY in tags:
        return replace(field, kind=Kind.DAY)
    if hint is str:
        return _words(field, tags)
    kinds = {
        Money: Kind.MONEY, bool: Kind.FLAG, int: Kind.WHOLE, float: Kind.NUMBER, Decimal: Kind.NUMBER,
        datetime: Kind.MOMENT,
    }  # fmt: skip
    return replace(field, kind=kinds.get(hint))


def _choices(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    return tuple(one.value for one in hint) if isinstance(hint, type) and issubclass(hint, Enum) else ()


def _of_choices(field: Field, choices: tuple[Any, ...]) -> Field:
    """A closed list; an empty text among it stands for leaving the field empty. One that is too long is typed."""
    listed = {str(one): one for one in choices if one not in (None, "")}
    if "" in choices:
        field = replace(field, optional=True, empty="")
    fits = len(listed) <= MOST_CHOICES and max(map(len, listed), default=0) <= LONGEST_CHOICE
    return replace(field, kind=Kind.CHOICE if fits else Kind.LINE, choices=listed)


def _words(field: Field, tags: tuple[Any, ...]) -> Field:
    most = min([LONGEST, *_each(tags, "max_length")])
    now = str(field.value or "")
    prose = Data.FREE_TEXT in tags and most > A_TITLE
    return replace(field, kind=Kind.TEXT if prose or len(now) > ONE_LINE or "\n" in now else Kind.LINE, most=most)


def _kept(field: Field, tags: tuple[Any, ...], called: str, *, required: bool) -> Field:
    if Role.ECHOES in tags:
        return replace(field, kept=Kept.ECHO)
    if field.kind in {Kind.LINE, Kind.TEXT, Kind.LINES} and not field.choices:
        if (field.value and field.value == called) or (required and Role.ROUTES in tags):
            return replace(field, kept=Kept.RECORD)
        if len(typed(field).encode("utf-16-le")) // 2 > LONGEST:  # as a client may count it: an emoji is two
            return replace(field, kept=Kept.LONG)
    return field


def _bare(hint: Any, tags: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool]:
    """A type without what is said of it, what is said of it, and whether it may be None."""
    nullable = False
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *more = get_args(hint)
            tags = (*tags, *more, *(one for tag in more if isinstance(tag, FieldInfo) for one in tag.metadata))
        elif origin in {Union, UnionType}:
            inner = [one for one in get_args(hint) if one is not type(None)]
            nullable = nullable or len(inner) < len(get_args(hint))
            if len(inner) != 1:
                return None, tags, nullable
            hint = inner[0]
        else:
            return hint, tags, nullable


def _each(tags: tuple[Any, ...], limit: str) -> list[int]:
    return [found for tag in tags if isinstance(found := getattr(tag, limit, None), int)]


def _least(tags: tuple[Any, ...]) -> int:
    """How many entries a list has at the least."""
    return max(_each(tags, "min_length"), default=0)
