"""response_url: five answers within half an hour to whoever typed the command or clicked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from bot.workspace import messages
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.state import State

USES: Final = 5
LIFE: Final = 30 * 60  # seconds


@dataclass
class Hooks:
    """The response_urls handed out."""

    state: State

    def new_url(self, user: str, channel: str, message: Json | None = None) -> str:
        """A new response_url; `message` is what was clicked, and what the app may replace or delete."""
        token = secrets.token_urlsafe(18)
        self.state.kept["response_urls"][token] = {
            "user": user,
            "channel": channel,
            "ts": message["ts"] if message else None,
            "thread_ts": message.get("thread_ts") if message else None,
            "left": USES,
            "born": self.state.now(),
        }
        return f"{self.state.origin}/response/{token}"

    def receive(self, token: str, body: Any) -> Json:
        """Do what the app posted to a response_url; raises Refused."""
        hook = self.state.kept["response_urls"].get(token)
        if hook is None:
            raise Refused("invalid_url")
        if self.state.now() - hook["born"] > LIFE:
            raise Refused("expired_url")
        if hook["left"] <= 0:
            raise Refused("used_url")
        if not isinstance(body, dict):
            raise Refused("invalid_payload")
        self._perform(hook, body)
        hook["left"] -= 1
        return {"ok": True}

    def _perform(self, hook: Json, body: Json) -> None:
        channel, ts = hook["channel"], hook["ts"]
        whisper = self.state.whisper(channel, ts) if ts else None
        message = self.state.message(channel, ts) if ts else None
        if body.get("delete_original"):
            if whisper:
                self.state.unwhisper(channel, whisper)
            elif message:
                self.state.delete(channel, message)
            return
        if body.get("replace_original") and (whisper or message):
            self._replace(channel, whisper, message, messages.content(self.state, body))
            return
        new = messages.from_app(self.state, body)
        thread = body.get("thread_ts") or hook["thread_ts"]
        if thread:
            new["thread_ts"] = thread
        if body.get("response_type") == "in_channel":
            self.state.post(channel, new)
        else:
            self.state.whisper_to(hook["user"], channel, new)

    def _replace(self, channel: str, whisper: Json | None, message: Json | None, new: Json) -> None:
        old = whisper["message"] if whisper else message
        assert old is not None
        old.pop("blocks", None)
        old |= new
        if whisper:
            self.state.whisper_changed(channel, whisper)
        else:
            self.state.changed(channel, old)
