"""The lock of the tools: what each takes and answers, written down, so that a change of it is a reviewed difference.

`schemas.lock.json` lies beside this file and holds, by tool, its version, effect, retry class, scopes and the JSON
schemas of arguments and result with each field's kind of data. Whoever changes one of them raises the tool's version
and writes the lock anew (`lanekeeper tools lock`); `check` and a test refuse what does not fit it.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tools.contract import Retry, WriteTool
from tools.fields import leaves, typed
from tools.money import Money
from tools.registry import AnyTool

# Whom a write reaches: an argument of such a name, and every amount, is a value that has to come from somewhere sure.
REACHES = frozenset({"account", "contact", "customer", "email", "owner", "recipient", "to", "url"})
FILE = Path(__file__).with_name("schemas.lock.json")


def entry(tool: AnyTool) -> dict[str, Any]:
    """What the lock says of one tool."""
    said: dict[str, Any] = {
        "version": tool.version,
        "effect": "write" if isinstance(tool, WriteTool) else "read",
        "scopes": sorted(tool.scopes),
        "timeout_seconds": round(tool.timeout.total_seconds()),
        "arguments": tool.arguments.model_json_schema(),
        "result": tool.result.model_json_schema(),
        "fields": {
            name: {leaf.path: _field(leaf.data, routes=leaf.routes) for leaf in leaves(model)}
            for name, model in (("arguments", tool.arguments), ("result", tool.result))
        },
    }
    if isinstance(tool, WriteTool):
        said |= {"retry": tool.retry.value, "risk": tool.risk.value, "noun": tool.noun, "missing": dict(tool.missing)}
        said["undo_within_hours"] = tool.undo_within.total_seconds() / 3600 if tool.undo_within else None
    return said


def write(tools: Sequence[AnyTool], file: Path = FILE) -> None:
    """Write the lock for `tools` as they are."""
    content = {tool.name: entry(tool) for tool in sorted(tools, key=lambda one: one.name)}
    file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def unlocked(tools: Sequence[AnyTool], file: Path = FILE) -> tuple[str, ...]:
    """Which of these tools are not what the lock says of them."""
    locked: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return tuple(tool.name for tool in tools if locked.get(tool.name) != _plain(entry(tool)))


def complaints(tools: Sequence[AnyTool], file: Path = FILE) -> Iterator[str]:
    """What does not fit: the contract's own demands first, then every difference from the lock, a sentence each."""
    for tool in tools:
        yield from _unfinished(tool)
    locked: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for tool in tools:
        now, then = _plain(entry(tool)), locked.pop(tool.name, None)
        if then is None:
            yield f"{tool.name} is not in the lock; `lanekeeper tools lock` writes it"
        elif now != then:
            changed = ", ".join(sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name)))
            raised = "" if now["version"] != then["version"] else "; raise its version"
            yield f"{tool.name}: {changed} changed{raised}, then `lanekeeper tools lock`"
    for gone in sorted(locked):
        yield f"{gone} stands in the lock and is no tool any more; `lanekeeper tools lock` takes it out"


def _unfinished(tool: AnyTool) -> Iterator[str]:
    for model in (tool.arguments, tool.result):
        for leaf in leaves(model):
            if leaf.data is None:
                yield f"{tool.name}: {model.__name__}.{leaf.path} does not say what kind of data it holds"
    if not isinstance(tool, WriteTool):
        return
    for one in typed(tool.arguments):
        reaches = one.type is Money or one.leaf.path.rpartition(".")[2] in REACHES
        if reaches and not one.leaf.routes:
            yield f"{tool.name}: {one.leaf.path} decides whom the write reaches, or how much moves; say `Routes[…]`"
    can = {"undo": tool.undo_within is not None, "key": tool.retry in {Retry.NATIVE_KEY, Retry.NATURAL_KEY}}
    for what, able in can.items():
        if not able and what not in tool.missing:
            yield f"{tool.name} has no {what}, and `missing` gives no reason"


def _field(data: object, *, routes: bool) -> str:
    return f"{data}, routes" if routes else str(data)


def _plain(value: Any) -> Any:
    """As it comes back from a file."""
    return json.loads(json.dumps(value))
