"""Who somebody is to a lane: asked of Slack, kept for a minute, and closed when Slack does not say.

Membership has three values. Where Slack cannot name a group's members (a free plan has no groups, a call fails), the
lane's own fallback list counts, and everybody outside it is `unknown`, which may not decide.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from lanes.core.commands import Standing, Voice
from lanes.core.page import Approvers, Lane
from lanes.core.run import Action, Run
from lanes.core.values import Person
from tools.contract import Unavailable

log = structlog.get_logger("people")
_FRESH = 60.0  # seconds an answer of Slack's is good for; usergroups.users.list allows 20 calls a minute


@dataclass
class People:
    """Look-ups in one workspace. Thread-safe."""

    client: WebClient
    team: str
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def voice(self, by: Person, page: Lane, run: Run, action: Action | None) -> Voice:
        """As whom `by` speaks about a draft: for the group whose turn it is, or as the owner of its record."""
        stage = action.stage if action else ""
        owner = record_owner(page, run, action) if action and not stage else ""
        if owner:
            barred = self.may_start(by)
            return Voice(by, barred or (Standing.MEMBER if by.user == owner else Standing.NOT_MEMBER))
        return Voice(by, self.standing(by, page.approvers, stage), stage=stage)

    def standing(self, by: Person, approvers: Approvers, stage: str = "") -> Standing:
        """What `by` is to the approvers, or to the group of a stage. Never raises."""
        group, fallback = approvers.asked(stage)
        if by.team != self.team:
            return Standing.STRANGER
        try:
            barred = self._barred(by.user)
            if barred:
                return barred
            members = self.members(group)
        except (SlackClientError, OSError) as error:
            log.warning("standing_unknown", user=by.user, error=str(error))
            return Standing.UNKNOWN
        if members is None:
            return Standing.MEMBER if by.user in fallback else Standing.UNKNOWN
        return Standing.MEMBER if by.user in members else Standing.NOT_MEMBER

    def may_start(self, by: Person) -> Standing | None:
        """Why somebody may not use lanes at all, None when they may."""
        if by.team != self.team:
            return Standing.STRANGER
        try:
            return self._barred(by.user)
        except (SlackClientError, OSError):
            return Standing.UNKNOWN

    def members(self, handle: str) -> frozenset[str] | None:
        """Who is in a user group; None when Slack cannot say."""
        try:
            group = self._ask("groups", self._groups).get(handle)
            return None if group is None else self._ask(f"group:{group}", lambda: self._members(group))
        except SlackApiError as error:
            log.warning("group_unknown", group=handle, error=error.response.get("error"))
            return None

    def mention(self, handle: str) -> str:
        """A user group, so that its members are called; by its bare name where Slack does not know it."""
        name = handle.removeprefix("@")
        try:
            group = self._ask("groups", self._groups).get(name)
        except (SlackClientError, OSError):
            group = None
        return f"<!subteam^{group}>" if group else f"@{name}"

    def time_zone(self, user: str) -> ZoneInfo | None:
        """By which clock somebody lives; None: Slack does not say just now. Who has set none lives by UTC."""
        try:
            return ZoneInfo(self._user(user).get("tz") or "UTC")
        except ZoneInfoNotFoundError:
            return ZoneInfo("UTC")
        except (SlackClientError, OSError, Unavailable) as error:
            log.warning("time_zone_unknown", user=user, error=str(error))
            return None

    def changed(self) -> None:
        """Slack said that groups or people changed: ask anew."""
        with self._lock:
            self._kept.clear()

    def _barred(self, user: str) -> Standing | None:
        found = self._user(user)
        if found.get("deleted"):
            return Standing.DEACTIVATED
        if found.get("is_bot") or user == "USLACKBOT":
            return Standing.BOT
        if found.get("is_restricted") or found.get("is_ultra_restricted"):
            return Standing.GUEST
        return Standing.STRANGER if found.get("team_id", self.team) != self.team else None

    def _user(self, user: str) -> Any:
        return self._ask(f"user:{user}", lambda: self.client.users_info(user=user)["user"])

    def _groups(self) -> dict[str, str]:
        return {group["handle"]: group["id"] for group in self.client.usergroups_list()["usergroups"]}

    def _members(self, group: str) -> frozenset[str]:
        return frozenset(self.client.usergroups_users_list(usergroup=group)["users"])

    def _ask(self, what: str, ask: Any) -> Any:
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(what)
        if kept and now - kept[0] < _FRESH:
            return kept[1]
        answer = ask()
        with self._lock:
            self._kept[what] = (now, answer)
        return answer


def record_owner(page: Lane, run: Run, action: Action) -> str:
    """Who alone decides on a draft, as the owner of its record; empty: the lane's approvers do.

    Where the owner is not in Slack, asked for the change themself, or has let the last reminder pass, it is theirs.
    """
    owner, reminders = action.draft.record_owner, len(page.approvers.remind)
    late = reminders and action.reminded >= reminders
    return "" if late or owner == (action.draft.asked_by or run.started.by).user else owner
