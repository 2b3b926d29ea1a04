"""The arguments of two calls of one tool, field by field.

Two comparisons stand beside each other. Exact: the two are equal as JSON (1 is 1.0, true is not 1, null is not absent).
Typed: each field by its kind (`kinds.py`), which comes from the tool's own argument model where the tool is ours, and
from the field's name and the two values where it is not. An amount whose name says so is one of cents (`amount_cents`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from lanes.shadow import kinds
from lanes.shadow.kinds import Gap, Kind, Tolerances
from tools.contract import Data
from tools.fields import Typed, typed
from tools.money import Money
from tools.values import Day

Path = tuple[str | int, ...]
_OF_DAY = get_args(Day)[1]  # what marks a text of a model as a date
_MONEY_NAMES = {"amount", "price", "cost", "fee", "refund", "total", "subtotal", "balance", "discount"}
_NO_MONEY = {"count", "quantity", "percent", "percentage", "rate", "days", "hours", "items"}  # total_count, fee_percent
_CENTS = {"cents", "cent", "pence", "minor"}
_PERSON_NAMES = {"assignee", "owner", "email", "mail", "requester", "agent", "user", "author", "approver", "recipient"}
_ID_NAMES = {"id", "ids", "key", "ref", "number", "code"}
_NAME_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_LONGEST_LABEL = 5  # words; a text of more is prose


class Absent(Enum):
    """No such field on this side."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True)
class Difference:
    """One field that is not exactly equal. `same`: but it means the same."""

    path: Path
    kind: Kind
    suggested: Any  # or ABSENT
    actual: Any
    distance: int  # of `kinds.WHOLE`
    gap: Gap | None

    @property
    def same(self) -> bool:
        return self.distance == 0

    @property
    def field(self) -> str:
        """Dotted, with `*` for any entry of a list: "items.*.price"."""
        return _named(self.path)


@dataclass(frozen=True)
class Comparison:
    """Two sets of arguments. `in_common`: fields with a value that both sides share."""

    differences: tuple[Difference, ...]
    in_common: int

    @property
    def exact(self) -> bool:
        return not self.differences

    @property
    def same(self) -> bool:
        return all(one.same for one in self.differences)


@dataclass(frozen=True)
class Comparing:
    """How arguments are compared: the kinds of each known tool's fields, and the tolerances."""

    known: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)  # tool → field → kind
    tolerances: Tolerances = field(default_factory=Tolerances)

    def compare(
        self, tool: str, suggested: Mapping[str, Any], actual: Mapping[str, Any], subject: str = ""
    ) -> Comparison:
        """Field by field. A value that only names the `subject` is not counted as something in common."""
        ours, theirs, of_tool = leaves(suggested), leaves(actual), self.known.get(tool, {})
        differences, in_common = [], 0
        for path in dict.fromkeys((*ours, *theirs)):
            one, other = ours.get(path, ABSENT), theirs.get(path, ABSENT)
            if equal(one, other):
                in_common += not kinds.is_nothing(one) and str(one) != subject
                continue
            found = self._difference(path, ours, theirs, of_tool)
            in_common += found.same and not kinds.is_nothing(one) and one is not ABSENT
            differences.append(_with_gap(found, ours, theirs))
        return Comparison(tuple(differences), in_common)

    def _difference(
        self, path: Path, ours: Mapping[Path, Any], theirs: Mapping[Path, Any], of_tool: Mapping[str, Kind]
    ) -> Difference:
        name, (here, there) = _named(path), (side.get(path) for side in (ours, theirs))
        kind = of_tool.get(name) or of_tool.get(f"{name}.*") or inferred(name, here, there)
        if kind is Kind.MONEY:
            here, there = (_in_whole_units(path, side) for side in (ours, theirs))
        apart = kinds.distance(kind, here, there, self.tolerances)
        return Difference(path, kind, ours.get(path, ABSENT), theirs.get(path, ABSENT), apart, None)


def equal(one: Any, other: Any) -> bool:
    """Equal as JSON: numbers by value, and neither true nor false is a number."""
    if isinstance(one, str) or isinstance(other, str) or one is ABSENT or other is ABSENT:
        return bool(one == other and type(one) is type(other))
    return written(one) == written(other)


def written(value: Any) -> str:
    """One text for all JSON values that are equal. A float that is a whole number is that number."""
    text = _WRITER.encode(value)
    return _WRITER.encode(_whole(value)) if ".0" in text or "e+" in text else text  # as a whole float is written


def leaves(arguments: Mapping[str, Any]) -> dict[Path, Any]:
    """Every value that is no object and no list of objects, by where it stands. An amount with its currency is one."""
    return {path: value for name, inner in arguments.items() for path, value in _leaves((name,), inner)}


def kinds_of(model: type[BaseModel]) -> dict[str, Kind]:
    """How each field of a tool's arguments is compared: dotted path → kind."""
    return {one.leaf.path: _of_type(one) for one in typed(model)}


@lru_cache(maxsize=4096)
def _parts(name: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _NAME_PARTS.findall(name.rpartition(".")[2]))


def inferred(name: str, one: Any, other: Any) -> Kind:
    """The kind of a field that no model declares, by its name and both values (None: there is none).

    One side alone decides where the other has no value; where the two sides read as different kinds, they are ids if
    the name says so, else words.
    """
    found = {_looks_like(_parts(name), value) for side in (one, other) for value in _plain(side)} - {None}
    if found == {Kind.WORDS, Kind.PROSE}:
        return Kind.PROSE
    if found <= {Kind.NUMBER, Kind.ID} and found:
        return Kind.ID if Kind.ID in found else Kind.NUMBER
    return next(iter(found)) or Kind.WORDS if len(found) == 1 else Kind.WORDS


def _plain(side: Any) -> list[Any]:
    return side if isinstance(side, list) else [side]


def _looks_like(parts: frozenset[str], value: Any) -> Kind | None:
    if kinds.is_nothing(value):
        return None
    if isinstance(value, bool):
        return Kind.CHOICE
    named = parts & _MONEY_NAMES and not parts & (_ID_NAMES | _NO_MONEY)
    if isinstance(value, dict) or (named and kinds.amount(value) is not None):
        return Kind.MONEY
    if kinds.reads_as_number(value):
        return Kind.ID if parts & _ID_NAMES else Kind.NUMBER
    return _looks_like_text(parts, str(value))


def _looks_like_text(parts: frozenset[str], text: str) -> Kind:
    if kinds.reads_as_day(text):
        return Kind.DAY
    if kinds.reads_as_person(text) or parts & _PERSON_NAMES:
        return Kind.PERSON
    if " " not in text.strip() and (any(sign.isdigit() for sign in text) or parts & _ID_NAMES):
        return Kind.ID
    return Kind.PROSE if len(text.split()) > _LONGEST_LABEL else Kind.WORDS


def _of_type(one: Typed) -> Kind:
    """The first of these that holds."""
    leaf, kind = one.leaf, one.type if isinstance(one.type, type) else object
    of_list = get_origin(one.type) is Literal or issubclass(kind, bool | Enum)
    return next(
        found
        for found, holds in (
            (Kind.MONEY, issubclass(kind, Money)),
            (Kind.CHOICE, of_list),
            (Kind.NUMBER, issubclass(kind, int | float)),
            (Kind.DAY, _OF_DAY in one.tags or issubclass(kind, date)),
            (Kind.PROSE, leaf.data is Data.FREE_TEXT),
            (Kind.PERSON, leaf.data is Data.PII),
            (Kind.ID, leaf.routes),
            (Kind.WORDS, True),
        )
        if holds
    )


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value and not _is_amount(value):
        for name, inner in value.items():
            yield from _leaves((*path, name), inner)
    elif isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        for n, entry in enumerate(value):
            yield from _leaves((*path, n), entry)
    else:
        yield path, value


def _is_amount(value: Mapping[str, Any]) -> bool:
    return value.keys() in ({"minor", "currency"}, {"amount", "currency"}, {"value", "currency"})


def _with_gap(found: Difference, ours: Mapping[Path, Any], theirs: Mapping[Path, Any]) -> Difference:
    """With the difference in money, in the currency that stands beside the amount where it does not hold its own."""
    if found.kind is not Kind.MONEY or found.suggested is ABSENT or found.actual is ABSENT:
        return found
    named = {_currency(found.path, side) for side in (ours, theirs)} - {""}
    if len(named) > 1:
        return found
    here, there = (_in_whole_units(found.path, side) for side in (ours, theirs))
    apart = kinds.gap(here, there, named.pop() if named else "")
    return Difference(found.path, found.kind, found.suggested, found.actual, found.distance, apart)


def _currency(path: Path, side: Mapping[Path, Any]) -> str:
    """What stands beside an amount; empty where nothing does."""
    return str(side.get((*path[:-1], "currency")) or "").upper()


def _in_whole_units(path: Path, side: Mapping[Path, Any]) -> Any:
    """The amount that stands there; one that is named in cents as dollars."""
    value = side.get(path)
    if not _parts(_named(path)) & _CENTS or not kinds.reads_as_number(value):
        return value
    unit = kinds.smallest_unit(_currency(path, side)) or Decimal("0.01")
    return f"{Decimal(str(value).strip().replace(',', '')) * unit:f}"


def _named(path: Path) -> str:
    return ".".join("*" if isinstance(step, int) else step for step in path)


def _whole(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _whole(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_whole(inner) for inner in value]
        case _:
            return value
