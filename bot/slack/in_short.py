"""What Slack does not take is said in short, so that nobody waits for something that never comes. S1.

Our views keep to Slack's limits by construction; this is for the day on which Slack changes one. What a person has to
fill in stays; what could only be read is replaced by where it can be read whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot import words
from bot.slack.blocks import section
from bot.slack.client import code

TOO_LARGE = frozenset({"invalid_blocks", "msg_too_long", "msg_blocks_too_long", "view_too_large", "invalid_arguments"})

log = structlog.get_logger("in_short")
View = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A modal that is open: its id, and whether all of it could be shown."""

    view: str
    whole: bool


def open_modal(put: Callable[..., SlackResponse], trigger: str, view: View) -> Shown:
    """Open a modal by `put`, views.open or views.push. Raises `SlackApiError` when Slack does not take it at all."""
    try:
        return Shown(str(put(trigger_id=trigger, view=view)["view"]["id"]), whole=True)
    except SlackApiError as error:
        if not _too_large(error, view):
            raise
        return Shown(str(put(trigger_id=trigger, view=_short(view))["view"]["id"]), whole=False)


def publish(client: WebClient, user: str, view: View) -> None:
    """Publish somebody's Home. Raises `SlackApiError`."""
    try:
        client.views_publish(user_id=user, view=view)
    except SlackApiError as error:
        if not _too_large(error, view):
            raise
        client.views_publish(user_id=user, view=_short(view))


def _too_large(error: SlackApiError, view: View) -> bool:
    why = code(error)
    if why in TOO_LARGE:
        log.warning("view_in_short", view=view.get("callback_id", view["type"]), error=why)
    return why in TOO_LARGE


def _short(view: View) -> View:
    said = words.HOME_IN_SHORT if view["type"] == "home" else words.MODAL_IN_SHORT
    return {**view, "blocks": [section(said), *(block for block in view["blocks"] if block["type"] == "input")]}
