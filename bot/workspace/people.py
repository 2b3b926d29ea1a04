"""Whoever sits at the keyboard: what they may reach, and how what they do gets to the app.

Their acts stand in `talk.py` (commands, messages, reactions) and `clicks.py` (buttons, menus, modals); the door to all
of them is `interactions.act`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bot.workspace import messages, payloads, seed
from bot.workspace.hooks import Hooks
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.socket_mode import NobodyListens, NotAcknowledged, Sockets
from bot.workspace.state import State
from bot.workspace.views import Views

EVENTS: Final = frozenset({"app_home_opened", "app_mention", "message.im"})  # without a manifest
SHORTCUTS: Final = ({"type": "message", "name": "Hand to a lane…", "callback_id": "lane:hand_over"},)  # likewise


@dataclass
class People:
    """The hands on the keyboard."""

    state: State
    sockets: Sockets
    views: Views
    hooks: Hooks
    commands: list[Json] = field(default_factory=list)
    """What the manifest offers: `{"command": "/lane", "description": …, "usage_hint": …}`."""
    events: frozenset[str] = EVENTS
    """What the manifest subscribes to."""
    read_only_tab: bool = False
    """The manifest lets nobody write in the app's Messages tab."""
    shortcuts: tuple[Json, ...] = SHORTCUTS
    """What the manifest puts into menus: `{"type": "message" or "global", "name": …, "callback_id": …}`."""
    offered: dict[tuple[str, str, str], dict[str, Json]] = field(default_factory=dict)
    """What the app suggested for an external select: (view id or message ts, block_id, action_id) → value → option."""

    def room(self, user: str, wanted: Json) -> str:
        """The conversation an act names, which this person is in; raises Refused."""
        channel = self.state.find_channel(str(wanted.get("channel", "")), user)
        if channel is None:
            raise Refused("channel_not_found")
        if user not in self.state.members[channel]:
            raise Refused("not_in_channel")
        return channel

    def message(self, user: str, channel: str, ts: Any) -> tuple[Json, bool]:
        """A message this person sees, and whether only they do; raises Refused."""
        whisper = self.state.whisper(channel, str(ts))
        if whisper and whisper["to"] == user:
            return whisper["message"], True
        message = self.state.message(channel, str(ts))
        if message is None:
            raise Refused("message_not_found")
        return message, False

    def view(self, user: str, wanted: Json) -> Json:
        """The view an act names, the top modal if it names none; raises Refused."""
        if not wanted.get("view_id"):
            view = self.views.top(user)
        else:
            found = self.views.find(view_id=wanted["view_id"])
            view = found[1] if found and found[0] == user else None
        if view is None:
            raise Refused("view_not_found")
        return view

    def foreign(self, user: str) -> bool:
        """They belong to another workspace, and are here by Slack Connect."""
        return bool(self.state.people[user]["team_id"] != seed.TEAM["id"])

    async def interact(self, payload: Json) -> Json:
        """Deliver an interaction; what went wrong, or nothing."""
        try:
            await self.sockets.deliver("interactive", payload)
        except NobodyListens as nobody:
            return {
                "ok": False,
                "error": name_of(nobody),
                "message": "Lanekeeper did not respond: it is not connected.",
            }
        except NotAcknowledged as late:
            said = "Lanekeeper timed out: it did not answer within 3 seconds."
            return {"ok": False, "error": name_of(late), "message": said}
        return {}

    def send(self, kind: str, inner: Json) -> None:
        """Tell the app of an event, if its manifest asks for it and the app is where it happened."""
        channel = inner.get("channel")
        shared = isinstance(channel, str) and channel in self.state.channels and self.state.is_shared(channel)
        if kind in self.events and not self.state.kept.get("uninstalled"):
            self.sockets.send_event(payloads.event(self.state, inner, shared=shared))

    def hears(self, channel: str) -> bool:
        """The app is in this conversation."""
        return seed.BOT_USER in self.state.members[channel]

    def failed(self, user: str, channel: str, error: str, said: str, beside: Json) -> Json:
        """Tell the person, beside the message concerned, and answer the act."""
        note = messages.from_slackbot(self.state, said)
        if beside.get("thread_ts"):
            note["thread_ts"] = beside["thread_ts"]
        self.state.whisper_to(user, channel, note)
        return {"ok": False, "error": error, "message": said}


def name_of(trouble: Exception) -> str:
    return "dispatch_failed" if isinstance(trouble, NobodyListens) else "operation_timeout"
