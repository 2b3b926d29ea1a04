"""What Zendesk answers, as far as we read it. Lists come by cursor: `meta.has_more`, `meta.after_cursor`."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal, TypeVar

from pydantic import Field

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
    type: str | None = None
    requester_id: int
    tags: list[str]
    created_at: str
    updated_at: str


class TicketPage(Answer):
    ticket: TicketAnswer
    users: list[UserAnswer]

    @property
    def requester(self) -> UserAnswer | None:
        return next((user for user in self.users if user.id == self.ticket.requester_id), None)


class TicketsFound(Answer):
    tickets: list[TicketAnswer]
    users: list[UserAnswer] = Field(default_factory=list)


class UsersFound(Answer):
    users: list[UserAnswer]


class Me(Answer):
    user: UserAnswer


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


class Origin(Answer):
    ticket_id: int | None = None


class Source(Answer):
    rel: str | None = None
    origin: Origin = Field(default=Origin(), alias="from")


class Via(Answer):
    """How something came about: web, email, api, rule … ("Via object reference")."""

    channel: str | int = ""
    source: Source = Source()


class Event(Answer):
    """One thing that happened in an update; of each kind only what we read ("Ticket Audit events reference")."""

    id: int
    type: str
    body: str | None = None
    public: bool | None = None
    field_name: str | None = None
    value: object = None
    previous_value: object = None
    via: Via | None = None  # where it is another than the audit's


class Metadata(Answer):
    custom: Mapping[str, object] = {}


class Audit(Answer):
    id: int
    author_id: int
    created_at: str
    metadata: Metadata = Metadata()
    via: Via = Via()
    events: list[Event]

    @property
    def comment(self) -> Event | None:
        return next((event for event in self.events if event.type == "Comment"), None)


class AuditsPage(Page):
    audits: list[Audit]
    users: list[UserAnswer] = Field(default_factory=list)


class Changed(Answer):
    ticket: TicketAnswer


class Updated(Changed):
    audit: Audit


class ActionAnswer(Answer):
    field: str
    value: object = None  # a word, a flag, or the channel and the text of a comment


class MacroAnswer(Answer):
    id: int
    title: str
    description: str | None = None
    active: bool
    actions: list[ActionAnswer]
    updated_at: str


class MacroFound(Answer):
    macro: MacroAnswer


class MacrosPage(Page):
    macros: list[MacroAnswer]


class AppliedComment(Answer):
    body: str
    public: bool | None = None  # Zendesk's default is public


class AppliedTicket(Answer):
    """A ticket as it would be after a macro."""

    id: int
    status: Status
    priority: str | None = None
    type: str | None = None
    tags: list[str]
    comment: AppliedComment | None = None


class Applied(Answer):
    ticket: AppliedTicket


class MacroApplied(Answer):
    result: Applied


class JobResult(Answer):
    """Of one ticket of a batch: `error` and `details` where it failed."""

    id: int | None = None
    error: str | None = None
    details: str | None = None


class JobAnswer(Answer):
    id: str
    status: str  # queued, working, completed, failed, killed
    message: str | None = None
    results: list[JobResult] | None = None

    @property
    def ended(self) -> bool:
        return self.status not in {"queued", "working"}

    @property
    def failed(self) -> bool:
        """As a whole, or for one of its tickets."""
        return self.ended and (self.status != "completed" or any(one.error for one in self.results or ()))


class JobFound(Answer):
    job_status: JobAnswer


class JobsPage(Page):
    job_statuses: list[JobAnswer]


class TokenAnswer(Answer):
    scopes: list[str]


class TokenFound(Answer):
    token: TokenAnswer


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
    raise Refused("TOO_MANY", f"{path} has more than {PAGE * MOST_PAGES} entries")


def number(ticket: str) -> str:
    return ticket.removeprefix("ZD-")


def ticket_path(ticket: str) -> str:
    return f"/api/v2/tickets/{number(ticket)}"


def ticket_link(wire: Wire, ticket: str) -> str:
    return f"{wire.web}/agent/tickets/{number(ticket)}"


def user_link(wire: Wire, user: str | int) -> str:
    return f"{wire.web}/agent/users/{user}"


def macro_link(wire: Wire, macro: str) -> str:
    return f"{wire.web}/admin/workspaces/agent-workspace/macros/{macro}"
