"""Slack's markup, safely. Everything that is not ours goes through `plain` or `quoted` before it is shown.

Slack reads three characters as markup (&, <, >); escaped, no text can mention a channel or forge a link. The limits
count escaped text, so texts are cut after escaping, and never inside an entity.
"""

import json
from datetime import datetime

from lanes.core.practice import SEEMS
from lanes.core.ways_in import source_of

TEXT = 3000  # characters of a section
HEADER = 150  # characters of a header
_CUT = "…"


def plain(text: object) -> str:
    """Foreign text within a line: it cannot mention anybody, forge a link, begin a line or turn the line around."""
    return escaped(" ".join(str(text).split()))


def escaped(text: str) -> str:
    """Foreign text with its own line breaks."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def visible(text: str) -> str:
    """Text without what reorders or hides it; for places that know no markup."""
    return text.translate(_INVISIBLE)


def spelled(text: str) -> str:
    """Text in which what reorders or hides it is written out, as JSON does it: for what has to be seen exactly."""
    return text.translate(_SPELLED)


def quoted(text: object) -> str:
    """Foreign text as a block quote, so that nobody takes it for ours."""
    return "\n".join(f"> {line}" for line in escaped(str(text)).splitlines() or [""])


def quotes(text: object) -> list[str]:
    """A long foreign text whole, as block quotes that each fit a section: no part of it stands outside the quote."""
    lines = [part for line in escaped(str(text)).splitlines() for part in pieces(line, TEXT - len("> ")) or [""]]
    return pieces("\n".join(f"> {line}" for line in lines or [""]))


def clamp(text: str, most: int) -> str:
    """At most `most` characters of escaped text; a cut is marked, and no entity and no link of ours is cut in two."""
    if len(text) <= most:
        return text
    kept = text[: most - len(_CUT)]
    ampersand = kept.rfind("&")
    if ampersand > kept.rfind(";") and len(kept) - ampersand <= len("&quot;"):
        kept = kept[:ampersand]
    if (link_of_ours := kept.rfind("<")) > kept.rfind(">"):
        kept = kept[:link_of_ours]
    return kept + _CUT


def pieces(text: str, most: int = TEXT) -> list[str]:
    """The whole text in parts that each fit a section, cut at lines where that is possible. Nothing is left out."""
    parts: list[str] = []
    while len(text) > most:
        cut = text.rfind("\n", 0, most)
        if cut <= 0:
            cut = most
            ampersand = text.rfind("&", 0, cut)
            if ampersand > text.rfind(";", 0, cut):
                cut = ampersand
        parts.append(text[:cut])
        text = text[cut:].removeprefix("\n")
    return [*parts, text] if text else parts


def link(url: str, label: object) -> str:
    """A link of ours; a URL that could break out of it is shown as text."""
    safe = url.startswith(("https://", "http://")) and not set(url) & set("<>|\n ")
    return f"<{url}|{plain(label)}>" if safe else plain(label)


DAY = "{date_short_pretty} {time}"  # of a moment that may be another day's


def when(moment: datetime, form: str = "{time}") -> str:
    """A moment in the reader's own time zone; what stands behind the bar is for clients that cannot."""
    return f"<!date^{int(moment.timestamp())}^{form}|{moment:%Y-%m-%d %H:%M} UTC>"


def person(user: str) -> str:
    """Somebody by their Slack id; who works at the command line has none, and is named as their machine names them.

    Of a run that nobody asked for, what started it.
    """
    if source := source_of(user):
        if source.startswith(SEEMS):  # a practice draft's card is like any other
            return person(source.removeprefix(SEEMS))
        said = {"schedule": "the schedule", "beside": "the lane it shadows", "backfill": "a backfill"}
        return said.get(source) or f"an event in {plain(source.capitalize())}"
    name = user.removeprefix("cli:")
    return f"<@{user}>" if name == user else f"{plain(name)} (at the command line)"


_HIDDEN = (  # code points, by their first and their last
    *((0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F)),  # a terminal obeys them
    *((0x202A, 0x202E), (0x2066, 0x2069), (0x061C, 0x061C), (0x200E, 0x200F)),  # they turn a line around
    *((0x200B, 0x200B), (0x2060, 0x2065), (0xFEFF, 0xFEFF), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x180E, 0x180E)),
    *((0x115F, 0x1160), (0x17B4, 0x17B5), (0x3164, 0x3164), (0xFFA0, 0xFFA0)),  # letters that look like nothing
    *((0x206A, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F)),  # the last are letters that only a model reads
)
_INVISIBLE = dict.fromkeys(code for first, last in _HIDDEN for code in range(first, last + 1))
_LINE_ENDS = (0x85, 0x2028, 0x2029)  # those that JSON leaves as they are
_SPELLED = {code: json.dumps(chr(code))[1:-1] for code in (*_INVISIBLE, *_LINE_ENDS)}
