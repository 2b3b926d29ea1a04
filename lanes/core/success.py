"""The lane's success test: comparisons of read-backs, joined by and/or. Parsed into a small tree, never evaluated.

    refund.status == "succeeded" and ticket.status == "solved"

Grammar: Python's own expression syntax (read by `ast`), cut down to `noun.field OP literal`, `and`, `or`.
A noun or field that was never read back makes its comparison false, and the reason says so.
"""

import ast
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, RootModel, field_validator

_OPERATORS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


class Success(RootModel[str]):
    """The text of the test, known to be well formed."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    @field_validator("root")
    @classmethod
    def _well_formed(cls, text: str) -> str:
        _check(_tree(text))
        return text

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """The (noun, field) pairs that the test asks for."""
        tree = ast.walk(_tree(self.root))
        return frozenset(
            (n.value.id, n.attr) for n in tree if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
        )

    def judge(self, readings: Mapping[str, Mapping[str, Any]]) -> tuple[bool, tuple[str, ...]]:
        """Whether it holds for what was read back, and what was missing or different, one sentence each."""
        shortfalls: list[str] = []
        met = _judge(_tree(self.root), readings, shortfalls)
        return met, () if met else tuple(shortfalls)


def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        raise ValueError(f'{text!r} is not a test such as refund.status == "succeeded"') from None


def _check(node: ast.expr) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value)
        case ast.Compare(
            left=ast.Attribute(value=ast.Name()), ops=[op], comparators=[ast.Constant(value=str() | int() | bool())]
        ) if type(op) in _OPERATORS:
            return
        case _:
            raise ValueError(f'`{ast.unparse(node)}` is not a comparison such as refund.status == "succeeded"')


def _judge(node: ast.expr, readings: Mapping[str, Mapping[str, Any]], shortfalls: list[str]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            held = [_judge(value, readings, shortfalls) for value in values]  # all of them, for their reasons
            return all(held)
        case ast.BoolOp(values=values):
            held = [_judge(value, readings, shortfalls) for value in values]
            return any(held)
        case ast.Compare(
            left=ast.Attribute(value=ast.Name(id=noun), attr=field), ops=[op], comparators=[ast.Constant(value=wanted)]
        ):
            if field not in readings.get(noun, {}):
                shortfalls.append(f"{noun}.{field} was never read back")
                return False
            found = readings[noun][field]
            if not _compare(found, _OPERATORS[type(op)], wanted):
                shortfalls.append(f"{noun}.{field} is {found!r}, wanted {_OPERATORS[type(op)]} {wanted!r}")
                return False
            return True
        case _:
            return False


def _compare(found: Any, operator: str, wanted: Any) -> bool:
    if operator in {"==", "!="}:
        return bool((found == wanted) == (operator == "=="))
    if type(found) is not type(wanted):
        return False
    return bool({"<": found < wanted, "<=": found <= wanted, ">": found > wanted, ">=": found >= wanted}[operator])
