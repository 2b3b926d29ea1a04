"""The Web API's door: a table of methods, the token each takes, arguments from wherever the client put them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.workspace import chat, directory, files, seed
from bot.workspace.journal import Fault
from bot.workspace.methods import Method, Slack
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.tiers import Tiers

PARSED: Final = ("blocks", "view", "metadata", "attachments", "files")  # JSON inside a form or query field
KEPT_ELSEWHERE: Final = ("token",)  # never written into the record of calls


async def _open_connection(slack: Slack, args: Json) -> Json:  # noqa: ARG001  # one shape for every method
    return {"url": slack.sockets.new_url()}


async def _test(slack: Slack, args: Json) -> Json:  # noqa: ARG001
    return {
        "url": f"{slack.state.origin}/",
        "team": seed.TEAM["name"],
        "team_id": seed.TEAM["id"],
        "user": "lanekeeper",
        "user_id": seed.BOT_USER,
        "bot_id": seed.BOT_ID,
        "is_enterprise_install": False,
    }


APP_METHODS: Final[dict[str, Method]] = {"apps.connections.open": _open_connection}
BOT_METHODS: Final[dict[str, Method]] = {"auth.test": _test} | chat.METHODS | directory.METHODS | files.METHODS


@dataclass
class WebApi:
    """Answers POST and GET /api/{method}."""

    slack: Slack
    tiers: Tiers

    async def __call__(self, request: Request) -> Response:
        name = request.path_params["method"]
        args = await _arguments(request)
        token = _token(request, args)
        if self.slack.journal.down:
            return _broken(Fault(name, status=503))
        if closed := self.tiers.closed(name, str(args.get("channel", "")), self.slack.state.now()):
            limited = _limited(closed)
            self._write_down(name, args, {"ok": False, "error": "ratelimited"}, limited)
            return limited
        fault = self.slack.journal.fault_for(name, str(args.get("ts", "")))
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
            fault = None if fault.only_late else fault
        if fault and not fault.after:
            answer = {"ok": False, "error": fault.error or "ratelimited"}
        else:
            answer = await self._answer(name, token, args)
        lost = _broken(fault) if fault else None
        self._write_down(name, args, answer, lost)
        return lost or JSONResponse(answer)

    async def _answer(self, name: str, token: str, args: Json) -> Json:
        try:
            method = _method(name, token, installed=not self.slack.state.kept.get("uninstalled"))
            return {"ok": True} | await method(self.slack, args)
        except Refused as refused:
            return refused.answer()

    def _write_down(self, name: str, args: Json, answer: Json, lost: Response | None) -> None:
        entry: Json = {"method": name, "at": self.slack.state.now(), "ok": answer["ok"] and lost is None}
        entry["args"] = {key: value for key, value in args.items() if key not in KEPT_ELSEWHERE}
        entry["error"] = answer.get("error")
        entry["status"] = lost.status_code if lost else 200
        self.slack.journal.calls.append(entry)


def _method(name: str, token: str, *, installed: bool) -> Method:
    """The function to call; raises Refused in Slack's order: the method, the token, its kind."""
    if name not in BOT_METHODS and name not in APP_METHODS:
        raise Refused("unknown_method")
    if not token:
        raise Refused("not_authed")
    if token not in {seed.BOT_TOKEN, seed.APP_TOKEN}:
        raise Refused("invalid_auth")
    if token == seed.BOT_TOKEN and not installed:
        raise Refused("account_inactive")
    table = APP_METHODS if token == seed.APP_TOKEN else BOT_METHODS
    if name not in table:
        raise Refused("not_allowed_token_type")
    return table[name]


def _broken(fault: Fault) -> Response:
    if fault.error:
        return JSONResponse({"ok": False, "error": fault.error}, fault.status)
    if fault.status == 429:
        return _limited(fault.retry_after)
    return PlainTextResponse("upstream connect error", fault.status if fault.status != 200 else 503)


def _limited(seconds: int) -> Response:
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"Retry-After": str(seconds)})


def _token(request: Request, args: Json) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else str(args.get("token") or "")


async def _arguments(request: Request) -> Json:
    """Query, form and JSON together; a later one wins, and JSON inside a field is opened."""
    args: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        args |= _opened(await request.body(), {})
    elif request.method == "POST":
        async with request.form() as form:
            args |= {key: value for key, value in form.items() if not isinstance(value, UploadFile)}
    for key in PARSED:
        if isinstance(args.get(key), str):
            args[key] = _opened(args[key], args[key])
    return args


def _opened(text: str | bytes, otherwise: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return otherwise
