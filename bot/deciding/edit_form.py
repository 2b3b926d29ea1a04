"""The modal that edits a draft: its inputs made from the tool's own arguments, and read back into them.

Slack's pickers have no way to clear what was chosen (slackapi/node-slack-sdk, issue 1631), so what may be empty and is
not can be emptied by a tick.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from bot.deciding.edit_fields import Field, Kept, Kind, fields, typed
from bot.deciding.edit_inputs import Entered, again, element, option, value
from bot.slack.blocks import Block, context, section
from bot.slack.mrkdwn import clamp, plain
from bot.words import edit as words
from lanes.core.run import Action, Run
from lanes.core.values import Draft
from tools.contract import WriteTool

View = dict[str, Any]
Tool = WriteTool[Any, Any]

CALLBACK = "lane:edit"
_EMPTY = "empty_instead"
_ID = 130  # characters of a block id that still name the field; as an option's value it may have 150
_TICKS = 10  # options of a group of checkboxes; docs.slack.dev, "Checkboxes"
_SENTENCE = 600  # characters of what the draft does
_PICKED = frozenset({Kind.DAY, Kind.MOMENT, Kind.CHOICE, Kind.CHOICES, Kind.FLAG, Kind.PERSON})
_OF_RECORD = frozenset({Kept.RECORD, Kept.ECHO})


def form(
    run: Run, action: Action, tool: Tool, carried: Mapping[str, Any], typed_before: Mapping[str, Entered] | None = None
) -> View:
    """The modal for a draft as it stands; `typed_before` begins its inputs with what somebody entered once already."""
    draft, before = action.draft, typed_before or {}
    found = _by_block(tool, draft)
    asked = {block: field for block, field in found.items() if not field.kept}
    inputs = [_input(block, field, before.get(block)) for block, field in asked.items()]
    about = section(f"*{plain(clamp(draft.preview.sentence, _SENTENCE))}*\n{plain(run.started.subject)}")
    stays = [*_fixed(found.values()), *_kept(found.values())]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": {"type": "plain_text", "text": words.TITLE},
        "close": {"type": "plain_text", "text": "Cancel" if inputs else "Close"},
        **({"submit": {"type": "plain_text", "text": words.SAVE}} if inputs else {}),
        "private_metadata": json.dumps(carried, separators=(",", ":")),
        "blocks": [about, *inputs, *_ticks(asked, before), *stays, context(words.ABOUT if inputs else words.NOTHING)],
    }


def read(view: Mapping[str, Any], tool: Tool, before: Draft) -> Mapping[str, Any]:
    """The arguments that the form asks for, as the tool takes them. Raises ValueError({block id: sentence})."""
    asked = _asked(tool, before)
    changed = _changed(view, asked)
    if not changed:
        raise ValueError(dict.fromkeys([*asked][:1], words.NOTHING_CHANGED))
    arguments = json.loads(json.dumps(dict(before.arguments)))
    for block, new in changed.items():
        _put(arguments, asked[block].path, new)
    try:
        meant: dict[str, Any] = tool.arguments.model_validate(arguments).model_dump(mode="json")
    except ValidationError as error:
        raise ValueError(_complaints(error, asked, [*changed])) from error
    if meant == before.arguments:
        raise ValueError(dict.fromkeys([*changed][:1], words.NOTHING_CHANGED))
    return meant


def entered(view: Mapping[str, Any], tool: Tool, before: Draft) -> dict[str, Entered]:
    """What a person changed in a form of `before`, right or wrong, by block id: for another form of a later version."""
    given, asked = _state(view), _asked(tool, before)
    ticked = {block: state for block, state in given.items() if block.startswith(_EMPTY) and state["selected_options"]}
    return {block: given[block] for block, field in asked.items() if _touched(field, given[block])} | ticked


def _touched(field: Field, given: Entered) -> bool:
    try:
        return bool(value(field, given) != field.value)
    except ValueError:
        return True


def _changed(view: Mapping[str, Any], asked: Mapping[str, Field]) -> dict[str, Any]:
    """The new value of every field that was changed, by block id. Raises ValueError({block id: sentence})."""
    given = _state(view)
    emptied = {
        one["value"] for block, state in given.items() if block.startswith(_EMPTY) for one in state["selected_options"]
    }
    new: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for block, field in asked.items():
        try:
            new[block] = field.empty if block in emptied else value(field, given[block])
        except ValueError as error:
            wrong[block] = str(error)
    if wrong:
        raise ValueError(wrong)
    return {block: what for block, what in new.items() if what != asked[block].value}


def _state(view: Mapping[str, Any]) -> dict[str, Entered]:
    return {block: actions["value"] for block, actions in view["state"]["values"].items()}


def _by_block(tool: Tool, draft: Draft) -> dict[str, Field]:
    """The fields of a draft by the id of their block: the path, made short and unique where it has to be."""
    out: dict[str, Field] = {}
    for field in fields(tool.arguments, draft.arguments, draft.target.ref):
        name = ".".join(field.path)
        if len(name) > _ID or name.startswith(_EMPTY) or name in out:
            name = (
                f"{name.removeprefix(_EMPTY)[:_ID]}#{hashlib.sha256(json.dumps(field.path).encode()).hexdigest()[:16]}"
            )
        out[name] = field
    return out


def _asked(tool: Tool, draft: Draft) -> dict[str, Field]:
    """Those of them that a person may change."""
    return {block: field for block, field in _by_block(tool, draft).items() if not field.kept}


def _put(arguments: Any, path: tuple[str, ...], new: Any) -> None:
    *way, last = path
    for step in way:
        arguments = arguments[int(step) if isinstance(arguments, list) else step]
    arguments[last] = new


def _complaints(error: ValidationError, asked: Mapping[str, Field], changed: list[str]) -> dict[str, str]:
    """Each error of the tool's schema at the input it is about; what is about several stands at the first change."""
    out: dict[str, str] = {}
    for one in error.errors(include_url=False):
        where = tuple(str(step) for step in one["loc"])
        block = next((block for block, field in asked.items() if where[: len(field.path)] == field.path), changed[0])
        out.setdefault(block, words.complaint(one, words.label(asked[block].path)))
    return out


# ------------------------------------------------------------------ drawing


def _input(block: str, field: Field, before: Entered | None) -> Block:
    made = element(field)
    return {
        "type": "input",
        "block_id": block,
        "label": {"type": "plain_text", "text": words.label(field.path), "emoji": False},
        "hint": {"type": "plain_text", "text": words.hint(field.about, _now(field)), "emoji": False},
        "element": again(made, before) if before else made,
        "optional": field.optional,
    }


def _ticks(asked: Mapping[str, Field], before: Mapping[str, Entered]) -> list[Block]:
    """The ticks that empty what a picker cannot."""
    may = [(block, one) for block, one in asked.items() if one.optional and one.filled and one.kind in _PICKED]
    groups = [may[n : n + _TICKS] for n in range(0, len(may), _TICKS)]
    out = []
    for n, group in enumerate(groups):
        block = f"{_EMPTY}_{n}"
        made: Block = {
            "type": "checkboxes",
            "action_id": "value",
            "options": [option(name, words.label(field.path)) for name, field in group],
        }
        label = {"type": "plain_text", "text": words.EMPTY_INSTEAD}
        ticked = again(made, before[block]) if block in before else made
        out.append({"type": "input", "block_id": block, "label": label, "element": ticked, "optional": True})
    return out


def _fixed(found: Iterable[Field]) -> list[Block]:
    lines = [
        f"{_name(field)}: `{plain(clamp(_now(field), 120))}`"
        for field in found
        if field.filled and field.kept in _OF_RECORD
    ]
    return [section(words.fixed(words.fitting(lines)))] if lines else []


def _kept(found: Iterable[Field]) -> list[Block]:
    lines = [
        words.too_long(_name(field), len(typed(field)))
        if field.kept is Kept.LONG
        else f"{_name(field)}: {plain(clamp(_now(field), 60)) or words.EMPTY}"
        for field in found
        if field.kept and field.kept not in _OF_RECORD
    ]
    return [section(words.kept(words.fitting(lines)))] if lines else []


def _name(field: Field) -> str:
    return plain(words.label(field.path))


def _now(field: Field) -> str:
    """What a field holds, for people."""
    if not field.filled:
        return ""
    match field.kind:
        case Kind.FLAG:
            return "yes" if field.value else "no"
        case Kind.CHOICE:
            return str(field.value).replace("_", " ")
        case Kind.LINES | Kind.CHOICES:
            return ", ".join(map(str, field.value))
        case None:
            return json.dumps(field.value, ensure_ascii=False)
        case _:
            return typed(field)
