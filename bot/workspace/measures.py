"""The smallest measures: each yields `[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]`
where something is too long, too many, missing or of the wrong kind, as Slack words it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

Problems = Iterator[str]

ID: Final = 255  # characters of an action_id, block_id, callback_id or external_id
PLAIN: Final = ("plain_text",)
ANY_TEXT: Final = ("plain_text", "mrkdwn")


def error(wrong: bool, what: str, at: str) -> Problems:
    if wrong:
        yield f"[ERROR] {what} [json-pointer:{at}]"


def string(value: Any, at: str, most: int) -> Problems:
    yield from error(value is not None and not isinstance(value, str), "must be a string", at)
    yield from error(isinstance(value, str) and len(value) > most, f"must be less than {most + 1} characters", at)


def text(value: Any, at: str, most: int, kinds: tuple[str, ...]) -> Problems:
    if not isinstance(value, dict):
        yield from error(True, "must provide an object", at)
        return
    yield from error(value.get("type") not in kinds, f"unsupported type: {value.get('type')}", f"{at}/type")
    yield from error(not value.get("text"), "must be more than 0 characters", f"{at}/text")
    yield from string(value.get("text"), f"{at}/text", most)


def count(items: Any, at: str, most: int, *, least: int = 1) -> Problems:
    yield from error(not isinstance(items, list), "must provide an array", at)
    if isinstance(items, list):
        yield from error(len(items) > most, f"no more than {most} items allowed", at)
        yield from error(len(items) < least, f"no less than {least} items allowed", at)


def each(items: Any, at: str, most: int, check: Callable[[Any, str], Problems]) -> Problems:
    yield from count(items, at, most)
    for n, item in enumerate(items if isinstance(items, list) else ()):
        yield from check(item, f"{at}/{n}")


def twice(ids: list[Any], what: str, at: str) -> Problems:
    given = [i for i in ids if i]
    yield from error(len(given) != len(set(given)), f"`{what}` must be unique", at)
