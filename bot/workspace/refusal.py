"""Slack's way of saying no: an error name, sometimes with messages that point at the cause."""

from __future__ import annotations

from bot.workspace.seed import Json


class Refused(Exception):  # Slack's answer, not our mistake
    """The call is answered with ok: false and this error name."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []

    def answer(self) -> Json:
        if not self.messages:
            return {"ok": False, "error": self.error}
        return {
            "ok": False,
            "error": self.error,
            "errors": self.messages,
            "response_metadata": {"messages": self.messages},
        }
