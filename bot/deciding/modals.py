"""Opens modals, and settles those that are still open when their draft is decided elsewhere.

Slack gives three seconds and one use of a trigger, so a modal is opened with what is in memory. Which modals are open
is remembered by this process alone: one that outlives a restart is refused when it is sent, with the reason. They are
settled in rounds, by one thread and from the newest state, so that nobody's click waits for somebody else's modal. One
that was sent is settled as well: Slack leaves it open when our acknowledgement is lost on its way.
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
from bot.slack.client import code
from bot.slack.in_short import Shown, open_modal
from bot.slack.rounds import Rounds
from lanes.core.run import Action, Run
from lanes.core.states import WAITING, State
from lanes.engine import Engine
from tools.contract import NotYet

log = structlog.get_logger("modals")
_MOST = 500  # open at once; the oldest are forgotten
_UNREACHED = 5.0  # seconds until Slack is tried again when it did not answer


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
    _moved: set[str] = field(default_factory=set)  # runs that have moved on since their modals were looked at
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._rounds = Rounds("modals", self._round)

    def start(self) -> None:
        self._rounds.start()

    def idle(self) -> bool:
        """Every open modal says what there is."""
        return self._rounds.idle()

    def stop(self) -> None:
        self._rounds.stop()

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
            self.settle(run.id)  # it may have been decided while Slack opened the modal
        return shown

    def settle(self, run: str) -> None:
        """Have every open modal about this run whose draft has moved on say, soon, what became of it.

        Never waits, never raises.
        """
        with self._lock:
            if not any(one.run == run for one in self._open.values()):
                return
            self._moved.add(run)
        self._rounds.ask()

    def _round(self) -> float | None:
        """Look at the modals of all runs that moved. In how many seconds to go on with what Slack did not take."""
        with self._lock:
            moved, self._moved = self._moved, set()
            open_now = [(view, one) for view, one in self._open.items() if one.run in moved]
        for view, one in open_now:
            try:
                now = self._settle(view, one)
            except SlackApiError as error:  # closed by now
                log.info("modal_not_settled", error=code(error))
                now = None
            except (NotYet, SlackClientError, OSError) as error:
                with self._lock:
                    self._moved |= moved
                return error.retry_after if isinstance(error, NotYet) else _UNREACHED
            with self._lock:
                if now is None:
                    self._open.pop(view, None)
                elif view in self._open:
                    self._open[view] = now
        return None

    def _settle(self, view: str, one: _Open) -> _Open | None:
        """What it shows from now on; None: it says for good what became of its draft.

        Details of what still waits show the newest version.
        """
        run = self.engine.run(one.run)
        if run is None:
            return None
        action, stopped = run.actions[one.action], self.engine.regime(run.lane).stopped
        moved = (action.version, action.state) != (one.version, one.state)
        if not moved and (one.asks or one.stopped == stopped):
            return one
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
