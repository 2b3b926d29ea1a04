"""What passes between the tools of one system and its sandbox, every tool called once, as it should be and refused;
and every source of what people did, read to its end.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from tool_examples import CREDENTIALS, READERS

from tools.contract import Refused, WriteTool
from tools.registry import TOOLS, TRUTHS
from tools.sandboxes import seed
from tools.sandboxes.server import create, serve
from tools.wire import Connection, HttpWire


@dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    query: str
    body: bytes
    status: int
    answer: object  # as JSON says it; None where there is none
    meant: bool = True  # is the request to be as the vendor describes it?


class Recorder:
    """A sandbox whose exchanges are kept."""

    def __init__(self, app) -> None:
        self._app = app
        self.seen: list[Exchange] = []

    async def __call__(self, scope, receive, send) -> None:
        asked, said = [], []
        while not asked or asked[-1].get("more_body"):  # all of it, also where the sandbox refuses before it reads
            asked.append(await receive())
        unread = iter(asked)

        async def hear():
            return next(unread, None) or await receive()

        async def tell(message):
            said.append(message)
            await send(message)

        await self._app(scope, hear, tell)
        answer = b"".join(message.get("body", b"") for message in said)
        self.seen.append(
            Exchange(
                scope["method"],
                scope["path"],
                scope["query_string"].decode(),
                b"".join(message.get("body", b"") for message in asked),
                said[0]["status"],
                json.loads(answer) if answer else None,
            )
        )


def traffic(system, edges) -> tuple[Exchange, ...]:
    """Every exchange of every tool and source of `system`: its example, the same without the right to it, and with no
    credential that is known there. `edges` is called with a wire for what the examples do not meet.
    """
    recorder = Recorder(create(system))
    with serve({system: recorder}) as serving:
        url = serving.urls[system]

        def wire(credential):
            return HttpWire(Connection(system, url, url, SecretStr(credential)))

        full, reader, nobody = (wire(one) for one in (CREDENTIALS[system], READERS[system], "nobody"))
        for tool in TOOLS:
            if tool.system == system:
                for refused in (reader, nobody):
                    with suppress(Refused):
                        _call(refused, tool)
                _call(full, tool)
        harvester = wire(seed.HARVESTERS.get(system, "nobody"))
        _harvest(harvester, system)
        for source in (one for one in TRUTHS if one.system == system):
            with suppress(Refused):
                source.read(reader, datetime.now(UTC), None)
        edges(full)
        for one in (full, reader, nobody, harvester):
            one.close()
    return tuple(one for one in recorder.seen if not one.path.startswith("/_control/"))  # levers are no vendor's


def _harvest(wire, system) -> None:
    """What was done on the seeded days and just now, on pages of few records."""
    for source in (type(one)(20) for one in TRUTHS if one.system == system):
        since, cursor = datetime.now(UTC) - timedelta(days=4), None
        while (page := source.read(wire, since, cursor)).cursor is not None:
            cursor = page.cursor


def _call(wire, tool) -> None:
    arguments, key = tool.arguments(**tool.example), hashlib.sha256(tool.name.encode()).hexdigest()
    if isinstance(tool, WriteTool):
        tool.look(wire, arguments)
        tool.write(wire, arguments, key)
        tool.read_back(wire, arguments, key)
    else:
        tool.read(wire, arguments)
