"""The kill switch from the command line: it appends beside a running Lanekeeper, which notices at once."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from bot.settings import CannotStart, Settings
from lanes.core import commands as c
from lanes.core.lane_state import EVERY_LANE
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.loading import load_lanes
from storage.database import connect, migrate
from storage.writer import Writer
from tools.registry import TOOLS


@contextmanager
def beside(settings: Settings) -> Iterator[Engine]:
    """An engine on the same ledger; what it owes is performed by the running Lanekeeper, or by the next one."""
    lanes = load_lanes(settings.catalog, TOOLS)
    database = connect(settings.database_url)
    migrate(database)
    writer = Writer(database)
    try:
        yield Engine(database, writer, lanes, team="", model="")
    finally:
        writer.close()
        database.dispose()


def somebody() -> Person:
    """Whoever is at the command line: of no workspace, under the name this machine knows them by."""
    return Person(user=f"cli:{getpass.getuser()}", team="")


def throw(settings: Settings, lane: str, *, stop: bool, why: str = "") -> str:
    """Stop or resume a lane, or `all`; answers what to tell the person. Raises `CannotStart` for no such lane."""
    with beside(settings) as engine:
        pages = [ready.page for ready in engine.lanes.values()]
        name = EVERY_LANE if lane == "all" else next((p.lane for p in pages if lane in {p.lane, p.command}), "")
        if not name:
            raise CannotStart(f"there is no lane {lane}; there are {', '.join(engine.lanes)} and all")
        engine.handle_lane(c.StopLane(name, somebody(), why) if stop else c.ResumeLane(name, somebody()))
    return f"{lane} is {'stopped: nothing is written any more' if stop else 'resumed'}"
