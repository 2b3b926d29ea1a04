"""What the page sees as one person: everything at first, then each change, over one WebSocket."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.workspace import seed
from bot.workspace.people import People
from bot.workspace.seed import Json

RECENT = 500  # messages of a conversation that a page is given


@dataclass
class Feed:
    """The page's window."""

    people: People
    hints: list[Json] = field(default_factory=list)

    async def __call__(self, socket: WebSocket) -> None:
        user = socket.query_params.get("as", "")
        if user not in {person[0] for person in seed.PEOPLE}:
            user = seed.PEOPLE[0][0]
        await socket.accept()
        waiting: asyncio.Queue[str] = asyncio.Queue()

        def heard(change: Json) -> None:
            if change["type"] == "again":  # too much has changed to tell it piece by piece
                waiting.put_nowait(json.dumps(self.snapshot(user)))
            elif self._concerns(user, change):
                waiting.put_nowait(json.dumps(change))  # at once, for the next change may alter the same objects

        stop = self.people.state.listen(heard)
        waiting.put_nowait(json.dumps(self.snapshot(user)))
        sending = asyncio.create_task(self._send(socket, waiting))
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError, KeyError):  # KeyError: a binary frame, which no page sends
            pass
        finally:
            stop()
            sending.cancel()

    @staticmethod
    async def _send(socket: WebSocket, waiting: asyncio.Queue[str]) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await socket.send_text(await waiting.get())

    def _concerns(self, user: str, change: Json) -> bool:
        if "to" in change:
            return bool(change["to"] == user)
        return "channel" not in change or user in self.people.state.members[change["channel"]]

    def snapshot(self, user: str) -> Json:
        """All that one person may see now."""
        state, views = self.people.state, self.people.views
        mine = [cid for cid, inside in state.members.items() if user in inside]
        return {
            "type": "snapshot",
            "me": user,
            "team": seed.TEAM,
            "bot": seed.BOT_USER,
            "people": list(state.people.values()),
            "groups": list(state.groups.values()),
            "channels": [self._channel(cid) for cid in mine],
            "teams": seed.TEAMS,
            "now": state.now(),
            "ahead": state.clock.ahead,
            "messages": {c: [state.shown(c, m) for m in state.messages(c)[-RECENT:]] for c in mine},
            "ephemeral": {c: [w["message"] for w in state.ephemeral.get(c, []) if w["to"] == user] for c in mine},
            "read": state.kept["read"].get(user, {}),
            "home": state.kept["homes"].get(user),
            "stack": views.stacks.get(user, []),
            "sockets": len(self.people.sockets.open),
            "commands": self.people.commands,
            "hints": self.hints,
            "shortcuts": self.people.shortcuts,
            "read_only_tab": self.people.read_only_tab,
        }

    def _channel(self, channel: str) -> Json:
        state = self.people.state
        more = {"member_count": len(state.members[channel]), "has_app": self.people.hears(channel)}
        return state.channels[channel] | more | {"is_ext_shared": state.is_shared(channel)}
