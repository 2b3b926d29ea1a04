"""The address that came with a command or a click: for half an hour it takes up to five answers, to that person alone.

It is the one way to change or take away a message that only they see; `chat.update` cannot.
"""

from collections.abc import Sequence

import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.slack.blocks import Block

log = structlog.get_logger("by_url")


def answer(url: str, text: str, blocks: Sequence[Block] = ()) -> bool:
    """Say something more to them; False once the address has run out."""
    return _send(url, text=text, blocks=blocks or None, response_type="ephemeral")


def settle(url: str, text: str = "") -> None:
    """What was clicked says this instead, and has no buttons any more; without a text it goes away."""
    if url and not (_send(url, text=text, replace_original=True) if text else _send(url, delete_original=True)):
        log.info("offer_left_as_it_was")


def _send(url: str, **said: object) -> bool:
    try:
        return WebhookClient(url).send(**said).status_code == 200  # type: ignore[arg-type]  # ours, each of its type
    except (SlackClientError, OSError):
        return False
