"""What people said on Jira's issues. The list of an issue's comments does not bring their properties, where our mark
stands; "Get comments by IDs" does. So a history is read in two requests: which comments are new, then those.
"""

from typing import Any, ClassVar

from tools.contract import Refused, Wire
from tools.jira import answers
from tools.jira.answers import API, MARK, JiraAnswer, link
from tools.jira.changes import BEHIND, User, marked, updated, who
from tools.jira.comment import AddComment
from tools.truth import Deed, HistoryTruth, Listed, Told, Walk, fitted, happened
from tools.wire import understand


class _Comment(answers.CommentAnswer):
    author: User | None = None


class _Listed(JiraAnswer):
    values: list[_Comment]


class _Page(JiraAnswer):
    comments: list[answers.CommentAnswer]
    total: int


class CommentsSaid(HistoryTruth[Walk]):
    """`inner` is a place among an issue's comments, newest first, or the ids of those that are to be read."""

    name = "jira.comments"
    tells = "Which comments were written on issues, and by whom."
    scopes: ClassVar = frozenset({"jira:issues.read"})
    overlap: ClassVar = BEHIND
    place = Walk

    def _changed(self, wire: Wire, place: Walk) -> Listed:
        return updated(wire, place, self)

    def _told(self, wire: Wire, records: tuple[str, ...], place: Walk, ours: frozenset[str]) -> Told:
        [issue] = records
        start, _, ids = place.inner.partition(" ")
        return self._said(wire, issue, start, ids, ours) if ids else self._new(wire, issue, int(start or 0), place)

    def _new(self, wire: Wire, issue: str, start: int, place: Walk) -> Told:
        query: dict[str, str | int] = {"startAt": start, "maxResults": self.size, "orderBy": "-created"}
        try:
            answer = wire.call("GET", f"{API}/issue/{issue}/comment", query=query, timeout=self.timeout)
        except Refused as refused:
            if refused.code != "NOT_FOUND":
                raise
            return Told()
        page = understand(_Page, answer, self.name)
        recent = [one for one in page.comments if happened(one.created, self.name) >= place.since]
        if not recent:
            return Told()
        after = start + len(page.comments)
        more = len(recent) == len(page.comments) and after < page.total
        return Told(inner=f"{after if more else ''} {','.join(one.id for one in recent)}")

    def _said(self, wire: Wire, issue: str, start: str, ids: str, ours: frozenset[str]) -> Told:
        body = {"ids": [int(one) for one in ids.split(",")]}
        answer = wire.call(
            "POST", f"{API}/comment/list", query={"expand": "properties"}, json=body, timeout=self.timeout
        )
        found = understand(_Listed, answer, self.name).values
        return Told([_deed(wire, issue, one, ours) for one in found], inner=start)


def _deed(wire: Wire, issue: str, said: _Comment, ours: frozenset[str]) -> Deed:
    by, account = who(said.author, ours)
    key = next((marked(one.value) for one in said.properties if one.key == MARK), "")
    arguments: dict[str, Any] = {"issue": issue, "text": answers.text(said.body)}
    return Deed(
        id=f"jira.comment {said.id}",
        ref=f"jira.issue {issue}",
        by=by,
        at=happened(said.created, CommentsSaid.name),
        ours="mark" if key else account,
        key=key,
        url=link(wire, issue),
        **fitted(AddComment(), arguments),
    )
