"""What Slack takes of Block Kit's interactive elements, and where each may stand."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

from bot.workspace.measures import ANY_TEXT, ID, PLAIN, Problems, count, each, error, string, text
from bot.workspace.seed import Json

SELECT_OPTIONS: Final = 100

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


def offer_problems(answer: Any) -> list[str]:
    """What Slack would refuse in an app's answer to a suggestion."""
    if not isinstance(answer, dict) or not ("options" in answer or "option_groups" in answer):
        return list(error(True, "must provide options or option_groups", "/"))
    groups = answer.get("option_groups", [])
    if len(groups) > SELECT_OPTIONS:
        return list(error(True, f"no more than {SELECT_OPTIONS} items allowed", "/option_groups"))
    lists = [("/options", answer.get("options", []))]
    lists += [(f"/option_groups/{n}/options", group.get("options")) for n, group in enumerate(groups)]
    return [one for at, options in lists for one in _offered(options, at)]


def _offered(options: Any, at: str) -> Problems:
    yield from count(options, at, SELECT_OPTIONS, least=0)
    for n, option in enumerate(options if isinstance(options, list) else ()):
        yield from _option(option, f"{at}/{n}")


def element_problems(element: Any, at: str, allowed: Container[str]) -> Problems:
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(kind, str) or kind not in allowed:
        yield from error(True, f"unsupported type: {kind}", f"{at}/type")
        return
    if kind == "image":
        yield from image(element, at)
        return
    yield from string(element.get("action_id"), f"{at}/action_id", ID)
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    if element.get("placeholder") is not None:
        yield from text(element["placeholder"], f"{at}/placeholder", 150, PLAIN)
    if kind == "button":
        yield from _button(element, at)
    elif kind == "plain_text_input":
        most = element.get("max_length", 3000)
        yield from error(not 1 <= most <= 3000, "must be between 1 and 3000", f"{at}/max_length")
    elif kind == "number_input":
        whole = isinstance(element.get("is_decimal_allowed"), bool)
        yield from error(not whole, "missing required field: is_decimal_allowed", at)
    else:
        yield from _options(element, at)


def _button(element: Json, at: str) -> Problems:
    yield from text(element.get("text"), f"{at}/text", 75, PLAIN)
    yield from string(element.get("value"), f"{at}/value", 2000)
    yield from string(element.get("url"), f"{at}/url", 3000)
    yield from error(element.get("style", "primary") not in {"primary", "danger"}, "unsupported style", f"{at}/style")


def _options(element: Json, at: str) -> Problems:
    most = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}.get(element["type"], 100)
    if element["type"] in {"static_select", "multi_static_select"} and "option_groups" in element:
        for n, group in enumerate(element["option_groups"]):
            where = f"{at}/option_groups/{n}"
            yield from text(group.get("label"), f"{where}/label", 75, PLAIN)
            yield from each(group.get("options"), f"{where}/options", most, _option)
    elif "options" in element or element["type"] in {"static_select", "overflow", *_CHOICES, "multi_static_select"}:
        yield from each(element.get("options"), f"{at}/options", most, _option)


def _option(option: Any, at: str) -> Problems:
    if not isinstance(option, dict):
        yield from error(True, "must be an object", at)
        return
    yield from text(option.get("text"), f"{at}/text", 75, ANY_TEXT)
    yield from error(not isinstance(option.get("value"), str), "missing required field: value", at)
    yield from string(option.get("value"), f"{at}/value", 150)
    if option.get("description") is not None:
        yield from text(option["description"], f"{at}/description", 75, ANY_TEXT)


def _confirm(confirm: Json, at: str) -> Problems:
    for key, most, kinds in (
        ("title", 100, PLAIN),
        ("text", 300, ANY_TEXT),
        ("confirm", 30, PLAIN),
        ("deny", 30, PLAIN),
    ):
        yield from text(confirm.get(key), f"{at}/{key}", most, kinds)


def image(block: Any, at: str) -> Problems:
    source = block.get("image_url") or block.get("slack_file")
    yield from error(not source, "missing required field: image_url", at)
    yield from string(block.get("image_url"), f"{at}/image_url", 3000)
    yield from error(not block.get("alt_text"), "missing required field: alt_text", at)
    yield from string(block.get("alt_text"), f"{at}/alt_text", 2000)
    if block.get("title") is not None:
        yield from text(block["title"], f"{at}/title", 2000, PLAIN)
