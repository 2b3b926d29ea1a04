"""One update of one ticket: what it rests on, how it is sent, how it is found again.

Sent: as a safe update ("Protecting against ticket update collisions" of the Tickets reference). It carries the time of
the last change as read right before; somebody who changes the ticket in between makes Zendesk answer 409, and nothing
is written. The read is a new one at every try, so that a write of ours does not stop the next one on the same card.

Found again: Zendesk knows no idempotency key on updates. What an update carries as `metadata` is kept in its audit,
under `metadata.custom` and out of the customer's sight ("Setting Metadata"). Reading audits takes the OAuth scope
"read", "tickets:read" is not enough ("Ticket Audits").
"""

from collections.abc import Mapping
from typing import Any

from tools.contract import Evidence, Refused, Target, Wire, WriteTool
from tools.evidence import clamp
from tools.wire import understand
from tools.zendesk.answers import Audit, AuditsPage, TicketAnswer, TicketPage, pages, ticket_link, ticket_path
from tools.zendesk.reads import GetTicket, GetTicketArguments

MARK = "lanekeeper_key"

Write = WriteTool[Any, Any]


def look(wire: Wire, ticket: str, *, answers: bool = False) -> Target:
    """A ticket as a write sees it. `new` is pinned as open: our own first reply may move the one to the other.

    `answers`: the write answers the customer, so an answer that nobody has replied to yet is told in `already`.
    """
    found = GetTicket().read(wire, GetTicketArguments(ticket=ticket))
    if found.status == "closed":
        raise Refused("CLOSED", f"{ticket} is closed; Zendesk lets nobody change it any more")
    spoken = [comment.id for comment in found.comments if comment.role == "customer"]
    answered = [one for one in found.comments if one.role == "agent" and one.public]
    last = answered[-1:] if answers and answered and found.comments[-1] is answered[-1] else []
    return Target(
        ref=f"zendesk.ticket {ticket}",
        url=ticket_link(wire, ticket),
        pinned={
            "status": "open" if found.status == "new" else found.status,
            "last_customer_comment": spoken[-1] if spoken else None,
            "requester": found.requester.name,
            "email": found.requester.email,
        },
        seen={"status": found.status, "subject": found.subject, "tags": " ".join(found.tags)},
        already=tuple(Evidence(label=f"{one.author} answered {one.at[:10]}", quote=clamp(one.text)) for one in last),
    )


def current(wire: Wire, ticket: str, tool: Write) -> TicketPage:
    """The ticket as it is now, with its people."""
    answer = wire.call("GET", f"{ticket_path(ticket)}.json", query={"include": "users"}, timeout=tool.timeout)
    return understand(TicketPage, answer, tool.name)


def update(wire: Wire, ticket: TicketAnswer, change: Mapping[str, object], key: str, tool: Write, **notes: str) -> Any:
    """Change `ticket`, as long as it is what was read; `notes` are kept in the audit beside the mark.

    Raises `Refused` CONFLICT, known not done, when somebody else was quicker.
    """
    safely = {"safe_update": True, "updated_stamp": ticket.updated_at, "metadata": {MARK: key, **notes}}
    body = {"ticket": {**change, **safely}}
    path = f"{ticket_path(str(ticket.id))}.json"
    try:
        return wire.call("PUT", path, json=body, timeout=tool.timeout, changes=True)
    except Refused as refused:
        if refused.code != "CONFLICT":
            raise
        message = f"Somebody changed ZD-{ticket.id} at the same moment; nothing was written"
        raise Refused("CONFLICT", message) from refused


def marked(wire: Wire, ticket: str, key: str, tool: Write) -> Audit | None:
    """The audit of the update that was sent under `key`; None where the ticket has none."""
    for page in pages(wire, f"{ticket_path(ticket)}/audits.json", AuditsPage, tool.name, tool.timeout):
        for audit in page.audits:
            if audit.metadata.custom.get(MARK) == key:
                return audit
    return None
