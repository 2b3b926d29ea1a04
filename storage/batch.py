"""Rows put aside until their transaction ends, so that each table is written once for all the jobs of a batch.

Context: seven jobs that share a commit ran seventy statements of one row each. Decision: while a batch is open on a
connection, prepared statements that write leave their rows here; they are written a table at a time, each table's in
the order they came, and amounts added up by key. Whoever reads has what he could see written first, or adds the amounts
that wait, so that no job knows that its rows waited.
What we gave up: a row that cannot stand (another process was first) shows only at the end; the writer then undoes the
batch and runs its jobs one by one.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import Connection

if TYPE_CHECKING:
    from storage.prepared import Prepared

Row = Mapping[str, Any]
Amounts = Mapping[tuple[str, ...], int]  # by key
_here = threading.local()  # a batch is opened, filled and written by one thread


class Batch:
    """What one transaction has still to write, and what it has learned that nobody else can change before it ends."""

    def __init__(self, connection: Connection) -> None:
        self.heads: dict[str, int] = {}  # stream → its newest version
        self.connection = connection
        self._rows: dict[str, list[tuple[Prepared, list[Row]]]] = {}  # table → in the order they came
        self._keys: dict[str, set[Any]] = {}  # table → the keys of rows that wait
        self._amounts: dict[Prepared, Counter[tuple[str, ...]]] = {}  # to be added to what stands under a key

    @staticmethod
    def of(connection: Connection) -> Optional["Batch"]:
        """The batch that is open on a connection."""
        batch: Batch | None = getattr(_here, "open", None)
        return batch if batch is not None and batch.connection is connection else None

    def __enter__(self) -> None:
        _here.open = self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write all that waits; what was undone is forgotten with the batch."""
        try:
            if kind is None:
                self.write()
        finally:
            del _here.open

    def add(self, statement: "Prepared", rows: Sequence[Row]) -> None:
        """Let rows wait."""
        (table,) = statement.tables
        groups = self._rows.setdefault(table, [])
        if groups and groups[-1][0] is statement:
            groups[-1][1].extend(rows)
        else:
            groups.append((statement, [*rows]))
        self._keys.setdefault(table, set()).update([row[statement.key] for row in rows] if statement.key else [None])

    def add_up(self, statement: "Prepared", amounts: Amounts) -> None:
        """Let amounts wait, each added to what waits under its key."""
        waiting = self._amounts.setdefault(statement, Counter())
        for key, amount in amounts.items():
            waiting[key] += amount

    def amounts(self, statement: "Prepared") -> Amounts:
        """What waits to be added by a statement."""
        return self._amounts.get(statement, {})

    def before_reading(self, tables: Iterable[str], key: object = None) -> None:
        """Write what somebody who reads these tables could see: rows under `key`; None reads under every key."""
        for table in tables:
            waiting = self._keys.get(table)
            if waiting and (key is None or key in waiting or None in waiting):
                self._write(table)

    def write(self) -> None:
        """Write all that waits."""
        for table in list(self._rows):
            self._write(table)
        while self._amounts:
            statement, amounts = self._amounts.popitem()
            statement.write_amounts(self.connection, amounts)

    def _write(self, table: str) -> None:
        del self._keys[table]
        for statement, rows in self._rows.pop(table):
            statement.write(self.connection, rows)
