"""App Home: publishes it for those who open it, and again when something changes.

A change is published at most once a second for one person, however many there are, and only for those who have looked
within a shift; what somebody does on their Home is answered at once. What all of them share (what waits, the lanes) is
read once for a round of them.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient
from sqlalchemy import Engine as Database

from bot import words
from bot.home.items import Item
from bot.home.mine import Look
from bot.home.view import PAGE, LaneNow, Now, Theirs, home, pages
from bot.record.inquiry import Inquiry
from bot.slack.blocks import section
from bot.slack.in_short import publish
from bot.slack.pace import unhurried
from bot.slack.rounds import Rounds
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.preferences import Preferences
from lanes.queue import Waiting
from storage import queue, views
from storage.writer import Writer
from tools.contract import NotYet

log = structlog.get_logger("home")
_LAST = 8  # ended runs shown
_KEPT_FRESH = timedelta(hours=8)  # a shift: who opened Home within it sees it change by itself
_APART = 1.0  # seconds between two changes of one person's Home: nobody reads faster
_DAY = timedelta(days=1)

Failing = Callable[[str], tuple[str, ...]]  # systems that a lane uses and that are left alone for now, by lane


@dataclass
class Homes:
    """Everybody's Home. Thread-safe."""

    client: WebClient
    engine: Engine
    inquiry: Inquiry
    database: Database
    writer: Writer
    preferences: Preferences
    failing: Failing
    _shown: dict[str, str] = field(default_factory=dict)
    _drawn: dict[str, float] = field(default_factory=dict)  # as of when, by the monotonic clock
    _changed: float = 0.0  # when something changed last, by the same clock
    _page: dict[str, int] = field(default_factory=dict)  # the one each person looks at, from 0
    _turns: dict[str, threading.Lock] = field(default_factory=dict)  # one draws for a person at a time, the newest last
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._rounds = Rounds("homes", self.refresh)

    def start(self) -> None:
        self._rounds.start()

    def ask(self) -> None:
        """Something changed: whoever looked lately shall see it, soon. Never waits, never raises."""
        self._changed = time.monotonic()
        self._rounds.ask()

    def idle(self) -> bool:
        """Everybody sees what there is."""
        return self._rounds.idle()

    def stop(self) -> None:
        self._rounds.stop()

    def opened(self, user: str) -> None:
        """Somebody opened Home: its first page, whatever they were shown before."""
        self.writer.write(partial(views.seen, user=user, now=self.engine.clock()))
        with self._lock:
            self._shown.pop(user, None)
        self.turn(user, 0)

    def turn(self, user: str, page: int) -> None:
        """Show somebody another page, or this one anew."""
        with self._lock:
            self._page[user] = max(page, 0)
        as_of = time.monotonic()
        self.publish(user, self.read(), as_of)

    def page(self, user: str) -> int:
        """Which page somebody looks at, from 0."""
        return self._page.get(user, 0)

    def clicked(self, user: str, view: Mapping[str, Any]) -> None:
        """Somebody clicked on their Home: remember which page they look at, also after a restart."""
        try:
            carried = json.loads(view.get("private_metadata") or "{}")
        except ValueError:
            return
        with self._lock:
            self._page.setdefault(user, int(carried.get("p", 0)))

    def refresh(self) -> float | None:
        """Publish what has changed for those who looked lately. In how many seconds it has to be done again, for
        whoever was shown a change just now; None: for nobody. A failure is logged, not passed on.
        """
        as_of = time.monotonic()
        try:
            with self.database.connect() as connection:
                users = views.visitors(connection, self.engine.clock() - _KEPT_FRESH)
            waits = {user: self._early(user, as_of) for user in users if self._drawn.get(user, 0.0) <= self._changed}
            now = self.read() if not all(waits.values()) else None
        except Exception as error:  # noqa: BLE001 - what called for it is done already and must not be done again for this
            log.warning("homes_not_refreshed", error=repr(error))
            return None
        for user, wait in waits.items():
            if now is None or wait:
                continue
            try:
                with unhurried():
                    self.publish(user, now, as_of)
            except NotYet as early:
                return early.retry_after
            except Exception as error:  # noqa: BLE001 - likewise
                log.warning("home_not_published", user=user, error=repr(error))
                self._drawn[user] = as_of
        return min((wait for wait in waits.values() if wait), default=None)

    def publish(self, user: str, now: Now, as_of: float) -> None:
        """Draw Home for one person, as of a moment, and send it if it differs from what they have."""
        with self._lock:
            turn = self._turns.setdefault(user, threading.Lock())
        with turn:
            view = self.view(Person(user=user, team=self.engine.team), now)
            if self._shown.get(user) != str(view):
                self._shown.pop(user, None)
                publish(self.client, user, view)
                self._shown[user] = str(view)
            self._drawn[user] = as_of

    def view(self, by: Person, now: Now) -> dict[str, Any]:
        """The view itself; whoever may not use lanes reads nothing of them."""
        barred = self.inquiry.people.may_start(by)
        if barred:
            return {"type": "home", "blocks": [section(words.barred(barred))]}
        look = self.inquiry.mine.look(by)
        mine = look.cases(now.waiting)
        page = min(self._page.get(by.user, 0), pages(len(mine)) - 1)
        self._page[by.user] = page
        found = (self._item(look, case, now) for case in mine[page * PAGE : (page + 1) * PAGE])
        items = [one for one in found if one]
        zone = self.inquiry.people.time_zone(by.user)
        chosen = self.preferences.of(by.user)
        return home(now, Theirs(by.user, items, page, len(mine), chosen, str(zone) if zone else ""))

    def read(self) -> Now:
        """What is shown to everybody alike."""
        at, waiting = self.engine.clock(), self.inquiry.mine.queue.all()
        with self.database.connect() as connection:
            tally = queue.tally(connection, at - _DAY)
            ended = queue.ended(connection, limit=_LAST)
        lanes = tuple(
            LaneNow(
                ready.page, self.engine.regime(name), sum(one.lane == name for one in waiting), tally.get(name, {}),
                self.failing(name),
            )
            for name, ready in self.engine.lanes.items()
        )  # fmt: skip
        return Now(at, waiting, lanes, ended, self.engine.stand_ins())

    def _item(self, look: Look, case: Waiting, now: Now) -> Item | None:
        run = self.engine.run(case.run)
        if run is None or not run.waiting:
            return None
        regime = next(one.regime for one in now.lanes if one.page.lane == case.lane)
        where = self.inquiry.notifier.permalink(run.card) if run.card else ""
        return Item(run, regime, look.by.user, look.open_to(case), where, now.at)

    def _early(self, user: str, as_of: float) -> float:
        """Seconds until somebody's Home may change again; 0: now."""
        return max(self._drawn.get(user, 0.0) + _APART - as_of, 0.0)
