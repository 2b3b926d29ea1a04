"""Puts things up in Slack: cards, progress, refusals, news of a lane. Always drawn from the state as it is now."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import news, words
from bot.board import GONE, Board, Hung, too_large
from bot.cards.card import Card, card, card_in_short
from bot.cards.progress import Progress, progress
from bot.slack.blocks import Block, section
from bot.slack.client import code
from bot.slack.pace import unhurried
from bot.slack.rooms import Closed, Rooms
from bot.words import jobs as words_jobs
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.events import ThreadOpened
from lanes.core.gate import Regime
from lanes.core.lane_events import LaneModeChanged, LaneNews
from lanes.core.lane_state import EVERY_LANE
from lanes.core.page import Lane
from lanes.core.run import Run
from lanes.core.values import Place
from lanes.core.ways_in import source_of
from lanes.engine import Engine
from storage.stand_ins import StandIn
from tools.contract import NotYet, Unavailable

log = structlog.get_logger("notifier")
_ROUND = 8.0  # seconds until a lane's cards are gone through again, so that each round finds room for several


@dataclass
class Notifier(Board):
    """Performs the effects that speak: what stands on the board is drawn from runs and lanes. Thread-safe."""

    engine: Engine
    _drawing: tuple[threading.Lock, ...] = field(
        default_factory=lambda: tuple(threading.Lock() for _ in range(64)), init=False
    )
    _opening: dict[str, Place | None] = field(default_factory=dict, init=False)  # by run, see `_open_own_thread`

    @classmethod
    def of(cls, client: WebClient, engine: Engine) -> Self:
        return cls(client, Rooms(client, engine.clock), engine)

    def show_card(self, effect: f.ShowCard, again: bool) -> None:
        with self._drawing[hash(effect.run) % len(self._drawing)]:  # what was drawn first must not be sent last
            self._show_card(effect, again)

    def show_card_in_time(self, effect: f.ShowCard, again: bool) -> None:
        """One of a lane's cards, after everything that somebody waits for."""
        try:
            with unhurried():
                self.show_card(effect, again)
        except NotYet as early:
            raise NotYet(early.code, early.message, (early.retry_after or 0) + _ROUND) from early

    def _show_card(self, effect: f.ShowCard, again: bool) -> None:
        run = self.engine.run(effect.run)
        if run is None or run.silent or not run.actions:
            return
        regime = self.engine.regime(run.lane)
        try:
            self._hang(run, card(run, regime, self.engine.clock(), self._away(run, regime)), again=again)
        except SlackApiError as error:
            if not too_large(error):
                raise
            log.warning("card_in_short", run=run.id, error=code(error))
            self._hang(run, card_in_short(run, regime), again=again)

    def _away(self, run: Run, regime: Regime) -> tuple[StandIn, ...]:
        """Who decides for the owners of this run's records, where these are away."""
        owners = {action.draft.record_owner for action in run.held} if regime.lane.approvers.record_owner else set()
        now = self.engine.clock()
        return (
            tuple(one for one in self.engine.stand_ins() if one.person in owners and one.since <= now) if owners else ()
        )

    def card_lost(self, effect: f.ShowCard, why: str) -> None:
        """The card cannot be shown: tell who asked, the fallback people, the owner. Raises when none could be told."""
        run = self.engine.run(effect.run)
        if run is None or run.silent or not run.waiting:
            return
        page = self.engine.lanes[run.lane].page
        log.error("card_lost", run=run.id, why=why)
        text = words.card_lost(run, page.channels.approvals)
        told = [self.tell(to, text, f"{run.id}/card_lost") for to in (page.fallback.to, page.owner.person)]
        if not any([self._tell_requester(run, text), *told]):
            raise Unavailable("NOBODY_TOLD", "neither who asked nor the fallback people nor the owner could be told")

    def show_progress(self, effect: f.ShowProgress, again: bool) -> None:
        """Below the message it was asked with, or in a thread of its own; nowhere when nobody asked. Where that is
        gone, what came of it is said in a direct message.
        """
        run = self.engine.run(effect.run)
        if run is None or source_of(run.started.by.user):
            return
        said = progress(run, self.engine.lanes[run.lane].page)
        if run.thread is None:
            self._open_thread(run, said, again=again)
            return
        try:
            self._update_thread(run, run.thread, said)
        except SlackApiError as error:
            if code(error) not in GONE:
                raise
            self.gone(run.thread.place.channel, code(error))
            if run.finished:
                whole = f"{said.root}\n{said.thread}"
                self.say(run.started.by.user, whole, said.blocks(whole), tag=f"{run.id}/thread", again=True)

    def _update_thread(self, run: Run, thread: ThreadOpened, said: Progress) -> None:
        below = said.thread
        if thread.place.ts == run.started.thread:  # somebody else's message: what stands in ours elsewhere joins it
            below = f"{said.root}\n{said.thread}"
        else:
            self.update(thread.place, said.root, [])
        self.update(thread.progress, below, said.blocks(below))

    def _open_thread(self, run: Run, said: Progress, *, again: bool) -> None:
        started, tag = run.started, f"{run.id}/thread"
        if started.thread:
            below = f"{said.root}\n{said.thread}"
            try:
                hung = self.say(started.channel, below, said.blocks(below), tag=tag, again=again, thread=started.thread)
            except Closed:
                log.info("progress_elsewhere", run=run.id)
            except SlackApiError as error:
                if code(error) not in GONE:
                    raise
            else:
                parent = Place(channel=started.channel, ts=started.thread)
                self.engine.handle(c.OpenThread(run.id, parent, hung))
                return
        self._open_own_thread(run, said, tag, again=again)

    def _open_own_thread(self, run: Run, said: Progress, tag: str, *, again: bool) -> None:
        """Two messages. Where one had to wait for its turn, `_opening` knows whether the first is up: it is neither
        looked for nor posted again, and says how far the run is by now when the second stands below it.
        """
        where, who = run.started.channel, run.started.by.user
        new = not again or run.id in self._opening
        root = up = self._opening.pop(run.id, None)
        try:
            root = up or self._root(where, who, said.root, f"{run.id}/root", again=not new)
            own = self.say(root.channel, said.thread, said.blocks(said.thread), tag=tag, again=not new, thread=root.ts)
        except NotYet:
            if new:
                self._opening[run.id] = root
            raise
        self.engine.handle(c.OpenThread(run.id, root, own))
        if up:
            self.update(up, said.root, [])

    def hand_over(self, effect: f.HandOver, again: bool) -> None:
        run = self.engine.run(effect.run)
        if run is None or run.finished is None:
            return
        page = self.engine.lanes[run.lane].page
        self.to_fallback(page, news.handed_over(run), tag=f"{run.id}/hand_over", again=again)

    def tell_lane(self, effect: f.TellLane, again: bool) -> None:
        named = [self.engine.lanes[effect.lane]] if effect.lane != EVERY_LANE else list(self.engine.lanes.values())
        event = self.engine.lane_event(effect.lane, effect.version)
        if not isinstance(event, LaneNews):
            return
        owners = {ready.page.channels.approvals: ready.page.owner.person for ready in named}
        if isinstance(event, LaneModeChanged) and event.why:  # nobody is to learn of a broken glass by chance
            owners |= {ready.page.fallback.to: ready.page.owner.person for ready in named}
        for channel, owner in sorted(owners.items()):
            tag = f"{effect.lane}/{effect.version}/{channel}"
            self.say_in([channel, owner], news.lane_changed(event), tag=tag, again=again)

    def to_fallback(self, page: Lane, text: str, *, tag: str, again: bool) -> None:
        """To the people who take over; where their channel is gone, to the lane's owner."""
        self.say_in([page.fallback.to, page.owner.person], text, tag=tag, again=again)

    def tell_asker(self, run: Run, text: str, blocks: Sequence[Block], *, tag: str, again: bool) -> None:
        """Below the message that started the run; in a direct message where there is none, or its channel is gone."""
        if run.thread:
            place = run.thread.place
            try:
                self.say(place.channel, text, blocks, tag=tag, again=again, thread=place.ts)
            except Closed:
                log.info("asker_told_directly", run=run.id)
            else:
                return
        self.say(run.started.by.user, text, blocks, tag=tag, again=again)

    def reword(self, run: Run, text: str, *, tag: str) -> None:
        """Let a message of the run's thread say something else; nothing when it is gone."""
        place = run.thread.place if run.thread else None
        found = self.find(place.channel, tag, place.ts) if place else None
        if place and found:
            self.update(Place(channel=place.channel, ts=found), text, [section(text)])

    def unseen(self, operations: str = "") -> list[str]:
        """A sentence for each lane's channel, and that of `operations`, that the app cannot speak in; nothing when
        Slack does not say.
        """
        try:
            joined = self.rooms.joined()
        except (SlackClientError, OSError, Unavailable) as error:
            log.warning("channels_unknown", error=str(error))
            return []
        pages = [ready.page for ready in self.engine.lanes.values()]
        named = dict.fromkeys((p.lane, channel) for p in pages for channel in _spoken_in(p))
        lost = [words.channel_not_seen(lane, channel) for lane, channel in named if channel not in joined]
        return lost + [words_jobs.operations_not_seen(one) for one in {operations} - joined if one]

    def put_up(self, page: Lane, drawn: Card, *, tag: str, again: bool) -> Hung:
        """Post a card where the lane's cards hang; else in its fallback channel, else with its owner."""
        rooms = [page.channels.approvals, page.fallback.to, page.owner.person]
        return self.say_in(rooms, drawn.text, drawn.blocks, tag=tag, again=again)

    def _hang(self, run: Run, drawn: Card, *, again: bool) -> None:
        """Draw the card where it hangs; where it hangs no more, post it anew and remember the new place."""
        if run.card is None or not self.redraw(run.card, drawn):
            self._put_up(run, drawn, again=again)

    def _put_up(self, run: Run, drawn: Card, *, again: bool) -> None:
        hung = self.put_up(self.engine.lanes[run.lane].page, drawn, tag=f"{run.id}/card", again=again)
        self.engine.handle(c.HangCard(run.id, hung.place, moved=hung.moved))

    def _tell_requester(self, run: Run, text: str) -> bool:
        """In the run's thread; where that cannot be, in a whisper. False when that failed, or nobody asked."""
        thread = run.thread
        if source_of(run.started.by.user):
            return False
        if thread and self.tell(thread.place.channel, text, f"{run.id}/card_lost_to_requester", thread.place.ts):
            return True
        self.whisper(run.started.channel, run.started.by.user, text)
        return False

    def _root(self, channel: str, user: str, text: str, tag: str, *, again: bool) -> Place:
        """The first message where it was asked for, or in a direct message where the app is not."""
        return self.say_in([channel, user], text, tag=tag, again=again).place


def _spoken_in(page: Lane) -> tuple[str, ...]:
    """The channels of a lane."""
    return tuple(filter(None, (page.channels.approvals, page.fallback.to, page.channels.reports)))
