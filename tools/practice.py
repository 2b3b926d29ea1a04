"""What was drafted wrong on purpose never reaches a system: the last guard, beside the wire itself.

A practice draft's key begins with `PRACTICE`. Whoever is about to write under such a key is given a wire through which
nothing that changes anything leaves; and whatever request carries such a key is refused by `HttpWire` as well.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tools.contract import PRACTICE, Refused, Wire

_KEY = re.compile(f"{PRACTICE}[0-9a-f]{{64}}")
_SAID = "this draft was wrong on purpose, to practise; nothing is ever sent of it"


def carries(*parts: object) -> bool:
    """Does a request speak of a practice draft's key? The word alone means nothing."""
    return any(_KEY.search(str(part)) for part in parts if part)


def forbid() -> Refused:
    """What whoever tries is told."""
    return Refused("PRACTICE", _SAID)


def sealed(wire: Wire, key: str) -> Wire:
    """The wire for a write under a key; for a practice draft's one through which no change leaves."""
    return _Sealed(wire) if key.startswith(PRACTICE) else wire


class _Sealed:
    def __init__(self, wire: Wire) -> None:
        self.web = wire.web
        self._wire = wire

    def call(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None, json: object | None = None,
        form: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None, timeout: timedelta,
        changes: bool = False,
    ) -> Any:  # fmt: skip
        """Reads go through; raises `Refused` for everything else."""
        if changes or method != "GET":
            raise forbid()
        return self._wire.call(method, path, query=query, json=json, form=form, headers=headers, timeout=timeout)
