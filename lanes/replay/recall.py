"""Tools that answer from a recording. Each is the real tool, with its real schemas; only what reaches outside is told.

Where the wire was recorded, that is nothing but `read_back`: no write was made, so what one left behind is what the
recording says it left. Where only the ledger was there to tell, reads and looks are told as well, and must still fit
the tool's own result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from lanes.replay.cases import Case, Looked, Told
from lanes.replay.wires import Diverged
from lanes.shadow.comparing import Comparing
from tools.contract import ReadTool, Refused, Target, Tool, WriteTool

AnyTool = Tool[Any, Any]
T = TypeVar("T", Told, Looked)


@dataclass
class Memory:
    """What is told of one case. `left`: by key, what a write left behind, told while the case is played."""

    case: Case
    comparing: Comparing
    left: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)  # tool → how many of its recorded answers were given

    @property
    def by_call(self) -> bool:
        """Is it told what each call answered, not what each request did?"""
        return bool(self.case.told or self.case.looked)

    def told(self, tool: str, arguments: Mapping[str, Any]) -> Told:
        """The next answer to this call, or the last of them. Raises `Diverged`."""
        same = [one for one in self.case.told if self._same(one, tool, arguments)]
        if not same:
            raise Diverged(tool.partition(".")[0], f"{tool} {_in_short(arguments)}")
        return self._next(f"{tool} {same[0].arguments}", same)

    def refusal(self, tool: str, arguments: Mapping[str, Any]) -> Told | None:
        """How the look before this draft failed, where it did."""
        same = [one for one in self.case.told if self._same(one, tool, arguments)]
        nth = self.at.get(f"refused {tool}", 0)
        self.at[f"refused {tool}"] = nth + 1
        return same[nth] if nth < len(same) else None

    def looked(self, tool: str, arguments: Mapping[str, Any]) -> Looked:
        """What this draft found its target to be. Raises `Diverged` for a draft that was not recorded."""
        same = [one for one in self.case.looked if self._same(one, tool, arguments)]
        if not same:
            raise Diverged(tool.partition(".")[0], f"the target of {tool} {_in_short(arguments)}")
        return self._next(f"look {tool} {same[0].arguments}", same)

    def _same(self, one: Told | Looked, tool: str, arguments: Mapping[str, Any]) -> bool:
        return one.tool == tool and self.comparing.compare(tool, one.arguments, arguments).same

    def _next(self, name: str, answers: list[T]) -> T:
        nth = self.at.get(name, 0)
        self.at[name] = nth + 1
        return answers[min(nth, len(answers) - 1)]


def recalling(tool: AnyTool, memory: Memory) -> AnyTool:
    """The tool as a replay of this memory has it."""
    told: dict[str, Callable[..., Any]] = {}
    if isinstance(tool, WriteTool):
        told["read_back"] = lambda _self, _wire, _arguments, key: _left(tool, memory, key)
        if memory.by_call:
            told["look"] = lambda _self, _wire, arguments: _look(tool, memory, arguments)
            told["owner"] = lambda _self, _wire, arguments: memory.looked(tool.name, _json(arguments)).owner
    elif isinstance(tool, ReadTool) and memory.by_call:
        told["read"] = lambda _self, _wire, arguments: _read(tool, memory, arguments)
    made: AnyTool = type(type(tool).__name__, (type(tool),), told)()
    return made


def _read(tool: ReadTool[Any, Any], memory: Memory, arguments: Any) -> Any:
    told = memory.told(tool.name, _json(arguments))
    if told.failed:
        raise told.failed.error()
    return _fits(tool, told.answer)


def _look(tool: WriteTool[Any, Any], memory: Memory, arguments: Any) -> Target:
    told = memory.refusal(tool.name, _json(arguments))
    if told and told.failed:
        raise told.failed.error()
    return memory.looked(tool.name, _json(arguments)).target


def _left(tool: WriteTool[Any, Any], memory: Memory, key: str) -> Any:
    left = memory.left.get(key)
    return None if left is None else _fits(tool, memory.case.readings.get(tool.noun, left))


def _fits(tool: AnyTool, answer: Any) -> Any:
    """The recorded result as the tool has it today. Raises `Refused` when it does not fit any more."""
    try:
        return tool.result.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the whole result"
        said = f"{tool.name}: the recorded {field} does not fit ({first['msg'].lower()})"
        raise Refused("SCHEMA_DRIFT", said) from None


def _json(arguments: Any) -> dict[str, Any]:
    said: dict[str, Any] = arguments.model_dump(mode="json")
    return said


def _in_short(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items())
