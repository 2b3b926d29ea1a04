"""What people do on their Home beside deciding: turn the page, look at a lane, stop it, choose their hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import words
from bot.deciding.decisions import Said
from bot.deciding.modals import Modals
from bot.home.forms import read_settings, settings, stop
from bot.home.homes import Homes
from bot.notifier import Notifier
from bot.record.lane_page import lane_page
from bot.slack.blocks import Block, modal, sections
from bot.words import home as words_home
from lanes.core import lane_commands as lc
from lanes.core.page import Lane
from lanes.engine import Engine

CLICKS = frozenset({"home_previous", "home_next", "home_lane", "home_stop", "home_resume", "home_settings"})
FORMS = frozenset({"home_stop", "home_settings"})
_WHY = 200  # characters of a reason, as `/lane stop` keeps them


@dataclass(frozen=True)
class HomeClicks:
    """Thread-safe."""

    engine: Engine
    homes: Homes
    modals: Modals
    notifier: Notifier

    def click(self, which: str, carried: Mapping[str, Any], said: Said) -> None:
        """A button of Home. `said.delivery` is what Slack delivered, not a part of it."""
        user = said.by.user
        if self.homes.inquiry.people.may_start(said.by):
            self.homes.turn(user, 0)  # their Home says why
            return
        match which:
            case "home_previous" | "home_next":
                self.homes.turn(user, int(carried["p"]))
            case "home_settings":
                self._open(settings(self.homes.preferences.of(user)), said)
            case _:
                self._of_lane(which, str(carried["l"]), said)

    def submitted(self, which: str, carried: Mapping[str, Any], given: Mapping[str, str], said: Said) -> None:
        """A form of Home."""
        if which == "home_settings":
            hour, quiet = read_settings(given)
            self.homes.preferences.choose(said.by.user, digest_hour=hour, quiet=quiet)
            self.homes.turn(said.by.user, self.homes.page(said.by.user))
            return
        page = self._page(carried["l"])
        if page and self._owns(page, said):
            self.engine.handle_lane(lc.StopLane(page.lane, said.by, given["why"].strip()[:_WHY]), said.delivery)

    def _of_lane(self, which: str, lane: str, said: Said) -> None:
        page = self._page(lane)
        if page is None:
            return
        regime = self.engine.regime(page.lane)
        if which == "home_lane":
            self._open(
                modal("lane", "Lane", {}, sections(lane_page(page, regime, self.engine.lanes[page.lane].tools))), said
            )
        elif not self._owns(page, said):
            return
        elif which == "home_stop":
            self._open(stop(page), said)
        elif regime.own.stopped:
            self.engine.handle_lane(lc.ResumeLane(page.lane, said.by), said.delivery)

    def _owns(self, page: Lane, said: Said) -> bool:
        owns = said.by.user == page.owner.person and said.by.team == self.engine.team
        if not owns:
            self.notifier.whisper("", said.by.user, words_home.NOT_YOURS_HERE)
        return owns

    def _open(self, view: Block, said: Said) -> None:
        if not self.modals.show(said.body, view):
            self.notifier.whisper("", said.by.user, words.TOO_LATE_TO_OPEN)

    def _page(self, lane: str) -> Lane | None:
        ready = self.engine.lanes.get(lane)
        return ready.page if ready else None
