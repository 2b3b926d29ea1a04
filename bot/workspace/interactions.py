"""What a person does: types a command, clicks, submits or closes a modal, opens Home, writes a message.

`People.act` is the one door for it; the page and the tests both knock there. An act that the app must acknowledge
waits for the acknowledgement (at most 3 seconds) and then does what Slack does with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bot.workspace import inputs, messages, payloads, seed
from bot.workspace.hooks import Hooks
from bot.workspace.inputs import Entered
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.socket_mode import NobodyListens, NotAcknowledged, Sockets
from bot.workspace.state import State, mentioned
from bot.workspace.views import Views

EVENTS: Final = frozenset({"app_home_opened", "app_mention", "message.im"})  # without a manifest
TROUBLE: Final = "We had some trouble connecting. Try again?"  # Slack's words for an answer it cannot use


@dataclass
class People:
    """The hands on the keyboard."""

    state: State
    sockets: Sockets
    views: Views
    hooks: Hooks
    commands: list[Json] = field(default_factory=list)
    """What the manifest offers: `{"command": "/lane", "description": …, "usage_hint": …}`."""
    events: frozenset[str] = EVENTS
    """What the manifest subscribes to."""
    read_only_tab: bool = False
    """The manifest lets nobody write in the app's Messages tab."""

    async def act(self, wanted: Json) -> Json:
        """Do what `{"do": …, "as": user, …}` says; `{"ok": true, …}`, or ok: false with `error` and a `message`."""
        acts: dict[str, Callable[[str, Json], Awaitable[Json]]] = {
            "command": self.command,
            "click": self.click,
            "submit": self.submit,
            "close": self.close,
            "open_home": self.open_home,
            "message": self.message,
            "react": self.react,
            "read": self.read,
            "shortcut": self.shortcut,
        }
        user = wanted.get("as", "")
        if user not in self.state.people or wanted.get("do") not in acts:
            return {"ok": False, "error": "user_not_found" if wanted.get("do") in acts else "unknown_act"}
        try:
            return await acts[wanted["do"]](user, wanted)
        except Refused as refused:
            return refused.answer()

    # the acts

    async def command(self, user: str, wanted: Json) -> Json:
        """`{"channel", "text": "/lane refunds ZD-4821"}`"""
        channel = self._room(user, wanted)
        command, _, text = wanted["text"].strip().partition(" ")
        if wanted.get("thread_ts"):
            return self._failed(user, channel, "thread", f"{command} is not supported in threads. Sorry!", wanted)
        if self.commands and command not in {c["command"] for c in self.commands}:
            return self._failed(user, channel, "unknown_command", f"{command} is not a valid command.", wanted)
        payload = payloads.slash_command(
            self.state,
            user=user,
            channel=channel,
            command=command,
            text=self._command_text(command, text.strip()),
            response_url=self.hooks.new_url(user, channel),
            trigger_id=self.views.new_trigger(user),
        )
        try:
            answer = await self.sockets.deliver("slash_commands", payload)
        except NobodyListens:
            said = f"{command} failed because the app did not respond."
            return self._failed(user, channel, "dispatch_failed", said, wanted)
        except NotAcknowledged:
            said = f"{command} timed out: the app did not answer within 3 seconds."
            return self._failed(user, channel, "operation_timeout", said, wanted)
        if isinstance(answer, dict) and (answer.get("text") or answer.get("blocks")):
            self._say(user, channel, answer)
        return {"ok": True, "answer": answer}

    async def click(self, user: str, wanted: Json) -> Json:
        """`{"channel", "ts"}` or `{"view_id"}`; `action_id`, `block_id` if needed, `value` if chosen, `values`."""
        if wanted.get("view_id"):
            return await self._click_on_view(user, wanted)
        channel = self._room(user, wanted)
        whisper = self.state.whisper(channel, wanted["ts"])
        mine = whisper is not None and whisper["to"] == user
        message = whisper["message"] if whisper and mine else self.state.message(channel, wanted["ts"])
        if message is None:
            raise Refused("message_not_found")
        block, element = _element(message.get("blocks", []), wanted)
        payload = payloads.click_on_message(
            self.state,
            user=user,
            channel=channel,
            message=message,
            ephemeral=mine,
            entered=_entered(message.get("blocks", []), wanted, element),
            actions=[payloads.action(self.state, block, element, wanted.get("value"))],
            response_url=self.hooks.new_url(user, channel, message),
            trigger_id=self.views.new_trigger(user),
        )
        failed = await self._interact(payload)
        if failed:
            said = failed["message"]
            return failed | self._failed(user, channel, failed["error"], said, message)
        return {"ok": True}

    async def _click_on_view(self, user: str, wanted: Json) -> Json:
        view = self._view(user, wanted)
        block, element = _element(view["blocks"], wanted)
        self.views.enter(view, _entered(view["blocks"], wanted, element))
        payload = payloads.click_on_view(
            self.state,
            user=user,
            view=view,
            actions=[payloads.action(self.state, block, element, wanted.get("value"))],
            trigger_id=self.views.new_trigger(user),
        )
        return await self._interact(payload) or {"ok": True}

    async def submit(self, user: str, wanted: Json) -> Json:
        """`{"view_id"?, "values": {block_id: {action_id: entry} or entry}}`; the top modal if none is named."""
        view = self._view(user, wanted)
        self.views.enter(view, _entered(view["blocks"], wanted))
        if errors := inputs.complaints(view["blocks"], self.views.entered[view["id"]]):
            return {"ok": False, "error": "incomplete", "errors": errors}
        payload = payloads.submission(self.state, user=user, view=view, trigger_id=self.views.new_trigger(user))
        try:
            answer = await self.sockets.deliver("interactive", payload)
            return self._answered(user, view, answer or {})
        except (NobodyListens, NotAcknowledged) as late:
            return {"ok": False, "error": _name(late), "message": TROUBLE}

    def _answered(self, user: str, view: Json, answer: Json) -> Json:
        """Do what the app's response_action says."""
        trouble = {"ok": False, "error": "bad_response_action", "message": TROUBLE}
        try:
            match answer.get("response_action"):
                case None:
                    self.views.close(user, view)
                case "clear":
                    self.views.clear(user)
                case "update":
                    self.views.update(answer.get("view"), view_id=view["id"])
                case "push":
                    self.views.put_on_top(user, answer.get("view"))
                case "errors":
                    known = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
                    errors = answer.get("errors") or {}
                    return (
                        {"ok": False, "error": "errors", "errors": errors}
                        if errors and set(errors) <= known
                        else trouble
                    )
                case _:
                    return trouble
        except Refused as refused:
            return trouble | {"reason": refused.answer()}
        return {"ok": True, "answer": answer}

    async def close(self, user: str, wanted: Json) -> Json:
        """`{"view_id"?, "all"?}`: Cancel takes the top modal off; the cross (`all`) takes them all."""
        view = self._view(user, wanted)
        cleared = bool(wanted.get("all") or view["clear_on_close"])
        going = list(reversed(self.views.stacks[user])) if cleared else [view]
        if cleared:
            self.views.clear(user)
        else:
            self.views.close(user, view)
        for one in going:
            if one["notify_on_close"]:
                await self._interact(payloads.closed(self.state, user=user, view=one, cleared=cleared))
        return {"ok": True}

    async def open_home(self, user: str, wanted: Json) -> Json:
        """`{"tab": "home" or "messages"}`"""
        tab, dm = wanted.get("tab", "home"), seed.dm_of(user)
        inner: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": dm,
            "event_ts": self.state.next_ts(),
            "tab": tab,
        }
        view = self.state.kept["homes"].get(user)
        if view and tab == "home":
            inner["view"] = view
        self.send("app_home_opened", inner)
        return {"ok": True}

    async def message(self, user: str, wanted: Json) -> Json:
        """`{"channel", "text", "thread_ts"?}`"""
        channel = self._room(user, wanted)
        if not wanted.get("text", "").strip():
            raise Refused("no_text")
        if self.read_only_tab and self.state.channels[channel]["is_im"]:
            raise Refused("restricted_action_read_only_channel")
        message = messages.from_person(self.state, user, wanted["text"].strip())
        if wanted.get("thread_ts"):
            message["thread_ts"] = wanted["thread_ts"]
        self.state.post(channel, message)
        inner = message | {"channel": channel, "event_ts": message["ts"]}
        if self.state.channels[channel]["is_im"]:
            self.send("message.im", inner | {"channel_type": "im"})
        elif seed.BOT_USER in mentioned(message["text"]):
            self.send("app_mention", inner | {"type": "app_mention"})
        return {"ok": True, "channel": channel, "ts": message["ts"]}

    async def react(self, user: str, wanted: Json) -> Json:
        """`{"channel", "ts", "name", "off"?}`"""
        channel = self._room(user, wanted)
        message = self.state.message(channel, wanted["ts"])
        if message is None:
            raise Refused("message_not_found")
        change = messages.unreact if wanted.get("off") else messages.react
        change(message, wanted["name"], user)
        self.state.changed(channel, message)
        kind = "reaction_removed" if wanted.get("off") else "reaction_added"
        item = {"type": "message", "channel": channel, "ts": message["ts"]}
        inner = {"type": kind, "user": user, "reaction": wanted["name"], "item_user": message["user"], "item": item}
        self.send(kind, inner | {"event_ts": self.state.next_ts()})
        return {"ok": True}

    async def read(self, user: str, wanted: Json) -> Json:
        """`{"channel"}`: everything in it has been seen."""
        self.state.read(user, self._room(user, wanted))
        return {"ok": True}

    async def shortcut(self, user: str, wanted: Json) -> Json:
        """`{"callback_id"}`, on a message with `{"channel", "ts"}`."""
        trigger, name = self.views.new_trigger(user), wanted.get("callback_id", "")
        if "ts" not in wanted:
            payload = payloads.global_shortcut(self.state, user=user, callback_id=name, trigger_id=trigger)
            return await self._interact(payload) or {"ok": True}
        channel = self._room(user, wanted)
        message = self.state.message(channel, wanted["ts"])
        if message is None:
            raise Refused("message_not_found")
        url = self.hooks.new_url(user, channel, message)
        payload = payloads.message_shortcut(
            self.state,
            user=user,
            channel=channel,
            message=message,
            callback_id=name,
            response_url=url,
            trigger_id=trigger,
        )
        failed = await self._interact(payload)
        return (
            failed | self._failed(user, channel, failed["error"], failed["message"], message)
            if failed
            else {"ok": True}
        )

    # how they are done

    def _command_text(self, command: str, typed: str) -> str:
        escape = any(c["command"] == command and c.get("should_escape") for c in self.commands)
        return messages.referenced(self.state, typed, with_names=True) if escape else typed

    def _room(self, user: str, wanted: Json) -> str:
        channel = self.state.find_channel(str(wanted.get("channel", "")), user)
        if channel is None:
            raise Refused("channel_not_found")
        if user not in self.state.members[channel]:
            raise Refused("not_in_channel")
        return channel

    def _view(self, user: str, wanted: Json) -> Json:
        if not wanted.get("view_id"):
            view = self.views.top(user)
        else:
            found = self.views.find(view_id=wanted["view_id"])
            view = found[1] if found and found[0] == user else None
        if view is None:
            raise Refused("view_not_found")
        return view

    async def _interact(self, payload: Json) -> Json:
        """Deliver an interaction; what went wrong, or nothing."""
        try:
            await self.sockets.deliver("interactive", payload)
        except NobodyListens as nobody:
            return {"ok": False, "error": _name(nobody), "message": "Lanekeeper did not respond: it is not connected."}
        except NotAcknowledged as late:
            said = "Lanekeeper timed out: it did not answer within 3 seconds."
            return {"ok": False, "error": _name(late), "message": said}
        return {}

    def send(self, kind: str, inner: Json) -> None:
        """Tell the app of an event, if its manifest asks for it."""
        if kind in self.events:
            self.sockets.send_event(payloads.event(self.state, inner))

    def _say(self, user: str, channel: str, answer: Json) -> None:
        message = messages.from_app(self.state, answer)
        if answer.get("response_type") == "in_channel":
            self.state.post(channel, message)
        else:
            self.state.whisper_to(user, channel, message)

    def _failed(self, user: str, channel: str, error: str, said: str, beside: Json) -> Json:
        """Tell the person, beside the message concerned, and answer the act."""
        note = messages.from_slackbot(self.state, said)
        if beside.get("thread_ts"):
            note["thread_ts"] = beside["thread_ts"]
        self.state.whisper_to(user, channel, note)
        return {"ok": False, "error": error, "message": said}


def _name(trouble: Exception) -> str:
    return "dispatch_failed" if isinstance(trouble, NobodyListens) else "operation_timeout"


def _element(blocks: list[Json], wanted: Json) -> tuple[Json, Json]:
    """The element that is clicked: by action_id, and by block_id or value where several share it."""
    same = [
        (block, element)
        for block, element in inputs.elements(blocks)
        if element["action_id"] == wanted.get("action_id") and wanted.get("block_id") in {None, block["block_id"]}
    ]
    if not same:
        raise Refused("action_not_found")
    return next((pair for pair in same if pair[1].get("value") == wanted.get("value")), same[0])


def _entered(blocks: list[Json], wanted: Json, element: Json | None = None) -> Entered:
    """The person's entries by block and action; a block with one element may be given its entry directly."""
    given: Entered = {}
    for block, part in inputs.elements(blocks):
        entry = (wanted.get("values") or {}).get(block["block_id"], {})
        direct = entry if isinstance(entry, dict) else {part["action_id"]: entry}
        if part["action_id"] in direct:
            given.setdefault(block["block_id"], {})[part["action_id"]] = direct[part["action_id"]]
        if part is element and wanted.get("value") is not None and part["type"] != "button":
            given.setdefault(block["block_id"], {})[part["action_id"]] = wanted["value"]
    return given
