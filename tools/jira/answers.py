"""What Jira answers, as far as we read it, and how its pages are walked.

Sources: the Jira Cloud platform REST API v3 reference: issues, issue search, issue comments, permissions.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from tools.contract import Refused, Wire
from tools.jira.adf import plain
from tools.wire import Answer, understand

API = "/rest/api/3"
PAGE = 100  # comments or changes an answer, Jira's default and most
MOST_PAGES = 50  # Jira keeps 5,000 comments an issue at most ("Jira Cloud issue limits")

ProjectKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,19}$", description="Project key such as OPS")]
IssueKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,19}-[1-9][0-9]{0,8}$", description="Such as OPS-12")]


class JiraAnswer(Answer):
    """Its names are Jira's, written as Python writes them: `next_page_token` reads `nextPageToken`."""

    model_config = ConfigDict(alias_generator=to_camel)


class Named(JiraAnswer):
    name: str


class Category(JiraAnswer):
    key: str  # new, indeterminate or done, whatever a site calls its statuses


class StatusAnswer(JiraAnswer):
    name: str
    status_category: Category


class UserAnswer(JiraAnswer):
    account_id: str
    display_name: str = ""


class Property(JiraAnswer):
    key: str
    value: Any = None


class CommentAnswer(JiraAnswer):
    id: str
    author: UserAnswer | None = None  # none where the person is gone
    body: Any = None
    created: str
    properties: Sequence[Property] = ()


class CommentsAnswer(JiraAnswer):
    comments: list[CommentAnswer]
    total: int


class IssueFields(JiraAnswer):
    summary: str
    issuetype: Named
    status: StatusAnswer
    priority: Named | None = None
    resolution: Named | None = None
    labels: Sequence[str] = ()
    created: str
    updated: str
    description: Any = None
    comment: CommentsAnswer | None = None


class IssueAnswer(JiraAnswer):
    id: str
    key: str
    fields: IssueFields
    properties: Mapping[str, Any] = {}  # those that were asked for


class SearchAnswer(JiraAnswer):
    issues: list[IssueAnswer]
    next_page_token: str | None = None


FIELDS = ("summary", "issuetype", "status", "priority", "resolution", "labels", "created", "updated", "description")


def issue(wire: Wire, key: str, tool: str, timeout: timedelta) -> IssueAnswer:
    """One issue, without its comments. Raises `Refused` where there is none, or none that we may see."""
    query = {"fields": ",".join(FIELDS)}
    return understand(IssueAnswer, wire.call("GET", f"{API}/issue/{key}", query=query, timeout=timeout), tool)


def search(
    wire: Wire,
    jql: str,
    tool: str,
    timeout: timedelta,
    *,
    most: int,
    fields: Sequence[str] = FIELDS,
    properties: Sequence[str] = (),
) -> list[IssueAnswer]:
    """The first `most` issues of a query, in its order.

    The index that answers runs seconds to minutes behind ("Search After Write with Search And Reconcile").
    """
    found: list[IssueAnswer] = []
    asked: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": min(most, PAGE)}
    if properties:
        asked["properties"] = list(properties)
    for _ in range(MOST_PAGES):
        answer = wire.call("POST", f"{API}/search/jql", json=asked, timeout=timeout)
        page = understand(SearchAnswer, answer, tool)
        found.extend(page.issues)
        if page.next_page_token is None or len(found) >= most:
            return found[:most]
        asked["nextPageToken"] = page.next_page_token
    raise Refused("TOO_MANY", f"Jira's answer to a search does not end within {MOST_PAGES} pages")


def comments(
    wire: Wire, key: str, tool: str, timeout: timedelta, *, newest_first: bool = False
) -> Iterator[list[CommentAnswer]]:
    """An issue's comments, page by page, oldest first unless asked for otherwise."""
    path, start = f"{API}/issue/{key}/comment", 0
    for _ in range(MOST_PAGES):
        query = {"startAt": start, "maxResults": PAGE, "orderBy": "-created" if newest_first else "created"}
        page = understand(CommentsAnswer, wire.call("GET", path, query=query, timeout=timeout), tool)
        yield page.comments
        start += len(page.comments)
        if start >= page.total or not page.comments:
            return
    raise Refused("TOO_MANY", f"{key} has more than {PAGE * MOST_PAGES} comments")


def latest_comments(wire: Wire, key: str, tool: str, timeout: timedelta, *, most: int) -> list[CommentAnswer]:
    """Newest first."""
    query: Mapping[str, str | int] = {"maxResults": most, "orderBy": "-created"}
    answer = wire.call("GET", f"{API}/issue/{key}/comment", query=query, timeout=timeout)
    return understand(CommentsAnswer, answer, tool).comments


MARK = "lanekeeper_key"  # the property, of an issue or a comment, under which a write of ours is known again


def mark(key: str) -> Mapping[str, Any]:
    """As a property of something new; Jira wants an object for its value."""
    return {"key": MARK, "value": {"key": key}}


def marked(value: Any, key: str) -> bool:
    """Is this the property's value as `mark` left it?"""
    return bool(value == {"key": key})


Stage = Literal["to do", "in progress", "done"]
STAGES: Mapping[str, Stage] = {"new": "to do", "undefined": "to do", "indeterminate": "in progress", "done": "done"}


def stage(status: StatusAnswer) -> Stage:
    """What a status means on every site."""
    return STAGES.get(status.status_category.key, "in progress")


def link(wire: Wire, key: str) -> str:
    return f"{wire.web}/browse/{key}"


def text(field: Any) -> str:
    """A description or a comment as plain text; some old ones are plain already."""
    return field if isinstance(field, str) else plain(field)


def name_of(field: Named | None) -> str:
    return field.name if field else ""
