"""What somebody typed behind a lane's name, taken apart and read by the lane's page: subject, inputs, `again`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.words import ways_in as words
from lanes.core.page import Lane

SUBJECT = "subject"  # the name of the first field, which no input can have: an input is written name=value
_KEY = re.compile(r"(?<!\S)([A-Za-z_]\w{0,39})=")
_AGAIN = re.compile(r"(?:^|\s)again\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """As it was written."""

    subject: str
    inputs: Mapping[str, str]
    again: bool


@dataclass(frozen=True)
class Read:
    """As the page understands it. `wrong`: a sentence for each field that is missing or is not what it takes."""

    subject: str
    inputs: Mapping[str, str]
    wrong: Mapping[str, str]


def taken_apart(text: str) -> Typed:
    """`ZD-4821 amount="38.00 USD" reason=duplicate again`; a value reaches to the next name=, quotes are left off."""
    before = _AGAIN.sub("", text.strip())
    keys = list(_KEY.finditer(before))
    ends = [*(one.start() for one in keys[1:]), len(before)][: len(keys)]
    inputs = {key[1].lower(): _unquoted(before[key.end() : end].strip()) for key, end in zip(keys, ends, strict=True)}
    subject = before[: keys[0].start()] if keys else before
    return Typed(subject.strip(), inputs, before != text.strip())


def read(lane: Lane, subject: str, inputs: Mapping[str, str]) -> Read:
    """Every value as it is kept, and what is wrong with the others."""
    wrong: dict[str, str] = {}
    about = lane.subject.read(subject)
    if about is None:
        wrong[SUBJECT] = words.bad_subject(lane, subject)
    kept: dict[str, str] = {}
    for name, one in lane.inputs.items():
        given = inputs.get(name, "").strip()
        value = one.read(given) if given else None
        if value is not None:
            kept[name] = value
        elif given or one.required:
            wrong[name] = words.bad_input(one, given)
    for name in inputs:
        if name not in lane.inputs:
            wrong[name] = words.no_such_input(lane, name)
    return Read(about or "", kept, wrong)


def _unquoted(text: str) -> str:
    for first, last in ('""', "''", "“”"):
        if len(text) > 1 and text.startswith(first) and text.endswith(last):
            return text[1:-1].strip()
    return text
