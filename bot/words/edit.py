"""What people read when a draft is edited: on the form, on the card, and when it could not be."""

from collections.abc import Sequence

from pydantic_core import ErrorDetails

from bot.slack.mrkdwn import clamp, person, plain, visible
from lanes.core.values import Edit

_LABEL = 150  # characters of a field's name; Slack takes 2,000, nobody reads them
_NOW = 120  # characters of what a field holds, in its hint
_LINES = 2700  # characters of lines below a heading; a section holds 3,000
_ON_CARD = 160  # characters of an edited text on the card, where the whole text stands as well

TITLE = "Edit this draft"
SAVE = "Save new version"
NOTHING_CHANGED = "Nothing was changed. Change something, or cancel."
NOTHING = "Nothing in this draft can be changed: it only names a record. Reject it, or take it over."
NO_SUCH_TOOL = "The lane no longer has the tool of this draft, so it cannot be edited. Reject it."
ABOUT = (
    "Saving makes a new version: the lane's rules are asked again, and somebody still has to approve it. Whoever moves "
    "more money, or sends it elsewhere, does not approve that version."
)
EMPTY = "(empty)"
EMPTY_INSTEAD = "Leave empty instead"
APPROVES_THIS = "Approve runs the edited version, as it stands on this card."
AGAIN = "Edit again…"
KEPT = "What you typed is kept."
TAKEN = "✓ Your version was taken. It stands on the card."
NOT_TAKEN = "The new version was not taken, so nothing was changed"

ASK_MONEY = "Write an amount such as 38.00 USD."
ASK_SOMETHING = "This cannot be left empty."
ASK_WHOLE = "Write a whole number."
ASK_NUMBER = "Write a number."


def label(path: Sequence[str]) -> str:
    """A field's name for people: "close_date" is "Close date", the third entry's text is "Comments 3: text"."""
    words: list[str] = []
    for step in path:
        if step.isdecimal() and words:
            words[-1] += f" {int(step) + 1}"
        else:
            words.append(step.replace("_", " ").strip() or "field")
    said = visible(": ".join(words))
    cut = said if len(said) <= _LABEL else said[: _LABEL - 1] + "…"
    return cut[:1].upper() + cut[1:]


def hint(about: str, now: str) -> str:
    """What a field is for, and what it holds now. Plain text."""
    flat = " ".join(visible(now).split())
    shown = flat if len(flat) <= _NOW else f"{flat[: _NOW - 1]}… ({len(now):,} characters)"
    said = f"{' '.join(about.replace('_', ' ').split()).rstrip('.')}. " if about else ""
    return visible(f"{said[:1000]}Now: {shown or EMPTY}")


def choose(choices: Sequence[str]) -> str:
    listed = ", ".join(choices[:8])
    return f"Choose one of: {listed}{' …' if len(choices) > 8 else ''}"


def complaint(error: ErrorDetails, field: str) -> str:  # noqa: PLR0911 - one line a kind
    """What a tool's schema has against a value, for whoever typed it."""
    bounds = error.get("ctx", {})
    match error["type"]:
        case "string_too_long":
            return f"Write at most {bounds['max_length']:,} characters."
        case "string_too_short" | "missing":
            return ASK_SOMETHING
        case "string_pattern_mismatch":
            return f"{field} is not written like this. Compare what stood there."
        case "too_long":
            return f"At most {bounds['max_length']:,} of them."
        case "too_short":
            return f"At least {bounds['min_length']:,} of them."
        case "value_error":
            said = str(bounds.get("error") or error["msg"])
            if not error["loc"]:  # of several fields, named by what a person chose in the form
                said = said.replace("_", " ")
            return f"{said[:1].upper()}{said[1:].rstrip('.')}."
        case _:
            return f"{error['msg'].rstrip('.')}."


def too_long(field: str, characters: int) -> str:
    return f"{field}: {characters:,} characters; Slack takes 3,000"


def fitting(lines: Sequence[str]) -> list[str]:
    """As many lines as a section holds; the rest is counted."""
    room, shown = _LINES, list[str]()
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*shown, f"and {len(lines) - len(shown):,} more"]
        shown.append(line)
    return shown


def fixed(lines: Sequence[str]) -> str:
    """Fields of the record the draft is about."""
    return "*Stays as it is*: another record would be another draft.\n" + "\n".join(lines)


def kept(lines: Sequence[str]) -> str:
    """Fields that the form has no room for."""
    return "*Cannot be edited here, and stays as it is*\n" + "\n".join(lines)


def edited(edit: Edit, most: int = _ON_CARD) -> str:
    """By whom, and what the agent had written, a line a field, each value in at most `most` characters."""
    if not edit.changes:
        return f"✏️ *Edited by {person(edit.by.user)}*, back to what the agent wrote"
    lines = [
        f"{plain(label(c.field.split('.')))}: {_cut(c.before, most)} → *{_cut(c.after, most)}*" for c in edit.changes
    ]
    return f"✏️ *Edited by {person(edit.by.user)}*: what the agent wrote → what stands there now\n" + "\n".join(
        fitting(lines)
    )


def edited_by(edit: Edit) -> str:
    return f"edited by {person(edit.by.user)}"


def could_not(sentence: str) -> str:
    """What the system, or the tool, had against a new version."""
    return f"{NOT_TAKEN}: {plain(sentence)}."


def _cut(value: str, most: int) -> str:
    return clamp(plain(value), most) or EMPTY
