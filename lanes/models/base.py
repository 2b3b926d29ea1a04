"""What a model is to a lane: it is asked for one turn, and answers with one. It holds no state and no rights.

Content blocks and messages have the shape of Anthropic's Messages API (plain dicts), for every model alike:
    {"type": "text", "text": …}
    {"type": "tool_use", "id": …, "name": "stripe__create_refund", "input": {…}}
    {"type": "tool_result", "tool_use_id": …, "content": "<JSON>", "is_error": bool}
A tool's dot is written as two underscores towards a model, because that API allows no dots in names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tools.contract import Frozen

Stop = Literal["end_turn", "tool_use", "max_tokens", "refusal", "pause_turn"]
Block = Mapping[str, Any]


class Usage(Frozen):
    """Tokens as the API counts them: `input` without what the cache wrote or read."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Turn(Frozen):
    """One answer. `cost` is in millionths of a US dollar, every retry included; None means that no price is known."""

    content: tuple[dict[str, Any], ...]
    stop: Stop
    usage: Usage
    cost: int | None
    model: str  # what answered, as it names itself
    request: str = ""  # the provider's request id, for support


@dataclass(frozen=True)
class Ask:
    """One question: who asks (`lane`), which model of the portfolio, and the whole conversation so far.

    `tools` are dicts {"name", "description", "input_schema"}, ready for the wire.
    """

    lane: str
    model: str
    system: str
    tools: Sequence[dict[str, Any]]
    messages: Sequence[dict[str, Any]]
    max_tokens: int = 4096
    patience: float = 60.0  # seconds for the whole turn, retries included


class Model(Protocol):
    """Anything that can take a turn. Raises `Unavailable` (ask later) or `Refused` (a wrong key, an unknown model)."""

    label: str  # how cards and records name it, so that nobody takes rules for a model

    def prices(self, model: str) -> bool:
        """Is a price known for this model? Unknown means that no lane may run on it."""
        ...

    def turn(self, ask: Ask) -> Turn: ...
