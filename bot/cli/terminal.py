"""Slack's markup as a terminal shows it: the same sentences for the command line."""

import html
import re

_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)[^>]*>")
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)[^>]*>")
_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")


def as_text(markup: str) -> str:
    """Moments in UTC, people and links by name; what cannot be printed is left out."""
    text = _DATE.sub(r"\1", markup)
    text = _LINK.sub(r"\2 (\1)", _PERSON.sub(r"@\1", _GROUP.sub(r"@\1", text)))
    text = html.unescape(re.sub(r"(?<!\w)[*`](?=\S)|(?<=\S)[*`](?!\w)", "", text))
    return "".join(one for one in text if one.isprintable() or one == "\n")
