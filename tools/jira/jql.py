r"""JQL made of values: what somebody typed stands inside quotation marks and nowhere else.

Source: "Use advanced search with Jira Query Language (JQL)" and "Search for issues using the text field",
support.atlassian.com. A text search has signs of its own (+ - & | ! ( ) { } [ ] ^ ~ * ? \ / :) and words of its own
(AND, OR, NOT); here only letters and digits, in lower case, get as far as that.
"""

import re
from collections.abc import Iterable

MOST_WORDS = 8  # of a search; with more of them everything fits something
WORD = re.compile(r"\w+(?:[.'’_-]\w+)*")
SMALL = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "been", "by", "did", "do", "does", "for", "from", "had", "has"),
        *("have", "how", "i", "in", "into", "is", "it", "its", "not", "of", "on", "or", "our", "that", "the", "their"),
        *("there", "they", "this", "to", "was", "we", "were", "what", "when", "which", "with", "you"),
    }
)  # words that every text contains


def literal(value: str) -> str:
    """A value as JQL reads it back: in quotation marks, what would end them escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
    return f'"{escaped}"'


def words(text: str) -> list[str]:
    """The words that tell texts apart, in lower case, each once, in their order, at most `MOST_WORDS`."""
    found = (part for whole in WORD.findall(text.casefold()) for part in re.split(r"[\W_]+", whole))
    told = dict.fromkeys(word for word in found if len(word) > 1 and word not in SMALL)
    return list(told)[:MOST_WORDS]


def any_of(field: str, wanted: Iterable[str]) -> str:
    """One of these words stands in the field; Jira finds other forms of an English word as well."""
    return "(" + " OR ".join(f"{field} ~ {literal(word)}" for word in wanted) + ")"


def shared(wanted: Iterable[str], text: str) -> int:
    """How many of the words stand in a text, or begin a word of it: one delay, many delays."""
    known = text.casefold()
    return sum(re.search(rf"\b{re.escape(word.removesuffix('s'))}", known) is not None for word in wanted)
