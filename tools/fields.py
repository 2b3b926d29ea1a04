"""The fields of a tool's models, one by one: what kind of data each holds, and which of them route a write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from tools.contract import Data, Role
from tools.money import Money


@dataclass(frozen=True)
class Leaf:
    """One field that holds a value. `path` is dotted, `*` stands for every entry of a list: "comments.*.text"."""

    path: str
    data: Data | None  # None: nobody said
    routes: bool


@dataclass(frozen=True)
class Found:
    """A value of a model, with the field it stands in; the path names the entry: "comments.2.text"."""

    path: str
    value: str | int | bool | Money
    leaf: Leaf


def leaves(model: type[BaseModel]) -> tuple[Leaf, ...]:
    """Every field of `model`, those of the models inside it included. An amount of money is one field."""
    return _of_model(model)


@lru_cache(maxsize=512)
def _of_model(model: type[BaseModel]) -> tuple[Leaf, ...]:
    hints = get_type_hints(model, include_extras=True)
    return tuple(leaf for name in model.model_fields for leaf in _leaves(hints[name], name, None, routes=False))


def values(model: type[BaseModel], content: Any) -> Iterator[Found]:
    """What JSON-ready `content` of `model` holds, field by field; what is None or empty holds nothing."""
    known = {leaf.path: leaf for leaf in leaves(model)}
    yield from _values(content, (), known)


def _leaves(hint: Any, path: str, data: Data | None, *, routes: bool) -> Iterator[Leaf]:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *tags = get_args(hint)
        data = next((tag for tag in tags if isinstance(tag, Data)), data)
        yield from _leaves(inner, path, data, routes=routes or Role.ROUTES in tags)
    elif origin in {Union, UnionType}:
        inner = [one for one in get_args(hint) if one is not type(None)]
        yield from dict.fromkeys(leaf for one in inner for leaf in _leaves(one, path, data, routes=routes))
    elif isinstance(origin, type) and issubclass(origin, Sequence | Mapping):
        entry = get_args(hint)[-1 if issubclass(origin, Mapping) else 0]
        yield from _leaves(entry, f"{path}.*", data, routes=routes)
    elif isinstance(hint, type) and issubclass(hint, BaseModel) and hint is not Money:
        hints = get_type_hints(hint, include_extras=True)
        for name in hint.model_fields:
            yield from _leaves(hints[name], f"{path}.{name}", data, routes=routes)
    else:
        yield Leaf(path, data, routes)


def _values(content: Any, path: tuple[str, ...], known: Mapping[str, Leaf]) -> Iterator[Found]:
    leaf = known.get(".".join(path)) or known.get(".".join("*" if step.isdecimal() else step for step in path))
    where = ".".join(path)
    match content:
        case {"minor": int(), "currency": str(), **rest} if leaf and not rest:
            yield Found(where, Money.model_validate(content), leaf)
        case Mapping():
            for name, value in content.items():
                yield from _values(value, (*path, str(name)), known)
        case list() | tuple():
            for n, value in enumerate(content):
                yield from _values(value, (*path, str(n)), known)
        case str() | int() if leaf and content != "":
            yield Found(where, content, leaf)
        case _:
            return
