"""The account's books: finding a record, keeping answers by key, and remembering what happened."""

from collections.abc import Mapping
from typing import Any

from tools.sandboxes import payments
from tools.sandboxes.state import State
from tools.sandboxes.stripe.forms import refusal
from tools.sandboxes.twin import Clock

Row = dict[str, Any]
KEYS_KEPT = 24 * 3600  # seconds; Stripe may forget a key when it is that old, "Idempotent requests"


class Books:
    """What the sandbox knows, while one request is served: `request` names it in the events that it causes."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.request: Mapping[str, Any] = {"id": None, "idempotency_key": None}

    @property
    def data(self) -> Row:
        return self._state.data

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock().timestamp())

    def rows(self, kind: str) -> dict[str, Row]:
        found: dict[str, Row] = self.data[f"{kind}s"]
        return found

    def found(self, kind: str, name: str, *, status: int = 404, param: str = "id") -> Row:
        """404 for what the path names; what a parameter names and is not there is 400."""
        row = self.rows(kind).get(name)
        if row is None:
            raise refusal(status, "resource_missing", f"No such {kind}: '{name}'", param=param)
        return row

    def happened(self, kind: str, row: Row) -> None:
        payments.event(self.data, kind, row, self.now(), self.request)

    def kept(self, key: str) -> Row | None:
        """The answer under this key, unless it is so old that it is forgotten."""
        answer: Row | None = self.data["keys"].get(key)
        if answer is not None and self.now() - answer["created"] >= KEYS_KEPT:
            del self.data["keys"][key]
            return None
        return answer

    def keep(self, key: str, path: str, form: Mapping[str, str], status: int, body: Any) -> None:
        kept = {"path": path, "form": dict(form), "status": status, "body": body, "created": self.now()}
        self.data["keys"][key] = kept


def dollars(cents: int) -> str:
    """Everything seeded is in US dollars."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
