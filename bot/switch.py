"""The kill switch from the command line: it appends beside a running Lanekeeper, which notices at once."""

import getpass

from bot.settings import CannotStart, Settings
from lanes.core import commands as c
from lanes.core.lane_state import EVERY_LANE
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.loading import load_lanes
from storage.database import connect, migrate
from storage.writer import Writer
from tools.registry import TOOLS


def throw(settings: Settings, lane: str, *, stop: bool, why: str = "") -> str:
    """Stop or resume a lane, or `all`; answers what to tell the person. Raises `CannotStart` for no such lane."""
    lanes = load_lanes(settings.catalog, TOOLS)
    names = {EVERY_LANE if lane == "all" else ready.page.lane
             for ready in lanes.values() if lane in {"all", ready.page.lane, ready.page.command}}  # fmt: skip
    if not names:
        raise CannotStart(f"there is no lane {lane}; there are {', '.join(lanes)} and all")
    database = connect(settings.database_url)
    migrate(database)
    writer = Writer(database)
    engine = Engine(database, writer, lanes, team="", model="")
    by = Person(user=f"cli:{getpass.getuser()}", team="")
    name = names.pop()
    engine.handle_lane(c.StopLane(name, by, why) if stop else c.ResumeLane(name, by))
    writer.close()
    database.dispose()
    return f"{lane} is {'stopped: nothing is written any more' if stop else 'resumed'}"
