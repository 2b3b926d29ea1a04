"""The one door for what a person does: the page and the tests both knock here.

An act that the app must acknowledge waits for the acknowledgement (at most 3 seconds) and then does what Slack does
with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bot.workspace import clicks, talk
from bot.workspace.people import People
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json

Act = Callable[[People, str, Json], Awaitable[Json]]
ACTS: Final[dict[str, Act]] = {
    "command": talk.command,
    "message": talk.message,
    "delete": talk.delete,
    "dismiss": talk.dismiss,
    "react": talk.react,
    "read": talk.read,
    "open_home": talk.open_home,
    "click": clicks.click,
    "suggest": clicks.suggest,
    "shortcut": clicks.shortcut,
    "submit": clicks.submit,
    "close": clicks.close,
}
ON_THE_PAGE: Final = frozenset({"read", "dismiss"})  # they need no Slack


async def act(people: People, wanted: Json) -> Json:
    """Do what `{"do": …, "as": user, …}` says; `{"ok": true, …}`, or ok: false with `error` and a `message`.

    Somebody deactivated may still act: a click that was under way when it happened reaches the app.
    """
    user, do = wanted.get("as", ""), wanted.get("do")
    if user not in people.state.people or do not in ACTS:
        return {"ok": False, "error": "user_not_found" if do in ACTS else "unknown_act"}
    if people.sockets.journal.down and do not in ON_THE_PAGE:
        return {"ok": False, "error": "service_unavailable", "message": "Slack is down. Try again in a moment."}
    try:
        return await ACTS[do](people, user, wanted)
    except Refused as refused:
        return refused.answer()
    except KeyError as missing:
        return {"ok": False, "error": "missing_argument", "message": f"This act needs {missing}."}
