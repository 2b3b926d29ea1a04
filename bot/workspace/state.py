"""What the workspace remembers: messages, Home tabs, read marks, response_urls; and who wants to know of a change.

Everything is touched from the server's one event loop, so there are no locks. What must survive a restart stands in
`kept` and is plain JSON; what Slack itself forgets (ephemeral messages, open modals, triggers) stands beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import structlog

from bot.workspace import seed
from bot.workspace.clock import Clock
from bot.workspace.seed import Json

SAVE_AFTER = 0.4  # seconds of quiet gathering before a write; a burst of messages is one file
FILE_NAME = "workspace.json"
PREVIEW_REPLIERS = 5  # faces shown beside "3 replies"; Slack's own number

Listener = Callable[[Json], None]

log = structlog.get_logger("workspace")


class State:
    """The team, its people and conversations, and every message in them."""

    def __init__(self, data: Path | None = None, origin: str = "http://127.0.0.1", clock: Clock | None = None) -> None:
        self.origin = origin
        self.clock = clock or Clock()
        self.path = data / FILE_NAME if data else None
        self._listeners: list[Listener] = []
        self._saving: asyncio.TimerHandle | None = None
        self._last_micro = 0
        self.forget()
        self._load()

    def forget(self) -> None:
        """Back to the seed: no message, no Home tab, no read mark; everybody and the clock as they were."""
        self.clock.forget()
        self.people, self.groups = seed.people(), seed.groups()
        self.channels, self.members = seed.channels(), seed.members()
        self.ephemeral: dict[str, list[Json]] = {}
        self.kept: Json = {"messages": {}, "homes": {}, "read": {}, "response_urls": {}, "files": {}, "amended": {}}

    # time and names

    def now(self) -> float:
        return self.clock.now()

    def next_ts(self) -> str:
        """A message's name, and its place in the order: seconds with six decimals, never twice."""
        self._last_micro = max(int(self.now() * 1_000_000), self._last_micro + 1)
        return f"{self._last_micro // 1_000_000}.{self._last_micro % 1_000_000:06d}"

    @staticmethod
    def new_id(prefix: str) -> str:
        return prefix + secrets.token_hex(5).upper()

    # conversations

    def find_channel(self, name: str, user: str | None = None) -> str | None:
        """A conversation's id from its id, its name, `#name`, or a person's id (their direct message)."""
        if name in self.channels:
            return None if self.channels[name].get("is_deleted") else name
        if name in self.people and seed.dm_of(name) in self.channels:
            return seed.dm_of(name)
        if name == seed.BOT_USER and user:
            return seed.dm_of(user)
        wanted = name.removeprefix("#")
        return next((i for i, c in self.channels.items() if c.get("name") == wanted and not c.get("is_deleted")), None)

    def messages(self, channel: str) -> list[Json]:
        found: list[Json] = self.kept["messages"].setdefault(channel, [])
        return found

    def message(self, channel: str, ts: str) -> Json | None:
        return next((m for m in self.messages(channel) if m["ts"] == ts), None)

    def whisper(self, channel: str, ts: str) -> Json | None:
        """An ephemeral message, `{"to": user, "message": {...}}`."""
        return next((w for w in self.ephemeral.get(channel, []) if w["message"]["ts"] == ts), None)

    def is_shared(self, channel: str) -> bool:
        """Somebody of another workspace is in it, by Slack Connect."""
        return any(self.people[user]["team_id"] != seed.TEAM["id"] for user in self.members[channel])

    # what an administrator changes

    def amend(self, what: str, name: str, fields: Json) -> None:
        """Change a person, a group or a channel (`what`: "people", "groups", "channels") beside its seed, for good."""
        self._apply(what, name, fields)
        self.kept["amended"].setdefault(what, {}).setdefault(name, {}).update(fields)
        self.tell({"type": "again"})

    def admit(self, channel: str, inside: list[str]) -> None:
        """Who is in a channel from now on."""
        self.amend("members", channel, {"inside": inside})

    def _apply(self, what: str, name: str, fields: Json) -> None:
        if what == "members":
            self.members[name] = list(fields["inside"])
        else:
            getattr(self, what)[name] |= fields

    # changes

    def post(self, channel: str, message: Json) -> Json:
        self.messages(channel).append(message)
        self.tell({"type": "message", "channel": channel, "message": self.shown(channel, message)})
        self._tell_parent(channel, message)
        return message

    def changed(self, channel: str, message: Json) -> None:
        self.tell({"type": "message", "channel": channel, "message": self.shown(channel, message)})

    def delete(self, channel: str, message: Json) -> None:
        self.messages(channel).remove(message)
        self.tell({"type": "deleted", "channel": channel, "ts": message["ts"]})
        self._tell_parent(channel, message)

    def whisper_to(self, user: str, channel: str, message: Json) -> Json:
        self.ephemeral.setdefault(channel, []).append({"to": user, "message": message})
        self.tell({"type": "ephemeral", "channel": channel, "message": message, "to": user})
        return message

    def whisper_changed(self, channel: str, whisper: Json) -> None:
        self.tell({"type": "ephemeral", "channel": channel, "message": whisper["message"], "to": whisper["to"]})

    def unwhisper(self, channel: str, whisper: Json) -> None:
        self.ephemeral[channel].remove(whisper)
        self.tell(
            {"type": "ephemeral_deleted", "channel": channel, "ts": whisper["message"]["ts"], "to": whisper["to"]}
        )

    def read(self, user: str, channel: str) -> None:
        last = self.messages(channel)[-1]["ts"] if self.messages(channel) else self.next_ts()
        self.kept["read"].setdefault(user, {})[channel] = last
        self.tell({"type": "read", "channel": channel, "ts": last, "to": user})

    def _tell_parent(self, channel: str, message: Json) -> None:
        thread = message.get("thread_ts")
        parent = self.message(channel, thread) if thread and thread != message["ts"] else None
        if parent:
            self.changed(channel, parent)

    def replies(self, channel: str, ts: str) -> list[Json]:
        return [m for m in self.messages(channel) if m.get("thread_ts") == ts and m["ts"] != ts]

    def shown(self, channel: str, message: Json) -> Json:
        """A message as Slack returns it: with what is known of its thread counted in."""
        answers = self.replies(channel, message["ts"]) if message.get("thread_ts") in {None, message["ts"]} else []
        if not answers:
            return message
        who = list(dict.fromkeys(m["user"] for m in answers))
        return message | {
            "thread_ts": message["ts"],
            "reply_count": len(answers),
            "reply_users": who[:PREVIEW_REPLIERS],
            "reply_users_count": len(who),
            "latest_reply": answers[-1]["ts"],
            "is_locked": False,
        }

    # those who want to know

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every change; the answer stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, change: Json) -> None:
        """Pass a change on: `to` names the one person it concerns, `channel` the room whose members may see it."""
        for listener in tuple(self._listeners):
            listener(change)
        self.save_soon()

    # the disk

    def save_soon(self) -> None:
        if self.path and self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(SAVE_AFTER, self.save)

    def save(self) -> None:
        """Write the file whole or not at all; what a full disk has no room for now is written with the next change."""
        if self._saving:
            self._saving.cancel()
            self._saving = None
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_suffix(".new")
            try:
                beside.write_text(json.dumps(self.kept), encoding="utf-8")
                os.replace(beside, self.path)  # noqa: PTH105  # the name says that it is atomic
            except OSError as error:
                log.warning("not_saved", file=str(self.path), why=error.strerror)

    def _load(self) -> None:
        if self.path and self.path.exists():
            self.kept |= json.loads(self.path.read_text(encoding="utf-8"))
        for what, named in self.kept["amended"].items():
            for name, fields in named.items():
                if name in getattr(self, what):  # the seed may have lost it since
                    self._apply(what, name, fields)


def mentioned(text: str) -> set[str]:
    """The people named in a message as `<@U…>`."""
    return set(re.findall(r"<@(U[A-Z0-9]+)(?:\|[^>]*)?>", text))
