"""What Zendesk answers, as far as we read it. Lists come by cursor: `meta.has_more`, `meta.after_cursor`."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal, TypeVar

from tools.contract import Refused, Wire
from tools.wire import Answer, understand

Status = Literal["new", "open", "pending", "hold", "solved", "closed"]

PAGE = 100  # comments or audits an answer, Zendesk's most
MOST_PAGES = 20  # a ticket may have 5,000 comments; one with more than 2,000 is not a case for an agent


class UserAnswer(Answer):
    id: int
    name: str
    email: str | None = None
    role: str


class TicketAnswer(Answer):
    id: int
    subject: str | None
    status: Status
    priority: str | None
    requester_id: int
    tags: list[str]
    created_at: str
    updated_at: str


class TicketPage(Answer):
    ticket: TicketAnswer
    users: list[UserAnswer]


class CommentAnswer(Answer):
    id: int
    author_id: int
    body: str
    public: bool
    created_at: str


class Meta(Answer):
    has_more: bool
    after_cursor: str | None = None


class Page(Answer):
    meta: Meta


class CommentsPage(Page):
    comments: list[CommentAnswer]
    users: list[UserAnswer]


class Event(Answer):
    id: int
    type: str
    body: str | None = None


class Metadata(Answer):
    custom: Mapping[str, object] = {}


class Audit(Answer):
    metadata: Metadata = Metadata()
    events: list[Event]


class AuditsPage(Page):
    audits: list[Audit]


class Changed(Answer):
    ticket: TicketAnswer


class Updated(Changed):
    audit: Audit


class Hit(Answer):
    id: int
    result_type: str
    subject: str | None = None
    status: Status | None = None
    created_at: str


class SearchPage(Answer):
    results: list[Hit]


P = TypeVar("P", bound=Page)


def pages(
    wire: Wire,
    path: str,
    model: type[P],
    tool: str,
    timeout: timedelta,
    *,
    query: Mapping[str, str | int] | None = None,
) -> Iterator[P]:
    """Every page of a list, oldest entries first."""
    asked: dict[str, str | int] = {"page[size]": PAGE, **(query or {})}
    for _ in range(MOST_PAGES):
        page = understand(model, wire.call("GET", path, query=asked, timeout=timeout), tool)
        yield page
        if not page.meta.has_more:
            return
        asked["page[after]"] = page.meta.after_cursor or ""
    raise Refused("TOO_LONG", f"{path} has more than {PAGE * MOST_PAGES} entries")


def ticket_path(ticket: str) -> str:
    return f"/api/v2/tickets/{ticket.removeprefix('ZD-')}"


def ticket_link(wire: Wire, ticket: str) -> str:
    return f"{wire.web}/agent/tickets/{ticket.removeprefix('ZD-')}"
