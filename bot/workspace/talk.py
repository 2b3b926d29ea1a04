"""What people say: slash commands, messages in channels, threads and the app's direct message, reactions."""

from __future__ import annotations

from bot.workspace import messages, payloads, seed
from bot.workspace.people import People, name_of
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.socket_mode import NobodyListens, NotAcknowledged
from bot.workspace.state import mentioned


async def command(people: People, user: str, wanted: Json) -> Json:
    """`{"channel", "text": "/lane refunds ZD-4821"}`"""
    channel = people.room(user, wanted)
    typed, _, text = wanted["text"].strip().partition(" ")
    if wanted.get("thread_ts"):
        return people.failed(user, channel, "thread", f"{typed} is not supported in threads. Sorry!", wanted)
    known = {one["command"] for one in people.commands}
    if people.foreign(user) or (known and typed not in known):  # an app's commands are its own workspace's
        return people.failed(user, channel, "unknown_command", f"{typed} is not a valid command.", wanted)
    payload = payloads.slash_command(
        people.state,
        user=user,
        channel=channel,
        command=typed,
        text=_command_text(people, typed, text.strip()),
        response_url=people.hooks.new_url(user, channel),
        trigger_id=people.views.new_trigger(user),
    )
    try:
        answer = await people.sockets.deliver("slash_commands", payload)
    except (NobodyListens, NotAcknowledged) as lost:
        late = f"{typed} timed out: the app did not answer within 3 seconds."
        away = f"{typed} failed because the app did not respond."
        said = late if isinstance(lost, NotAcknowledged) else away
        return people.failed(user, channel, name_of(lost), said, wanted)
    if isinstance(answer, dict) and (answer.get("text") or answer.get("blocks")):
        _say(people, user, channel, answer)
    return {"ok": True, "answer": answer}


def _command_text(people: People, typed: str, text: str) -> str:
    escape = any(one["command"] == typed and one.get("should_escape") for one in people.commands)
    return messages.referenced(people.state, text, with_names=True) if escape else text


def _say(people: People, user: str, channel: str, answer: Json) -> None:
    message = messages.from_app(people.state, answer)
    if answer.get("response_type") == "in_channel":
        people.state.post(channel, message)
    else:
        people.state.whisper_to(user, channel, message)


async def message(people: People, user: str, wanted: Json) -> Json:
    """`{"channel", "text", "thread_ts"?}`"""
    channel, state = people.room(user, wanted), people.state
    if not wanted.get("text", "").strip():
        raise Refused("no_text")
    direct = state.channels[channel]["is_im"]
    if people.read_only_tab and direct:
        raise Refused("restricted_action_read_only_channel")
    if state.channels[channel]["is_archived"]:
        raise Refused("is_archived")
    said = messages.from_person(state, user, wanted["text"].strip())
    if wanted.get("thread_ts"):
        parent = state.message(channel, wanted["thread_ts"])
        if parent is None:
            raise Refused("thread_not_found")
        said |= {"thread_ts": parent.get("thread_ts", parent["ts"]), "parent_user_id": parent["user"]}
    state.post(channel, said)
    if people.hears(channel):
        inner = said | {"channel": channel, "event_ts": said["ts"]}
        people.send(*_as_message(people, channel, inner))
        if not direct and seed.BOT_USER in mentioned(said["text"]):
            people.send("app_mention", inner | {"type": "app_mention"})
    return {"ok": True, "channel": channel, "ts": said["ts"]}


def _as_message(people: People, channel: str, inner: Json) -> tuple[str, Json]:
    """The subscription a `message` event belongs to, and the event."""
    room = people.state.channels[channel]
    kind = "im" if room["is_im"] else "group" if room["is_private"] else "channel"
    name = {"im": "message.im", "group": "message.groups", "channel": "message.channels"}[kind]
    return name, inner | {"channel_type": kind}


async def delete(people: People, user: str, wanted: Json) -> Json:
    """`{"channel", "ts"}`: one's own message; an administrator also deletes what others and apps have posted."""
    channel, state = people.room(user, wanted), people.state
    gone = state.message(channel, wanted["ts"])
    if gone is None:
        raise Refused("message_not_found")
    if gone["user"] != user and not state.people[user]["is_admin"]:
        raise Refused("cant_delete_message")
    state.delete(channel, gone)
    if people.hears(channel):
        inner: Json = {"type": "message", "subtype": "message_deleted", "channel": channel, "ts": state.next_ts()}
        inner |= {"hidden": True, "deleted_ts": gone["ts"], "previous_message": gone, "event_ts": inner["ts"]}
        people.send(*_as_message(people, channel, inner))
    return {"ok": True}


async def dismiss(people: People, user: str, wanted: Json) -> Json:
    """`{"channel", "ts"}`: a message that only this person sees goes from their screen; the app is not told."""
    channel = people.room(user, wanted)
    whisper = people.state.whisper(channel, wanted["ts"])
    if whisper is None or whisper["to"] != user:
        raise Refused("message_not_found")
    people.state.unwhisper(channel, whisper)
    return {"ok": True}


async def react(people: People, user: str, wanted: Json) -> Json:
    """`{"channel", "ts", "name", "off"?}`"""
    channel, state = people.room(user, wanted), people.state
    about = state.message(channel, wanted["ts"])
    if about is None:
        raise Refused("message_not_found")
    change = messages.unreact if wanted.get("off") else messages.react
    change(about, wanted["name"], user)
    state.changed(channel, about)
    if people.hears(channel):
        kind = "reaction_removed" if wanted.get("off") else "reaction_added"
        item = {"type": "message", "channel": channel, "ts": about["ts"]}
        inner = {"type": kind, "user": user, "reaction": wanted["name"], "item_user": about["user"], "item": item}
        people.send(kind, inner | {"event_ts": state.next_ts()})
    return {"ok": True}


async def read(people: People, user: str, wanted: Json) -> Json:
    """`{"channel"}`: everything in it has been seen."""
    people.state.read(user, people.room(user, wanted))
    return {"ok": True}


async def open_home(people: People, user: str, wanted: Json) -> Json:
    """`{"tab": "home" or "messages"}`"""
    tab, direct = wanted.get("tab", "home"), seed.dm_of(user)
    if direct not in people.state.channels:
        raise Refused("channel_not_found")
    inner: Json = {"type": "app_home_opened", "user": user, "channel": direct}
    inner |= {"event_ts": people.state.next_ts(), "tab": tab}
    view = people.state.kept["homes"].get(user)
    if view and tab == "home":
        inner["view"] = view
    people.send("app_home_opened", inner)
    return {"ok": True}
