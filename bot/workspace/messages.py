"""Messages as Slack stores them: built from what the app sent or from what a person typed."""

from __future__ import annotations

import re
import secrets
from copy import deepcopy
from html import escape
from typing import Any, Final

from bot.workspace import elements, limits, seed
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.state import State

TEXT_MOST: Final = 40_000  # characters; Slack cuts a longer text off
BOT_PROFILE: Final[Json] = {
    "id": seed.BOT_ID,
    "app_id": seed.APP_ID,
    "user_id": seed.BOT_USER,
    "name": "Lanekeeper",
    "icons": {},
    "deleted": False,
    "updated": seed.BIRTH,
    "team_id": seed.TEAM["id"],
}


def content(state: State, args: Json) -> Json:
    """The text and blocks of a call, checked and with every block and element named; raises Refused."""
    blocks = args.get("blocks")
    text = args.get("text") or ""
    if args.get("markdown_text"):
        if text or blocks:
            raise Refused("markdown_text_conflict")
        blocks = [{"type": "markdown", "text": args["markdown_text"]}]
    if blocks and (found := limits.message_problems(blocks)):
        raise Refused("invalid_blocks", found)
    check_images(state, blocks or [], "/blocks")
    if not text and not blocks and not args.get("attachments"):
        raise Refused("no_text")
    message: Json = {"text": str(text)[:TEXT_MOST]}
    if blocks:
        message["blocks"] = named(blocks)
    if args.get("attachments"):
        message["attachments"] = args["attachments"]
    return message


def from_app(state: State, args: Json) -> Json:
    """A message the app posts; the caller puts it somewhere."""
    message = {
        "type": "message",
        "user": seed.BOT_USER,
        "ts": state.next_ts(),
        "bot_id": seed.BOT_ID,
        "app_id": seed.APP_ID,
        "team": seed.TEAM["id"],
        "bot_profile": BOT_PROFILE,
    } | content(state, args)
    if args.get("metadata"):
        message["metadata"] = checked_metadata(args["metadata"])
    return message


def checked_metadata(given: Any) -> Json:
    if not isinstance(given, dict) or not given.get("event_type") or not isinstance(given.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    return given


def from_person(state: State, user: str, typed: str) -> Json:
    """A message as a person's client sends it: escaped, `@lena` and `#support` turned into references."""
    return {
        "type": "message",
        "user": user,
        "ts": state.next_ts(),
        "client_msg_id": secrets.token_hex(16),
        "text": referenced(state, typed),
        "team": seed.TEAM["id"],
    }


def from_slackbot(state: State, text: str) -> Json:
    """What Slack itself tells one person, such as a command that failed."""
    return {"type": "message", "user": seed.SLACKBOT, "ts": state.next_ts(), "text": text, "team": seed.TEAM["id"]}


def referenced(state: State, typed: str, *, with_names: bool = False) -> str:
    """Escape what was typed, put links into `<…>` and resolve names; with should_escape as `<@U0LEAD1|lena>`."""
    handles = {p["name"]: f"<@{uid}|{p['name']}>" if with_names else f"<@{uid}>" for uid, p in state.people.items()}
    handles |= {g["handle"]: f"<!subteam^{gid}|@{g['handle']}>" for gid, g in state.groups.items()}
    rooms = {c["name"]: f"<#{cid}|{c['name']}>" for cid, c in state.channels.items() if "name" in c}
    text = re.sub(r"https?://[^\s<>|]*[^\s<>|.,;:!?)'\"]", r"<\g<0>>", escape(typed, quote=False))
    text = re.sub(r"(?<!\w)@([\w-]+)", lambda m: handles.get(m[1].lower(), m[0]), text)
    return re.sub(r"(?<![\w&])#([\w-]+)", lambda m: rooms.get(m[1], m[0]), text)


def named(blocks: list[Json]) -> list[Json]:
    """The blocks with a block_id on each and an action_id on each element that may be acted on, as Slack adds them."""
    mine = deepcopy(blocks)
    for block in mine:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element"), *block.get("actions", [])]
        for element in inside:
            if isinstance(element, dict) and element.get("type") in elements.ON_ACTIONS | elements.IN_INPUT:
                element.setdefault("action_id", secrets.token_urlsafe(4))
    return mine


def check_images(state: State, blocks: list[Json], at: str) -> None:
    """An image by `slack_file` names an uploaded image, by id or address; raises Refused."""
    for n, block in enumerate(blocks):
        for image in (block, block.get("accessory") or {}):
            wanted = image.get("slack_file") if image.get("type") == "image" else None
            if wanted and not _is_image(state, wanted):
                raise Refused("invalid_blocks", [f"[ERROR] invalid slack file [json-pointer:{at}/{n}/slack_file]"])


def _is_image(state: State, wanted: Json) -> bool:
    fid = wanted.get("id") or str(wanted.get("url", "")).rpartition("/")[2]
    found = state.kept["files"].get(fid)
    return bool(found and found["bytes"] is not None and found["file"]["mimetype"].startswith("image/"))


def react(message: Json, name: str, user: str) -> None:
    """Raises Refused when this person has already left this emoji."""
    reactions = message.setdefault("reactions", [])
    one = next((r for r in reactions if r["name"] == name), None)
    if one is None:
        reactions.append({"name": name, "users": [user], "count": 1})
    elif user in one["users"]:
        raise Refused("already_reacted")
    else:
        one["users"].append(user)
        one["count"] += 1


def unreact(message: Json, name: str, user: str) -> None:
    """Raises Refused when there is nothing to take back."""
    one = next((r for r in message.get("reactions", []) if r["name"] == name and user in r["users"]), None)
    if one is None:
        raise Refused("no_reaction")
    one["users"].remove(user)
    one["count"] -= 1
    if not one["users"]:
        message["reactions"].remove(one)
