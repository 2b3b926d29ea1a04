"""What Slack sends to an app, key by key; a key that Slack does not send does not stand here."""

from __future__ import annotations

from typing import Any

from bot.workspace import inputs, seed
from bot.workspace.inputs import Entered
from bot.workspace.seed import Json
from bot.workspace.state import State


def channel_name(state: State, channel: str) -> str:
    return str(state.channels[channel].get("name", "directmessage"))


def _channel(state: State, channel: str) -> Json:
    return {"id": channel, "name": channel_name(state, channel)}


def _user(state: State, user: str) -> Json:
    name, team = state.people[user]["name"], state.people[user]["team_id"]
    return {"id": user, "username": name, "name": name, "team_id": team}


def _team(state: State, user: str) -> Json:
    """The workspace of whoever acts; in a shared channel that is not always ours (not verified against Slack)."""
    team = seed.TEAMS[state.people[user]["team_id"]]
    return {"id": team["id"], "domain": team["domain"]}


def slash_command(
    state: State, *, user: str, channel: str, command: str, text: str, response_url: str, trigger_id: str
) -> Json:
    return {
        "token": seed.VERIFICATION_TOKEN,
        "team_id": seed.TEAM["id"],
        "team_domain": seed.TEAM["domain"],
        "channel_id": channel,
        "channel_name": channel_name(state, channel),
        "user_id": user,
        "user_name": state.people[user]["name"],
        "command": command,
        "text": text,
        "api_app_id": seed.APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _interaction(state: State, kind: str, user: str) -> Json:
    return {
        "type": kind,
        "user": _user(state, user),
        "api_app_id": seed.APP_ID,
        "token": seed.VERIFICATION_TOKEN,
        "team": _team(state, user),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action(state: State, block: Json, element: Json, given: Any) -> Json:
    """One entry of `actions`; `given` is what was chosen, nothing for a button."""
    one: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        one |= {key: element[key] for key in ("text", "value", "style") if key in element}
    else:
        chosen = {} if given is None else {element["action_id"]: given}
        one |= inputs.element_state(element, chosen)
    return one | {"action_ts": state.next_ts()}


def click_on_message(
    state: State,
    *,
    user: str,
    channel: str,
    message: Json,
    ephemeral: bool,
    entered: Entered,
    actions: list[Json],
    response_url: str,
    trigger_id: str,
) -> Json:
    """block_actions from a message; of an ephemeral one Slack sends no copy."""
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": ephemeral}
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    payload = _interaction(state, "block_actions", user) | {
        "container": container,
        "trigger_id": trigger_id,
        "channel": _channel(state, channel),
        "state": {"values": inputs.values(message.get("blocks", []), entered)},
        "response_url": response_url,
        "actions": actions,
    }
    return payload if ephemeral else payload | {"message": state.shown(channel, message)}


def click_on_view(state: State, *, user: str, view: Json, actions: list[Json], trigger_id: str) -> Json:
    """block_actions from a modal or a Home tab."""
    return _interaction(state, "block_actions", user) | {
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": trigger_id,
        "view": view,
        "state": view["state"],
        "actions": actions,
    }


def suggestion(
    state: State, *, user: str, names: Json, channel: str | None, message: Json | None, view: Json | None
) -> Json:
    """block_suggestion: `names` are the block_id, the action_id and the value typed so far."""
    payload = _interaction(state, "block_suggestion", user) | names
    if view:
        return payload | {"container": {"type": "view", "view_id": view["id"]}, "view": view}
    assert channel is not None
    assert message is not None
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False}
    shown = state.shown(channel, message)
    return payload | {"container": container, "channel": _channel(state, channel), "message": shown}


def submission(state: State, *, user: str, view: Json, trigger_id: str) -> Json:
    own = {"trigger_id": trigger_id, "view": view, "response_urls": []}
    return _interaction(state, "view_submission", user) | own


def closed(state: State, *, user: str, view: Json, cleared: bool) -> Json:
    return _interaction(state, "view_closed", user) | {"view": view, "is_cleared": cleared}


def message_shortcut(
    state: State, *, user: str, channel: str, message: Json, callback_id: str, response_url: str, trigger_id: str
) -> Json:
    """A message shortcut; its `user` has no username."""
    own = {key: value for key, value in _user(state, user).items() if key != "username"}
    payload = _interaction(state, "message_action", user)
    return payload | {
        "user": own,
        "action_ts": state.next_ts(),
        "channel": _channel(state, channel),
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "message_ts": message["ts"],
        "message": state.shown(channel, message),
        "response_url": response_url,
    }


def global_shortcut(state: State, *, user: str, callback_id: str, trigger_id: str) -> Json:
    own = {key: value for key, value in _user(state, user).items() if key != "name"}
    payload = _interaction(state, "shortcut", user)
    return payload | {"user": own, "action_ts": state.next_ts(), "callback_id": callback_id, "trigger_id": trigger_id}


def event(state: State, inner: Json, *, shared: bool = False) -> Json:
    """The callback around one event; `shared`: it happened in a channel that another workspace is in, too."""
    own = {"is_ext_shared_channel": True} if shared else {}
    return own | {
        "token": seed.VERIFICATION_TOKEN,
        "team_id": seed.TEAM["id"],
        "api_app_id": seed.APP_ID,
        "event": inner,
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": int(state.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": seed.TEAM["id"],
                "user_id": seed.BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
    }
