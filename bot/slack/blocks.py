"""Slack's blocks, the few we use, each within its limits."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.mrkdwn import HEADER, TEXT, clamp, pieces, visible

Block = dict[str, Any]
CONTEXT = 10  # elements
OPTION = 75  # characters of an option, and of the line below it


def header(text: str) -> Block:
    """Plain text, in one line; Slack escapes it itself."""
    text = visible(" ".join(text.split()))
    cut = text if len(text) <= HEADER else text[: HEADER - 1] + "…"
    return {"type": "header", "text": {"type": "plain_text", "text": cut, "emoji": False}}


def section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def row(block_id: str, text: str, beside: Block | None) -> Block:
    """A text with one thing to press beside it, or none."""
    made = {**section(text), "block_id": block_id}
    return {**made, "accessory": beside} if beside else made


def sections(text: str) -> list[Block]:
    """A long text whole, in as many sections as it takes."""
    return [section(part) for part in pieces(text)]


def context(*texts: str) -> Block:
    """Small print."""
    elements = [_mrkdwn(text) for text in texts if text]
    return {"type": "context", "elements": elements[:CONTEXT]}


def _mrkdwn(text: str) -> Block:
    """`verbatim`: only our own <…> become links; Slack makes none out of a customer's words."""
    return {"type": "mrkdwn", "text": clamp(text, TEXT), "verbatim": True}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def divider() -> Block:
    return {"type": "divider"}


def button(action: str, text: str, value: Mapping[str, Any] | Sequence[Any], style: str = "") -> Block:
    """A button of ours; its value carries ids and a digest, never content."""
    made: Block = {
        "type": "button",
        "action_id": f"lane:{action}",
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "value": json.dumps(value, separators=(",", ":")),
    }
    return {**made, "style": style} if style else made


def overflow(action: str, options: Mapping[str, str]) -> Block:
    """A menu behind three dots, value → label; Slack takes five entries, and 150 characters of a value."""
    listed = [{"text": _plain(text), "value": value} for value, text in options.items()]
    return {"type": "overflow", "action_id": f"lane:{action}", "options": listed[:5]}


def select(action: str, placeholder: str, options: Mapping[str, str]) -> Block:
    """A list to choose from, value → label; Slack takes a hundred, each with 75 characters of label."""
    listed = [_option(value, visible(text)) for value, text in options.items()]
    element = {"type": "static_select", "action_id": f"lane:{action}", "placeholder": _plain(placeholder)}
    return {**element, "options": listed[:100]}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def text_input(
    block_id: str, label: str, *, lines: bool, optional: bool, hint: str = "", start: str = "", shortest: int = 0
) -> Block:
    """A question with a typed answer, under action id "value"."""
    element: Block = {"type": "plain_text_input", "action_id": "value", "multiline": lines, "max_length": 1000}
    if shortest:
        element["min_length"] = shortest
    if start:
        element["initial_value"] = start
    return _input(block_id, label, element, optional=optional, hint=hint)


def choice(
    block_id: str, label: str, options: Mapping[str, str], *, many: bool = False, optional: bool = False,
    start: str = "",
) -> Block:  # fmt: skip
    """A question with fixed answers, value → label; `start` is the one chosen already."""
    listed = [_option(value, visible(text)) for value, text in options.items()]
    element: Block = {"type": "checkboxes" if many else "static_select", "action_id": "value", "options": listed}
    if many:
        element["initial_options"] = listed
    if chosen := [one for one in listed if one["value"] == start]:
        element["initial_option"] = chosen[0]
    return _input(block_id, label, element, optional=optional)


def _option(value: str, text: str) -> Block:
    """What is too long for an option goes on in the smaller line below it."""
    if len(text) <= OPTION:
        return {"text": _plain(text), "value": value}
    ends = (text.rfind(mark, OPTION // 3, OPTION) for mark in (" and ", " "))
    end = next((one for one in ends if one > 0), OPTION)
    head, rest = text[:end], text[end:].strip()
    return {"text": _plain(head), "value": value, "description": _plain(clamp(rest, OPTION))}


def date_input(block_id: str, label: str, start: str = "", *, optional: bool = False) -> Block:
    """A question whose answer is a day, ISO 8601."""
    element: Block = {"type": "datepicker", "action_id": "value"}
    if start:
        element["initial_date"] = start
    return _input(block_id, label, element, optional=optional)


def person_input(block_id: str, label: str, start: str = "", *, optional: bool = False) -> Block:
    """A question whose answer is somebody, by their Slack id."""
    element: Block = {"type": "users_select", "action_id": "value"}
    if start:
        element["initial_user"] = start
    return _input(block_id, label, element, optional=optional)


def _input(block_id: str, label: str, element: Block, *, optional: bool, hint: str = "") -> Block:
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": element,
        "optional": optional,
    }
    return {**made, "hint": {"type": "plain_text", "text": hint}} if hint else made


def modal(callback: str, title: str, carries: Mapping[str, Any], blocks: Sequence[Block], submit: str = "") -> Block:
    """A view; it carries ids, never content. Without `submit` there is nothing to send."""
    made: Block = {
        "type": "modal",
        "callback_id": f"lane:{callback}",
        "title": _plain(title),
        "close": _plain("Cancel" if submit else "Close"),
        "private_metadata": json.dumps(carries, separators=(",", ":")),
        "blocks": [*blocks],
    }
    return {**made, "submit": _plain(submit)} if submit else made
