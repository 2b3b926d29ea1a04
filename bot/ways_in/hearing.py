"""What people write to the app: a mention in a channel or a thread, and a direct message. The words are `/lane`'s.

A reply in a thread of the direct message is part of that run's conversation and starts nothing. What an app wrote, and
what was written once and changed later, was never stored (`intake.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from bot.ways_in.replying import Asked
from bot.ways_in.slash import Slash
from lanes.core.values import Person

_DECORATION = "`*_~ ,:"  # what stands around words that somebody copied or addressed


@dataclass(frozen=True)
class Hearing:
    """Answers `app_mention` and `message` events. `me` is the app's own user."""

    slash: Slash
    me: str

    def heard(self, event: Mapping[str, Any], team: str, delivery: str) -> None:
        """`team` is the workspace that Slack told; somebody from another one bears their own."""
        direct = event.get("channel_type") == "im"
        if direct and event.get("thread_ts"):
            return
        text = re.sub(rf"<@{self.me}(\|[^>]*)?>", " ", str(event.get("text") or ""))
        by = Person(user=event["user"], team=event.get("user_team") or event.get("team") or team)
        asked = Asked(
            by, event["channel"], delivery, via="message" if direct else "mention",
            thread="" if direct else event.get("thread_ts") or event["ts"], inside=event.get("thread_ts") or "",
        )  # fmt: skip
        self.slash.obey(asked, unescape(text).strip().strip(_DECORATION).strip())
