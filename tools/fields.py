"""The fields of a tool's models, one by one: what kind of data each holds, and which of them route a write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
class Typed:
    """A field with its type, taken out of `Annotated` and `Optional`, and everything that was annotated on it."""

    leaf: Leaf
    type: Any
    tags: tuple[Any, ...]


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
    return tuple(dict.fromkeys(one.leaf for one in typed(model)))


def typed(model: type[BaseModel]) -> Iterator[Typed]:
    """The same fields with their types; a field of several types comes once with each."""
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        yield from _typed(hints[name], Leaf(name, None, routes=False), ())


def values(model: type[BaseModel], content: Any) -> Iterator[Found]:
    """What JSON-ready `content` of `model` holds, field by field; what is None or empty holds nothing."""
    known = {leaf.path: leaf for leaf in leaves(model)}
    yield from _values(content, (), known)


def _typed(hint: Any, so_far: Leaf, tags: tuple[Any, ...]) -> Iterator[Typed]:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *more = get_args(hint)
        data = next((tag for tag in more if isinstance(tag, Data)), so_far.data)
        yield from _typed(inner, Leaf(so_far.path, data, so_far.routes or Role.ROUTES in more), (*tags, *more))
    elif origin in {Union, UnionType}:
        for one in get_args(hint):
            if one is not type(None):
                yield from _typed(one, so_far, tags)
    elif isinstance(origin, type) and issubclass(origin, Sequence | Mapping):
        entry = get_args(hint)[-1 if issubclass(origin, Mapping) else 0]
        yield from _typed(entry, replace(so_far, path=f"{so_far.path}.*"), tags)
    elif isinstance(hint, type) and issubclass(hint, BaseModel) and hint is not Money:
        hints = get_type_hints(hint, include_extras=True)
        for name in hint.model_fields:
            yield from _typed(hints[name], Leaf(f"{so_far.path}.{name}", so_far.data, routes=False), ())
    else:
        yield Typed(so_far, hint, tags)


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
