"""What many log lines say together: how many of which status, in which minute, and with which words."""

import re
from collections import Counter
from collections.abc import Sequence

from tools.contract import FreeText, Frozen, Internal
from tools.datadog.answers import LogAnswer
from tools.datadog.query import ERRORS

MESSAGES = 8  # different messages; what comes after these is the long tail
SAMPLES = 5  # lines as they came
LONGEST = 300  # characters of a message: its sentence, without the stack trace under it
VARYING = re.compile(
    r"[\w-]*\d[\w-]*(?:[.:][\w-]+)*"
)  # a word with a digit in it: an order, a duration, an address, a moment


class StatusCount(Frozen):
    status: Internal[str]
    lines: Internal[int]


class Minute(Frozen):
    at: Internal[str]  # 2026-11-22T18:02Z
    lines: Internal[int]
    errors: Internal[int]


class Message(Frozen):
    text: FreeText[str]  # with … for what differs from line to line
    lines: Internal[int]
    first: Internal[str]  # ISO 8601, UTC
    last: Internal[str]


class Line(Frozen):
    id: Internal[str]
    at: Internal[str]
    status: Internal[str]
    host: Internal[str]
    text: FreeText[str]


def by_status(lines: Sequence[LogAnswer]) -> list[StatusCount]:
    """The most frequent first."""
    counted = Counter(_status(line) for line in lines)
    return [StatusCount(status=status, lines=count) for status, count in counted.most_common()]


def by_minute(lines: Sequence[LogAnswer]) -> list[Minute]:
    """Oldest first; a minute without a line is left out."""
    every, errors = Counter(map(_minute, lines)), Counter(_minute(line) for line in lines if is_error(line))
    return [Minute(at=at, lines=every[at], errors=errors[at]) for at in sorted(every)]


def messages(lines: Sequence[LogAnswer]) -> list[Message]:
    """The most frequent messages, of the errors where there are any; `lines` are newest first."""
    alike: dict[str, list[str]] = {}
    for line in telling(lines):
        alike.setdefault(VARYING.sub("…", _text(line)), []).append(line.attributes.timestamp)
    often = sorted(alike.items(), key=lambda one: len(one[1]), reverse=True)[:MESSAGES]
    return [Message(text=text, lines=len(at), first=at[-1], last=at[0]) for text, at in often]


def samples(lines: Sequence[LogAnswer]) -> list[Line]:
    """The latest lines, of the errors where there are any."""
    return [
        Line(
            id=line.id,
            at=line.attributes.timestamp,
            status=_status(line),
            host=line.attributes.host or "",
            text=_text(line),
        )
        for line in telling(lines)[:SAMPLES]
    ]


def telling(lines: Sequence[LogAnswer]) -> Sequence[LogAnswer]:
    """The errors, or everything where there is none."""
    return [line for line in lines if is_error(line)] or lines


def is_error(line: LogAnswer) -> bool:
    return _status(line) in ERRORS


def _status(line: LogAnswer) -> str:
    return (line.attributes.status or "info").casefold()  # Datadog's own default


def _minute(line: LogAnswer) -> str:
    return f"{line.attributes.timestamp[:16]}Z"


def _text(line: LogAnswer) -> str:
    said = (line.attributes.message or "").strip().partition("\n")[0]
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"
