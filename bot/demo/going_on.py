"""The made-up history goes on: when the workspace's clock passes the end of a week, that week is made up first, and
only then does time go on for Lanekeeper, so that its jobs find the week as people would have left it.
"""

import threading
from datetime import datetime
from pathlib import Path

import structlog

from bot.app import Lanekeeper
from bot.demo.history import Chronicle
from bot.demo.told import Told
from bot.workspace.clock import Clock
from lanes.jobs import Progress
from lanes.shadow.harvesting import Harvesting
from storage.database import StorageUnusable
from tools.contract import Refused, Unavailable

_LOOK = 0.5  # seconds

log = structlog.get_logger("demo")


class GoingOn:
    """Lanekeeper's clock in the demo: the turned one. While a week is being made up it stands still, so that nobody
    looks for work among runs that are half told.
    """

    def __init__(self, turned: Clock, folder: Path) -> None:
        self._turned, self._folder = turned, folder
        self._plan = Told.read(folder)
        self._stands = self._plan.known_until if self._plan else turned()  # where a week that passed unseen is made up
        self._stopped = threading.Event()

    def __call__(self) -> datetime:
        now, plan = self._turned(), self._plan
        if plan and now >= plan.known_until:
            return self._stands
        self._stands = now
        return now

    def start(self, lanekeeper: Lanekeeper) -> None:
        """Make up what time passes, beside everything else. Nothing to do where there is no such history."""
        if self._plan:
            threading.Thread(target=self._go, args=(lanekeeper, self._plan), name="history", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _go(self, lanekeeper: Lanekeeper, plan: Told) -> None:
        engine, database, writer = lanekeeper.engine, lanekeeper.database, lanekeeper.writer
        lanes, wires = engine.lanes, lanekeeper.wires
        harvesting = Harvesting(database, writer, lanes, wires, lambda: (self._plan or plan).known_until)
        chronicle = Chronicle(database, writer, engine.lanes, plan, lambda _: _read(harvesting))
        while not self._stopped.wait(_LOOK):
            if self._turned() < plan.known_until:
                continue
            try:
                chronicle.week(plan.weeks)
            except StorageUnusable as error:
                log.warning("week_not_made", error=str(error))
                continue
            plan = self._made(plan)

    def _made(self, plan: Told) -> Told:
        """Time goes on, at most to the end of the week after: what comes each Monday comes of each of them."""
        longer = plan.after(self._folder)
        self._stands = min(self._turned(), longer.known_until)
        self._plan = longer
        return longer


def _read(harvesting: Harvesting) -> None:
    """What people did in the sandboxes, up to now. A system that does not answer is read by the night's job."""
    try:
        harvesting.harvest(Progress({}, lambda _: None))
    except (Refused, Unavailable) as error:
        log.warning("not_harvested", why=error.message)
