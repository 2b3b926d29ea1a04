"""One field and its input: what is drawn for it, and what somebody entered as the field's next value.

What a person does not touch stays exactly what it was: line ends that a client rewrote, spaces it cut at the ends and
seconds a picker does not know are no change. Elements and their state: docs.slack.dev, "Block elements".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.deciding.edit_fields import LONGEST, Field, Kind, typed
from bot.slack.blocks import Block
from bot.slack.mrkdwn import visible
from bot.words import edit as words
from tools.money import Money

Entered = Mapping[str, Any]  # one element of Slack's `state.values`

_OPTION = 75  # characters of an option's text
_TEXT = ("initial_value", "value")
_KEYS: Mapping[str, tuple[str, str]] = {  # element: where its first value stands, and where what was entered does
    "plain_text_input": _TEXT,
    "number_input": _TEXT,
    "static_select": ("initial_option", "selected_option"),
    "radio_buttons": ("initial_option", "selected_option"),
    "multi_static_select": ("initial_options", "selected_options"),
    "checkboxes": ("initial_options", "selected_options"),
    "datepicker": ("initial_date", "selected_date"),
    "datetimepicker": ("initial_date_time", "selected_date_time"),
    "users_select": ("initial_user", "selected_user"),
}


def element(field: Field) -> Block:
    """The input of a field, beginning with what it holds."""
    made = {**_bare(field), "action_id": "value"}
    first = _first(field, made)
    return {**made, _KEYS[made["type"]][0]: first} if first else made


def value(field: Field, entered: Entered) -> Any:  # noqa: PLR0911 - one line a kind
    """The field's next value, JSON-ready. Raises ValueError with a sentence."""
    given = entered.get(_KEYS[entered["type"]][1])
    if given in (None, "", []):
        return _nothing(field)
    match field.kind:
        case Kind.CHOICE:
            return (field.choices or {})[given["value"]]
        case Kind.CHOICES:
            return [(field.choices or {})[one["value"]] for one in given]
        case Kind.FLAG:
            return given["value"] == "yes"
        case Kind.MOMENT:
            at = datetime.fromtimestamp(int(given), UTC)
            return field.value if field.filled and int(given) == _epoch(field.value) else at.isoformat()
        case Kind.DAY | Kind.PERSON:
            return given
        case _:
            return _written(field, str(given))


def again(made: Block, entered: Entered) -> Block:
    """An input that begins with what was entered before, as far as that is still offered."""
    first, key = _KEYS[made["type"]]
    bare = {name: what for name, what in made.items() if name != first}
    given = entered.get(key)
    match made["type"]:
        case "static_select" | "radio_buttons":
            given = next((one for one in made["options"] if given and one["value"] == given["value"]), None)
        case "multi_static_select":
            chosen = {one["value"] for one in given or ()}
            given = [one for one in made["options"] if one["value"] in chosen]
        case "plain_text_input" if given:
            given = given[: made["max_length"]]
    return {**bare, first: given} if given else bare


def option(what: str, text: str = "") -> Block:
    """One choice; its value is `what`."""
    said = visible(text or what.replace("_", " ")).strip() or what
    cut = said if len(said) <= _OPTION else said[: _OPTION - 1] + "…"
    return {"text": {"type": "plain_text", "text": cut, "emoji": False}, "value": what}


def _bare(field: Field) -> Block:  # noqa: PLR0911 - one line a kind
    match field.kind:
        case Kind.CHOICE:
            return {"type": "static_select", "options": [option(one) for one in field.choices or ()]}
        case Kind.CHOICES:
            return {"type": "multi_static_select", "options": [option(one) for one in field.choices or ()]}
        case Kind.FLAG:
            return {"type": "radio_buttons", "options": [option("yes", "Yes"), option("no", "No")]}
        case Kind.DAY:
            return {"type": "datepicker"}
        case Kind.MOMENT:
            return {"type": "datetimepicker"}
        case Kind.PERSON:
            return {"type": "users_select"}
        case Kind.WHOLE | Kind.NUMBER:
            return {"type": "number_input", "is_decimal_allowed": field.kind is Kind.NUMBER}
        case _:
            lines = field.kind in {Kind.TEXT, Kind.LINES}
            return {"type": "plain_text_input", "multiline": lines, "max_length": _room(field)}


def _first(field: Field, made: Block) -> Any:  # noqa: PLR0911 - one line a kind
    """What the input begins with; nothing where the field is empty."""
    if not field.filled:
        return None
    match field.kind:
        case Kind.CHOICE:
            return option(str(field.value))
        case Kind.CHOICES:
            return [option(str(one)) for one in field.value]
        case Kind.FLAG:
            return made["options"][0 if field.value else 1]
        case Kind.MOMENT:
            return _epoch(field.value)
        case Kind.DAY | Kind.PERSON:
            return field.value
        case _:
            return typed(field)


def _room(field: Field) -> int:
    """Characters that may be typed. The limit of a list is not one of characters."""
    return field.most if field.kind in {Kind.LINE, Kind.TEXT} and not field.choices else LONGEST


def _nothing(field: Field) -> Any:
    if not field.filled:
        return field.value
    if field.optional:
        return field.empty
    raise ValueError(words.ASK_SOMETHING)


def _written(field: Field, text: str) -> Any:
    """What a typed text means for a field. Raises ValueError with a sentence."""
    if _same(text, typed(field)):
        return field.value
    match field.kind:
        case Kind.MONEY:
            return _money(text, field)
        case Kind.WHOLE | Kind.NUMBER:
            return _number(text, whole=field.kind is Kind.WHOLE)
        case Kind.LINES:
            return [line.strip() for line in text.splitlines() if line.strip()]
        case _ if field.choices:
            if text.strip() not in field.choices:
                raise ValueError(words.choose(list(field.choices)))
            return field.choices[text.strip()]
        case _:
            return text.replace("\r\n", "\n")


def _money(text: str, field: Field) -> Any:
    """A number alone is in the currency that stands there."""
    currency = field.value["currency"] if field.filled else ""
    try:
        return Money.parse(f"{text} {currency}" if text.strip().count(" ") == 0 else text).model_dump(mode="json")
    except ValueError:
        raise ValueError(words.ASK_MONEY) from None


def _number(text: str, *, whole: bool) -> int | str:
    try:
        return int(text) if whole else str(Decimal(text))
    except (ValueError, InvalidOperation):
        raise ValueError(words.ASK_WHOLE if whole else words.ASK_NUMBER) from None


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _epoch(moment: str) -> int:
    """Seconds since 1970; a moment without a time zone is in UTC."""
    at = datetime.fromisoformat(moment)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
