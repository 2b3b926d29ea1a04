"""/_control: what a test, the demo and the page say to the workspace that an app never would.

POST act         what a person does (see interactions.py)
GET  messages    ?channel=&user=: a channel's messages, and what was whispered to a person
GET  view        ?user=: the modal on top, the stack under it, the Home tab
GET  calls       every Web API call, ?method=
GET  deliveries  every envelope with its acknowledgement, ?type=
GET  status      how many sockets are open, the clock, what is about to go wrong
GET  everything  people, groups and channels, as an administrator sees them
POST faults      {method, times, error | status, retry_after, delay, after, ts}: what goes wrong next
POST down        {seconds}: nothing of Slack answers for so long
POST mend        {}: nothing more goes wrong
POST drop        {reason?}: a disconnect frame to every socket; reason null cuts them
POST silence     {coming?}: every open socket dies without a word, and so do the next `coming` ones
POST cut         {every}: a socket is cut by every so-manieth envelope it carries; 0 ends that
POST transport   {url}: deliver by signed HTTP to this Request URL; null goes back to sockets
POST tiers       {on, times?}: hold the app to Slack's rate limits, or to so many times what they grant
POST keep        {entries}: how many calls and deliveries are remembered, the newest
POST clock       {advance: seconds}: forwards only
POST person, group, channel, plan, app    what an administrator changes (see admin.py)
POST reset       back to the seed; sockets stay
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.workspace.admin import Admin
from bot.workspace.interactions import act
from bot.workspace.journal import KEEP, Journal
from bot.workspace.people import People
from bot.workspace.seed import Json
from bot.workspace.tiers import Tiers

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass
class Control:
    """The levers."""

    people: People
    journal: Journal
    limits: Tiers

    def routes(self) -> list[BaseRoute]:
        admin = Admin(self.people)
        asked: list[tuple[str, Endpoint]] = [
            ("messages", self.messages),
            ("view", self.view),
            ("calls", self.calls),
            ("deliveries", self.deliveries),
            ("status", self.status),
            ("everything", _asked(admin.everything)),
        ]
        told: list[tuple[str, Callable[[Json], Awaitable[Json]]]] = [
            ("act", partial(act, self.people)),
            ("faults", self.fault),
            ("down", self.down),
            ("mend", self.mend),
            ("drop", self.drop),
            ("silence", self.silence),
            ("cut", self.cut),
            ("transport", self.transport),
            ("tiers", self.tiers),
            ("keep", self.keep),
            ("clock", self.clock),
            ("person", admin.person),
            ("group", admin.group),
            ("channel", admin.channel),
            ("plan", admin.plan),
            ("app", admin.app),
            ("reset", self.reset),
        ]
        gets: list[BaseRoute] = [Route(f"/{name}", endpoint, methods=["GET"]) for name, endpoint in asked]
        return gets + [Route(f"/{name}", _told(lever), methods=["POST"]) for name, lever in told]

    # asked

    async def messages(self, request: Request) -> Response:
        state = self.people.state
        channel = state.find_channel(request.query_params.get("channel", ""), request.query_params.get("user"))
        if channel is None:
            return JSONResponse({"ok": False, "error": "channel_not_found"}, 404)
        user = request.query_params.get("user")
        whispers = [w for w in state.ephemeral.get(channel, []) if user in {None, w["to"]}]
        shown = [state.shown(channel, m) for m in state.messages(channel)]
        return JSONResponse({"ok": True, "channel": channel, "messages": shown, "ephemeral": whispers})

    async def view(self, request: Request) -> Response:
        user, views = request.query_params.get("user", ""), self.people.views
        home = self.people.state.kept["homes"].get(user)
        return JSONResponse({"ok": True, "top": views.top(user), "stack": views.stacks.get(user, []), "home": home})

    async def calls(self, request: Request) -> Response:
        method = request.query_params.get("method")
        return JSONResponse({"ok": True, "calls": [c for c in self.journal.calls if method in {None, c["method"]}]})

    async def deliveries(self, request: Request) -> Response:
        kind = request.query_params.get("type")
        found = [d for d in self.journal.deliveries if kind in {None, d["type"], d["payload"].get("type")}]
        return JSONResponse({"ok": True, "deliveries": found})

    async def status(self, request: Request) -> Response:  # Starlette's shape
        state, planned = self.people.state, [asdict(fault) for fault in self.journal.faults]
        answer = {"ok": True, "sockets": len(self.people.sockets.open), "now": state.now(), "ahead": state.clock.ahead}
        return JSONResponse(answer | {"faults": len(planned), "planned": planned, "down": self.journal.down})

    # told

    async def fault(self, wanted: Json) -> Json:
        try:
            self.journal.plan(wanted)
        except TypeError as unknown:
            return {"ok": False, "error": str(unknown)}
        return {"ok": True}

    async def drop(self, wanted: Json) -> Json:
        return {"ok": True, "dropped": await self.people.sockets.drop(reason=wanted.get("reason", "refresh_requested"))}

    async def down(self, wanted: Json) -> Json:
        self.journal.break_down(float(wanted.get("seconds", 20)))
        return {"ok": True, "dropped": await self.people.sockets.drop(reason=None)}

    async def silence(self, wanted: Json) -> Json:
        return {"ok": True, "silent": self.people.sockets.fall_silent(int(wanted.get("coming", 0)))}

    async def cut(self, wanted: Json) -> Json:
        self.people.sockets.cut_every = int(wanted.get("every", 0))
        return {"ok": True}

    async def transport(self, wanted: Json) -> Json:
        url = str(wanted.get("url") or "")
        if url and urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
            return {"ok": False, "error": "this_machine_only"}
        await self.people.sockets.deliver_to(url)
        return {"ok": True}

    async def tiers(self, wanted: Json) -> Json:
        self.limits.on, self.limits.times = bool(wanted.get("on", True)), float(wanted.get("times", 1))
        return {"ok": True}

    async def keep(self, wanted: Json) -> Json:
        self.journal.keep(int(wanted.get("entries", KEEP)))
        return {"ok": True}

    async def mend(self, wanted: Json) -> Json:  # one shape for every lever
        self.journal.mend()
        return {"ok": True}

    async def clock(self, wanted: Json) -> Json:
        state = self.people.state
        try:
            state.clock.turn(float(wanted.get("advance", 0)))
        except ValueError as backwards:
            return {"ok": False, "error": str(backwards)}
        state.tell({"type": "clock", "now": state.now(), "ahead": state.clock.ahead})
        return {"ok": True, "now": state.now()}

    async def reset(self, wanted: Json) -> Json:  # one shape for every lever
        self.people.views.forget()
        self.journal.forget()
        self.people.sockets.forget()
        await self.people.sockets.deliver_to("")
        self.limits.forget()
        self.people.state.forget()
        self.people.state.tell({"type": "reset"})
        return {"ok": True}


def _asked(question: Callable[[], Json]) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse({"ok": True} | question())

    return endpoint


def _told(lever: Callable[[Json], Awaitable[Json]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            wanted = json.loads(await request.body() or b"{}")
        except ValueError:
            wanted = None
        if not isinstance(wanted, dict):
            return JSONResponse({"ok": False, "error": "invalid_json"}, 400)
        return JSONResponse(await lever(wanted))

    return endpoint
