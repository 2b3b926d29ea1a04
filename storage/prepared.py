"""Core statements, compiled once a database and handed to the driver as text.

Context: SQLAlchemy spends ten times longer on finding a compiled statement again than SQLite spends on running it.
Decision: what every event and effect goes through is compiled at its first use, kept, and run on the driver's own
cursor. What we gave up: result types; whoever reads columns with types of ours converts by hand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]


class Prepared:
    """A statement with named parameters. Values are given as the driver takes them (moments as microseconds)."""

    def __init__(self, statement: Executable, columns: Sequence[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, tuple[str, Sequence[str] | None, Row]] = {}

    def many(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it once for each of `rows`."""
        sql, order, fixed = self._compiled.get(connection.dialect.name) or self._compile(connection)
        _cursor(connection, sql, [_shape(order, {**fixed, **row} if fixed else row) for row in rows], many=True).close()

    def all(self, connection: Connection, row: Row) -> list[tuple[Any, ...]]:
        """Run it once; the rows it answers."""
        sql, order, fixed = self._compiled.get(connection.dialect.name) or self._compile(connection)
        cursor = _cursor(connection, sql, _shape(order, {**fixed, **row} if fixed else row))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.close()
        return found

    def _compile(self, connection: Connection) -> tuple[str, Sequence[str] | None, Row]:
        made = self._statement.compile(dialect=connection.dialect, column_keys=self._columns)  # type: ignore[attr-defined]
        assert isinstance(made, SQLCompiler)
        fixed = {name: value for name, value in made.params.items() if value is not None}
        kept = (str(made), made.positiontup, fixed)
        self._compiled[connection.dialect.name] = kept
        return kept


def _cursor(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    """A driver's cursor after running it; its errors are SQLAlchemy's, as everywhere else."""
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(sql, values) if many else cursor.execute(sql, values)
    except driver.IntegrityError as error:
        raise IntegrityError(sql, None, error) from error
    except driver.OperationalError as error:
        raise OperationalError(sql, None, error) from error
    return cursor


def _shape(order: Sequence[str] | None, row: Row) -> Any:
    return tuple([row[name] for name in order]) if order is not None else row
