"""Slack's size limits for blocks, messages and views; what breaks one is named by a JSON pointer, as Slack does.

Each check yields `[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]`. Lengths and counts
are those of Slack's Block Kit reference; where its sources disagree, the smaller number.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from typing import Any, Final

from bot.workspace.seed import Json

Problems = Iterator[str]

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_BYTES: Final = 250_000
MARKDOWN_TOTAL: Final = 12_000  # characters of all markdown blocks of one message together
ID: Final = 255
PLAIN: Final = ("plain_text",)
ANY_TEXT: Final = ("plain_text", "mrkdwn")

_PICKERS = {
    f"{one}_{kind}" for one in ("static", "external", "users", "conversations", "channels") for kind in ("select",)
} | {f"multi_{one}_select" for one in ("static", "external", "users", "conversations", "channels")}
_CHOICES = {"radio_buttons", "checkboxes"}
_TIMES = {"datepicker", "timepicker", "datetimepicker"}
_WRITING = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
ON_ACTIONS: Final = _PICKERS | _CHOICES | _TIMES | {"button", "overflow", "workflow_button"}
IN_INPUT: Final = _PICKERS | _CHOICES | _TIMES | _WRITING | {"file_input"}
BESIDE_SECTION: Final = ON_ACTIONS | {"image"}
HOLDS_A_VALUE: Final = _PICKERS | _CHOICES | _TIMES | _WRITING | {"file_input"}
"""Elements whose state Slack reports in `state.values`; a button and an overflow have none."""


def message_problems(blocks: Any) -> list[str]:
    """What Slack would refuse in a message's blocks; empty when nothing."""
    found = list(_blocks(blocks, "/blocks", MESSAGE_BLOCKS))
    if isinstance(blocks, list):
        total = sum(len(str(b.get("text", ""))) for b in blocks if isinstance(b, dict) and b.get("type") == "markdown")
        found += _error(
            total > MARKDOWN_TOTAL, f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters", "/blocks"
        )
        tables = sum(isinstance(b, dict) and b.get("type") == "table" for b in blocks)
        found += _error(tables > 1, "only one table is allowed", "/blocks")
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
    yield from _error(kind not in {"modal", "home"}, "unsupported type", "/view/type")
    yield from _string(view.get("private_metadata"), "/view/private_metadata", 3000)
    yield from _string(view.get("callback_id"), "/view/callback_id", ID)
    yield from _string(view.get("external_id"), "/view/external_id", ID)
    if kind != "modal":
        return
    yield from _text(view.get("title"), "/view/title", 24, PLAIN)
    for key in ("submit", "close"):
        if view.get(key) is not None:
            yield from _text(view[key], f"/view/{key}", 24, PLAIN)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    yield from _error(has_input and not view.get("submit"), "missing required field: submit", "/view")


def _blocks(blocks: Any, at: str, most: int) -> Problems:
    if not isinstance(blocks, list):
        yield from _error(True, "must provide an array", at)
        return
    yield from _count(blocks, at, most, least=0)
    yield from _twice([b.get("block_id") for b in blocks if isinstance(b, dict)], "block_id", at)
    for n, block in enumerate(blocks):
        yield from _block(block, f"{at}/{n}")


def _block(block: Any, at: str) -> Problems:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str) or kind not in BLOCKS:
        yield from _error(True, f"unsupported type: {kind}", f"{at}/type")
        return
    yield from _string(block.get("block_id"), f"{at}/block_id", ID)
    yield from BLOCKS[kind](block, at)


# blocks


def _section(block: Json, at: str) -> Problems:
    fields = block.get("fields")
    yield from _error("text" not in block and not fields, "missing required field: text or fields", at)
    if "text" in block:
        yield from _text(block["text"], f"{at}/text", 3000, ANY_TEXT)
    if fields is not None:
        yield from _each(fields, f"{at}/fields", 10, lambda f, p: _text(f, p, 2000, ANY_TEXT))
    if "accessory" in block:
        yield from _element(block["accessory"], f"{at}/accessory", BESIDE_SECTION)


def _header(block: Json, at: str) -> Problems:
    yield from _text(block.get("text"), f"{at}/text", 150, PLAIN)


def _context(block: Json, at: str) -> Problems:
    def part(element: Any, where: str) -> Problems:
        image = isinstance(element, dict) and element.get("type") == "image"
        return _image(element, where) if image else _text(element, where, 3000, ANY_TEXT)

    yield from _each(block.get("elements"), f"{at}/elements", 10, part)


def _actions(block: Json, at: str) -> Problems:
    elements = block.get("elements")
    yield from _each(elements, f"{at}/elements", 25, lambda e, p: _element(e, p, ON_ACTIONS))
    if isinstance(elements, list):
        yield from _twice([e.get("action_id") for e in elements if isinstance(e, dict)], "action_id", f"{at}/elements")


def _input(block: Json, at: str) -> Problems:
    yield from _text(block.get("label"), f"{at}/label", 2000, PLAIN)
    if block.get("hint") is not None:
        yield from _text(block["hint"], f"{at}/hint", 2000, PLAIN)
    yield from _element(block.get("element"), f"{at}/element", IN_INPUT)


def _image(block: Any, at: str) -> Problems:
    source = block.get("image_url") or block.get("slack_file")
    yield from _error(not source, "missing required field: image_url", at)
    yield from _string(block.get("image_url"), f"{at}/image_url", 3000)
    yield from _error(not block.get("alt_text"), "missing required field: alt_text", at)
    yield from _string(block.get("alt_text"), f"{at}/alt_text", 2000)
    if block.get("title") is not None:
        yield from _text(block["title"], f"{at}/title", 2000, PLAIN)


def _markdown(block: Json, at: str) -> Problems:
    yield from _error(not isinstance(block.get("text"), str), "missing required field: text", at)
    yield from _string(block.get("text"), f"{at}/text", MARKDOWN_TOTAL)


def _table(block: Json, at: str) -> Problems:
    yield from _each(block.get("rows"), f"{at}/rows", 100, lambda row, p: _count(row, p, 20))


def _alert(block: Json, at: str) -> Problems:
    yield from _text(block.get("text"), f"{at}/text", 3000, ANY_TEXT)
    levels = {"default", "info", "warning", "error", "success"}
    yield from _error(block.get("level", "default") not in levels, "unsupported level", f"{at}/level")


def _card(block: Json, at: str) -> Problems:
    parts = {"title": 150, "subtitle": 150, "body": 200}
    yield from _error(not any(block.get(k) for k in ("title", "body", "actions", "hero_image")), "an empty card", at)
    for key, most in parts.items():
        if block.get(key) is not None:
            yield from _text(block[key], f"{at}/{key}", most, ANY_TEXT)
    if block.get("actions") is not None:
        yield from _each(block["actions"], f"{at}/actions", 25, lambda e, p: _element(e, p, {"button"}))


def _carousel(block: Json, at: str) -> Problems:
    yield from _each(block.get("elements"), f"{at}/elements", 10, _block)


def _context_actions(block: Json, at: str) -> Problems:
    yield from _count(block.get("elements"), f"{at}/elements", 5)


def _rich_text(block: Json, at: str) -> Problems:
    yield from _error(not isinstance(block.get("elements"), list), "missing required field: elements", at)


def _anything(block: Json, at: str) -> Problems:  # noqa: ARG001  # one shape for every check
    yield from ()


BLOCKS: Final[dict[str, Callable[[Json, str], Problems]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
    "table": _table,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "context_actions": _context_actions,
    "rich_text": _rich_text,
    "divider": _anything,
    "file": _anything,
    "video": _anything,
    "container": _anything,
    "plan": _anything,
    "task_card": _anything,
    "data_table": _anything,
    "data_visualization": _anything,
}


# elements


def _element(element: Any, at: str, allowed: Container[str]) -> Problems:
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(kind, str) or kind not in allowed:
        yield from _error(True, f"unsupported type: {kind}", f"{at}/type")
        return
    if kind == "image":
        yield from _image(element, at)
        return
    yield from _string(element.get("action_id"), f"{at}/action_id", ID)
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    if element.get("placeholder") is not None:
        yield from _text(element["placeholder"], f"{at}/placeholder", 150, PLAIN)
    if kind == "button":
        yield from _button(element, at)
    elif kind == "plain_text_input":
        most = element.get("max_length", 3000)
        yield from _error(not 1 <= most <= 3000, "must be between 1 and 3000", f"{at}/max_length")
    else:
        yield from _options(element, at)


def _button(element: Json, at: str) -> Problems:
    yield from _text(element.get("text"), f"{at}/text", 75, PLAIN)
    yield from _string(element.get("value"), f"{at}/value", 2000)
    yield from _string(element.get("url"), f"{at}/url", 3000)
    yield from _error(element.get("style", "primary") not in {"primary", "danger"}, "unsupported style", f"{at}/style")


def _options(element: Json, at: str) -> Problems:
    most = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}.get(element["type"], 100)
    if element["type"] in {"static_select", "multi_static_select"} and "option_groups" in element:
        for n, group in enumerate(element["option_groups"]):
            where = f"{at}/option_groups/{n}"
            yield from _text(group.get("label"), f"{where}/label", 75, PLAIN)
            yield from _each(group.get("options"), f"{where}/options", most, _option)
    elif "options" in element or element["type"] in {"static_select", "overflow", *_CHOICES, "multi_static_select"}:
        yield from _each(element.get("options"), f"{at}/options", most, _option)


def _option(option: Any, at: str) -> Problems:
    if not isinstance(option, dict):
        yield from _error(True, "must be an object", at)
        return
    yield from _text(option.get("text"), f"{at}/text", 75, ANY_TEXT)
    yield from _error(not isinstance(option.get("value"), str), "missing required field: value", at)
    yield from _string(option.get("value"), f"{at}/value", 150)
    if option.get("description") is not None:
        yield from _text(option["description"], f"{at}/description", 75, ANY_TEXT)


def _confirm(confirm: Json, at: str) -> Problems:
    for key, most, kinds in (
        ("title", 100, PLAIN),
        ("text", 300, ANY_TEXT),
        ("confirm", 30, PLAIN),
        ("deny", 30, PLAIN),
    ):
        yield from _text(confirm.get(key), f"{at}/{key}", most, kinds)


# the smallest parts


def _error(wrong: bool, what: str, at: str) -> Problems:
    if wrong:
        yield f"[ERROR] {what} [json-pointer:{at}]"


def _string(value: Any, at: str, most: int) -> Problems:
    yield from _error(value is not None and not isinstance(value, str), "must be a string", at)
    yield from _error(isinstance(value, str) and len(value) > most, f"must be less than {most + 1} characters", at)


def _text(value: Any, at: str, most: int, kinds: tuple[str, ...]) -> Problems:
    if not isinstance(value, dict):
        yield from _error(True, "must provide an object", at)
        return
    yield from _error(value.get("type") not in kinds, f"unsupported type: {value.get('type')}", f"{at}/type")
    yield from _error(not value.get("text"), "must be more than 0 characters", f"{at}/text")
    yield from _string(value.get("text"), f"{at}/text", most)


def _count(items: Any, at: str, most: int, *, least: int = 1) -> Problems:
    yield from _error(not isinstance(items, list), "must provide an array", at)
    if isinstance(items, list):
        yield from _error(len(items) > most, f"no more than {most} items allowed", at)
        yield from _error(len(items) < least, f"no less than {least} items allowed", at)


def _each(items: Any, at: str, most: int, check: Callable[[Any, str], Problems]) -> Problems:
    yield from _count(items, at, most)
    for n, item in enumerate(items if isinstance(items, list) else ()):
        yield from check(item, f"{at}/{n}")


def _twice(ids: list[Any], what: str, at: str) -> Problems:
    given = [i for i in ids if i]
    yield from _error(len(given) != len(set(given)), f"`{what}` must be unique", at)
