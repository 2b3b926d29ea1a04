"""What stands around Lanekeeper, in a process of its own: the sandboxes and a workspace, as in a company.

`town` starts it and says where it is. In one process with Lanekeeper they would take its turns at the interpreter, and
a benchmark would measure them.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.demo.running import SYSTEMS
from bot.workspace import server as workspace
from tools.sandboxes import server as sandboxes

PLENTY = 1_000_000  # requests: no sandbox shall slow anything down


@dataclass(frozen=True)
class Slack:
    """Where the workspace is; `api_url` is the base_url of a slack_sdk WebClient."""

    url: str
    api_url: str


@contextmanager
def town() -> Iterator[tuple[Slack, dict[str, str]]]:
    """The workspace and the sandboxes' addresses, by system. They end with the block, or with their parent."""
    command = (sys.executable, __file__)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            said = json.loads(process.stdout.readline())
            yield Slack(**said["slack"]), said["sandboxes"]
        finally:
            process.stdin.close()


def stand() -> None:
    logging.disable()  # each fault would be a line of the web server
    twins = sandboxes.serve({name: sandboxes.create(name, limit=PLENTY) for name in SYSTEMS})
    with twins as serving, workspace.serve() as slack:
        said = {"slack": {"url": slack.url, "api_url": slack.api_url}, "sandboxes": serving.urls}
        print(json.dumps(said), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    stand()
