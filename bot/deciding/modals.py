"""Opens modals, and settles those that are still open when their draft is decided elsewhere.

Slack gives three seconds and one use of a trigger, so a modal is opened with what is in memory. Which modals are open
is remembered by this process alone: one that outlives a restart is refused when it is sent, with the reason.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.cards.details import details
from bot.deciding import forms
from bot.slack.in_short import Shown, open_modal
from lanes.core.run import Action, Run
from lanes.core.states import WAITING, State
from lanes.engine import Engine

log = structlog.get_logger("modals")
_MOST = 500  # open at once; the oldest are forgotten


@dataclass(frozen=True)
class _Open:
    run: str
    action: str
    version: int
    state: State
    view: Mapping[str, Any]
    stopped: bool  # was the lane, when this was drawn?

    @property
    def asks(self) -> bool:
        """Does it hold words that somebody may have typed?"""
        return any(block["type"] == "input" for block in self.view["blocks"])


@dataclass
class Modals:
    """The modals of one process. Thread-safe."""

    client: WebClient
    engine: Engine
    _open: OrderedDict[str, _Open] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(
        self, body: Mapping[str, Any], view: Mapping[str, Any], about: tuple[Run, Action] | None = None
    ) -> Shown | None:
        """Open it where the person clicked, over a modal when they clicked in one. None: Slack did not take it."""
        inside = (body.get("view") or {}).get("type") == "modal"
        put = self.client.views_push if inside else self.client.views_open
        try:
            shown = open_modal(put, body["trigger_id"], dict(view))
        except (SlackClientError, OSError) as error:
            log.info("modal_not_opened", error=str(error))
            return None
        if about:
            run, action = about
            self._remember(shown.view, self._opened(run, action, view))
        return shown

    def sent(self, view: str) -> None:
        """It was sent, and Slack has closed it."""
        with self._lock:
            self._open.pop(view, None)

    def settle(self, run: Run) -> None:
        """Say in every open modal about this run whose draft has moved on what became of it.

        Raises `NotYet` where Slack wants to be asked later: then nothing is forgotten.
        """
        with self._lock:
            mine = [(view, one) for view, one in self._open.items() if one.run == run.id]
        stopped = self.engine.regime(run.lane).stopped if mine else False
        for view, one in mine:
            action = run.actions[one.action]
            moved = (action.version, action.state) != (one.version, one.state)
            if not moved and (one.asks or one.stopped == stopped):
                continue
            try:
                now = self._settle(view, one, run, action)
            except SlackApiError as error:  # closed by now
                log.info("modal_not_settled", error=error.response.get("error"))
                now = None
            with self._lock:
                if now:
                    self._open[view] = now
                else:
                    self._open.pop(view, None)

    def _settle(self, view: str, one: _Open, run: Run, action: Action) -> _Open | None:
        """Details of what still waits show the newest version; everything else says what became of it, for good."""
        if one.asks or action.state not in WAITING:
            self.client.views_update(view_id=view, view=forms.over(run, action, one.view))
            return None
        now = details(run, action, self.engine.regime(run.lane), self.engine.clock())
        self.client.views_update(view_id=view, view=now)
        return self._opened(run, action, now)

    def _opened(self, run: Run, action: Action, view: Mapping[str, Any]) -> _Open:
        stopped = self.engine.regime(run.lane).stopped
        return _Open(run.id, action.id, action.version, action.state, view, stopped)

    def _remember(self, view: str, one: _Open) -> None:
        with self._lock:
            self._open[view] = one
            if len(self._open) > _MOST:
                self._open.popitem(last=False)
