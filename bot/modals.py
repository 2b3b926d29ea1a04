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

from bot import forms
from bot.details import details
from bot.in_short import Shown, open_modal
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
            self._remember(shown.view, _Open(run.id, action.id, action.version, action.state, view))
        return shown

    def sent(self, view: str) -> None:
        """It was sent, and Slack has closed it."""
        with self._lock:
            self._open.pop(view, None)

    def settle(self, run: Run) -> None:
        """Say in every open modal about this run whose draft has moved on what became of it."""
        with self._lock:
            mine = [(view, one) for view, one in self._open.items() if one.run == run.id]
        for view, one in mine:
            action = run.actions[one.action]
            if (action.version, action.state) == (one.version, one.state):
                continue
            with self._lock:
                self._open.pop(view, None)
            try:
                self._settle(view, one, run, action)
            except SlackApiError as error:  # closed by now
                log.info("modal_not_settled", error=error.response.get("error"))

    def _settle(self, view: str, one: _Open, run: Run, action: Action) -> None:
        """Details of what still waits show the newest version; everything else says what became of it."""
        asks = any(block["type"] == "input" for block in one.view["blocks"])
        if asks or action.state not in WAITING:
            self.client.views_update(view_id=view, view=forms.over(run, action, one.view))
            return
        now = details(run, action, self.engine.regime(run.lane), self.engine.clock())
        self.client.views_update(view_id=view, view=now)
        self._remember(view, _Open(run.id, action.id, action.version, action.state, now))

    def _remember(self, view: str, one: _Open) -> None:
        with self._lock:
            self._open[view] = one
            if len(self._open) > _MOST:
                self._open.popitem(last=False)
