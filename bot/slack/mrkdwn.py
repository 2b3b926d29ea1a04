"""Slack's markup, safely. Everything that is not ours goes through `plain` or `quoted` before it is shown.

Slack reads three characters as markup (&, <, >); escaped, no text can mention a channel or forge a link. The limits
count escaped text, so texts are cut after escaping, and never inside an entity.
"""

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


_INVISIBLE = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF]
)  # they reorder or hide text
