"""Web API: chat.*, reactions.*, conversations' history, and views.*."""

from __future__ import annotations

from typing import Final

from bot.workspace import messages, seed
from bot.workspace.methods import Method, Slack, flag, message_in, open_room, page, room, room_with_bot
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json

HISTORY_MOST: Final = 999  # objects in one answer
HISTORY_USUAL: Final = 100


async def post_message(slack: Slack, args: Json) -> Json:
    channel = open_room(slack, args)
    message = messages.from_app(slack.state, args)
    if args.get("thread_ts"):
        message["thread_ts"] = _thread(slack, channel, args["thread_ts"])
        if flag(args, "reply_broadcast"):
            message["subtype"] = "thread_broadcast"
    slack.state.post(channel, message)
    return {"channel": channel, "ts": message["ts"], "message": message}


def _thread(slack: Slack, channel: str, ts: str) -> str:
    """The thread a reply belongs to: a reply to a reply joins its parent's."""
    parent = message_in(slack, channel, ts, error="thread_not_found")
    return str(parent.get("thread_ts", parent["ts"]))


async def post_ephemeral(slack: Slack, args: Json) -> Json:
    channel = open_room(slack, args)
    user = str(args.get("user") or "")
    if user not in slack.state.members[channel]:
        raise Refused("user_not_in_channel")
    message = messages.from_app(slack.state, args)
    if args.get("thread_ts"):
        message["thread_ts"] = args["thread_ts"]
    slack.state.whisper_to(user, channel, message)
    return {"message_ts": message["ts"]}


async def update(slack: Slack, args: Json) -> Json:
    """Text without blocks removes the blocks; with blocks there is no "edited" mark; neither given keeps both."""
    channel = room(slack, args, by_id=True)
    message = _own(slack, channel, args, "cant_update_message")
    if slack.state.channels[channel]["is_archived"]:
        raise Refused("is_inactive")
    if any(args.get(k) is not None for k in ("text", "blocks", "markdown_text", "attachments")):
        new = messages.content(slack.state, args)
        if not args.get("text") and "blocks" in new:
            new["text"] = message["text"]
        message.pop("blocks", None)
        message |= new
        if "blocks" not in new:
            message["edited"] = {"user": seed.BOT_USER, "ts": slack.state.next_ts()}
    elif not args.get("metadata"):
        raise Refused("no_text")
    if args.get("metadata"):
        message["metadata"] = messages.checked_metadata(args["metadata"])
    slack.state.changed(channel, message)
    return {"channel": channel, "ts": message["ts"], "text": message["text"], "message": message}


async def delete(slack: Slack, args: Json) -> Json:
    channel = room(slack, args, by_id=True)
    message = _own(slack, channel, args, "cant_delete_message")
    slack.state.delete(channel, message)
    return {"channel": channel, "ts": message["ts"]}


def _own(slack: Slack, channel: str, args: Json, error: str) -> Json:
    message = message_in(slack, channel, args.get("ts"))
    if message["user"] != seed.BOT_USER:
        raise Refused(error)
    return message


async def permalink(slack: Slack, args: Json) -> Json:
    channel = room(slack, args)
    message = message_in(slack, channel, args.get("message_ts"))
    return {"channel": channel, "permalink": f"{slack.state.origin}/#/c/{channel}/{message['ts']}"}


async def add_reaction(slack: Slack, args: Json) -> Json:
    return _react(slack, args, on=True)


async def remove_reaction(slack: Slack, args: Json) -> Json:
    return _react(slack, args, on=False)


def _react(slack: Slack, args: Json, *, on: bool) -> Json:
    channel = open_room(slack, args)
    message = message_in(slack, channel, args.get("timestamp"))
    name = str(args.get("name") or "").strip(":")
    if not name:
        raise Refused("invalid_name")
    (messages.react if on else messages.unreact)(message, name, seed.BOT_USER)
    slack.state.changed(channel, message)
    return {}


async def get_reactions(slack: Slack, args: Json) -> Json:
    channel = room_with_bot(slack, args)
    message = message_in(slack, channel, args.get("timestamp"))
    return {"type": "message", "channel": channel, "message": message}


async def history(slack: Slack, args: Json) -> Json:
    """Newest first; replies stand in their thread unless they were broadcast."""
    channel = room_with_bot(slack, args)
    top = [m for m in slack.state.messages(channel) if _stands_in_channel(m) and _within(args, m["ts"])]
    found, cursor = page(list(reversed(top)), {"limit": HISTORY_USUAL} | args, HISTORY_MOST)
    shown = [_shown(slack, channel, m, args) for m in found]
    return {
        "messages": shown,
        "has_more": bool(cursor),
        "pin_count": 0,
        "response_metadata": {"next_cursor": cursor},
    }


async def replies(slack: Slack, args: Json) -> Json:
    """The parent first, then its replies, oldest first."""
    channel = room_with_bot(slack, args)
    parent = message_in(slack, channel, args.get("ts"), error="thread_not_found")
    ts = str(parent.get("thread_ts", parent["ts"]))
    answers = [m for m in slack.state.replies(channel, ts) if _within(args, m["ts"])]
    thread = [message_in(slack, channel, ts, error="thread_not_found"), *answers]
    found, cursor = page(thread, args, HISTORY_MOST)
    shown = [_shown(slack, channel, m, args) for m in found]
    return {"messages": shown, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _stands_in_channel(message: Json) -> bool:
    return message.get("thread_ts") in {None, message["ts"]} or message.get("subtype") == "thread_broadcast"


def _within(args: Json, ts: str) -> bool:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    at = float(ts)
    return oldest <= at <= latest if flag(args, "inclusive") else oldest < at < latest


def _shown(slack: Slack, channel: str, message: Json, args: Json) -> Json:
    """A message as history returns it: `metadata` in full only when it is asked for."""
    seen = slack.state.shown(channel, message)
    if "metadata" in seen and not flag(args, "include_all_metadata"):
        seen = seen | {"metadata": {"event_type": seen["metadata"]["event_type"]}}
    return seen


async def open_view(slack: Slack, args: Json) -> Json:
    return {"view": slack.views.open(args.get("trigger_id"), args.get("view"))}


async def push_view(slack: Slack, args: Json) -> Json:
    return {"view": slack.views.push(args.get("trigger_id"), args.get("view"))}


async def update_view(slack: Slack, args: Json) -> Json:
    named = {"view_id": args.get("view_id"), "external_id": args.get("external_id")}
    return {"view": slack.views.update(args.get("view"), **named, seen=args.get("hash"))}


async def publish_view(slack: Slack, args: Json) -> Json:
    return {"view": slack.views.publish(str(args.get("user_id") or ""), args.get("view"), args.get("hash"))}


METHODS: Final[dict[str, Method]] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
    "reactions.get": get_reactions,
    "conversations.history": history,
    "conversations.replies": replies,
    "views.open": open_view,
    "views.push": push_view,
    "views.update": update_view,
    "views.publish": publish_view,
}
