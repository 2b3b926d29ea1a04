"""Reading Zendesk: a ticket with its conversation, and a customer's tickets."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tools.contract import Evidence, FreeText, Frozen, Internal, Pii, ReadTool, Wire
from tools.evidence import QUOTE, clamp
from tools.values import Email
from tools.wire import understand
from tools.zendesk.answers import (
    CommentAnswer,
    CommentsPage,
    SearchPage,
    Status,
    TicketAnswer,
    TicketPage,
    UserAnswer,
    pages,
    ticket_link,
    ticket_path,
)

TicketId = Annotated[str, Field(pattern=r"^ZD-[1-9][0-9]{0,11}$", description="Ticket id such as ZD-4821")]

Tag = Annotated[str, Field(pattern=r"^[a-z0-9_\-/.]{1,80}$", description="A tag: small letters, no spaces")]


class Person(Frozen):
    id: Internal[str]
    name: Pii[str]
    email: Pii[str]  # empty where Zendesk knows none


class Comment(Frozen):
    id: Internal[str]
    author: Pii[str]
    role: Internal[Literal["customer", "agent"]]
    public: Internal[bool]
    text: FreeText[str]
    at: Internal[str]  # ISO 8601, UTC


class Ticket(Frozen):
    ticket: Internal[str]
    subject: FreeText[str]
    status: Internal[Status]
    priority: Internal[str]
    requester: Person
    tags: Internal[list[str]]
    comments: list[Comment]  # oldest first
    updated_at: Internal[str]


class GetTicketArguments(Frozen):
    ticket: Internal[TicketId]


class GetTicket(ReadTool[GetTicketArguments, Ticket]):
    name = "zendesk.get_ticket"
    summary = "Read a Zendesk ticket: who asks, its status and the whole conversation, oldest comment first."
    arguments = GetTicketArguments
    result = Ticket
    scopes: ClassVar = frozenset({"zendesk:tickets.read"})
    example: ClassVar = {"ticket": "ZD-4821"}

    def read(self, wire: Wire, arguments: GetTicketArguments) -> Ticket:
        path = ticket_path(arguments.ticket)
        answer = wire.call("GET", f"{path}.json", query={"include": "users"}, timeout=self.timeout)
        found = understand(TicketPage, answer, self.name)
        users = {user.id: user for user in found.users}
        comments: list[CommentAnswer] = []
        for page in pages(
            wire, f"{path}/comments.json", CommentsPage, self.name, self.timeout, query={"include": "users"}
        ):
            comments.extend(page.comments)
            users |= {user.id: user for user in page.users}
        return _ticket(found.ticket, comments, users)

    def cite(self, wire: Wire, arguments: GetTicketArguments, result: Ticket) -> tuple[Evidence, ...]:
        """The ticket with the customer's first and latest public words."""
        spoken = [comment for comment in result.comments if comment.public and comment.role == "customer"]
        words = [comment.text for comment in dict.fromkeys((spoken[0], spoken[-1]))] if spoken else []
        return (
            Evidence(
                label=f"Ticket {result.ticket} · {result.subject}",
                quote=" … ".join(clamp(text, QUOTE // len(words)) for text in words),
                url=ticket_link(wire, arguments.ticket),
            ),
        )


def _ticket(found: TicketAnswer, said: Iterable[CommentAnswer], users: Mapping[int, UserAnswer]) -> Ticket:
    requester = users.get(found.requester_id)
    return Ticket(
        ticket=f"ZD-{found.id}",
        subject=found.subject or "",
        status=found.status,
        priority=found.priority or "",
        requester=Person(
            id=str(found.requester_id),
            name=requester.name if requester else "",
            email=(requester.email or "") if requester else "",
        ),
        tags=found.tags,
        comments=[_comment(one, users.get(one.author_id)) for one in said],
        updated_at=found.updated_at,
    )


def _comment(said: CommentAnswer, author: UserAnswer | None) -> Comment:
    return Comment(
        id=str(said.id),
        author=author.name if author else "",
        role="agent" if author and author.role != "end-user" else "customer",  # a stranger has no more trust
        public=said.public,
        text=said.body,
        at=said.created_at,
    )


class FindTicketsArguments(Frozen):
    email: Pii[Email]
    status: Annotated[Internal[Status] | None, Field(description="Only those in this status")] = None
    tag: Annotated[Internal[Tag] | None, Field(description="Only those with this tag")] = None

    @property
    def query(self) -> str:
        """In Zendesk's search syntax; what the fields may hold cannot add a term of its own."""
        terms = ["type:ticket", f'requester:"{self.email}"']
        terms += [f"status:{self.status}"] if self.status else []
        terms += [f"tags:{self.tag}"] if self.tag else []
        return " ".join(terms)


class FoundTicket(Frozen):
    ticket: Internal[str]
    subject: FreeText[str]
    status: Internal[Status]
    created_at: Internal[str]


class FoundTickets(Frozen):
    tickets: list[FoundTicket]  # newest first


class FindTickets(ReadTool[FindTicketsArguments, FoundTickets]):
    """The search API; its index may lag a few minutes behind, which is why no write rests on it."""

    name = "zendesk.find_tickets"
    summary = (
        "Find a customer's latest Zendesk tickets by e-mail address, newest first, at most 25; by status and tag, too."
    )
    arguments = FindTicketsArguments
    result = FoundTickets
    scopes: ClassVar = frozenset({"zendesk:tickets.read"})
    example: ClassVar = {"email": "ada@parkstudio.example"}
    most: ClassVar[int] = 25

    def read(self, wire: Wire, arguments: FindTicketsArguments) -> FoundTickets:
        query: dict[str, str | int] = {
            "query": arguments.query,
            "sort_by": "created_at",
            "sort_order": "desc",
            "per_page": self.most,
        }
        answer = wire.call("GET", "/api/v2/search.json", query=query, timeout=self.timeout)
        hits = understand(SearchPage, answer, self.name).results
        return FoundTickets(
            tickets=[
                FoundTicket(
                    ticket=f"ZD-{hit.id}", subject=hit.subject or "", status=hit.status, created_at=hit.created_at
                )
                for hit in hits
                if hit.result_type == "ticket" and hit.status is not None
            ]
        )
