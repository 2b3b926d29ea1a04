"""Where the values that route a write stand: whom it reaches, what it touches, how much it moves.

Every value a model was shown has an origin. A field of a system of record, what the requester named and what the lane's
page fixes is trusted; prose that others wrote is not, and neither is a record that was only found through a value from
such prose. What points at a person is theirs to choose: a name vouches for no id, no amount and no address, an address
for an address alone. For each routing argument the most trusted place that holds it counts; a value that stands nowhere
was made up. Text is compared after NFKC, without zero-width characters, in one case, its spaces collapsed; amounts by
value, with addresses, numbers and links blanked out first, so that no part of a phone number is money.

What it cannot see: which of several trusted values was picked, and why. That stays with the person who decides.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from pydantic import BaseModel

from lanes.core.events import RunStarted
from lanes.core.values import Origin
from tools.contract import Data
from tools.fields import Found, Leaf, values
from tools.money import Money

REQUEST, MESSAGE, PAGE, EDIT = "request", "message", "page", "edit"  # where a value stands that no tool read
_RANK = {"trusted": 0, "reached": 1, "untrusted": 2, "unsupported": 3}
_AROUND = 15  # characters of a quote either side of the value
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_TAKEN = re.compile(  # what holds digits and is no amount: links, addresses, phone numbers, ids such as A-10234
    r"https?://\S+|\S+@\S+|\+\d[\d\s().-]{7,}\d|\b\d{3}[\s.-]\d{3,4}[\s.-]\d{3,4}\b|\b[A-Za-z]+[-_][A-Za-z0-9_-]*\d\w*|\b[a-z]+_\w+",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")

Value = str | int | bool | Money


@dataclass(frozen=True)
class Source:
    """One value that was there to be read, and how far it is believed."""

    where: str  # a tool's name, or one of the four above
    value: Value
    trust: str  # a key of _RANK
    prose: bool = False  # a value may stand somewhere inside it
    person: str = ""  # of what points at a person: which field of theirs it is


def of_request(started: RunStarted) -> Iterator[Source]:
    """What the person who asked named. The words they handed over with it may be anybody's."""
    for said in (started.subject, *started.inputs.values()):
        yield Source(REQUEST, said, "trusted")
        if amount := _money(said):
            yield Source(REQUEST, amount, "trusted")
    if started.message:
        yield Source(MESSAGE, started.message, "untrusted", prose=True)


def of_page(equalities: Iterable[Any]) -> Iterator[Source]:
    """What the lane's page says in so many words: the literals of a policy row."""
    for said in equalities:
        for one in said if isinstance(said, tuple) else (said,):
            if isinstance(one, str | int | bool):
                yield Source(PAGE, one, "trusted")


def of_answer(tool: str, result: type[BaseModel], content: Any, *, reached: bool) -> Iterator[Source]:
    """What a tool answered; `reached`: it was asked about something that only prose named."""
    believed = "reached" if reached else "trusted"
    for found in values(result, content):
        prose, person = found.leaf.data is Data.FREE_TEXT, found.leaf.data is Data.PII
        trust = "untrusted" if prose else believed
        yield Source(tool, found.value, trust, prose, _last(found.leaf) if person else "")


def is_reached(model: type[BaseModel], arguments: Mapping[str, Any], sources: Iterable[Source]) -> bool:
    """Was a record asked for by a value that no trusted place holds? Words to search for do not count."""
    known = list(sources)
    asked = (found for found in values(model, arguments) if _names(found.leaf, found.value))
    return any(_best(found, known).trust != "trusted" for found in asked)


def origins(model: type[BaseModel], arguments: Mapping[str, Any], sources: Iterable[Source]) -> tuple[Origin, ...]:
    """For each routing argument, the most trusted place that holds its value."""
    known = list(sources)
    return tuple(_origin(found, known) for found in values(model, arguments) if found.leaf.routes)


def _money(text: str) -> Money | None:
    try:
        return Money.parse(text)
    except ValueError:
        return None


def _names(leaf: Leaf, value: Value) -> bool:
    """An argument that names a record; a switch or a choice does not."""
    return leaf.data in {Data.INTERNAL, Data.PII} and isinstance(value, str)


def _origin(found: Found, known: list[Source]) -> Origin:
    best, value = _best(found, known), found.value
    quote = _quote(str(best.value), value) if best.prose else ""
    return Origin(field=found.path, value=str(value), trust=best.trust, where=best.where, quote=quote)


def _best(found: Found, known: list[Source]) -> Source:
    sources = (source if _vouches(source, found.leaf) else _as_said(source) for source in known)
    holding = (source for source in sources if _holds(source, found.value))
    return min(holding, key=lambda source: _RANK[source.trust], default=Source("", "", "unsupported"))


def _vouches(source: Source, leaf: Leaf) -> bool:
    return not source.person or (leaf.data is Data.PII and source.person.endswith(_last(leaf)))


def _as_said(source: Source) -> Source:
    """A name that speaks of something else is what somebody says."""
    return replace(source, trust="untrusted", prose=True)


def _last(leaf: Leaf) -> str:
    """The field's own name: "email" of "contacts.*.email"."""
    return leaf.path.removesuffix(".*").rpartition(".")[2]


def _holds(source: Source, value: Value) -> bool:
    if not source.prose:
        return _same(source.value, value)
    text = str(source.value)
    if isinstance(value, Money):
        return _major(value) in set(_amounts(text))
    return bool(re.search(rf"(?<!\w){re.escape(normal(str(value)))}(?!\w)", normal(text)))


def _same(one: Value, other: Value) -> bool:
    """Is a record's value what is asked for? What hides something in it is another value, even if it looks like it."""
    if isinstance(one, Money) or isinstance(other, Money):
        return one == other
    said = str(other)
    return str(one) == said or (not _INVISIBLE.search(said) and normal(str(one)) == normal(said))


def normal(text: str) -> str:
    """Text as it is compared."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def _amounts(text: str) -> Iterator[Decimal]:
    plain = _TAKEN.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    for match in _AMOUNT.finditer(plain):
        yield Decimal(match.group().replace(",", "")).normalize()


def _major(money: Money) -> Decimal:
    return Decimal(money.minor).scaleb(-get_currency_precision(money.currency)).normalize()


def _quote(text: str, value: Value) -> str:
    """The words around the value, in one line."""
    flat = " ".join(text.split())
    wanted = str(_major(value)) if isinstance(value, Money) else str(value)
    at = flat.casefold().find(wanted.casefold())
    if at < 0:
        return flat[: 4 * _AROUND]
    start, end = max(at - _AROUND, 0), min(at + len(wanted) + _AROUND, len(flat))
    return f"{'…' if start else ''}{flat[start:end]}{'…' if end < len(flat) else ''}"
