"""Why something did not reach the app. An event is then sent again; a person is told at once."""

from __future__ import annotations


class Undelivered(Exception):  # the two below are sentences, not categories
    """`reason` is Slack's word for it, in the next delivery of an event; `again`: there may be one."""

    def __init__(self, reason: str = "timeout", *, again: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class NobodyListens(Undelivered):
    """No socket of the app is open, or its address answers nothing that Slack can use."""


class NotAcknowledged(Undelivered):
    """The app did not acknowledge within 3 seconds."""
