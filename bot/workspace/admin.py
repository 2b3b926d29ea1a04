"""What an administrator of the workspace does: who somebody is, who is in which group and channel, which plan is paid.

Each change is one lever of the control API (see `control.py`) and a button in the page's "Manage" panel. The app is
told what Slack tells it, if its manifest asks for the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bot.workspace import seed
from bot.workspace.people import People
from bot.workspace.seed import Json

GUEST: Final = {  # how Slack's two flags tell the kinds of member apart
    "member": {"is_restricted": False, "is_ultra_restricted": False},
    "guest": {"is_restricted": True, "is_ultra_restricted": False},
    "single_channel_guest": {"is_restricted": True, "is_ultra_restricted": True},
}


@dataclass
class Admin:
    """The administrator's hands. Each answers `{"ok": true}`, or ok: false with an error."""

    people: People

    def everything(self) -> Json:
        """All that can be managed, as the panel shows it."""
        state = self.people.state
        there = {cid: c for cid, c in state.channels.items() if not c["is_im"] and not c.get("is_deleted")}
        rooms = [c | {"members": state.members[cid]} for cid, c in there.items()]
        everyone = [p for p in state.people.values() if p["id"] not in {seed.BOT_USER, seed.SLACKBOT}]
        answer = {"people": everyone, "groups": list(state.groups.values()), "channels": rooms}
        more = {"free_plan": bool(state.kept.get("free_plan")), "installed": not state.kept.get("uninstalled")}
        return answer | more | {"zones": list(seed.ZONES)}

    async def person(self, wanted: Json) -> Json:
        """`{"user", "deleted"?, "kind"?: "member" | "guest" | "single_channel_guest", "tz"?}`"""
        state, user = self.people.state, wanted.get("user", "")
        if user not in state.people:
            return {"ok": False, "error": "user_not_found"}
        fields: Json = {"updated": int(state.now())}
        if "deleted" in wanted:
            fields["deleted"] = bool(wanted["deleted"])
        if "kind" in wanted:
            if wanted["kind"] not in GUEST:
                return {"ok": False, "error": "invalid_arguments"}
            fields |= GUEST[wanted["kind"]]
        if "tz" in wanted:
            if wanted["tz"] not in seed.ZONES:
                return {"ok": False, "error": "invalid_arguments"}
            label, offset = seed.ZONES[wanted["tz"]]
            fields |= {"tz": wanted["tz"], "tz_label": label, "tz_offset": offset}
        state.amend("people", user, fields)
        self._tell("user_change", {"user": state.people[user], "cache_ts": int(state.now())})
        return {"ok": True}

    async def group(self, wanted: Json) -> Json:
        """`{"group", "users"}`: who is in a user group from now on."""
        state, now = self.people.state, int(self.people.state.now())
        group = state.groups.get(wanted.get("group", ""))
        if group is None or not set(wanted.get("users", [])) <= set(state.people):
            return {"ok": False, "error": "no_such_subteam" if group is None else "user_not_found"}
        old, new, before = group["users"], list(wanted.get("users", [])), group["date_update"]
        added, removed = [u for u in new if u not in old], [u for u in old if u not in new]
        state.amend("groups", group["id"], {"users": new, "user_count": len(new), "date_update": now})
        change: Json = {"subteam_id": group["id"], "team_id": group["team_id"]}
        change |= {"date_previous_update": before, "date_update": now, "added_users": added, "removed_users": removed}
        change |= {"added_users_count": len(added), "removed_users_count": len(removed)}
        self._tell("subteam_members_changed", change)
        self._tell("subteam_updated", {"subteam": group})
        return {"ok": True}

    async def channel(self, wanted: Json) -> Json:
        """`{"channel", "archived"?, "private"?, "members"?, "deleted"?: true}`; the app's own user may be a member.

        What is deleted does not come back.
        """
        state = self.people.state
        channel = state.find_channel(str(wanted.get("channel", "")))
        if channel is None or state.channels[channel]["is_im"]:
            return {"ok": False, "error": "channel_not_found"}
        if not set(wanted.get("members", [])) <= set(state.people):
            return {"ok": False, "error": "user_not_found"}
        if "private" in wanted:
            private = bool(wanted["private"])
            state.amend("channels", channel, {"is_private": private, "is_channel": not private, "is_group": private})
        if "archived" in wanted and bool(wanted["archived"]) != state.channels[channel]["is_archived"]:
            state.amend("channels", channel, {"is_archived": bool(wanted["archived"])})
            kind = "channel_archive" if wanted["archived"] else "channel_unarchive"
            self._tell(kind, {"channel": channel, "user": "U0OWNER"})
        if "members" in wanted:
            self._admit(channel, list(wanted["members"]))
        if wanted.get("deleted"):
            self._tell("channel_deleted", {"channel": channel})
            state.admit(channel, [])
            state.amend("channels", channel, {"is_deleted": True})
        return {"ok": True}

    def _admit(self, channel: str, inside: list[str]) -> None:
        before = self.people.state.members[channel]
        self.people.state.admit(channel, inside)
        about = {"channel": channel, "channel_type": "C", "team": seed.TEAM["id"]}
        if seed.BOT_USER in before and seed.BOT_USER not in inside:
            self._tell("channel_left", {"channel": channel, "actor_id": "U0OWNER"})
        for user in before:
            if user not in inside:
                self._tell("member_left_channel", about | {"user": user})
        for user in inside:
            if user not in before:
                self._tell("member_joined_channel", about | {"user": user})

    async def app(self, wanted: Json) -> Json:
        """`{"installed": false}`: the app is removed from the workspace; its token opens nothing until it is back."""
        installed, kept = bool(wanted.get("installed", True)), self.people.state.kept
        if installed == (not kept.get("uninstalled")):
            return {"ok": True}
        if not installed:
            self._tell("tokens_revoked", {"tokens": {"oauth": [], "bot": [seed.BOT_USER]}})
            self._tell("app_uninstalled", {})
        kept["uninstalled"] = not installed
        self.people.state.tell({"type": "again"})
        return {"ok": True}

    async def plan(self, wanted: Json) -> Json:
        """`{"free": true}`: without a paid plan there are no user groups (`plan_upgrade_required`)."""
        self.people.state.kept["free_plan"] = bool(wanted.get("free"))
        self.people.state.tell({"type": "again"})
        return {"ok": True}

    def _tell(self, kind: str, inner: dict[str, Any]) -> None:
        self.people.send(kind, {"type": kind} | inner | {"event_ts": self.people.state.next_ts()})
