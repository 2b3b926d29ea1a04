"""The part of Datadog's two search languages that a careful client writes: terms, of which all must hold.

    service:"checkout-api" status:("error" OR "critical") "did not answer"      in logs
    tag:"service:checkout-api" status:alert                                     in monitors

Sources: "Log Search Syntax"; Monitors, "Manage Monitors". What is not understood is refused and never ignored, because
a term that is ignored finds too much.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WORD = r'[^\s"():\\*?<>={}\[\]^~!&|+/-][^\s"():\\*?<>={}\[\]^~!&|+]*'
STRING = r'"(?:[^"\\]|\\.)*"'
VALUE = rf"(?:{STRING}|{WORD})"
TERM = re.compile(
    rf"\s*(?:(?P<key>@?[a-z_][\w.]*):)?"
    rf"(?:(?P<one>{VALUE})|\((?P<many>{VALUE}(?:\s+OR\s+{VALUE})*)\))(?=\s|$)"
)
EACH = re.compile(VALUE)
OPERATORS = frozenset({"AND", "OR", "NOT"})


@dataclass(frozen=True)
class Term:
    """One of `values` stands in the attribute `key`; without a key, in the message or the name."""

    key: str
    values: tuple[str, ...]


def parse(query: str) -> tuple[Term, ...]:
    """Raises ValueError with the place that is not understood; "*" alone asks for everything."""
    if query.strip() in {"", "*"}:
        return ()
    terms, at = [], 0
    while query[at:].strip():
        match = TERM.match(query, at)
        if match is None or match["one"] in OPERATORS:
            raise ValueError(query[at:].strip()[:40])
        written = EACH.findall(match["many"]) if match["many"] else [match["one"]]
        values = tuple(_plain(one) for one in written if match["many"] is None or one != "OR")
        terms.append(Term(match["key"] or "", values))
        at = match.end()
    return tuple(terms)


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def fits(terms: Sequence[Term], attributes: Mapping[str, Sequence[str]], text: str) -> bool:
    """Does a record with these attributes and this text hold every term? Attributes are told apart by their capitals,
    free text is not, and a sequence of words is one whatever stands between them.
    """
    words = f" {' '.join(_words(text))} "
    for term in terms:
        if term.key:
            held = set(attributes.get(term.key, ()))
            if not held & set(term.values):
                return False
        elif not any(f" {' '.join(_words(value))} " in words for value in term.values):
            return False
    return True


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
