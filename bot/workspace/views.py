"""Modals and Home tabs: triggers that open them, a stack of at most three per person, hashes that guard an update."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from bot.workspace import limits, seed
from bot.workspace.inputs import Entered, values
from bot.workspace.messages import check_images, named
from bot.workspace.refusal import Refused
from bot.workspace.seed import Json
from bot.workspace.state import State

TRIGGER_LIFE: Final = 3.0  # seconds from the person's act to views.open
TRIGGER_REMEMBERED: Final = 600.0  # seconds in which a late use is still told "expired" and not "invalid"
STACK_MOST: Final = 3
PLACEHOLDER_TITLE: Final = {"type": "plain_text", "text": "View Title", "emoji": True}  # what Slack reports for a Home


@dataclass
class Trigger:
    """The right to show one person one view, for 3 seconds, once."""

    user: str
    born: float
    used: bool = False


@dataclass
class Views:
    """Every open view, and whose it is."""

    state: State
    triggers: dict[str, Trigger] = field(default_factory=dict)
    stacks: dict[str, list[Json]] = field(default_factory=dict)
    entered: dict[str, Entered] = field(default_factory=dict)
    """By view id; kept across views.update as Slack keeps it, by block_id and action_id."""

    def new_trigger(self, user: str) -> str:
        now = self.state.now()
        self.triggers = {n: t for n, t in self.triggers.items() if now - t.born < TRIGGER_REMEMBERED}
        name = f"{secrets.randbelow(10**10)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user, now)
        return name

    def _exchange(self, name: Any) -> Trigger:
        trigger = self.triggers.get(str(name))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.state.now() - trigger.born > TRIGGER_LIFE:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    # what the app does

    def open(self, trigger: Any, given: Any) -> Json:
        checked = self._checked(given, "modal")
        user = self._exchange(trigger).user
        view = self._new(checked)
        self.stacks[user] = [view]
        self._tell(user)
        return view

    def push(self, trigger: Any, given: Any) -> Json:
        checked = self._checked(given, "modal")
        known = self.triggers.get(str(trigger))
        if known and len(self.stacks.get(known.user, [])) >= STACK_MOST:
            raise Refused("push_limit_reached")
        return self.put_on_top(self._exchange(trigger).user, checked)

    def put_on_top(self, user: str, given: Any) -> Json:
        stack = self.stacks.get(user, [])
        if not stack:
            raise Refused("not_found")
        if len(stack) >= STACK_MOST:
            raise Refused("push_limit_reached")
        view = self._new(self._checked(given, "modal"))
        view |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
        stack.append(view)
        self._tell(user)
        return view

    def update(self, given: Any, *, view_id: Any = None, external_id: Any = None, seen: Any = None) -> Json:
        checked = self._checked(given, None)
        found = self.find(view_id=view_id, external_id=external_id)
        if found is None:
            raise Refused("not_found")
        user, view = found
        if checked["type"] != view["type"]:
            raise Refused("invalid_arguments", ["[ERROR] a view keeps its type [json-pointer:/view/type]"])
        self._check_hash(view, seen)
        self._fill(view, checked)
        self._tell(user, home=view["type"] == "home")
        return view

    def publish(self, user: str, given: Any, seen: Any = None) -> Json:
        checked = self._checked(given, "home")
        if seed.dm_of(user) not in self.state.channels:
            raise Refused("user_not_found")
        old: Json | None = self.state.kept["homes"].get(user)
        if old:
            self._check_hash(old, seen)
            self._fill(old, checked)
        view = old or self._new(checked)
        self.state.kept["homes"][user] = view
        self._tell(user, home=True)
        return view

    # what a person does

    def close(self, user: str, view: Json) -> None:
        """Take one view off; what lies under it shows again."""
        self.stacks[user] = [v for v in self.stacks.get(user, []) if v is not view]
        self.entered.pop(view["id"], None)
        self._tell(user)

    def clear(self, user: str) -> None:
        for view in self.stacks.pop(user, []):
            self.entered.pop(view["id"], None)
        self._tell(user)

    def top(self, user: str) -> Json | None:
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def find(self, *, view_id: Any = None, external_id: Any = None) -> tuple[str, Json] | None:
        """A view with the person who sees it."""
        homes = [(user, view) for user, view in self.state.kept["homes"].items()]
        shown = [*homes, *((user, view) for user, stack in self.stacks.items() for view in stack)]
        for user, view in shown:
            if view["id"] == view_id or (external_id and view["external_id"] == external_id):
                return user, view
        return None

    def enter(self, view: Json, entered: Entered) -> None:
        mine = self.entered.setdefault(view["id"], {})
        for block, given in entered.items():
            mine.setdefault(block, {}).update(given)
        view["state"] = {"values": values(view["blocks"], mine)}

    def forget(self) -> None:
        self.triggers.clear()
        self.entered.clear()
        for user in tuple(self.stacks):
            self.clear(user)

    # how a view is made

    def _checked(self, given: Any, kind: str | None) -> Json:
        if not isinstance(given, dict):
            raise Refused("invalid_arguments", ["[ERROR] missing required field: view [json-pointer:/view]"])
        if kind and given.get("type") != kind:
            raise Refused("invalid_arguments", [f"[ERROR] must be a {kind} [json-pointer:/view/type]"])
        error, messages = limits.view_problems(given)
        if error:
            raise Refused(error, messages)
        check_images(self.state, given["blocks"], "/view/blocks")
        return given

    @staticmethod
    def _check_hash(view: Json, seen: Any) -> None:
        if seen and seen != view["hash"]:
            raise Refused("hash_conflict")

    def _new(self, given: Json) -> Json:
        external = given.get("external_id")
        if external and self.find(external_id=external):
            raise Refused("duplicate_external_id")
        view: Json = {"id": self.state.new_id("V"), "team_id": seed.TEAM["id"], "type": given["type"]}
        view |= {"previous_view_id": None, "root_view_id": view["id"]}
        view |= {"app_id": seed.APP_ID, "app_installed_team_id": seed.TEAM["id"], "bot_id": seed.BOT_ID}
        self._fill(view, given)
        return view

    def _fill(self, view: Json, given: Json) -> None:
        view |= {
            "blocks": named(given["blocks"]),
            "private_metadata": given.get("private_metadata", ""),
            "callback_id": given.get("callback_id", ""),
            "external_id": given.get("external_id", ""),
            "title": given.get("title", PLACEHOLDER_TITLE),
            "submit": given.get("submit"),
            "close": given.get("close"),
            "clear_on_close": bool(given.get("clear_on_close", False)),
            "notify_on_close": bool(given.get("notify_on_close", False)),
            "hash": f"{int(self.state.now())}.{secrets.token_urlsafe(6)}",
        }
        view["state"] = {"values": values(view["blocks"], self.entered.get(view["id"], {}))}

    def _tell(self, user: str, *, home: bool = False) -> None:
        if home:
            self.state.tell({"type": "home", "view": self.state.kept["homes"].get(user), "to": user})
        else:
            self.state.tell({"type": "modal", "stack": self.stacks.get(user, []), "to": user})
