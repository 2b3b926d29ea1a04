"""As much JQL as is worth having here: comparisons joined by AND and OR, brackets, ORDER BY.

Operators are =, !=, ~, >=, <= and IN over quoted values, plain words and currentUser() ("Use advanced search with Jira
Query Language"). A text search looks for whole words, endings of English words left aside; its own signs, which have to
be escaped in Jira, are refused. Anything else is a `MalformedError` with words as Jira has them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(currentUser\(\))|([A-Za-z_][\w-]*|-?\d[\w-]*)|(!=|>=|<=|[=~(),]))')
SIGNS = re.compile(r'[+\-&|!(){}\[\]^~*?\\/:"]')
AGO = re.compile(r"-(\d+)([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
TEXTS = frozenset({"text", "summary", "description", "comment"})
DATES = frozenset({"created", "updated"})
PLAIN = frozenset(
    {"project", "key", "issuekey", "issuetype", "type", "status", "statuscategory", "priority", "resolution", "labels"}
    | {"creator", "reporter"}
)

Row = Mapping[str, Any]  # field → a text, a list of texts, or a moment
Test = Callable[[Row], bool]


class MalformedError(ValueError):
    """The query does not parse; its words are for the error answer."""


@dataclass(frozen=True)
class Query:
    where: Test
    bounded: bool
    projects: tuple[str, ...]  # that the query names
    order: tuple[tuple[str, bool], ...]  # field, descending

    def run(self, rows: Iterable[Row]) -> list[Row]:
        found = [row for row in rows if self.where(row)]
        for field, descending in reversed(self.order):
            found.sort(key=lambda row: row[field], reverse=descending)
        return found


def parse(text: str, *, user: str, now: datetime) -> Query:
    """`user` is whom currentUser() means; relative dates are counted from `now`."""
    return _Parser(text, user, now).query()


@dataclass(frozen=True)
class _Token:
    kind: str  # quoted, function, word, sign
    text: str
    at: int


class _Parser:
    def __init__(self, text: str, user: str, now: datetime) -> None:
        self._user, self._now = user, now
        self._projects: list[str] = []
        self._tokens: list[_Token] = []
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise MalformedError(f"Error in the JQL Query: unexpected character. (line 1, character {at + 1})")
            kind = ("quoted", "function", "word", "sign")[(match.lastindex or 1) - 1]
            value = match[match.lastindex or 1]
            self._tokens.append(_Token(kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value, at + 1))
            at = match.end()

    def query(self) -> Query:
        bounded = bool(self._tokens) and not self._is("ORDER")
        where = self._either() if bounded else lambda _: True
        order = self._order() if self._tokens else ()
        if self._tokens:
            raise self._unexpected()
        return Query(where, bounded, tuple(self._projects), order)

    def _is(self, word: str) -> bool:
        return bool(self._tokens) and self._tokens[0].kind != "quoted" and self._tokens[0].text.upper() == word

    def _take(self, *words: str) -> _Token:
        if not self._tokens:
            raise MalformedError("Error in the JQL Query: the query ends too early.")
        if words and not any(self._is(word) for word in words):
            raise self._unexpected()
        return self._tokens.pop(0)

    def _unexpected(self) -> MalformedError:
        found = self._tokens[0]
        return MalformedError(
            f"Error in the JQL Query: Expecting something else than '{found.text}'. (line 1, character {found.at})"
        )

    def _either(self) -> Test:
        tests = [self._both()]
        while self._is("OR"):
            self._take()
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._is("AND"):
            self._take()
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._is("("):
            self._take()
            test = self._either()
            self._take(")")
            return test
        name = self._take().text.casefold()
        if name not in TEXTS | DATES | PLAIN:
            raise MalformedError(f"Field '{name}' does not exist or you do not have permission to view it.")
        sign = self._take("=", "!=", "~", ">=", "<=", "IN").text.upper()
        if name in TEXTS and sign == "~":
            return _contains(name, self._value())
        if name in DATES and sign in {">=", "<="}:
            return self._dated(name, sign, self._value())
        if name in PLAIN and sign in {"=", "!="}:
            return self._equals(name, sign, [self._value()])
        if name in PLAIN and sign == "IN":
            return self._equals(name, "=", list(self._values()))
        raise MalformedError(f"The operator '{sign}' is not supported by the '{name}' field.")

    def _equals(self, name: str, sign: str, values: list[str]) -> Test:
        if name == "project":
            self._projects.extend(values)
        wanted = {one.casefold() for one in values}

        def test(row: Row) -> bool:
            held = row[name]
            found = {one.casefold() for one in (held if isinstance(held, list) else [held])}
            return bool(found & wanted) == (sign == "=")

        return test

    def _values(self) -> Iterable[str]:
        self._take("(")
        yield self._value()
        while self._take(",", ")").text == ",":
            yield self._value()

    def _value(self) -> str:
        token = self._take()
        if token.kind == "sign":
            self._tokens.insert(0, token)
            raise self._unexpected()
        return self._user if token.kind == "function" else token.text

    def _dated(self, name: str, sign: str, value: str) -> Test:
        if match := AGO.fullmatch(value):
            moment = self._now - timedelta(**{UNITS[match[2]]: int(match[1])})
        else:
            try:
                moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
            except ValueError:
                raise MalformedError(f"Date value '{value}' for field '{name}' is invalid.") from None
        return lambda row: row[name] >= moment if sign == ">=" else row[name] <= moment

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._take("ORDER")
        self._take("BY")
        order = [self._ordered()]
        while self._is(","):
            self._take()
            order.append(self._ordered())
        return tuple(order)

    def _ordered(self) -> tuple[str, bool]:
        name = self._take().text.casefold()
        if name not in DATES | {"key", "issuekey"}:
            raise MalformedError(f"Field '{name}' does not exist or this field cannot be viewed by anonymous users.")
        descending = self._is("DESC")
        if descending or self._is("ASC"):
            self._take()
        return ("number" if "key" in name else name), descending


def _contains(name: str, value: str) -> Test:
    if SIGNS.search(value) or not value.strip():
        raise MalformedError(f"Unable to parse the text '{value}' for field '{name}'.")
    wanted = {_stem(word) for word in re.findall(r"\w+", value.casefold())}
    return lambda row: wanted <= {_stem(word) for word in re.findall(r"\w+", row[name].casefold())}


def _stem(word: str) -> str:
    """An English word without its ending, roughly: delayed, delays and delay are one."""
    return re.sub(r"(?:ing|ed|es|s)$", "", word) if len(word) > 4 else word
