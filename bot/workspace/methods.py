"""What every Web API method is given, and the small questions they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.workspace import seed
from bot.workspace.journal import Journal
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.socket_mode import Sockets
from bot.workspace.state import State
from bot.workspace.views import Views


@dataclass(frozen=True)
class Slack:
    """The parts of the workspace a method may touch."""

    state: State
    views: Views
    sockets: Sockets
    journal: Journal


Method = Callable[[Slack, Json], Awaitable[Json]]
"""Arguments in, the answer's keys out; raises Refused."""


def room(slack: Slack, args: Json, key: str = "channel", *, by_id: bool = False) -> str:
    """The conversation an argument names; with `by_id` only its own id will do, as in chat.update.

    A private channel is not there for an app that is not in it.
    """
    name = str(args.get(key) or "")
    channel = slack.state.find_channel(name)
    unseen = channel and slack.state.channels[channel].get("is_private") and not _inside(slack, channel)
    if not channel or unseen or (by_id and channel != name):
        raise Refused("channel_not_found")
    return channel


def _inside(slack: Slack, channel: str) -> bool:
    return seed.BOT_USER in slack.state.members[channel]


def room_with_bot(slack: Slack, args: Json, key: str = "channel") -> str:
    channel = room(slack, args, key)
    if not _inside(slack, channel):
        raise Refused("not_in_channel")
    return channel


def open_room(slack: Slack, args: Json, key: str = "channel") -> str:
    """A conversation the app may write in."""
    channel = room_with_bot(slack, args, key)
    if slack.state.channels[channel]["is_archived"]:
        raise Refused("is_archived")
    return channel


def message_in(slack: Slack, channel: str, ts: Any, error: str = "message_not_found") -> Json:
    message = slack.state.message(channel, str(ts or ""))
    if message is None:
        raise Refused(error)
    return message


def flag(args: Json, key: str) -> bool:
    """A boolean argument as clients send it: true, "true", "1"."""
    return str(args.get(key, "")).lower() in {"true", "1"}


def page(items: list[Any], args: Json, most: int) -> tuple[list[Any], str]:
    """One page of a cursor-paginated list, and the next cursor ("" at the end)."""
    try:
        start, limit = int(args.get("cursor") or 0), int(args.get("limit") or most)
    except ValueError:
        raise Refused("invalid_cursor") from None
    end = start + max(1, min(limit, most))
    return items[start:end], str(end) if end < len(items) else ""
