"""A lane that may be put to work: its page, its identity, its tools and its prompt, checked against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lanes.core.events import Draft
from lanes.core.page import Lane
from tools.contract import Frozen, ReadTool, Tool, WriteTool


class Identity(Frozen):
    """Who the agent is towards outside systems: credential references by system, and scopes."""

    name: str
    credentials: Mapping[str, str]
    scopes: frozenset[str]


@dataclass(frozen=True)
class ReadyLane:
    """`configuration` is the hash of everything that shapes what the lane does."""

    page: Lane
    identity: Identity
    tools: Mapping[str, Tool]  # type: ignore[type-arg]
    prompt: str
    schemas: tuple[dict[str, Any], ...]  # the tools, as a model sees them
    configuration: str
    known: Mapping[str, Tool] = field(default_factory=dict)  # type: ignore[type-arg] # every tool there is, for undoing

    def writer(self, draft: Draft) -> WriteTool[Any, Any]:
        """The tool that carries a draft out: one of the lane, or the one that takes a write of the lane back."""
        tool = self.known.get(draft.tool) if draft.undoes else self.tools.get(draft.tool)
        assert isinstance(tool, WriteTool), "the gate clears nothing but writes of the lane and what undoes them"
        return tool

    @property
    def reads(self) -> tuple[ReadTool, ...]:  # type: ignore[type-arg]
        return tuple(tool for tool in self.tools.values() if isinstance(tool, ReadTool))

    @property
    def writes(self) -> tuple[WriteTool, ...]:  # type: ignore[type-arg]
        return tuple(tool for tool in self.tools.values() if isinstance(tool, WriteTool))
