"""When somebody wants to be told, and when left alone. It decides nothing, so a table is its whole truth."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Preference as Row

_PREFERENCE: Table = Row.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Preference:
    """Hours are whole ones of the person's own clock, 0 to 23; quiet hours run from `quiet_from` up to `quiet_to`."""

    person: str  # Slack id
    set_at: datetime
    set_by: str
    digest_hour: int | None = None  # None: no digest
    quiet_from: int | None = None  # None: no quiet hours, and `quiet_to` is None as well
    quiet_to: int | None = None
    digest_day: str = ""  # the newest date of theirs whose digest is on its way or sent


def keep(connection: Connection, one: Preference) -> None:
    """What somebody wants from now on. The day of the last digest stays: a new hour is no second digest of a day."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    chosen = {name: value for name, value in vars(one).items() if name not in {"person", "digest_day"}}
    statement = dialect.insert(_PREFERENCE).values(**vars(one))
    connection.execute(statement.on_conflict_do_update(index_elements=["person"], set_=chosen))


def find(connection: Connection, person: str) -> Preference | None:
    row = connection.execute(select(_PREFERENCE).where(_PREFERENCE.c.person == person)).mappings().first()
    return Preference(**row) if row else None


def with_digest(connection: Connection) -> tuple[Preference, ...]:
    """Everybody who wants a digest."""
    rows = connection.execute(select(_PREFERENCE).where(_PREFERENCE.c.digest_hour.is_not(None))).mappings()
    return tuple(Preference(**row) for row in rows)


def mark(connection: Connection, person: str, day: str) -> bool:
    """Note that the digest of a date is on its way; False when that, or a later one, was noted before."""
    mine = (_PREFERENCE.c.person == person) & (_PREFERENCE.c.digest_day < day)
    return bool(connection.execute(update(_PREFERENCE).where(mine).values(digest_day=day)).rowcount)
