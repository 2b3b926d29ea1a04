"""A case: one recorded run, what it read and what came of it, as a file that a person can read and write.

The rules, before the code:

1. `expect.trace` is the run as it should go: each call that read something, each draft with its ruling and what became
   of it. What people did there (a yes, a no with its reason, another amount) is said again when the case is replayed.
2. What was read stands in `wire` (requests and their answers: the real connector runs over them) or, where only the
   ledger was there to tell, in `told` and `looked` (what each call answered, what each draft found its target to be).
3. A suite is a folder of such files, one case each. A file that does not load names its line, and nothing starts.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AwareDatetime, Discriminator, Field, PositiveInt, Tag, ValidationError, model_validator

from lanes.core.page import Lane, Mode, Slug
from lanes.core.states import State
from lanes.core.values import Lease, Precedent, Prior
from lanes.files import LOADER, FaultyPage, read, validated
from tools.contract import Frozen, Refused, Target, ToolError, Unavailable, Uncertain

_ONE_LINE = 90  # characters of JSON that still read well in one line
_DENSE = 700  # of a vendor's record, which nobody reads field by field
_ERRORS: Mapping[str, type[ToolError]] = {"refused": Refused, "unavailable": Unavailable, "uncertain": Uncertain}


class Failed(Frozen):
    """What a system said, or did not say, instead of an answer."""

    kind: Literal["refused", "unavailable", "uncertain"]
    code: str
    message: str

    @classmethod
    def of(cls, error: ToolError) -> Self:
        kind = next(name for name, known in _ERRORS.items() if isinstance(error, known))
        return cls.model_validate({"kind": kind, "code": error.code, "message": error.message})

    def error(self) -> ToolError:
        return _ERRORS[self.kind](self.code, self.message)


class Exchange(Frozen):
    """One request and its answer. `ask` is the method and the path."""

    system: str
    ask: str
    query: Mapping[str, Any] = {}
    body: Any = None
    answer: Any = None
    failed: Failed | None = None


class Told(Frozen):
    """What one call answered: the result of a read, or why it, or the look before a draft, failed."""

    tool: str
    arguments: Mapping[str, Any]
    answer: Any = None
    failed: Failed | None = None


class Looked(Frozen):
    """What one draft found its target to be. `owner`: whose record it is, by a name that `people` knows."""

    tool: str
    arguments: Mapping[str, Any]
    target: Target
    owner: str = ""


class Change(Frozen):
    """The same change made, or under way, elsewhere when the run drafted it."""

    change: str  # the tool's business key
    by: Prior


class Called(Frozen):
    """A call that changed nothing: a read, or one that came to nothing (`failed` is the code the model was told)."""

    call: str
    arguments: Mapping[str, Any]
    failed: str = ""
    said: str = ""  # with the failure; told, and held against nothing


class Ruled(Frozen):
    verdict: Literal["auto", "approve", "block"]
    reasons: tuple[str, ...]
    quorum: int = 0
    stages: tuple[str, ...] = ()


class Drafted(Frozen):
    """A draft, or the version that a person made of one: what it says, how it is ruled, what becomes of it."""

    draft: str
    arguments: Mapping[str, Any]
    ruling: Ruled
    became: State
    result: Mapping[str, Any] | None = None  # what the system showed once it was done
    code: str = ""  # of a rejection, a failure, a replacement
    said: str = ""  # the note, the message, the question, what had changed


def _kind(step: Any) -> str:
    return "call" if isinstance(step, Called) or (isinstance(step, Mapping) and "call" in step) else "draft"


Step = Annotated[Annotated[Called, Tag("call")] | Annotated[Drafted, Tag("draft")], Discriminator(_kind)]


class Expected(Frozen):
    """What must come of it. `outcome` is empty for a run that still waited for people when it was recorded."""

    trace: tuple[Step, ...]
    outcome: str = ""
    reasons: tuple[str, ...] = ()
    answer: Mapping[str, str] | None = None  # the choices, without the summary: that is prose
    steps: PositiveInt  # turns of the model, at most
    usd: Annotated[float, Field(ge=0)]  # of the model, at most


class Case(Frozen):
    """One recorded run. `run` gives the drafts the keys they had, `at` is the moment its tools and its day live in."""

    case: Slug
    about: str = ""
    lane: Slug
    subject: str
    at: AwareDatetime
    run: str
    mode: Mode
    by: str  # Slack id of who asked
    inputs: Mapping[str, str] = {}
    message: str = ""
    precedents: tuple[Precedent, ...] = ()
    lease: Lease | None = None
    people: Mapping[str, str | None] = {}  # e-mail → Slack id; "": not in Slack, null: Slack did not say
    spent: Mapping[str, int] = {}  # of the day's totals before the run began, by what they count
    prior: tuple[Change, ...] = ()
    readings: Mapping[str, Mapping[str, Any]] = {}  # by noun, at the end; what each write left, where it is not here
    expect: Expected
    wire: tuple[Exchange, ...] = ()
    told: tuple[Told, ...] = ()
    looked: tuple[Looked, ...] = ()

    @model_validator(mode="after")
    def _one_way_of_telling(self) -> Self:
        if self.wire and (self.told or self.looked):
            raise ValueError("write `wire`, or `told` and `looked`: what was read is told in one way")
        return self

    @property
    def drafts(self) -> tuple[Drafted, ...]:
        return tuple(step for step in self.expect.trace if isinstance(step, Drafted))


def suite_folder(above: Path, page: Lane) -> Path | None:
    """Where a lane's cases are, of the folder above its catalog; the page may name an absolute path, or none."""
    return above / page.suite if page.suite else None


def load_suite(folder: Path) -> dict[str, Case]:
    """The cases of a folder by name, in the order of their files. Raises `FaultyPage`."""
    cases: dict[str, Case] = {}
    for file in sorted((*folder.glob("*.yml"), *folder.glob("*.json"))):
        case = load_case(file)
        if case.case in cases:
            raise FaultyPage(file, 1, f"case: {case.case} is the name of another case of this suite already")
        cases[case.case] = case
    if not cases:
        raise FaultyPage(folder, 0, "no replay case (*.yml) was found in it")
    return cases


def load_case(file: Path) -> Case:
    """One case. Raises `FaultyPage`. A file that has not changed is read once."""
    try:
        there = file.stat()
    except OSError as error:
        raise FaultyPage(file, 0, f"cannot be read: {error.strerror}") from error
    return _loaded(file, there.st_mtime_ns, there.st_size)


@lru_cache(maxsize=1024)
def _loaded(file: Path, _changed: int, _size: int) -> Case:
    content, lines = read(file, _Loader)
    return validated(Case, content, file, lines, what="replay case")


def parse(text: str) -> Case:
    """A case from what `written` made. Raises `ValueError`."""
    try:
        return Case.model_validate(yaml.load(text, _Loader))  # noqa: S506 - a safe loader that reads decimals exactly
    except (yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"this is no replay case: {error}") from error


def written(case: Case) -> str:
    """A case as its file, in the order of the fields, without what is as it always is."""
    content = _plain(case.model_dump(mode="python", exclude_defaults=True))
    for one in content.get("wire", ()):
        one |= {name: _Dense(value) for name, value in one.items() if isinstance(value, dict)}
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Loader(LOADER):  # type: ignore[misc, valid-type]
    """Decimals as they are written: 38.10 is not nearly 38.1."""


class _Dumper(yaml.SafeDumper):
    """Longer texts as blocks, short lists and objects in one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(_: Any, node: yaml.ScalarNode) -> Decimal | float:
    try:
        return Decimal(node.value)
    except ArithmeticError:  # .inf, 1_000.5: nothing that a vendor's JSON holds
        return float(node.value)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and value == value.replace("\r", "") and not _frayed(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _frayed(value: str) -> bool:
    """Does a line end with a blank? Then a block would not give it back."""
    return any(line != line.rstrip() for line in value.split("\n"))


class _Dense(dict[str, Any]):
    """What a vendor answered: seldom read, and long."""


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.MappingNode:
    most = _DENSE if isinstance(value, _Dense) else _ONE_LINE
    inner = {name: _denser(one) for name, one in value.items()} if isinstance(value, _Dense) else value
    return dumper.represent_mapping("tag:yaml.org,2002:map", inner, flow_style=_short(value, most))


def _denser(value: Any) -> Any:
    match value:
        case dict():
            return _Dense(value)
        case list():
            return [_denser(one) for one in value]
        case _:
            return value


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_short(value, _ONE_LINE))


def _short(value: Any, most: int) -> bool:
    """Does it read well in one line, or in a few?"""
    return len(json.dumps(value, default=str)) <= most and not any("\n" in str(one) for one in _all(value))


def _all(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for inner in value.values():
                yield from _all(inner)
        case list():
            for inner in value:
                yield from _all(inner)
        case _:
            yield value


def _plain(value: Any) -> Any:
    """As YAML writes it: enums and moments as texts, tuples as lists, mappings as dicts."""
    match value:
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple() | frozenset():
            return [_plain(inner) for inner in value]
        case datetime():
            return value.isoformat()
        case State() | Mode():
            return str(value)
        case _:
            return value


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(_Dense, _mapping)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value:f}"))
