"""Which rooms there are, and where nothing can be said any more.

A channel is archived, deleted, or the app is removed from it, and Slack says so when it is asked, and in each call's
refusal. What was found closed is left alone for a while, so that thirty cards do not knock thirty times; then it is
asked again. A direct message is never remembered as closed: it is where people are told when nothing else is left.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.client import code
from tools.contract import Unavailable

T = TypeVar("T")
CLOSED = frozenset({
    "channel_not_found", "not_in_channel", "is_archived", "is_inactive",  # chat.update says the last
    "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
})  # fmt: skip
AGAIN = timedelta(minutes=1)  # until a closed room is asked again


class Closed(Unavailable):
    """Nothing can be said there; `code` is Slack's word."""


def first_open(rooms: Sequence[str], say: Callable[[str, str], T]) -> T:
    """Say something in the first of these rooms that is there: `say` gets the room and, in any but the first, Slack's
    word for why not in that. Raises what the last one was refused with.
    """
    moved = ""
    for room in rooms[:-1]:
        try:
            return say(room, moved)
        except Closed as error:
            moved = moved or error.code
    return say(rooms[-1], moved)


@dataclass
class Rooms:
    """Thread-safe. Lanes name channels as people do, "#support"; a person's id names their direct messages."""

    client: WebClient
    clock: Callable[[], datetime]
    _ids: dict[str, str] = field(default_factory=dict)
    _closed: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # by id: why, and since when
    _back: set[str] = field(default_factory=set)  # ids of rooms that were closed
    _looked: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, room: str) -> str:
        """The id of a room to speak in. Raises `Closed` when there is none, or it was closed a moment ago."""
        where = self._id(room)
        why = self.closed(where)
        if why:
            raise Closed(why, f"nothing can be said in {room}")
        return where

    def closed(self, where: str) -> str:
        """Why nothing can be said in a room, by its id; empty when it can, or nobody has asked for a while."""
        with self._lock:
            why, since = self._closed.get(where, ("", None))
            return why if since and self.clock() - since < AGAIN else ""

    def close(self, where: str, why: str) -> None:
        """Slack has refused to say something there."""
        if not _direct(where):
            with self._lock:
                self._closed[where] = why, self.clock()

    def reopen(self, where: str) -> None:
        """Something can be said there."""
        with self._lock:
            if self._closed.pop(where, None):
                self._back.add(where)

    def ask(self, where: str) -> str | None:
        """Ask Slack why nothing can be said in a channel; empty when it can, None of a direct message."""
        if _direct(where):
            return None
        try:
            found = self.client.conversations_info(channel=where)["channel"]
        except SlackApiError as error:
            why = code(error)
            if why not in CLOSED:
                raise
        else:
            why = "is_archived" if found["is_archived"] else "" if found["is_member"] else "not_in_channel"
        if why:
            self.close(where, why)
        else:
            self.reopen(where)
        return why

    def shut(self) -> frozenset[str]:
        """The rooms that were closed when they were last asked, by id."""
        with self._lock:
            return frozenset(self._closed)

    def back(self) -> frozenset[str]:
        """The rooms that were closed and are open again, by id, until they are tidied."""
        with self._lock:
            return frozenset(self._back)

    def tidied(self, where: str) -> None:
        with self._lock:
            self._back.discard(where)

    def joined(self) -> frozenset[str]:
        """The channels that the app can speak in now, by name. Raises what Slack says when it says nothing else."""
        return frozenset(self._look())

    def _id(self, room: str) -> str:
        if room.startswith(("U", "W")):
            return str(self.client.conversations_open(users=room)["channel"]["id"])
        if not room.startswith("#"):
            return room
        if self._ids.get(room, "") in {"", *self.shut()} and not self._just_looked():
            self._look()
        with self._lock:
            if room not in self._ids:
                raise Closed("channel_not_found", f"there is no channel {room} the app can see; invite it there")
            return self._ids[room]

    def _just_looked(self) -> bool:
        with self._lock:
            return self._looked is not None and self.clock() - self._looked < AGAIN

    def _look(self) -> set[str]:
        """Ask for all of them. Somebody may have made another channel by the name of one that was archived."""
        pages = self.client.conversations_list(types="public_channel,private_channel", limit=200)
        every = [one for page in pages for one in page["channels"]]
        alive = {f"#{one['name']}": one for one in every if not one["is_archived"]}
        archived = {f"#{one['name']}": one["id"] for one in every if one["is_archived"]}
        with self._lock:
            self._ids = archived | {name: one["id"] for name, one in alive.items()}
            self._looked = self.clock()
        return {name for name, one in alive.items() if one.get("is_member")}


def _direct(where: str) -> bool:
    """Is this the id of a direct message?"""
    return where.startswith("D")
