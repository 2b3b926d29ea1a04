"""What people have entered: found in the blocks, checked as Slack's client checks it, reported as `state.values`.

A person's entry is plain here: a string, or a list of strings where several may be chosen. Slack's shape is made from
it and the element: `"refund"` becomes `{"type": "static_select", "selected_option": {"text": …, "value": "refund"}}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bot.workspace.elements import HOLDS_A_VALUE
from bot.workspace.seed import Json

Entered = dict[str, dict[str, Any]]
"""block_id → action_id → what was entered."""

REQUIRED: Final = "Please complete this required field."
KEYS: Final = {  # element type: the key of its state, the key of its first value
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
TYPED: Final = ("value", "initial_value")


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block it stands in."""
    for block in blocks:
        inside = [*block.get("elements", []), *block.get("actions", []), block.get("accessory"), block.get("element")]
        yield from ((block, e) for e in inside if isinstance(e, dict) and e.get("action_id"))


def values(blocks: list[Json], entered: Entered) -> Json:
    """`state.values` of a message or view; untouched elements report their first value."""
    found: Json = {}
    for block, element in elements(blocks):
        if element["type"] in HOLDS_A_VALUE:
            given = entered.get(block["block_id"], {})
            found.setdefault(block["block_id"], {})[element["action_id"]] = element_state(element, given)
    return found


def element_state(element: Json, given: dict[str, Any]) -> Json:
    """One element's entry in `state.values`; `given` holds the plain entry under its action_id, if there is one."""
    kind = element["type"]
    key, first = KEYS.get(kind, TYPED)
    if element["action_id"] not in given:
        several = key.endswith("s") and key != "files"
        return {"type": kind, key: element.get(first, [] if several else None)}
    plain = given[element["action_id"]]
    if key == "selected_option":
        return {"type": kind, key: _option(element, plain)}
    if key == "selected_options":
        return {"type": kind, key: [o for o in (_option(element, p) for p in plain or []) if o]}
    if kind == "rich_text_input" and isinstance(plain, str):
        return {"type": kind, key: _rich(plain)}
    return {"type": kind, key: plain or ([] if key.endswith("s") else None)}


def _option(element: Json, value: Any) -> Json | None:
    if isinstance(value, dict):  # of an external select: the option as the app offered it
        return value
    groups = [element.get("options", []), *(g["options"] for g in element.get("option_groups", []))]
    return next((o for options in groups for o in options if o.get("value") == value), None)


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def complaints(blocks: list[Json], entered: Entered) -> dict[str, str]:
    """What Slack's client tells a person before it submits: block_id → sentence."""
    found = {}
    for block in blocks:
        if block.get("type") == "input":
            element = block["element"]
            state = element_state(element, entered.get(block["block_id"], {}))
            value = state[KEYS.get(element["type"], TYPED)[0]]
            problem = _problem(element, value) if value else "" if block.get("optional") else REQUIRED
            if problem:
                found[block["block_id"]] = problem
    return found


def _problem(element: Json, value: Any) -> str:
    match element["type"]:
        case "plain_text_input":
            return _length(element, value)
        case "number_input":
            return _number(element, str(value))
        case "email_text_input":
            return "" if re.fullmatch(r"[^@\s]+@[^@\s]+", value) else "Please enter a valid email address."
        case "url_text_input":
            return "" if re.match(r"https?://\S+$", value) else "Please enter a valid URL."
        case _:
            return _several(element, value)


def _several(element: Json, value: Any) -> str:
    most = element.get("max_selected_items")
    return f"Please choose at most {most}." if most and isinstance(value, list) and len(value) > most else ""


def _length(element: Json, value: str) -> str:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Please use at least {least} characters."
    return f"Please use at most {most} characters." if len(value) > most else ""


def _number(element: Json, value: str) -> str:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a valid number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Please enter a number of at least {least}."
    return f"Please enter a number of at most {most}." if most is not None and float(value) > float(most) else ""
