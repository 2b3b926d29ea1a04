"""Puts things up in Slack: cards, progress, refusals, news of a lane. Always drawn from the state as it is now.

Posting is idempotent: what was posted is remembered in the run, and after a restart a message whose remembering was
lost is found again by its metadata before anything is posted twice.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import news, words
from bot.cards.card import Card, card, card_in_short
from bot.cards.progress import Progress, progress
from bot.slack.blocks import Block, section
from bot.slack.in_short import TOO_LARGE
from bot.slack.mrkdwn import clamp
from bot.slack.pace import unhurried
from bot.slack.rooms import CLOSED, Closed, Rooms
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
_TAG = "lanekeeper_message"  # the event type of our messages' metadata
_GONE = CLOSED | {"message_not_found", "thread_not_found", "cant_update_message"}  # a message, or its whole room
_ROUND = 8.0  # seconds until a lane's cards are gone through again, so that each round finds room for several
_MESSAGE = 40_000  # characters of a message without blocks; docs.slack.dev, "chat.postMessage", "Truncating content"
_LINKS = 5_000  # addresses of messages kept in memory, the oldest dropped first: about 200 bytes each
_LOOK_BACK = 100  # messages searched for one whose remembering was lost


@dataclass(frozen=True)
class Hung:
    """Where something was posted; `moved` is Slack's word for why not in the first of the rooms it could hang in."""

    place: Place
    moved: str = ""


@dataclass
class Notifier:
    """Performs the effects that speak. Thread-safe."""

    client: WebClient
    engine: Engine
    _links: dict[tuple[str, str], str] = field(default_factory=dict)  # where each message is; it never moves
    _shown: dict[Place, str] = field(default_factory=dict)  # what a message last said: saves calls that change nothing
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _drawing: tuple[threading.Lock, ...] = field(default_factory=lambda: tuple(threading.Lock() for _ in range(64)))

    def __post_init__(self) -> None:
        self.rooms = Rooms(self.client, self.engine.clock)

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
            log.warning("card_in_short", run=run.id, error=_code(error))
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
        told = [self._tell(to, text, f"{run.id}/card_lost") for to in (page.fallback.to, page.owner.person)]
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
            if _code(error) not in _GONE:
                raise
            self._gone(run.thread.place.channel, _code(error))
            if run.finished:
                whole = f"{said.root}\n{said.thread}"
                self._post(run.started.by.user, whole, said.blocks(whole), tag=f"{run.id}/thread", again=True)

    def _update_thread(self, run: Run, thread: ThreadOpened, said: Progress) -> None:
        below = said.thread
        if thread.place.ts == run.started.thread:  # somebody else's message: what stands in ours elsewhere joins it
            below = f"{said.root}\n{said.thread}"
        else:
            self._update(thread.place, said.root, None)
        self._update(thread.progress, below, said.blocks(below))

    def _open_thread(self, run: Run, said: Progress, *, again: bool) -> None:
        started, tag = run.started, f"{run.id}/thread"
        if started.thread:
            below = f"{said.root}\n{said.thread}"
            try:
                hung = self._post(
                    started.channel, below, said.blocks(below), tag=tag, again=again, thread=started.thread
                )
            except Closed:
                log.info("progress_elsewhere", run=run.id)
            except SlackApiError as error:
                if _code(error) not in _GONE:
                    raise
            else:
                parent = Place(channel=started.channel, ts=started.thread)
                self.engine.handle(c.OpenThread(run.id, parent, hung))
                return
        root = self._root(started.channel, started.by.user, said.root, f"{run.id}/root", again)
        own = self._post(root.channel, said.thread, said.blocks(said.thread), tag=tag, again=again, thread=root.ts)
        self.engine.handle(c.OpenThread(run.id, root, own))

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
            self.in_channel(channel, owner, news.lane_changed(event), tag=tag, again=again)

    def to_fallback(self, page: Lane, text: str, *, tag: str, again: bool) -> None:
        """To the people who take over; where their channel is gone, to the lane's owner."""
        self.in_channel(page.fallback.to, page.owner.person, text, tag=tag, again=again)

    def in_channel(self, channel: str, owner: str, text: str, *, tag: str, again: bool) -> None:
        """In a channel of a lane; where it is gone, to the lane's owner."""
        self._put([channel, owner], text, None, tag=tag, again=again)

    def say(self, channel: str, text: str, *, tag: str, again: bool, thread: str = "") -> Place:
        """A message of its own, once a tag."""
        return self._post(channel, text, None, tag=tag, again=again, thread=thread)

    def tell_asker(self, run: Run, text: str, blocks: Sequence[Block], *, tag: str, again: bool) -> None:
        """Below the message that started the run; in a direct message where there is none, or its channel is gone."""
        if run.thread:
            place = run.thread.place
            try:
                self._post(place.channel, text, blocks, tag=tag, again=again, thread=place.ts)
            except Closed:
                log.info("asker_told_directly", run=run.id)
            else:
                return
        self._post(run.started.by.user, text, blocks, tag=tag, again=again)

    def message(self, user: str, text: str, blocks: Sequence[Block] = (), *, tag: str, again: bool) -> None:
        """To one person, directly, once a tag."""
        self._post(user, text, blocks, tag=tag, again=again)

    def reword(self, run: Run, text: str, *, tag: str) -> None:
        """Let a message of the run's thread say something else; nothing when it is gone."""
        place = run.thread.place if run.thread else None
        found = self._find(place.channel, tag, place.ts) if place else None
        if place and found:
            self._update(Place(channel=place.channel, ts=found), text, [section(text)])

    def announce(self, to: str, text: str, *, tag: str, again: bool) -> None:
        """Say something once, in a channel or, where `to` is a person's id, to that person."""
        self._post(to, text, None, tag=tag, again=again)

    def whisper(self, channel: str, user: str, text: str, thread: str = "", blocks: Sequence[Block] = ()) -> None:
        """Tell one person, where they are; where that cannot be, in a direct message. Nobody is told nothing."""
        if source_of(user):
            return
        text = clamp(text, _MESSAGE)
        extra: dict[str, Any] = {"blocks": blocks} if blocks else {}
        if channel:
            below: dict[str, Any] = {"thread_ts": thread} if thread else {}
            try:
                self.client.chat_postEphemeral(channel=channel, user=user, text=text, **below, **extra)
            except SlackApiError as error:
                log.info("whisper_by_message", error=error.response.get("error"))
            else:
                return
        try:
            opened = self.client.conversations_open(users=user)
            self.client.chat_postMessage(channel=opened["channel"]["id"], text=text, **extra)
        except (SlackClientError, OSError) as error:
            log.warning("whisper_lost", user=user, error=str(error))

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

    def permalink(self, place: Place) -> str:
        """Where a person opens a message; empty when Slack does not say. Asked once a message."""
        name = (place.channel, place.ts)
        if name not in self._links:
            try:
                found = self.client.chat_getPermalink(channel=place.channel, message_ts=place.ts)
            except SlackApiError:
                return ""
            self._links[name] = str(found["permalink"])
            if len(self._links) > _LINKS:
                self._links.pop(next(iter(self._links)), None)
        return self._links[name]

    def put_up(self, page: Lane, drawn: Card, *, tag: str, again: bool) -> Hung:
        """Post a card where the lane's cards hang; else in its fallback channel, else with its owner."""
        rooms = [page.channels.approvals, page.fallback.to, page.owner.person]
        return self.put_in(rooms, drawn, tag=tag, again=again)

    def put_in(self, rooms: Sequence[str], drawn: Card, *, tag: str, again: bool) -> Hung:
        """Post something drawn in the first of these rooms that is there."""
        return self._put(rooms, drawn.text, drawn.blocks, tag=tag, again=again)

    def redraw(self, place: Place, drawn: Card) -> bool:
        """Draw a card where it hangs; False when it hangs there no more."""
        if self.rooms.closed(place.channel):
            return False
        try:
            self._update(place, drawn.text, drawn.blocks)
        except SlackApiError as error:
            if _code(error) not in _GONE:
                raise
            self._gone(place.channel, _code(error))
            return False
        self.rooms.reopen(place.channel)
        return True

    def _hang(self, run: Run, drawn: Card, *, again: bool) -> None:
        """Draw the card where it hangs; where it hangs no more, post it anew and remember the new place."""
        if run.card is None or not self.redraw(run.card, drawn):
            self._put_up(run, drawn, again=again)

    def _put_up(self, run: Run, drawn: Card, *, again: bool) -> None:
        hung = self.put_up(self.engine.lanes[run.lane].page, drawn, tag=f"{run.id}/card", again=again)
        self.engine.handle(c.HangCard(run.id, hung.place, moved=hung.moved))

    def _put(self, rooms: Sequence[str], text: str, blocks: Sequence[Block] | None, *, tag: str, again: bool) -> Hung:
        """Post in the first of these rooms that is there. Raises what the last one was refused with."""
        moved = ""
        for room in rooms[:-1]:
            try:
                return Hung(self._post(room, text, blocks, tag=tag, again=again), moved)
            except Closed as error:
                moved = moved or error.code
        return Hung(self._post(rooms[-1], text, blocks, tag=tag, again=again), moved)

    def _tell_requester(self, run: Run, text: str) -> bool:
        """In the run's thread; where that cannot be, in a whisper. False when that failed, or nobody asked."""
        thread = run.thread
        if source_of(run.started.by.user):
            return False
        if thread and self._tell(thread.place.channel, text, f"{run.id}/card_lost_to_requester", thread.place.ts):
            return True
        self.whisper(run.started.channel, run.started.by.user, text)
        return False

    def _tell(self, channel: str, text: str, tag: str, thread: str = "") -> bool:
        try:
            self._post(channel, text, None, tag=tag, again=True, thread=thread)
        except (SlackClientError, OSError, Unavailable) as error:
            log.warning("not_told", channel=channel, error=str(error))
            return False
        return True

    def _gone(self, channel: str, why: str) -> None:
        """What was shown in a room is shown there no more, or one message is not; `why` is Slack's word."""
        log.warning("message_gone", channel=channel, error=why)
        if why in CLOSED:
            self.rooms.close(channel, why)

    def _root(self, channel: str, user: str, text: str, tag: str, again: bool) -> Place:
        """The first message where it was asked for, or in a direct message where the app is not."""
        return self._put([channel, user], text, None, tag=tag, again=again).place

    def _post(
        self, room: str, text: str, blocks: Sequence[Block] | None, *, tag: str, again: bool, thread: str = ""
    ) -> Place:
        """Raises `Closed` when nothing can be said in the room."""
        where = self.rooms.open(room)
        try:
            place = self._post_in(where, text, blocks, tag=tag, again=again, thread=thread)
        except SlackApiError as error:
            if _code(error) not in CLOSED:
                raise
            self._gone(where, _code(error))
            raise Closed(_code(error), f"nothing can be said in {room}") from error
        self.rooms.reopen(where)
        return place

    def _post_in(
        self, where: str, text: str, blocks: Sequence[Block] | None, *, tag: str, again: bool, thread: str
    ) -> Place:
        found = self._find(where, tag, thread) if again else None
        if found:
            place = Place(channel=where, ts=found)
            self._update(place, text, blocks)  # it may have been drawn from an older state
            return place
        extra: dict[str, Any] = {"thread_ts": thread} if thread else {}
        if blocks:
            extra["blocks"] = blocks
        answer = self.client.chat_postMessage(
            channel=where, text=text, unfurl_links=False, unfurl_media=False,
            metadata={"event_type": _TAG, "event_payload": {"tag": tag}}, **extra,
        )  # fmt: skip
        return Place(channel=answer["channel"], ts=answer["ts"])

    def _find(self, channel: str, tag: str, thread: str) -> str | None:
        if thread:
            found = self.client.conversations_replies(channel=channel, ts=thread, include_all_metadata=True)
        else:
            found = self.client.conversations_history(channel=channel, limit=_LOOK_BACK, include_all_metadata=True)
        for message in found["messages"]:
            if message.get("metadata", {}).get("event_payload", {}).get("tag") == tag:
                return str(message["ts"])
        return None

    def _update(self, place: Place, text: str, blocks: Sequence[Block] | None) -> None:
        said = f"{text}{blocks}"
        known = place.channel not in self.rooms.shut()  # what was said in a room that is gone is seen by nobody
        with self._lock:
            if known and self._shown.get(place) == said:
                return
            self._shown[place] = said
        extra: dict[str, Any] = {"blocks": blocks} if blocks else {}
        try:
            self.client.chat_update(channel=place.channel, ts=place.ts, text=text, **extra)
        except Exception:
            with self._lock:
                self._shown.pop(place, None)
            raise


def _spoken_in(page: Lane) -> tuple[str, ...]:
    """The channels of a lane."""
    return tuple(filter(None, (page.channels.approvals, page.fallback.to, page.channels.reports)))


def too_large(error: SlackApiError) -> bool:
    """Does Slack not take the message as it is drawn?"""
    return _code(error) in TOO_LARGE


def _code(error: SlackApiError) -> str:
    return str(error.response.get("error"))
