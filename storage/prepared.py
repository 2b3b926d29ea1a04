"""Core statements, compiled once a database and handed to the driver as text; rows of one kind go in one step.

Context: SQLAlchemy spends ten times longer on finding a compiled statement again than SQLite spends on running it, and
SQLite's driver gives up the interpreter's lock at every step, which a dozen threads then fight for. Decision: what
every event and effect goes through is compiled at its first use and run on the driver's own cursor, and SQLite is
given many rows in one statement. What we gave up: result types; whoever reads columns with types of ours converts by
hand.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from storage.batch import Amounts, Batch

Row = Mapping[str, Any]
_MOST = 64  # rows a step
_VALUES = re.compile(r"VALUES (\((?:[^()]|\([^()]*\))*\))")  # the row of a statement that takes many


class Prepared:
    """A statement with named parameters. Values are given as the driver takes them (moments as microseconds).

    `key` names the parameter that tells its rows apart from others of the same table: a read by it leaves rows under
    other keys waiting. `clash` is raised where another row stands in the place of one of these.
    """

    def __init__(
        self, statement: Executable, columns: Sequence[str] = (), *, key: str = "", clash: type[Exception] | None = None
    ) -> None:
        self.tables = frozenset(one.name for one in visitors.iterate(statement) if isinstance(one, Table))  # type: ignore[arg-type]
        self.key = key
        self._statement = statement
        self._columns = list(columns) or None
        self._clash = clash
        self._compiled: dict[str, _Compiled] = {}

    def many(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it once for each of `rows`: at the end of the batch where one is open, else now."""
        batch = Batch.of(connection)
        if batch is None:
            self.write(connection, rows)
        else:
            batch.add(self, rows)

    def add_up(self, connection: Connection, amounts: Amounts) -> None:
        """Run it for each key with the amount to add, its last column: those of a batch are added up, and written at
        its end. Whoever reads them before that adds what is `waiting`.
        """
        batch = Batch.of(connection)
        if batch is None:
            self.write_amounts(connection, amounts)
        else:
            batch.add_up(self, amounts)

    def waiting(self, connection: Connection) -> Amounts:
        """By key, what has still to be added."""
        batch = Batch.of(connection)
        return batch.amounts(self) if batch else {}

    def write_amounts(self, connection: Connection, amounts: Amounts) -> None:
        """Add these amounts, now."""
        assert self._columns is not None
        rows = [dict(zip(self._columns, (*key, amount), strict=True)) for key, amount in amounts.items()]
        if rows:
            self.write(connection, rows)

    def write(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it once for each of `rows`, now."""
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection)
        try:
            _with_cursor(connection, lambda cursor: compiled.many(cursor, rows)).close()
        except IntegrityError as error:
            if self._clash is None:
                raise
            raise self._clash(rows[0].get(self.key)) from error

    def all(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """Run it now; the rows it answers, those that still wait in the batch among them."""
        cursor = self._execute(connection, row)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.close()
        return found

    def once(self, connection: Connection, row: Row) -> bool:
        """Run it now; did it change anything?"""
        cursor = self._execute(connection, row)
        changed = bool(cursor.rowcount)
        cursor.close()
        return changed

    def _execute(self, connection: Connection, row: Row) -> Any:
        batch = Batch.of(connection)
        if batch is not None:
            batch.before_reading(self.tables, row[self.key] if self.key else None)
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection)
        return run(connection, compiled.sql, compiled.shape(row))

    def _compile(self, connection: Connection) -> "_Compiled":
        dialect = connection.dialect
        by_place = dialect if dialect.positional else type(dialect)(paramstyle="format")  # type: ignore[call-arg]
        made = self._statement.compile(dialect=by_place, column_keys=self._columns)  # type: ignore[attr-defined]
        assert isinstance(made, SQLCompiler)
        assert made.positiontup is not None
        fixed = {name: value for name, value in made.params.items() if value is not None}
        kept = self._compiled[dialect.name] = _Compiled(str(made), made.positiontup, fixed, dialect.name)
        return kept


class _Compiled:
    """A statement as one database takes it: parameters by place, some of them the same for every row."""

    def __init__(self, sql: str, names: Sequence[str], fixed: Row, dialect: str) -> None:
        self.sql = sql
        self._in_order = itemgetter(*names) if len(names) > 1 else lambda row: tuple(row[name] for name in names)
        self._fixed = fixed
        row = _VALUES.search(sql)
        twice = dialect == "sqlite" or "DO UPDATE" not in sql  # PostgreSQL changes a row once a statement
        self._row = row[1] if row and twice else ""
        self._texts = {1: sql}  # by rows

    def shape(self, row: Row) -> Any:
        """The values of a row as the driver takes them."""
        return self._in_order({**self._fixed, **row} if self._fixed else row)

    def many(self, cursor: Any, rows: Sequence[Row]) -> None:
        """Run it for all these rows, in as few steps as there can be."""
        shaped = [self.shape(row) for row in rows] if self._fixed else [*map(self._in_order, rows)]
        if not self._row:
            cursor.executemany(self.sql, shaped)
            return
        for begin in range(0, len(shaped), _MOST):
            part = shaped[begin : begin + _MOST]
            cursor.execute(self._text(len(part)), tuple(chain.from_iterable(part)))

    def _text(self, rows: int) -> str:
        if rows not in self._texts:
            self._texts[rows] = self.sql.replace(self._row, ", ".join([self._row] * rows), 1)
        return self._texts[rows]


def run(connection: Connection, sql: str, values: Any = ()) -> Any:
    """A driver's cursor after a statement that needs nothing of SQLAlchemy's."""
    return _with_cursor(connection, lambda cursor: cursor.execute(sql, values))


def tell(connection: Connection, sql: str) -> None:
    """Run a statement that whoever listens to SQLAlchemy hears of, before and after. SQLAlchemy's own way to the driver
    takes four times as long, and a run commits ten times.
    """

    def work(cursor: Any) -> None:
        said = (connection, cursor, sql, (), None, False)
        connection.dispatch.before_cursor_execute(*said)
        cursor.execute(sql)
        connection.dispatch.after_cursor_execute(*said)

    _with_cursor(connection, work).close()


def _with_cursor(connection: Connection, work: Callable[[Any], object]) -> Any:
    """A driver's cursor after the work; its errors are SQLAlchemy's, as everywhere else."""
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        work(cursor)
    except driver.IntegrityError as error:
        raise IntegrityError(str(error), None, error) from error
    except driver.OperationalError as error:
        raise OperationalError(str(error), None, error) from error
    return cursor
