"""The `when` of a policy row: a few comparisons on a write's own arguments, all of which must hold.

    {amount: "<= 25.00 USD"}          money: same currency, and the comparison holds
    {template: refund_confirmation}   equal
    {stage: [Proposal, Negotiation]}  one of
    {after: stripe.create_refund}     that write is done in this run

A comparison that cannot be made (another currency, a missing value) is `None`, not False: the gate reads a row that
permits as not matching, and a row that forbids as matching.
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, RootModel, field_validator

from tools.money import Money

_MONEY = re.compile(r"^(<=|>=|<|>|==)\s*(\S+ [A-Z]{3})$")
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq,
}  # fmt: skip
_COMPARES = ("<", ">", "=")
Literals = str | int | bool | tuple[str, ...]


class Condition(RootModel[Mapping[str, Literals]]):
    """Attribute → what is asked of it. Empty: always."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))
    root: Mapping[str, Literals] = {}

    @field_validator("root")
    @classmethod
    def _comparisons_are_whole(cls, root: Mapping[str, Literals]) -> Mapping[str, Literals]:
        for attribute, asked in root.items():
            if isinstance(asked, str) and asked.startswith(_COMPARES):
                match = _MONEY.match(asked)
                if match is None:
                    raise ValueError(f"{attribute}: {asked!r} is not a comparison such as '<= 25.00 USD'")
                Money.parse(match[2])
        return root

    @property
    def attributes(self) -> frozenset[str]:
        """The arguments this condition asks about."""
        return frozenset(self.root) - {"after"}

    @property
    def exact(self) -> Mapping[str, Literals]:
        """The arguments that must be one value or one of a list, with what they must be."""
        compared = {name for name, asked in self.root.items() if isinstance(asked, str) and asked.startswith(_COMPARES)}
        return {name: asked for name, asked in self.root.items() if name != "after" and name not in compared}

    @property
    def at_most(self) -> Money | None:
        """The money that it allows at most; None where it names no such bound."""
        return next((bound for _, asked in self._parsed if (bound := _upper(asked))), None)

    @cached_property
    def _parsed(self) -> tuple[tuple[str, Any], ...]:
        out: list[tuple[str, Any]] = []
        for attribute, asked in self.root.items():
            match = _MONEY.match(asked) if isinstance(asked, str) and attribute != "after" else None
            out.append((attribute, (_COMPARE[match[1]], Money.parse(match[2])) if match else asked))
        return tuple(out)

    def holds(self, arguments: Mapping[str, Any], done: frozenset[str]) -> bool | None:
        """True, False, or None when it cannot be told. `done` names the writes already done in this run."""
        answer: bool | None = True
        for attribute, asked in self._parsed:
            one = asked in done if attribute == "after" else _ask(arguments.get(attribute), asked)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    def __str__(self) -> str:
        said = [f"{name} is one of {', '.join(map(repr, asked))}" if isinstance(asked, tuple)
                else f"{asked} is done" if name == "after"
                else f"{name} {asked}" if isinstance(asked, str) and asked.startswith(_COMPARES)
                else f"{name} is {asked}" for name, asked in self.root.items()]  # fmt: skip
        return " and ".join(said) or "always"


def _upper(asked: Any) -> Money | None:
    match asked:
        case (operator.le | operator.lt | operator.eq, Money() as bound):
            return bound
        case _:
            return None


def _ask(value: Any, asked: Any) -> bool | None:
    match asked:
        case (compare, Money() as bound):
            try:
                amount = Money.model_validate(value)
            except ValueError:
                return None
            return bool(compare(amount.minor, bound.minor)) if amount.currency == bound.currency else None
        case tuple():
            return value in asked if value is not None else None
        case _:
            return bool(value == asked) if value is not None else None
