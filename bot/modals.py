"""Opens modals, and settles those that are still open when their draft is decided elsewhere.

Slack gives three seconds and one use of a trigger, so a modal is opened with what is in memory. Which modals are open
is remembered by this process alone: one that outlives a restart is refused when it is sent, with the reason.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import forms
from bot.details import details
from bot.in_short import Shown, open_modal
from lanes.core.gate import Regime
from lanes.core.run import Action, Run
from lanes.core.states import State

log = structlog.get_logger("modals")
_MOST = 500  # open at once; the oldest are forgotten


@dataclass(frozen=True)
class _Open:
    run: str
    action: str
    version: int
    state: State
    offers: bool = False  # it shows Details with the card's buttons, drawn while the lane was `stopped` or not
    stopped: bool = False


@dataclass
class Modals:
    """The modals of one process. Thread-safe."""

    client: WebClient
    _open: OrderedDict[str, _Open] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(
        self, body: Mapping[str, Any], view: Mapping[str, Any], about: tuple[Run, Action, Regime] | None = None
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
            run, action, regime = about
            offers = view["callback_id"] == "lane:details"
            one = _Open(run.id, action.id, action.version, action.state, offers, regime.stopped)
            self._remember(shown.view, one)
        return shown

    def sent(self, view: str) -> None:
        """It was sent, and Slack has closed it."""
        with self._lock:
            self._open.pop(view, None)

    def settle(self, run: Run, regime: Regime) -> None:
        """Say in every open modal about this run whose draft has moved on what became of it; Details of a draft that
        still waits offer what they may while the lane stands so. What Slack takes later is told then: `NotYet`.
        """
        with self._lock:
            mine = [(view, one) for view, one in self._open.items() if one.run == run.id]
        for view, one in mine:
            action = run.actions[one.action]
            over = (action.version, action.state) != (one.version, one.state)
            if over:
                self._tell(view, forms.over(run, action))
            elif one.offers and one.stopped != regime.stopped:
                self._tell(view, details(run, action, regime))
            with self._lock:
                if over:
                    self._open.pop(view, None)
                elif view in self._open:
                    self._open[view] = replace(one, stopped=regime.stopped)

    def _tell(self, view: str, said: Mapping[str, Any]) -> None:
        try:
            self.client.views_update(view_id=view, view=dict(said))
        except SlackApiError as error:  # closed by now
            log.info("modal_not_settled", error=error.response.get("error"))

    def _remember(self, view: str, one: _Open) -> None:
        with self._lock:
            self._open[view] = one
            if len(self._open) > _MOST:
                self._open.popitem(last=False)
