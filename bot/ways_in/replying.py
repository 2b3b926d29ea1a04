"""Who asked, where and how; and the answer, which goes to them alone, where they asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.notifier import Notifier
from bot.slack import by_url
from bot.slack.blocks import Block
from bot.slack.in_short import open_modal
from lanes.core.values import Person


@dataclass(frozen=True)
class Asked:
    """Somebody's wish in words. `trigger` comes with a slash command or a click, `response_url` with a command, `offer`
    with a click on one of our offers: the address at which it is settled. Else they are empty.
    """

    by: Person
    channel: str
    delivery: str
    rest: str = ""  # what stands behind the first word
    trigger: str = ""
    response_url: str = ""
    offer: str = ""
    via: str = "command"
    thread: str = ""  # ts of the message below which a run's progress hangs
    inside: str = ""  # ts of the thread in which they wrote, if in one: Slack shows whispers in no thread nobody began


@dataclass(frozen=True)
class Replies:
    """Speaks to one person. Thread-safe."""

    client: WebClient
    notifier: Notifier

    def say(self, asked: Asked, text: str, blocks: Sequence[Block] = ()) -> None:
        """By the command's own response URL; in a direct message as a message, elsewhere as one only they see."""
        if asked.response_url and by_url.answer(asked.response_url, text, blocks):
            return
        if asked.channel.startswith("D"):
            extra: dict[str, Any] = {"blocks": blocks} if blocks else {}
            self.client.chat_postMessage(
                channel=asked.channel, text=text, unfurl_links=False, unfurl_media=False, **extra
            )
        else:
            self.notifier.whisper(asked.channel, asked.by.user, text, asked.inside, blocks)

    def opens(self, asked: Asked, view: dict[str, Any]) -> bool:
        """Show a modal; False where there is no trigger for it, or Slack's three seconds are over."""
        if not asked.trigger:
            return False
        try:
            open_modal(self.client.views_open, asked.trigger, view)
        except SlackApiError:
            return False
        return True
