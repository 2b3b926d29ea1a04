"""Slack's size limits for blocks, messages and views; what breaks one is named by a JSON pointer, as Slack does.

Each check yields `[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]`. Lengths and counts
are those of Slack's Block Kit reference; where its sources disagree, the smaller number.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from bot.workspace import figures
from bot.workspace.elements import BESIDE_SECTION, IN_INPUT, ON_ACTIONS, element_problems, image
from bot.workspace.measures import ANY_TEXT, ID, PLAIN, Problems, count, each, error, string, text, twice
from bot.workspace.seed import Json

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_BYTES: Final = 250_000
MARKDOWN_TOTAL: Final = 12_000  # characters of all markdown blocks of one message together


def message_problems(blocks: Any) -> list[str]:
    """What Slack would refuse in a message's blocks; empty when nothing."""
    found = list(_blocks(blocks, "/blocks", MESSAGE_BLOCKS))
    if isinstance(blocks, list):
        total = sum(len(str(b.get("text", ""))) for b in blocks if isinstance(b, dict) and b.get("type") == "markdown")
        found += error(
            total > MARKDOWN_TOTAL, f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters", "/blocks"
        )
        kinds = [b.get("type") for b in blocks if isinstance(b, dict)]
        found += error(kinds.count("table") > 1, "only one table is allowed", "/blocks")
        found += error(kinds.count("data_visualization") > 2, "only two charts are allowed", "/blocks")
    return found


def view_problems(view: Json) -> tuple[str, list[str]]:
    """Slack's error name and messages for a view; `("", [])` when it may be shown."""
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        return "view_too_large", []
    if own := list(_view(view)):
        return "invalid_arguments", own
    inside = list(_blocks(view.get("blocks"), "/view/blocks", VIEW_BLOCKS))
    return ("invalid_blocks", inside) if inside else ("", [])


def _view(view: Json) -> Problems:
    kind = view.get("type")
    yield from error(kind not in {"modal", "home"}, "unsupported type", "/view/type")
    yield from string(view.get("private_metadata"), "/view/private_metadata", 3000)
    yield from string(view.get("callback_id"), "/view/callback_id", ID)
    yield from string(view.get("external_id"), "/view/external_id", ID)
    if kind != "modal":
        return
    yield from text(view.get("title"), "/view/title", 24, PLAIN)
    for key in ("submit", "close"):
        if view.get(key) is not None:
            yield from text(view[key], f"/view/{key}", 24, PLAIN)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    yield from error(has_input and not view.get("submit"), "missing required field: submit", "/view")


def _blocks(blocks: Any, at: str, most: int) -> Problems:
    if not isinstance(blocks, list):
        yield from error(True, "must provide an array", at)
        return
    yield from count(blocks, at, most, least=0)
    yield from twice([b.get("block_id") for b in blocks if isinstance(b, dict)], "block_id", at)
    for n, block in enumerate(blocks):
        yield from _block(block, f"{at}/{n}")


def _block(block: Any, at: str) -> Problems:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str) or kind not in BLOCKS:
        yield from error(True, f"unsupported type: {kind}", f"{at}/type")
        return
    yield from string(block.get("block_id"), f"{at}/block_id", ID)
    yield from BLOCKS[kind](block, at)


# blocks


def _section(block: Json, at: str) -> Problems:
    fields = block.get("fields")
    yield from error("text" not in block and not fields, "missing required field: text or fields", at)
    if "text" in block:
        yield from text(block["text"], f"{at}/text", 3000, ANY_TEXT)
    if fields is not None:
        yield from each(fields, f"{at}/fields", 10, lambda f, p: text(f, p, 2000, ANY_TEXT))
    if "accessory" in block:
        yield from element_problems(block["accessory"], f"{at}/accessory", BESIDE_SECTION)


def _header(block: Json, at: str) -> Problems:
    yield from text(block.get("text"), f"{at}/text", 150, PLAIN)


def _context(block: Json, at: str) -> Problems:
    def part(element: Any, where: str) -> Problems:
        drawn = isinstance(element, dict) and element.get("type") == "image"
        return image(element, where) if drawn else text(element, where, 3000, ANY_TEXT)

    yield from each(block.get("elements"), f"{at}/elements", 10, part)


def _actions(block: Json, at: str) -> Problems:
    elements = block.get("elements")
    yield from each(elements, f"{at}/elements", 25, lambda e, p: element_problems(e, p, ON_ACTIONS))
    if isinstance(elements, list):
        yield from twice([e.get("action_id") for e in elements if isinstance(e, dict)], "action_id", f"{at}/elements")


def _input(block: Json, at: str) -> Problems:
    yield from text(block.get("label"), f"{at}/label", 2000, PLAIN)
    if block.get("hint") is not None:
        yield from text(block["hint"], f"{at}/hint", 2000, PLAIN)
    yield from element_problems(block.get("element"), f"{at}/element", IN_INPUT)


def _markdown(block: Json, at: str) -> Problems:
    yield from error(not isinstance(block.get("text"), str), "missing required field: text", at)
    yield from string(block.get("text"), f"{at}/text", MARKDOWN_TOTAL)


def _container(block: Json, at: str) -> Problems:
    yield from each(block.get("child_blocks"), f"{at}/child_blocks", 10, _block)


def _alert(block: Json, at: str) -> Problems:
    yield from text(block.get("text"), f"{at}/text", 3000, ANY_TEXT)
    levels = {"default", "info", "warning", "error", "success"}
    yield from error(block.get("level", "default") not in levels, "unsupported level", f"{at}/level")


def _card(block: Json, at: str) -> Problems:
    parts = {"title": 150, "subtitle": 150, "body": 200}
    yield from error(not any(block.get(k) for k in ("title", "body", "actions", "hero_image")), "an empty card", at)
    for key, most in parts.items():
        if block.get(key) is not None:
            yield from text(block[key], f"{at}/{key}", most, ANY_TEXT)
    if block.get("actions") is not None:
        yield from each(block["actions"], f"{at}/actions", 25, lambda e, p: element_problems(e, p, {"button"}))


def _carousel(block: Json, at: str) -> Problems:
    yield from each(block.get("elements"), f"{at}/elements", 10, _block)


def _context_actions(block: Json, at: str) -> Problems:
    yield from count(block.get("elements"), f"{at}/elements", 5)


def _rich_text(block: Json, at: str) -> Problems:
    yield from error(not isinstance(block.get("elements"), list), "missing required field: elements", at)


def _anything(block: Json, at: str) -> Problems:  # noqa: ARG001  # one shape for every check
    yield from ()


BLOCKS: Final[dict[str, Callable[[Json, str], Problems]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": image,
    "markdown": _markdown,
    "table": figures.table,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "context_actions": _context_actions,
    "rich_text": _rich_text,
    "divider": _anything,
    "file": _anything,
    "video": _anything,
    "container": _container,
    "plan": _anything,
    "task_card": _anything,
    "data_table": figures.data_table,
    "data_visualization": figures.chart,
}
