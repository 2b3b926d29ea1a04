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
from bot.words import canaries as words_canaries
from bot.words import jobs as words_jobs
from bot.words.refused import refused
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.gate import Regime
from lanes.core.lane_events import LaneModeChanged, LaneNews
from lanes.core.lane_state import EVERY_LANE
from lanes.core.page import Lane
from lanes.core.practice import REVEALED
from lanes.core.run import Run
from lanes.core.values import Place
from lanes.core.ways_in import source_of
from lanes.engine import Engine
from storage.stand_ins import StandIn
from tools.contract import NotYet, Unavailable

log = structlog.get_logger("notifier")
_TAG = "lanekeeper_message"  # the event type of our messages' metadata
_GONE = frozenset({"message_not_found", "channel_not_found", "is_archived", "not_in_channel", "cant_update_message"})
_NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "is_archived", "thread_not_found", "message_not_found"})
_ROUND = 8.0  # seconds until a lane's cards are gone through again, so that each round finds room for several
_MESSAGE = 40_000  # characters of a message without blocks; docs.slack.dev, "chat.postMessage", "Truncating content"
_LINKS = 5_000  # addresses of messages kept in memory, the oldest dropped first: about 200 bytes each
_LOOK_BACK = 100  # messages searched for one whose remembering was lost


@dataclass
class Notifier:
    """Performs the effects that speak. Thread-safe."""

    client: WebClient
    engine: Engine
    _channels: dict[str, str] = field(default_factory=dict)
    _joined: set[str] = field(default_factory=set)
    _links: dict[tuple[str, str], str] = field(default_factory=dict)  # where each message is; it never moves
    _shown: dict[str, str] = field(default_factory=dict)  # what a message last said, to save calls that change nothing
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _drawing: tuple[threading.Lock, ...] = field(default_factory=lambda: tuple(threading.Lock() for _ in range(64)))

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
        """The card cannot be shown: tell who asked and the fallback people. Raises when neither could be told."""
        run = self.engine.run(effect.run)
        if run is None or run.silent or not run.waiting:
            return
        page = self.engine.lanes[run.lane].page
        log.error("card_lost", run=run.id, why=why)
        text = words.card_lost(run, page.channels.approvals)
        told = [self._tell_requester(run, text), self._tell(page.fallback.to, text, f"{run.id}/card_lost")]
        if not any(told):
            raise Unavailable("NOBODY_TOLD", "neither who asked nor the fallback people could be told")

    def show_progress(self, effect: f.ShowProgress, again: bool) -> None:
        """Below the message it was asked with, or in a thread of its own; nowhere when nobody asked."""
        run = self.engine.run(effect.run)
        if run is None or source_of(run.started.by.user):
            return
        said = progress(run, self.engine.lanes[run.lane].page)
        if run.thread is None:
            self._open_thread(run, said, again=again)
            return
        place, below = run.thread.place, said.thread
        if place.ts == run.started.thread:  # somebody else's message: what stands in ours elsewhere joins the one below
            below = f"{said.root}\n{said.thread}"
        else:
            self._update(place, said.root, None)
        self._update(run.thread.progress, below, said.blocks(below))

    def _open_thread(self, run: Run, said: Progress, *, again: bool) -> None:
        started, tag = run.started, f"{run.id}/thread"
        if started.thread:
            below = f"{said.root}\n{said.thread}"
            try:
                hung = self._post(
                    started.channel, below, said.blocks(below), tag=tag, again=again, thread=started.thread
                )
            except SlackApiError as error:
                if _code(error) not in _NOT_THERE:
                    raise
            else:
                parent = Place(channel=started.channel, ts=started.thread)
                self.engine.handle(c.OpenThread(run.id, parent, hung))
                return
        root = self._root(started.channel, started.by.user, said.root, f"{run.id}/root", again)
        own = self._post(root.channel, said.thread, said.blocks(said.thread), tag=tag, again=again, thread=root.ts)
        self.engine.handle(c.OpenThread(run.id, root, own))

    def tell_refusal(self, effect: f.TellRefusal, again: bool) -> None:
        if effect.user.startswith("cli:"):
            return  # they were told at the command line
        why = words.reasons(effect.reasons) if effect.reasons else ""
        run = self.engine.run(effect.run) if effect.code == REVEALED else None
        if run:
            self.whisper(effect.channel, effect.user, words_canaries.told(run))
            return
        self.whisper(effect.channel, effect.user, refused(effect.code, effect.winner, why))

    def hand_over(self, effect: f.HandOver, again: bool) -> None:
        run = self.engine.run(effect.run)
        if run is None or run.finished is None:
            return
        page = self.engine.lanes[run.lane].page
        self._post(page.fallback.to, news.handed_over(run), None, tag=f"{run.id}/hand_over", again=again)

    def tell_lane(self, effect: f.TellLane, again: bool) -> None:
        named = [self.engine.lanes[effect.lane]] if effect.lane != EVERY_LANE else list(self.engine.lanes.values())
        event = self.engine.lane_event(effect.lane, effect.version)
        if not isinstance(event, LaneNews):
            return
        channels = {ready.page.channels.approvals for ready in named}
        if isinstance(event, LaneModeChanged) and event.why:  # nobody is to learn of a broken glass by chance
            channels |= {ready.page.fallback.to for ready in named}
        for channel in sorted(channels):
            tag = f"{effect.lane}/{effect.version}/{channel}"
            self._post(channel, news.lane_changed(event), None, tag=tag, again=again)

    def say(self, channel: str, text: str, *, tag: str, again: bool, thread: str = "") -> Place:
        """A message of its own, once a tag."""
        return self._post(channel, text, None, tag=tag, again=again, thread=thread)

    def tell_asker(self, run: Run, text: str, blocks: Sequence[Block], *, tag: str, again: bool) -> None:
        """Below the message that started the run; in a direct message where there is none."""
        if run.thread:
            place = run.thread.place
            self._post(place.channel, text, blocks, tag=tag, again=again, thread=place.ts)
            return
        opened = self.client.conversations_open(users=run.started.by.user)
        self._post(opened["channel"]["id"], text, blocks, tag=tag, again=again)

    def message(self, user: str, text: str, blocks: Sequence[Block] = (), *, tag: str, again: bool) -> None:
        """To one person, directly, once a tag."""
        opened = self.client.conversations_open(users=user)
        self._post(opened["channel"]["id"], text, blocks, tag=tag, again=again)

    def reword(self, run: Run, text: str, *, tag: str) -> None:
        """Let a message of the run's thread say something else; nothing when it is gone."""
        place = run.thread.place if run.thread else None
        found = self._find(place.channel, tag, place.ts) if place else None
        if place and found:
            self._update(Place(channel=place.channel, ts=found), text, [section(text)])

    def announce(self, to: str, text: str, *, tag: str, again: bool) -> None:
        """Say something once, in a channel or, where `to` is a person's id, to that person."""
        channel = to if to.startswith("#") else self.client.conversations_open(users=to)["channel"]["id"]
        self._post(channel, text, None, tag=tag, again=again)

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
            self._look_for_channels()
        except (SlackClientError, OSError, Unavailable) as error:
            log.warning("channels_unknown", error=str(error))
            return []
        pages = [ready.page for ready in self.engine.lanes.values()]
        named = dict.fromkeys((p.lane, channel) for p in pages for channel in _spoken_in(p))
        lost = [words.channel_not_seen(lane, channel) for lane, channel in named if channel not in self._joined]
        return lost + [words_jobs.operations_not_seen(one) for one in {operations} - self._joined if one]

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

    def put_up(self, channel: str, drawn: Card, *, tag: str, again: bool) -> Place:
        """Post a card."""
        return self._post(channel, drawn.text, drawn.blocks, tag=tag, again=again)

    def redraw(self, place: Place, drawn: Card) -> bool:
        """Draw a card where it hangs; False when it hangs there no more."""
        try:
            self._update(place, drawn.text, drawn.blocks)
        except SlackApiError as error:
            if _code(error) not in _GONE:
                raise
            log.warning("card_gone", channel=place.channel, error=_code(error))
            self._channels.clear()  # the channel may be another one by the same name
            return False
        return True

    def _hang(self, run: Run, drawn: Card, *, again: bool) -> None:
        """Draw the card where it hangs; where it hangs no more, post it anew and remember the new place."""
        if run.card is None or not self.redraw(run.card, drawn):
            self._put_up(run, drawn, again=again)

    def _put_up(self, run: Run, drawn: Card, *, again: bool) -> None:
        channel = self.engine.lanes[run.lane].page.channels.approvals
        self.engine.handle(c.HangCard(run.id, self.put_up(channel, drawn, tag=f"{run.id}/card", again=again)))

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

    def _root(self, channel: str, user: str, text: str, tag: str, again: bool) -> Place:
        """The first message where it was asked for, or in a direct message where the app is not."""
        try:
            return self._post(channel, text, None, tag=tag, again=again)
        except SlackApiError as error:
            if _code(error) not in _NOT_THERE:
                raise
            opened = self.client.conversations_open(users=user)
            return self._post(opened["channel"]["id"], text, None, tag=tag, again=again)

    def _post(
        self, channel: str, text: str, blocks: Sequence[Block] | None, *, tag: str, again: bool, thread: str = ""
    ) -> Place:
        where = self._channel(channel)
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
        with self._lock:
            if self._shown.get(place.ts) == said:
                return
            self._shown[place.ts] = said
        extra: dict[str, Any] = {"blocks": blocks} if blocks else {}
        try:
            self.client.chat_update(channel=place.channel, ts=place.ts, text=text, **extra)
        except Exception:
            with self._lock:
                self._shown.pop(place.ts, None)
            raise

    def _channel(self, name: str) -> str:
        """A channel's id; lanes name channels as people do."""
        if not name.startswith("#"):
            return name
        if name not in self._channels:
            self._look_for_channels()
        if name not in self._channels:
            raise Unavailable("NO_SUCH_CHANNEL", f"there is no channel {name} the app can see; invite it there")
        return self._channels[name]

    def _look_for_channels(self) -> None:
        for page in self.client.conversations_list(types="public_channel,private_channel", limit=200):
            self._channels.update({f"#{one['name']}": one["id"] for one in page["channels"]})
            self._joined.update(f"#{one['name']}" for one in page["channels"] if one.get("is_member"))


def _spoken_in(page: Lane) -> tuple[str, ...]:
    """The channels of a lane."""
    return tuple(filter(None, (page.channels.approvals, page.fallback.to, page.channels.reports)))


def too_large(error: SlackApiError) -> bool:
    """Does Slack not take the message as it is drawn?"""
    return _code(error) in TOO_LARGE


def _code(error: SlackApiError) -> str:
    return str(error.response.get("error"))
