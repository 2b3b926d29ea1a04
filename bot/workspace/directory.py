"""Web API: who and what there is: users, user groups, conversations, the team, the bot."""

from __future__ import annotations

from typing import Final

from bot.workspace import seed
from bot.workspace.methods import Method, Slack, flag, page, room
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json

LIST_MOST: Final = 1000  # objects on one page


async def user_info(slack: Slack, args: Json) -> Json:
    user = slack.state.people.get(str(args.get("user") or ""))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user}


async def user_list(slack: Slack, args: Json) -> Json:
    found, cursor = page(list(slack.state.people.values()), args, LIST_MOST)
    return {"members": found, "cache_ts": int(slack.state.now()), "response_metadata": {"next_cursor": cursor}}


async def user_by_email(slack: Slack, args: Json) -> Json:
    email = str(args.get("email") or "").lower()
    people = [person for person in slack.state.people.values() if not person["deleted"]]  # as Slack: not those who left
    user = next((p for p in people if email and p["profile"].get("email", "").lower() == email), None)
    if user is None:
        raise Refused("users_not_found")
    return {"user": user}


async def user_profile(slack: Slack, args: Json) -> Json:
    return {"profile": (await user_info(slack, args))["user"]["profile"]}


def _has_groups(slack: Slack) -> None:
    if slack.state.kept.get("free_plan"):
        raise Refused("plan_upgrade_required")


async def group_list(slack: Slack, args: Json) -> Json:
    _has_groups(slack)
    hidden = {
        key for key in ("users", "user_count") if not flag(args, {"users": "include_users"}.get(key, "include_count"))
    }
    shown = [{k: v for k, v in g.items() if k not in hidden} for g in slack.state.groups.values()]
    return {"usergroups": shown}


async def group_users(slack: Slack, args: Json) -> Json:
    _has_groups(slack)
    group = slack.state.groups.get(str(args.get("usergroup") or ""))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": group["users"]}


async def conversation_list(slack: Slack, args: Json) -> Json:
    kinds = {k.strip() for k in str(args.get("types") or "public_channel").split(",")}
    if unknown := kinds - {"public_channel", "private_channel", "im", "mpim"}:
        raise Refused("invalid_types", [f"[ERROR] unknown type {sorted(unknown)[0]}"])
    there = [cid for cid in slack.state.channels if slack.state.find_channel(cid)]
    found = [_conversation(slack, cid, counted=True) for cid in there if _kind(slack, cid) in kinds]
    if flag(args, "exclude_archived"):
        found = [one for one in found if not one["is_archived"]]
    shown, cursor = page(found, args, LIST_MOST)
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


async def conversation_info(slack: Slack, args: Json) -> Json:
    channel = room(slack, args, by_id=True)
    return {"channel": _conversation(slack, channel, counted=flag(args, "include_num_members"))}


def _kind(slack: Slack, channel: str) -> str:
    """What kind of conversation it is to the app: one it cannot see is of no kind."""
    found = slack.state.channels[channel]
    if found.get("is_private"):
        return "private_channel" if seed.BOT_USER in slack.state.members[channel] else ""
    return "im" if found["is_im"] else "public_channel"


def _conversation(slack: Slack, channel: str, *, counted: bool) -> Json:
    found = dict(slack.state.channels[channel])
    inside = slack.state.members[channel]
    if not found["is_im"]:
        shared = slack.state.is_shared(channel)
        found |= {"is_member": seed.BOT_USER in inside, "is_shared": shared, "is_ext_shared": shared}
        if counted:
            found["num_members"] = len(inside)
    return found


async def conversation_members(slack: Slack, args: Json) -> Json:
    found, cursor = page(slack.state.members[room(slack, args)], args, LIST_MOST)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


async def conversation_open(slack: Slack, args: Json) -> Json:
    if args.get("channel"):
        channel = room(slack, args)
    else:
        users = args.get("users") or []
        users = [u for u in users.split(",") if u] if isinstance(users, str) else users
        if len(users) != 1:
            raise Refused("too_many_users" if users else "users_list_not_supplied")
        channel = seed.dm_of(str(users[0]).strip())
        if channel not in slack.state.channels:
            raise Refused("user_not_found")
        if slack.state.people[slack.state.channels[channel]["user"]]["deleted"]:
            raise Refused("user_disabled")
    return {"channel": slack.state.channels[channel] if flag(args, "return_im") else {"id": channel}}


async def conversation_join(slack: Slack, args: Json) -> Json:
    channel = room(slack, args)
    if slack.state.channels[channel]["is_im"]:
        raise Refused("method_not_supported_for_channel_type")
    if slack.state.channels[channel]["is_archived"]:
        raise Refused("is_archived")
    if seed.BOT_USER not in slack.state.members[channel]:
        slack.state.admit(channel, [*slack.state.members[channel], seed.BOT_USER])
    return {"channel": _conversation(slack, channel, counted=False)}


async def team_info(slack: Slack, args: Json) -> Json:  # noqa: ARG001  # one shape for every method
    return {"team": seed.TEAM | {"email_domain": "northwind.example", "icon": {"image_default": True}}}


async def bot_info(slack: Slack, args: Json) -> Json:
    if args.get("bot", seed.BOT_ID) != seed.BOT_ID:
        raise Refused("bot_not_found")
    bot = {"id": seed.BOT_ID, "deleted": False, "name": "Lanekeeper", "updated": int(slack.state.now())}
    return {"bot": bot | {"app_id": seed.APP_ID, "user_id": seed.BOT_USER, "icons": {}}}


METHODS: Final[dict[str, Method]] = {
    "users.info": user_info,
    "users.list": user_list,
    "users.lookupByEmail": user_by_email,
    "users.profile.get": user_profile,
    "usergroups.list": group_list,
    "usergroups.users.list": group_users,
    "conversations.list": conversation_list,
    "conversations.info": conversation_info,
    "conversations.members": conversation_members,
    "conversations.open": conversation_open,
    "conversations.join": conversation_join,
    "team.info": team_info,
    "bots.info": bot_info,
}
