"""Who decides for whom. Rows made from the ledger, part of the transaction that appends the events."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, delete, select

from storage import views
from storage.tables import StandIn as Row

_STAND_IN: Table = Row.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class StandIn:
    """`stand_in` decides for `person` from `since` until `until`, which is not part of it; both Slack ids."""

    person: str
    stand_in: str
    since: datetime
    until: datetime


def goes(connection: Connection, one: StandIn) -> None:
    """Somebody goes away; what was known of them before is replaced."""
    statement = views.upsert(connection, _STAND_IN).values(**vars(one))
    later = {name: value for name, value in vars(one).items() if name != "person"}
    connection.execute(statement.on_conflict_do_update(index_elements=["person"], set_=later))


def comes_back(connection: Connection, person: str) -> None:
    """Somebody is back."""
    connection.execute(delete(_STAND_IN).where(_STAND_IN.c.person == person))


def stand_ins(connection: Connection, now: datetime) -> tuple[StandIn, ...]:
    """Everybody who is away now, or said that they will be; the first to go first."""
    rows = connection.execute(select(_STAND_IN).where(_STAND_IN.c.until > now).order_by(_STAND_IN.c.since))
    return tuple(StandIn(row.person, row.stand_in, row.since, row.until) for row in rows)


def stands_in_for(connection: Connection, user: str, now: datetime) -> tuple[str, ...]:
    """For whom somebody decides right now, by Slack id."""
    holds = (_STAND_IN.c.stand_in == user) & (_STAND_IN.c.since <= now) & (_STAND_IN.c.until > now)
    return tuple(row.person for row in connection.execute(select(_STAND_IN.c.person).where(holds)))
