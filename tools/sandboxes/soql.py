"""As much SOQL as is worth having here: SELECT … FROM … WHERE … AND … ORDER BY … LIMIT ….

Comparisons are =, !=, <, <=, >, >=, LIKE and IN over string, number, date and boolean literals and LAST_N_DAYS:n, whose
days are those of UTC (SOQL and SOSL Reference). Strings compare without regard to case, as in Salesforce. Anything else
is a `MalformedError`.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

TOKEN = re.compile(r"\s*(?:('(?:[^'\\]|\\.)*')|([A-Za-z_][\w.]*(?::\d+)?)|(-?\d[\d.:TZ+-]*)|(!=|<=|>=|[=<>(),]))")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
DAYS_AGO = re.compile(r"LAST_N_DAYS:\d{1,4}", re.IGNORECASE)
ESCAPED = re.compile(r"\\(.)")

ORDERED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

Row = Mapping[str, Any]
Test = Callable[[Row], bool]


class MalformedError(ValueError):
    """The query does not parse; its words are for the error answer."""


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...]
    kind: str
    where: tuple[Test, ...]
    order: str | None
    descending: bool
    limit: int | None
    names: tuple[str, ...]  # every field it speaks of

    def run(self, rows: Iterable[Row]) -> list[Row]:
        found = [row for row in rows if all(test(row) for test in self.where)]
        if self.order is not None:
            order = self.order
            found.sort(key=lambda row: str(field(row, order) or ""), reverse=self.descending)
        return found[: self.limit]


def field(row: Row, name: str) -> Any:
    """A field, or one of a parent: Owner.Name. KeyError where there is none."""
    value: Any = row
    for part in name.split("."):
        value = value[part]
    return value


def parse(text: str, now: datetime) -> Query:
    """The query; `now` is what its days are counted from. Raises `MalformedError`."""
    return _Parser(text, now).query()


class _Parser:
    def __init__(self, text: str, now: datetime) -> None:
        self._now = now
        self._tokens: list[str] = []
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise MalformedError(f"unexpected token: {text[at:].strip()[:20]!r}")
            self._tokens.append(match[0].strip())
            at = match.end()
        self._at = 0
        self._names_asked: list[str] = []

    def query(self) -> Query:
        self._expect("SELECT")
        fields = self._names()
        self._expect("FROM")
        kind = self._next()
        where: list[Test] = []
        if self._take("WHERE"):
            where.append(self._test())
            while self._take("AND"):
                where.append(self._test())
        order, descending = None, False
        if self._take("ORDER"):
            self._expect("BY")
            order = self._name()
            descending = self._take("DESC")
            self._take("ASC")
        limit = int(self._next()) if self._take("LIMIT") else None
        if self._at != len(self._tokens):
            raise MalformedError(f"unexpected token: {self._tokens[self._at]!r}")
        return Query(fields, kind, tuple(where), order, descending, limit, tuple(self._names_asked))

    def _names(self) -> tuple[str, ...]:
        names = [self._name()]
        while self._take(","):
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        self._names_asked.append(self._next())
        return self._names_asked[-1]

    def _test(self) -> Test:
        name, sign = self._name(), self._next().upper()
        if sign == "IN":
            self._expect("(")
            wanted = [_fold(self._literal())]
            while self._take(","):
                wanted.append(_fold(self._literal()))
            self._expect(")")
            return lambda row: _fold(field(row, name)) in wanted
        if sign == "LIKE":
            pattern = _like(self._next())
            return lambda row: pattern.fullmatch(str(field(row, name) or "")) is not None
        value = _fold(self._literal())
        if sign == "=":
            return lambda row: bool(_fold(field(row, name)) == value)
        if sign == "!=":
            return lambda row: bool(_fold(field(row, name)) != value)
        if sign in ORDERED and value is not None:
            compare, limit = ORDERED[sign], _ordered(value)
            return lambda row: field(row, name) is not None and bool(compare(_ordered(_fold(field(row, name))), limit))
        raise MalformedError(f"unexpected token: {sign!r}")

    def _literal(self) -> Any:
        token = self._next()
        if token.startswith("'"):
            return ESCAPED.sub(r"\1", token[1:-1])
        named = {"true": True, "false": False, "null": None}
        if token.lower() in named:
            return named[token.lower()]
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            return float(token)
        if DAYS_AGO.fullmatch(token):
            day = self._now.date() - timedelta(days=int(token.partition(":")[2]))
            return datetime.combine(day, time(), self._now.tzinfo).isoformat()
        return token

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise MalformedError("unexpected end of query")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].upper() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise MalformedError(f"expecting {word}")


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _ordered(value: Any) -> Any:
    """Times as moments, so that two spellings of one compare as equal."""
    if isinstance(value, str) and MOMENT.match(value.upper()):
        return datetime.fromisoformat(value.upper())
    return value


def _like(token: str) -> re.Pattern[str]:
    """% is anything, _ one character; behind a backslash they are themselves."""
    if not token.startswith("'"):
        raise MalformedError("LIKE takes a string")
    parts = re.findall(r"\\.|.", token[1:-1], re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts), re.IGNORECASE | re.DOTALL)
