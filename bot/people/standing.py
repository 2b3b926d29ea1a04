"""Who somebody is to a lane: asked of Slack, kept for a minute, and closed when Slack does not say.

Membership has three values. Where Slack cannot name a group's members (a free plan has no groups, a call fails), the
lane's own fallback list counts, and everybody outside it is `unknown`, which may not decide.

Somebody speaks for themself where they may. Where they may not, they speak for a member who is away and has named them;
one hop, so that nobody decides for people they never heard of: what an absent person decides for others stays theirs.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.client import code
from lanes.core.commands import Standing, Voice
from lanes.core.deciders import asker, owner, owner_alone
from lanes.core.events import DecisionRecorded
from lanes.core.page import Approvers, Lane
from lanes.core.refuse import NEVER_DECIDE
from lanes.core.run import Action, Run
from lanes.core.values import Person
from tools.contract import NotYet, Unavailable

log = structlog.get_logger("people")
_FRESH = 60.0  # seconds an answer of Slack's is good for; usergroups.users.list allows 20 calls a minute
_GONE = NEVER_DECIDE | {Standing.NOT_MEMBER}  # said for sure


@dataclass
class People:
    """Look-ups in one workspace. Thread-safe. `stands_in_for`: for whom somebody decides right now, by Slack id."""

    client: WebClient
    team: str
    stands_in_for: Callable[[str], tuple[str, ...]]
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    _asking: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def voice(self, by: Person, page: Lane, run: Run, action: Action | None) -> Voice:
        """As whom `by` speaks about a draft: for the group whose turn it is, as the owner of its record, or for
        somebody of these who is away.
        """
        stage = action.stage if action else ""
        own = self._decides(by, page, run, action)
        if own is Standing.MEMBER or own in NEVER_DECIDE or self.may_start(by):
            return Voice(by, own, stage=stage)
        asked_by = asker(run, action) if action else run.started.by
        away = sorted(self.stands_in_for(by.user), key=lambda one: one == asked_by.user)  # for the asker only at last
        for one in away:
            if self._decides(Person(user=one, team=self.team), page, run, action) is Standing.MEMBER:
                return Voice(by, Standing.MEMBER, on_behalf=one, stage=stage)
        return Voice(by, own, stage=stage)

    def _decides(self, by: Person, page: Lane, run: Run, action: Action | None) -> Standing:
        """What `by` is to those who may decide on a draft now, in their own name."""
        if action is None:
            return self.standing(by, page.approvers)
        if by.user == owner(page, run, action):
            return self.may_start(by) or Standing.MEMBER
        if self.alone(page, run, action):
            return self.may_start(by) or Standing.NOT_MEMBER
        return self.standing(by, page.approvers, action.stage)

    def alone(self, page: Lane, run: Run, action: Action) -> str:
        """Who alone may decide now, as the owner of the record; empty also when they can decide no more at all."""
        named = owner_alone(page, run, action)
        return "" if named and self.may_start(Person(user=named, team=self.team)) in NEVER_DECIDE else named

    def standing(self, by: Person, approvers: Approvers, stage: str = "") -> Standing:
        """What `by` is to the approvers, or to the group of a stage.

        Raises `NotYet` where Slack wants to be asked later: that refuses nobody.
        """
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
        """Why somebody may not use lanes at all, None when they may. Raises `NotYet` likewise."""
        if by.team != self.team:
            return Standing.STRANGER
        try:
            return self._barred(by.user)
        except (SlackClientError, OSError):
            return Standing.UNKNOWN

    def left(self, page: Lane, run: Run, action: Action) -> frozenset[str]:
        """Whose word let an action through and, as Slack says now, counts no more; see `lanes/core/carrying.py`.

        Raises `NotYet` where Slack wants to be asked later: nothing was sent, and it is asked later.
        """
        said = (*action.yes, *action.broke)
        return frozenset(one.by.user for one in said if self._counts_no_more(one, page, action))

    def _counts_no_more(self, said: DecisionRecorded, page: Lane, action: Action) -> bool:
        if self.may_start(said.by) in NEVER_DECIDE:
            return True
        whose = Person(user=said.on_behalf or said.by.user, team=self.team)
        if whose.user == action.draft.record_owner and page.approvers.record_owner:
            return self.may_start(whose) in NEVER_DECIDE
        if said.decision == "break_glass" and whose.user == page.owner.person:
            return False
        return self.standing(whose, page.approvers, said.stage) in _GONE

    def could_decide(self, page: Lane, stage: str) -> frozenset[str]:
        """Who the lane asks, by its group or its fallback list. Slack takes the deactivated out of its groups."""
        group, fallback = page.approvers.asked(stage)
        try:
            members = self.members(group)
        except (SlackClientError, OSError):
            members = None
        return frozenset(fallback) if members is None else members

    def by_email(self, email: str) -> str | None:
        """Who of the workspace has this address and may decide; empty when nobody does, None when Slack does not say,
        or wants to be asked later: a draft does not wait for that.

        Slack does not find those who were deactivated ("users.lookupByEmail").
        """
        try:
            user = self._ask(f"email:{email.casefold()}", lambda: self._found(email))
            return "" if user and self._barred(user) else user
        except (SlackClientError, OSError, NotYet) as error:
            log.warning("owner_unknown", error=str(error))
            return None

    def zone(self, user: str) -> ZoneInfo:
        """Somebody's time zone; UTC where Slack does not say."""
        try:
            return ZoneInfo(self._user(user).get("tz") or "UTC")
        except (SlackClientError, OSError, NotYet, ZoneInfoNotFoundError):
            return ZoneInfo("UTC")

    def members(self, handle: str) -> frozenset[str] | None:
        """Who is in a user group; None when Slack cannot say."""
        try:
            group = self._ask("groups", self._groups).get(handle)
            return None if group is None else self._ask(f"group:{group}", lambda: self._members(group))
        except SlackApiError as error:
            log.warning("group_unknown", group=handle, error=code(error))
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

    def called(self, email: str) -> str:
        """Whoever has this address here, whether they may decide or not; empty when nobody does. Raises when Slack does
        not say.
        """
        return str(self._ask(f"email:{email.casefold()}", lambda: self._found(email)))

    def changed(self) -> None:
        """Slack said that groups or people changed: ask anew."""
        with self._lock:
            self._kept = {}  # another one: what was asked before, and is answered later, goes with the old one

    def _barred(self, user: str) -> Standing | None:
        found = self._user(user)
        if found.get("deleted"):
            return Standing.DEACTIVATED
        if found.get("is_bot") or user == "USLACKBOT":
            return Standing.BOT
        if found.get("is_restricted") or found.get("is_ultra_restricted"):
            return Standing.GUEST
        elsewhere = found.get("team_id", self.team) != self.team or found.get("is_stranger")
        return Standing.STRANGER if elsewhere else None

    def _user(self, user: str) -> Any:
        return self._ask(f"user:{user}", lambda: self.client.users_info(user=user)["user"])

    def _found(self, email: str) -> str:
        try:
            return str(self.client.users_lookupByEmail(email=email)["user"]["id"])
        except SlackApiError as error:
            if code(error) == "users_not_found":
                return ""
            raise

    def _groups(self) -> dict[str, str]:
        return {group["handle"]: group["id"] for group in self.client.usergroups_list()["usergroups"]}

    def _members(self, group: str) -> frozenset[str]:
        return frozenset(self.client.usergroups_users_list(usergroup=group)["users"])

    def _ask(self, what: str, ask: Any) -> Any:
        with self._lock:
            asking = self._asking.setdefault(what, threading.Lock())
        with asking:  # twenty who click at once ask once
            now = time.monotonic()
            with self._lock:
                kept = self._kept
                known = kept.get(what)
            if known and now - known[0] < _FRESH:
                return known[1]
            answer = ask()
            with self._lock:
                kept[what] = (now, answer)
            return answer
