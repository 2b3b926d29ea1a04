"""Zendesk: what the document leaves out or says otherwise. Pages are of developer.zendesk.com/api-reference.

It is looked up without the `.json` that our paths end in: Zendesk takes both, the document lists the path without.
"""

import pytest

from documents.vendor import (
    BOOLEAN,
    NUMBER,
    TEXT,
    Beside,
    Vendor,
    body,
    fields,
    many,
    named,
    one,
    operation,
    parameters,
    refusals,
    shape,
)
from tools import zendesk
from tools.contract import Refused
from tools.registry import by_name

_TICKET = "/api/v2/tickets/{ticket_id}"
_BY_CURSOR = ("page[size]", "page[after]")
_TEXT_OR_NONE = {**TEXT, "nullable": True}
_CURSOR = {
    "meta": shape("has_more", has_more=BOOLEAN, after_cursor=_TEXT_OR_NONE, before_cursor=_TEXT_OR_NONE),
    "links": shape(next=_TEXT_OR_NONE, prev=_TEXT_OR_NONE),
}
_OFFSET = {"count": NUMBER, "next_page": _TEXT_OR_NONE, "previous_page": _TEXT_OR_NONE}
_USERS = {"users": many(one("UserObject"))}
_TOKEN = shape(id=NUMBER, user_id=NUMBER, scopes=many(TEXT), token=TEXT)
_VALUE = {"type": ["string", "integer", "array", "null"], "items": TEXT}  # tags are an array
_EVENT = {
    "id": NUMBER,
    "type": TEXT,
    "author_id": NUMBER,
    "body": TEXT,
    "public": BOOLEAN,
    "attachments": many(one("AttachmentObject")),
    "field_name": TEXT,
    "previous_value": _VALUE,
}

_EXPORT = shape(
    "tickets", "after_cursor", "end_of_stream",
    tickets=many(one("TicketObject")), after_cursor=_TEXT_OR_NONE, before_cursor=_TEXT_OR_NONE,
    after_url=_TEXT_OR_NONE, before_url=_TEXT_OR_NONE, end_of_stream=BOOLEAN,
)  # fmt: skip
_ERROR = {"anyOf": [TEXT, shape("title", "message", title=TEXT, message=TEXT)]}  # the second of a 403
_DETAILS = {"type": "object", "additionalProperties": many(shape("description", description=TEXT))}


def _edges(wire) -> None:
    """Its rights, a ticket that is not there, a status that is none, a ticket of no priority, a batch of which one
    fails, jobs by number, a macro whose comment names its channel.
    """
    assert zendesk.shortfalls(wire, frozenset({"zendesk:tickets.read"})) == ()
    tool = by_name("zendesk.get_ticket")
    with pytest.raises(Refused):
        tool.read(wire, tool.arguments(ticket="ZD-999999"))
    with pytest.raises(Refused):
        wire.call(
            "PUT", "/api/v2/tickets/4821.json", json={"ticket": {"status": "odd"}}, timeout=tool.timeout, changes=True
        )
    patience = tool.timeout
    plain = {
        "subject": "Hello",
        "comment": {"body": "Hello."},
        "requester": {"name": "Nora", "email": "nora@new.example"},
    }
    wire.call("POST", "/api/v2/tickets.json", json={"ticket": plain}, timeout=patience, changes=True)
    batch = by_name("zendesk.update_tickets")
    with pytest.raises(Refused, match="PARTLY_DONE"):
        batch.write(wire, batch.arguments(tickets=("ZD-4830", "ZD-4837"), status="pending"), "0e" * 32)
    wire.call("GET", "/api/v2/job_statuses.json", timeout=patience)
    action = {"field": "comment_value", "value": ["channel:all", "Thanks!"]}
    wire.call("POST", "/_control/macro", json={"macro": 32, "actions": [action]}, timeout=patience)
    wire.call("GET", "/api/v2/macros.json", query={"page[size]": 100}, timeout=patience)


VENDOR = Vendor(
    "zendesk",
    besides=(
        Beside("Macros, Show Macro", operation("get", "/api/v2/macros/{macro_id}", shape(macro=one("MacroObject")))),
        Beside(
            "Job Statuses, List Job Statuses",
            operation(
                "get",
                "/api/v2/job_statuses",
                shape(job_statuses=many(one("JobStatusObject")), **_CURSOR, **_OFFSET),
                query=_BY_CURSOR,
            ),
        ),
        Beside(
            "Incremental Exports, Incremental Ticket Export, Cursor Based",
            operation(
                "get",
                "/api/v2/incremental/tickets/cursor",
                _EXPORT,
                query=("start_time", "cursor", "per_page", "exclude_deleted"),
            ),
        ),
        Beside(
            "Satisfaction Ratings, List Satisfaction Ratings: its filters",
            parameters("/api/v2/satisfaction_ratings", "score", "start_time"),
        ),
        Beside(
            "OAuth Tokens, Show Current Token",
            operation("get", "/api/v2/oauth/tokens/current", shape(token=_TOKEN)),
        ),
        Beside(
            "Tickets, Update Many Tickets",
            body("put", "/api/v2/tickets/update_many", one("TicketUpdateRequest")),
            fields("TicketUpdateInput", additional_tags=many(TEXT), remove_tags=many(TEXT)),
        ),
        Beside(
            "Tickets, Setting Metadata: of an update; the document has it in the ticket, write-only",
            fields("TicketUpdateInput", metadata={"type": "object"}),
        ),
        Beside(
            "Tickets, Creating a ticket with a new requester",
            fields("TicketCreateInput", requester=shape("email", name=TEXT, email=TEXT)),
        ),
        Beside("Tickets, Create Ticket: with its first audit", fields("TicketResponse", audit=one("AuditObject"))),
        Beside(
            "Tickets, JSON format: what is not set is null",
            fields("TicketObject", external_id={"nullable": True}),
            fields("TicketObject", assignee_id={"nullable": True}),
            fields("TicketObject", type={"nullable": True}),
            fields("TicketObject", priority={"enum": [None], "nullable": True}),
        ),
        Beside(
            "Ticket Audits, Audit events: a change and a comment; tags are an array",
            fields("TicketAuditObject", events={"items": {"properties": {**_EVENT, "value": _VALUE}}}),
            fields(
                "AuditObject",
                events={"items": {"properties": {**_EVENT, "value": {"oneOf": [many(TEXT), {"type": "null"}]}}}},
            ),
        ),
        Beside(
            "Search, List Search Results: a result has the fields of what was found",
            named("SearchResultObject", {"allOf": [one("TicketObject")]}),
        ),
        Beside(
            "Macros, Show Ticket After Changes: the whole ticket",
            fields("MacroApplyTicketResponse", result={"properties": {"ticket": {"allOf": [one("TicketObject")]}}}),
        ),
        Beside(
            "Job Statuses, JSON format: what could not be done has its place in the list, a code and the reason",
            fields("CreateResourceResult", error=TEXT, details=TEXT),
        ),
        Beside(
            "Macros, Actions reference: a comment may be a list of its channel and its text",
            fields("ActionObject", value={"type": ["string", "array"], "items": TEXT}),
        ),
        Beside(
            "Introduction, Pagination: by cursor",
            parameters("/api/v2/macros", *_BY_CURSOR),
            parameters("/api/v2/satisfaction_ratings", *_BY_CURSOR),
            fields("SatisfactionRatingsResponse", **_CURSOR),
            parameters(f"{_TICKET}/audits", *_BY_CURSOR),
            parameters(f"{_TICKET}/comments", *_BY_CURSOR),
            fields("MacrosResponse", **_CURSOR),
            fields("TicketAuditsResponseNoneCursor", **_CURSOR),
            fields("TicketCommentsResponse", **_CURSOR),
        ),
        Beside(
            "Introduction, Pagination: by number",
            parameters("/api/v2/search", "per_page"),
            parameters("/api/v2/users/search", "per_page"),
            fields("UsersResponse", **_OFFSET),
            fields("TicketsResponse", **_OFFSET),
        ),
        Beside(
            "Introduction, Side-Loading",
            parameters(_TICKET, "include"),
            parameters(f"{_TICKET}/audits", "include"),
            parameters("/api/v2/tickets/show_many", "include"),
            fields("TicketResponse", **_USERS),
            fields("TicketsResponse", **_USERS),
            fields("TicketAuditsResponseNoneCursor", **_USERS),
            fields("TicketCommentsResponse", **_USERS),
        ),
        Beside(
            "Introduction, Response status codes: what a refusal says",
            refusals(shape("error", error=_ERROR, description=TEXT, details=_DETAILS)),
        ),
    ),
    edges=_edges,
    open={
        "metadata": "of an update it is ours; of an audit the document lets it be anything",
        "custom": "what an update brought as metadata",
        "system": "the document lets the metadata of an audit be anything",
    },
)
