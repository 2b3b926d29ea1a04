"""Our messages in Slack: put up once, found again after a restart, changed where they stand, said to one person.

What was posted is remembered by whoever wanted it; where that remembering was lost, the message is found again by its
metadata before anything is posted twice.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.cards.card import Card
from bot.slack.blocks import Block
from bot.slack.client import code
from bot.slack.in_short import TOO_LARGE
from bot.slack.mrkdwn import clamp
from bot.slack.rooms import CLOSED, Closed, Rooms, first_open
from lanes.core.values import Place
from lanes.core.ways_in import source_of
from tools.contract import NotYet, Unavailable

log = structlog.get_logger("board")
NOT_OURS = "cant_update_message"  # another app has written under our tag
GONE = CLOSED | {"message_not_found", "thread_not_found", NOT_OURS}  # a message, or its whole room
_TAG = "lanekeeper_message"  # the event type of our messages' metadata
_MESSAGE = 40_000  # characters of a message without blocks; docs.slack.dev, "chat.postMessage", "Truncating content"
_LINKS = 5_000  # addresses of messages kept in memory, the oldest dropped first: about 200 bytes each
_LOOK_BACK = 100  # messages searched for one whose remembering was lost


@dataclass(frozen=True)
class Hung:
    """Where something was posted; `moved` is Slack's word for why not in the first of the rooms it could hang in."""

    place: Place
    moved: str = ""


@dataclass
class Board:
    """Thread-safe. A room is a channel as people call it, "#support", or a person's id for their direct messages.

    `tag` makes a message the same one: performed `again`, it is looked for before it is posted.
    """

    client: WebClient
    rooms: Rooms
    _links: dict[Place, str] = field(default_factory=dict, init=False)  # where each message is; it never moves
    _shown: dict[Place, str] = field(default_factory=dict, init=False)  # what each last said: no call changes nothing
    _unsent: set[tuple[str, str]] = field(default_factory=set, init=False)  # by room and tag, what has surely not left
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def say(
        self, room: str, text: str, blocks: Sequence[Block] = (), *, tag: str, again: bool, thread: str = ""
    ) -> Place:
        """A message of its own. Raises `Closed` when nothing can be said in the room."""
        where = self.rooms.open(room)
        try:
            place = self._post_in(where, text, blocks, tag=tag, again=again, thread=thread)
        except SlackApiError as error:
            if code(error) not in CLOSED:
                raise
            self.gone(where, code(error))
            raise Closed(code(error), f"nothing can be said in {room}") from error
        self.rooms.reopen(where)
        return place

    def say_in(self, rooms: Sequence[str], text: str, blocks: Sequence[Block] = (), *, tag: str, again: bool) -> Hung:
        """A message in the first of these rooms that is there. Raises what the last one was refused with."""
        return first_open(rooms, lambda room, moved: Hung(self.say(room, text, blocks, tag=tag, again=again), moved))

    def redraw(self, place: Place, drawn: Card) -> bool:
        """Draw a card where it hangs; False when it hangs there no more."""
        if self.rooms.closed(place.channel):
            return False
        try:
            self.update(place, drawn.text, drawn.blocks)
        except SlackApiError as error:
            if code(error) not in GONE:
                raise
            self.gone(place.channel, code(error))
            return False
        self.rooms.reopen(place.channel)
        return True

    def find(self, channel: str, tag: str, thread: str) -> str | None:
        """The `ts` of a message of ours among the newest of a channel, or of a thread."""
        if thread:
            found = self.client.conversations_replies(channel=channel, ts=thread, include_all_metadata=True)
        else:
            found = self.client.conversations_history(channel=channel, limit=_LOOK_BACK, include_all_metadata=True)
        for message in found["messages"]:
            if message.get("metadata", {}).get("event_payload", {}).get("tag") == tag:
                return str(message["ts"])
        return None

    def update(self, place: Place, text: str, blocks: Sequence[Block]) -> None:
        """Let a message say something else. Raises `SlackApiError`, of `GONE` when it stands there no more."""
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

    def tell(self, channel: str, text: str, tag: str, thread: str = "") -> bool:
        """Say it if it can be said; whether it was."""
        try:
            self.say(channel, text, tag=tag, again=True, thread=thread)
        except (SlackClientError, OSError, Unavailable) as error:
            log.warning("not_told", channel=channel, error=str(error))
            return False
        return True

    def gone(self, channel: str, why: str) -> None:
        """What was shown in a room is shown there no more, or one message is not; `why` is Slack's word."""
        log.warning("message_gone", channel=channel, error=why)
        if why in CLOSED:
            self.rooms.close(channel, why)

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
                log.info("whisper_by_message", error=code(error))
            else:
                return
        try:
            opened = self.client.conversations_open(users=user)
            self.client.chat_postMessage(channel=opened["channel"]["id"], text=text, **extra)
        except (SlackClientError, OSError) as error:
            log.warning("whisper_lost", user=user, error=str(error))

    def permalink(self, place: Place) -> str:
        """Where a person opens a message; empty when Slack does not say. Asked once a message."""
        if place not in self._links:
            try:
                found = self.client.chat_getPermalink(channel=place.channel, message_ts=place.ts)
            except SlackApiError:
                return ""
            self._links[place] = str(found["permalink"])
            if len(self._links) > _LINKS:
                self._links.pop(next(iter(self._links)), None)
        return self._links[place]

    def _post_in(self, where: str, text: str, blocks: Sequence[Block], *, tag: str, again: bool, thread: str) -> Place:
        new = self._surely_new(where, tag, again=again)
        found = None if new else self.find(where, tag, thread)
        if found:
            place = Place(channel=where, ts=found)
            try:
                self.update(place, text, blocks)  # it may have been drawn from an older state
            except SlackApiError as error:
                if code(error) != NOT_OURS:
                    raise
            else:
                return place
        extra: dict[str, Any] = {"thread_ts": thread} if thread else {}
        if blocks:
            extra["blocks"] = blocks
        try:
            answer = self.client.chat_postMessage(
                channel=where, text=text, unfurl_links=False, unfurl_media=False,
                metadata={"event_type": _TAG, "event_payload": {"tag": tag}}, **extra,
            )  # fmt: skip
        except NotYet:
            if new:
                with self._lock:
                    self._unsent.add((where, tag))
            raise
        return Place(channel=answer["channel"], ts=answer["ts"])

    def _surely_new(self, where: str, tag: str, *, again: bool) -> bool:
        """Has it never left? To look for it takes one of Slack's calls, of which there are fewer than to post."""
        with self._lock:
            waited = (where, tag) in self._unsent
            self._unsent.discard((where, tag))
        return waited or not again


def too_large(error: SlackApiError) -> bool:
    """Does Slack not take the message as it is drawn?"""
    return code(error) in TOO_LARGE
