"""A lane that may be put to work: its page, its identity, its tools and its prompt, checked against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import model_validator

from lanes.core.page import Lane
from lanes.core.values import Draft
from tools.contract import Frozen, ReadTool, Tool, WriteTool
from tools.truth import AnyTruth


class OAuth(Frozen):
    """References to what tokens are asked for with. Without a refresh token the client asks for itself."""

    client_id: str
    client_secret: str
    refresh_token: str | None = None
    scope: str = ""  # in the vendor's words, not a reference; empty: all the client may have


class CredentialReference(Frozen):
    """Where a credential is found, never the credential: env:NAME or file:PATH, or an OAuth client made of such."""

    secret: str | None = None
    oauth: OAuth | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, value: Any) -> Any:
        return {"secret": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.secret is None) == (self.oauth is None):
            raise ValueError("write env:NAME, file:PATH, or {oauth: {client_id: …, client_secret: …}}")
        return self


class Identity(Frozen):
    """Who the agent is towards outside systems: credential references by system, and scopes."""

    name: str
    credentials: Mapping[str, CredentialReference]
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
    truths: tuple[AnyTruth, ...] = ()  # the sources that its page names
    reader: Identity | None = None  # who reads them, where it is not the lane itself

    def writer(self, draft: Draft) -> WriteTool[Any, Any]:
        """The tool that carries a draft out: one of the lane, or the one that takes a write of the lane back."""
        tool = self.known.get(draft.tool) if draft.undoes else self.tools.get(draft.tool)
        assert isinstance(tool, WriteTool), "the gate clears nothing but writes of the lane and what undoes them"
        return tool

    @property
    def finder(self) -> ReadTool[Any, Any] | None:
        """What the lane's sweep looks for its work with."""
        tool = self.known.get(self.page.sweep.find.tool) if self.page.sweep else None
        return tool if isinstance(tool, ReadTool) else None

    @property
    def truth_identity(self) -> Identity:
        """Who reads what people did."""
        return self.reader or self.identity

    @property
    def reads(self) -> tuple[ReadTool, ...]:  # type: ignore[type-arg]
        return tuple(tool for tool in self.tools.values() if isinstance(tool, ReadTool))

    @property
    def writes(self) -> tuple[WriteTool, ...]:  # type: ignore[type-arg]
        return tuple(tool for tool in self.tools.values() if isinstance(tool, WriteTool))
