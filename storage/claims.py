"""Which action makes which change. Rows made from the ledger, part of the transaction that appends the events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from storage.clock import from_micros, to_micros
from storage.prepared import Prepared
from storage.tables import Claim as Row

_CLAIM: Table = Row.__table__  # type: ignore[attr-defined]
_of_change = _CLAIM.c.change == bindparam("which")
_mine = _of_change & (_CLAIM.c.run == bindparam("of_run")) & (_CLAIM.c.action == bindparam("of_action"))
_add = Prepared(insert(_CLAIM), ("change", "run", "action", "lane", "requester", "done", "at"), key="change")
_make = Prepared(update(_CLAIM).where(_mine), ("done", "at"), key="which")
_drop = Prepared(delete(_CLAIM).where(_mine), key="which")
_columns = (_CLAIM.c.change, _CLAIM.c.run, _CLAIM.c.action, _CLAIM.c.lane, _CLAIM.c.requester, _CLAIM.c.done)
_of = Prepared(select(*_columns, _CLAIM.c.at).where(_of_change).order_by(_CLAIM.c.at), key="which")


@dataclass(frozen=True)
class Claim:
    """One action's hold on one change (64 hex digits); `at` is when it was drafted, or made."""

    change: str
    run: str
    action: str
    lane: str
    requester: str
    done: bool
    at: datetime


def claim(connection: Connection, claims: Sequence[Claim]) -> None:
    """These actions are about to make these changes."""
    if claims:
        _add.many(connection, [{**vars(one), "at": to_micros(one.at)} for one in claims])


def made(connection: Connection, change: str, run: str, action: str, at: datetime) -> None:
    """The change is made."""
    mine = {"which": change, "of_run": run, "of_action": action}
    _make.many(connection, [{**mine, "done": True, "at": to_micros(at)}])


def let_go(connection: Connection, change: str, run: str, action: str) -> None:
    """The change will not be made, or was taken back."""
    _drop.many(connection, [{"which": change, "of_run": run, "of_action": action}])


def claims(connection: Connection, changes: Iterable[str]) -> tuple[Claim, ...]:
    """Who makes or has made these changes, oldest first."""
    rows = [row for change in changes for row in _of.all(connection, {"which": change})]
    return tuple(
        Claim(change, run, action, lane, requester, bool(done), from_micros(at))
        for change, run, action, lane, requester, done, at in rows
    )
