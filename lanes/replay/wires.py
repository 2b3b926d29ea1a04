"""The wires of a recording: one that writes down what is asked and answered, and one that answers from that alone.

A request is known by its system, method, path, query and body. The answers to one request come in the order in which
they were recorded, and the last of them stays: asking once more is nothing else than was asked. A request that was not
recorded, and every request that would change something, is `Diverged`: it goes nowhere.
"""

import json as jsonlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

from lanes.replay.cases import Exchange, Failed
from tools.contract import ToolError, Wire


class Diverged(Exception):
    """The replay asks for something that the recording does not have."""

    def __init__(self, system: str, asked: str) -> None:
        super().__init__(f"{system}: {asked}")
        self.system, self.asked = system, asked


class RecordedWire:
    """`contract.Wire` of one system, over what was recorded of it."""

    def __init__(self, system: str, answers: "Answers") -> None:
        self.web = web(system)
        self.system, self.answers = system, answers

    def call(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None, json: object | None = None,
        form: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None, timeout: timedelta,
        changes: bool = False,
    ) -> Any:  # fmt: skip
        """The recorded answer. Raises what was raised then, or `Diverged`."""
        asked = _exchange(self.system, f"{method} {path}", query, json, form)
        if changes:
            raise Diverged(self.system, f"{shown(asked)}, which would change something")
        found = self.answers.next(asked)
        if found.failed:
            raise found.failed.error()
        return deepcopy(found.answer)


class Answers:
    """All exchanges of a recording, to be answered from."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._left: dict[str, list[Exchange]] = defaultdict(list)
        for one in exchanges:
            self._left[_name(one)].append(one)

    def next(self, asked: Exchange) -> Exchange:
        found = self._left.get(_name(asked))
        if not found:
            raise Diverged(asked.system, shown(asked))
        return found.pop(0) if len(found) > 1 else found[0]


class RecordingWire:
    """`contract.Wire` that passes on to another one, and writes into `kept` what it was asked and answered."""

    def __init__(self, system: str, wire: Wire, kept: list[Exchange]) -> None:
        self.web = web(system)
        self.system, self.wire, self.kept = system, wire, kept

    def call(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None, json: object | None = None,
        form: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None, timeout: timedelta,
        changes: bool = False,
    ) -> Any:  # fmt: skip
        asked = _exchange(self.system, f"{method} {path}", query, json, form)
        try:
            answer = self.wire.call(
                method, path, query=query, json=json, form=form, headers=headers, timeout=timeout, changes=changes
            )
        except ToolError as error:
            self.kept.append(asked.model_copy(update={"failed": Failed.of(error)}))
            raise
        self.kept.append(asked.model_copy(update={"answer": answer}))
        return answer


def once(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """A request that was always answered the same is kept once."""
    by_name: dict[str, list[Exchange]] = defaultdict(list)
    every = [*exchanges]
    for one in every:
        by_name[_name(one)].append(one)
    always = {name for name, same in by_name.items() if all(one == same[0] for one in same)}
    return tuple(one for one in every if _name(one) not in always or one is by_name[_name(one)][0])


def web(system: str) -> str:
    """Where a recording's records would be opened: nowhere."""
    return f"https://{system}.example"


def shown(one: Exchange) -> str:
    """A request as a person reads it."""
    query = "&".join(f"{name}={value}" for name, value in one.query.items())
    body = f" {_text(one.body)}" if one.body is not None else ""
    return f"{one.ask}{'?' if query else ''}{query}{body}"


def _exchange(
    system: str, ask: str, query: Mapping[str, str | int] | None, json: object | None,
    form: Mapping[str, str | int] | None,
) -> Exchange:  # fmt: skip
    body = deepcopy(json) if json is not None else dict(form) if form else None
    return Exchange(system=system, ask=ask, query=dict(query or {}), body=body)


def _name(one: Exchange) -> str:
    query = {name: str(value) for name, value in one.query.items()}
    return _text([one.system, one.ask, query, one.body])


def _text(value: Any) -> str:
    """One text for one value; a number of a file is a `Decimal`, one of a tool may be a float."""
    return jsonlib.dumps(value, sort_keys=True, ensure_ascii=False, default=float)
