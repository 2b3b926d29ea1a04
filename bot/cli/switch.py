"""The kill switch from the command line: it appends beside a running Lanekeeper, which notices at once."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine as Database

from bot.cli.clock import clock_of
from bot.settings import CannotStart, Settings
from lanes.core import lane_commands as lc
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
    with opened(settings) as (engine, _, _):
        yield engine


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Engine, Database, Writer]]:
    """The same, with what it stands on."""
    lanes = load_lanes(settings.catalog, TOOLS)
    database = connect(settings.database_url)
    migrate(database)
    writer = Writer(database)
    try:
        clock = clock_of(settings)
        yield Engine(database, writer, lanes, team="", model=_label(settings), clock=clock), database, writer
    finally:
        writer.close()
        database.dispose()


def named(engine: Engine, lane: str, *others: str) -> str:
    """A lane by its name or its command. Raises `CannotStart` for no such lane."""
    pages = [ready.page for ready in engine.lanes.values()]
    found = next((page.lane for page in pages if lane in {page.lane, page.command}), "")
    if not found:
        raise CannotStart(f"there is no lane {lane}; there are {', '.join([*engine.lanes, *others])}")
    return found


def _label(settings: Settings) -> str:
    """What the running Lanekeeper calls its model: evidence is gathered under it."""
    if settings.model == "offline":
        from lanes.models.offline import OfflineModel  # noqa: PLC0415 - only one of the two is needed

        return OfflineModel.label
    from lanes.models.anthropic import AnthropicModel  # noqa: PLC0415

    return AnthropicModel.label


def somebody() -> Person:
    """Whoever is at the command line: of no workspace, under the name this machine knows them by."""
    return Person(user=f"cli:{getpass.getuser()}", team="")


def throw(settings: Settings, lane: str, *, stop: bool, why: str = "") -> str:
    """Stop or resume a lane, or `all`; answers what to tell the person. Raises `CannotStart` for no such lane."""
    with beside(settings) as engine:
        name = EVERY_LANE if lane == "all" else named(engine, lane, "all")
        engine.handle_lane(lc.StopLane(name, somebody(), why) if stop else lc.ResumeLane(name, somebody()))
    which = "every lane" if lane == "all" else name
    return f"{which} is {'stopped: nothing is written any more' if stop else 'resumed'}"
