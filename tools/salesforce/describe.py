"""What this organisation has and what this credential may do with it: "sObject Describe", and who we are ("UserInfo").

Both change seldom and are asked for often, so an answer is kept for some minutes for each wire.
"""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

from tools.contract import Refused, Wire
from tools.salesforce.answers import DATA, Asker
from tools.wire import Answer, understand

KEPT = timedelta(minutes=5)  # an administrator's new stage is known before the coffee is drunk
USERINFO = "/services/oauth2/userinfo"

M = TypeVar("M", bound=Answer)


class Choice(Answer):
    """A value of a picklist."""

    active: bool
    value: str


class FieldAnswer(Answer):
    name: str
    label: str
    createable: bool
    updateable: bool
    externalId: bool  # noqa: N815 - Salesforce's name
    picklistValues: list[Choice]  # noqa: N815 - Salesforce's name


class Described(Answer):
    """One object. `updateable` and its like tell of this credential's user, field-level security included."""

    name: str
    queryable: bool
    createable: bool
    updateable: bool
    deletable: bool
    fields: list[FieldAnswer]

    def field(self, name: str) -> FieldAnswer | None:
        return next((field for field in self.fields if field.name == name), None)


class User(Answer):
    user_id: str
    name: str


_kept: WeakKeyDictionary[Wire, dict[str, tuple[float, Answer]]] = WeakKeyDictionary()
_lock = threading.Lock()


def describe(wire: Wire, kind: str, tool: Asker) -> Described:
    """Raises `Refused` NOT_FOUND where this credential cannot see the object at all."""
    return _ask(wire, f"{DATA}/sobjects/{kind}/describe", Described, tool)


def me(wire: Wire, tool: Asker) -> User:
    """The user whose name stands on what this credential writes."""
    return _ask(wire, USERINFO, User, tool)


def settable(wire: Wire, kind: str, values: Mapping[str, str], tool: Asker) -> None:
    """Raises `Refused` where a field may not be set with this credential, or has no such value in this organisation.

    `values` are by Salesforce's field names. Without this a stage that nobody knows would be written: StageName takes
    any text unless an administrator has restricted it.
    """
    described = describe(wire, kind, tool)
    for name, value in values.items():
        field = described.field(name)
        if field is None or not field.updateable:
            raise Refused("NO_RIGHT", f"this credential may not set {name} of {kind} records")
        choices = [one.value for one in field.picklistValues if one.active]
        if value and choices and value not in choices:
            raise Refused("NO_SUCH_VALUE", f"{field.label} knows no {value!r}; there are {', '.join(choices)}")


def _ask(wire: Wire, path: str, model: type[M], tool: Asker) -> M:
    now = time.monotonic()
    with _lock:
        at, answer = _kept.get(wire, {}).get(path, (0.0, None))
    if isinstance(answer, model) and now - at < KEPT.total_seconds():
        return answer
    fresh = understand(model, wire.call("GET", path, timeout=tool.timeout), tool.name)
    with _lock:
        _kept.setdefault(wire, {})[path] = (now, fresh)
    return fresh
