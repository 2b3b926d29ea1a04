"""/_control: what a test, the demo and the page say to the workspace that an app never would.

POST act         what a person does (see interactions.People)
GET  messages    ?channel=&user=: a channel's messages, and what was whispered to a person
GET  view        ?user=: the modal on top, the stack under it, the Home tab
GET  calls       every Web API call, ?method=
GET  deliveries  every envelope with its acknowledgement, ?type=
GET  status      how many sockets are open, the clock
POST faults      {method, times, error | status, retry_after, delay, after}: what goes wrong next
POST calm    nothing of that goes wrong any more
POST drop        {reason?}: a disconnect frame to every socket; reason null cuts them
POST clock       {advance: seconds}
POST group       {group, users}: who is in a user group from now on; the app is told
POST silence     {coming?}: every open socket dies without a word, and so do the next `coming` ones
POST cut         {every}: a socket is cut by every so-manieth envelope it carries; 0 ends that
POST transport   {url}: deliver by signed HTTP to this Request URL; null goes back to sockets
POST tiers       {on}: hold the app to Slack's rate limits
POST reset       back to the seed; sockets stay
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.workspace.interactions import People
from bot.workspace.journal import Journal
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
        asked: list[tuple[str, Endpoint]] = [
            ("messages", self.messages),
            ("view", self.view),
            ("calls", self.calls),
            ("deliveries", self.deliveries),
            ("status", self.status),
        ]
        told: list[tuple[str, Callable[[Json], Awaitable[Json]]]] = [
            ("act", self.people.act),
            ("faults", self.fault),
            ("calm", self.calm),
            ("drop", self.drop),
            ("silence", self.silence),
            ("cut", self.cut),
            ("transport", self.transport),
            ("tiers", self.tiers),
            ("clock", self.clock),
            ("group", self.group),
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
        answer = {"ok": True, "sockets": len(self.people.sockets.open), "now": self.people.state.now()}
        return JSONResponse(answer | {"faults": len(self.journal.faults)})

    # told

    async def fault(self, wanted: Json) -> Json:
        try:
            self.journal.plan(wanted)
        except TypeError as unknown:
            return {"ok": False, "error": str(unknown)}
        return {"ok": True}

    async def calm(self, wanted: Json) -> Json:  # one shape for every lever
        self.journal.faults.clear()
        return {"ok": True}

    async def drop(self, wanted: Json) -> Json:
        return {"ok": True, "dropped": await self.people.sockets.drop(reason=wanted.get("reason", "refresh_requested"))}

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
        self.limits.on = bool(wanted.get("on", True))
        return {"ok": True}

    async def clock(self, wanted: Json) -> Json:
        self.people.state.ahead += float(wanted.get("advance", 0))
        return {"ok": True, "now": self.people.state.now()}

    async def group(self, wanted: Json) -> Json:
        state, now = self.people.state, int(self.people.state.now())
        group = state.groups.get(wanted.get("group", ""))
        if group is None or not set(wanted.get("users", [])) <= set(state.people):
            return {"ok": False, "error": "no_such_subteam" if group is None else "user_not_found"}
        old, new = group["users"], list(wanted.get("users", []))
        added, removed = [u for u in new if u not in old], [u for u in old if u not in new]
        before = group["date_update"]
        group |= {"users": new, "user_count": len(new), "date_update": now}
        change = {"type": "subteam_members_changed", "subteam_id": group["id"], "team_id": group["team_id"]}
        change |= {"date_previous_update": before, "date_update": now, "added_users": added, "removed_users": removed}
        change |= {"added_users_count": len(added), "removed_users_count": len(removed)}
        self.people.send("subteam_members_changed", change | {"event_ts": state.next_ts()})
        self.people.send("subteam_updated", {"type": "subteam_updated", "subteam": group, "event_ts": state.next_ts()})
        return {"ok": True}

    async def reset(self, wanted: Json) -> Json:  # one shape for every lever
        self.people.views.forget()
        self.journal.forget()
        self.people.sockets.forget()
        await self.people.sockets.deliver_to("")
        self.limits.forget()
        self.people.state.forget()
        self.people.state.tell({"type": "reset"})
        return {"ok": True}


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
