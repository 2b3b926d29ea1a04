"""Puts a file into a message's thread, once.

A file carries no tag of ours, so it is found again by its name in the thread. Slack takes it in three steps, the last
of which shows it; what is cut off before that shows nothing, and is sent anew.
"""

from dataclasses import dataclass

from slack_sdk import WebClient

from lanes.core.values import Place


@dataclass(frozen=True)
class Attaching:
    """Thread-safe."""

    client: WebClient

    def attach(self, below: Place, name: str, content: bytes, *, title: str, said: str, alt: str = "") -> bool:
        """Whether it was put there now; False when it hangs there already. `alt` says what a picture shows."""
        thread = self.client.conversations_replies(channel=below.channel, ts=below.ts)
        files = (file for message in thread["messages"] for file in message.get("files", ()))
        if any(file.get("name") == name for file in files):
            return False
        self.client.files_upload_v2(
            channel=below.channel, thread_ts=below.ts, filename=name, content=content, title=title,
            initial_comment=said, alt_txt=alt or None,
        )  # fmt: skip
        return True
