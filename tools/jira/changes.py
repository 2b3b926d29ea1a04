"""What people did in Jira: issues they opened, moves and other changes, comments.

Which issues changed is told by the search, in the order in which they were opened: what changes meanwhile keeps its
place there. A moment in JQL is read in the time zone of whoever asks, and to the minute; so many minutes ago is the
same everywhere ("Advanced search reference, JQL fields: updated"). The search runs behind the issues by `BEHIND` at
most.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from tools.contract import Refused, Wire
from tools.evidence import clamp
from tools.jira import answers
from tools.jira.answers import API, MARK, JiraAnswer, UserAnswer, link
from tools.jira.create import CreateIssue
from tools.jira.transition import TransitionIssue
from tools.truth import By, Deed, Evidence, HistoryTruth, Listed, Page, Place, Told, Truth, Walk, fitted, happened
from tools.wire import understand

BEHIND = timedelta(hours=1)  # of the search behind the issues: Jira names seconds to minutes
PAUSE = timedelta(hours=2)  # that a reading may take, with its rests; "so long ago" moves on with the clock
PROGRAMS = frozenset({"app"})  # the `accountType` of what is no person
ALIKE = ("summary", "description", "priority", "labels", "issuetype")  # of a new issue, as our own tool names them


class User(UserAnswer):
    email_address: str = ""
    account_type: str = ""


class _Item(JiraAnswer):
    field: str
    from_string: str | None = None
    to_string: str | None = None


class _History(JiraAnswer):
    id: str
    author: User | None = None  # none where Jira itself did it
    created: str
    items: list[_Item]


class _Changelog(JiraAnswer):
    histories: Sequence[_History] = ()


class _Fields(answers.IssueFields):
    creator: User | None = None


class _Issue(answers.IssueAnswer):
    fields: _Fields
    changelog: _Changelog = _Changelog()


class _Found(JiraAnswer):
    issues: list[_Issue]
    next_page_token: str | None = None


class _Key(JiraAnswer):
    key: str


class _Keys(JiraAnswer):
    issues: list[_Key]
    next_page_token: str | None = None


class _Changes(JiraAnswer):
    values: list[_History]
    is_last: bool


def ago(place: Place) -> str:
    """How long ago a reading begins, as JQL says it: in minutes, rounded up, the same on all of its pages.

    Raises `Refused` CURSOR for a reading that has rested so long that the list may have lost its beginning.
    """
    if datetime.now(UTC) - place.began > PAUSE:
        raise Refused("CURSOR", f"this reading of Jira began at {place.began:%H:%M} UTC, too long ago to go on")
    return f"-{math.ceil((place.began + PAUSE - place.since).total_seconds() / 60)}m"


def updated(wire: Wire, place: Walk, source: Truth[Any]) -> Listed:
    asked = {"jql": f'updated >= "{ago(place)}" ORDER BY created ASC', "fields": ["summary"], "maxResults": source.size}
    asked |= {"nextPageToken": place.token} if place.token else {}
    found = understand(_Keys, wire.call("POST", f"{API}/search/jql", json=asked, timeout=source.timeout), source.name)
    return Listed(tuple(one.key for one in found.issues), found.next_page_token or "")


def who(author: UserAnswer | None, ours: frozenset[str]) -> tuple[By, Evidence]:
    if author is None:
        return By(kind="machine"), ""
    email, kind = getattr(author, "email_address", ""), getattr(author, "account_type", "")
    by = By(
        id=author.account_id, name=author.display_name, email=email, kind="machine" if kind in PROGRAMS else "person"
    )
    return by, "account" if author.account_id in ours else ""


class _After(Place):
    token: str = ""


class IssuesOpened(Truth[_After]):
    """An issue is told as it was opened: what was changed since is taken back by its changelog, as far as the search
    brings that (its latest 40 changes).
    """

    name = "jira.issues"
    tells = "Which issues were opened, and by whom."
    scopes: ClassVar = frozenset({"jira:issues.read"})
    overlap: ClassVar = BEHIND
    place = _After

    def _page(self, wire: Wire, place: _After, ours: frozenset[str]) -> Page:
        asked: dict[str, Any] = {"jql": f'created >= "{ago(place)}" ORDER BY created ASC', "maxResults": self.size}
        asked |= {"fields": [*answers.FIELDS, "creator"], "properties": [MARK], "expand": "changelog"}
        asked |= {"nextPageToken": place.token} if place.token else {}
        answer = wire.call("POST", f"{API}/search/jql", json=asked, timeout=self.timeout)
        found = understand(_Found, answer, self.name)
        deeds = [
            _opened(wire, one, ours) for one in found.issues if happened(one.fields.created, self.name) >= place.since
        ]
        if found.next_page_token is None:
            return self._last(place, deeds)
        return self._more(place.model_copy(update={"token": found.next_page_token}), deeds)


def _opened(wire: Wire, issue: _Issue, ours: frozenset[str]) -> Deed:
    by, account = who(issue.fields.creator, ours)
    key, project = marked(issue.properties.get(MARK)), issue.key.rpartition("-")[0]
    return Deed(
        id=f"jira.issue {issue.id}",
        ref=f"jira.project {project}",
        also=(f"jira.issue {issue.key}",),
        by=by,
        at=happened(issue.fields.created, IssuesOpened.name),
        ours="mark" if key else account,
        key=key,
        url=link(wire, issue.key),
        **fitted(CreateIssue(), {"project": project, **_first(issue)}),
    )


def _first(issue: _Issue) -> dict[str, Any]:
    """The fields of an issue as they were when it was opened."""
    fields = issue.fields
    held: dict[str, Any] = {
        "summary": fields.summary,
        "description": answers.text(fields.description),
        "priority": answers.name_of(fields.priority),
        "labels": list(fields.labels),
        "issuetype": fields.issuetype.name,
    }
    changes = sorted(issue.changelog.histories, key=lambda one: int(one.id), reverse=True)
    for item in (item for one in changes for item in one.items if item.field in ALIKE):
        was = item.from_string or ""
        held[item.field] = was.split() if item.field == "labels" else was
    return {"type": held.pop("issuetype"), **held}


class IssueChanges(HistoryTruth[Walk]):
    name = "jira.changelog"
    tells = "Which fields of issues were changed, by whom, from what to what."
    scopes: ClassVar = frozenset({"jira:issues.read"})
    overlap: ClassVar = BEHIND
    place = Walk

    def _changed(self, wire: Wire, place: Walk) -> Listed:
        return updated(wire, place, self)

    def _told(self, wire: Wire, records: tuple[str, ...], place: Walk, ours: frozenset[str]) -> Told:
        [issue] = records
        start = int(place.inner or 0)
        query = {"startAt": start, "maxResults": self.size}
        try:
            answer = wire.call("GET", f"{API}/issue/{issue}/changelog", query=query, timeout=self.timeout)
        except Refused as refused:
            if refused.code != "NOT_FOUND":  # deleted, or hidden from us meanwhile
                raise
            return Told()
        page = understand(_Changes, answer, self.name)
        recent = [one for one in page.values if happened(one.created, self.name) >= place.since]
        last = page.is_last or not page.values
        deeds = [deed for one in recent for deed in _changed(wire, issue, one, ours)]
        return Told(deeds, inner="" if last else str(start + len(page.values)))


def _changed(wire: Wire, issue: str, made: _History, ours: frozenset[str]) -> Iterator[Deed]:
    """A move and the resolution that came with it are one call of ours."""
    by, account = who(made.author, ours)
    held = {item.field: item.to_string or "" for item in made.items}
    for n, item in enumerate(made.items):
        if item.field == "resolution" and "status" in held:
            continue
        yield Deed(
            id=f"jira.change {made.id} {n}",
            ref=f"jira.issue {issue}",
            by=by,
            at=happened(made.created, IssueChanges.name),
            save=f"jira.change {made.id}",
            ours=account,
            url=link(wire, issue),
            **_meant(issue, item, held),
        )


def _meant(issue: str, item: _Item, held: Mapping[str, str]) -> dict[str, Any]:
    if item.field == "status":
        resolved = {"resolution": held["resolution"]} if held.get("resolution") else {}
        return fitted(TransitionIssue(), {"issue": issue, "status": item.to_string or "", **resolved})
    return {"did": f"{item.field}: {clamp(item.from_string or '') or '—'} → {clamp(item.to_string or '') or '—'}"}


def marked(value: Any) -> str:
    """The key in a property of ours; empty where there is none."""
    return str(value.get("key") or "") if isinstance(value, Mapping) else ""
