"""A ticket's history, as a person reads it: who changed what from what to what, and when."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from tools.contract import Evidence, FreeText, Frozen, Internal, Pii, ReadTool, Wire
from tools.evidence import clamp
from tools.zendesk.answers import Audit, AuditsPage, Event, UserAnswer, pages, ticket_link, ticket_path
from tools.zendesk.reads import TicketId
from tools.zendesk.updates import MARK

PEOPLE = frozenset({"requester_id", "assignee_id", "submitter_id"})  # fields whose value is a person's number


class TicketHistoryArguments(Frozen):
    ticket: Internal[TicketId]


class FieldChange(Frozen):
    field: Internal[str]
    before: FreeText[str]  # empty where the ticket was opened with it
    after: FreeText[str]


class Update(Frozen):
    at: Internal[str]  # ISO 8601, UTC
    by: Pii[str]
    role: Internal[Literal["customer", "agent"]]
    key: Internal[str]  # the key of our own write; empty for everybody else's
    comment: Internal[Literal["none", "public", "internal"]]
    said: FreeText[str]  # the beginning of the comment; the whole stands in the ticket
    changes: list[FieldChange]


class History(Frozen):
    ticket: Internal[str]
    updates: list[Update]  # oldest first


class TicketHistory(ReadTool[TicketHistoryArguments, History]):
    """Ticket Audits. Kinds of events that change neither a field nor the conversation are left out."""

    name = "zendesk.ticket_history"
    summary = "Read who changed a Zendesk ticket, what from what to what and when, oldest first; our writes are marked."
    arguments = TicketHistoryArguments
    result = History
    scopes: ClassVar = frozenset({"zendesk:tickets.read"})
    example: ClassVar = {"ticket": "ZD-4822"}

    def read(self, wire: Wire, arguments: TicketHistoryArguments) -> History:
        path = f"{ticket_path(arguments.ticket)}/audits.json"
        users: dict[int, UserAnswer] = {}
        audits: list[Audit] = []
        for page in pages(wire, path, AuditsPage, self.name, self.timeout, query={"include": "users"}):
            users |= {user.id: user for user in page.users}
            audits.extend(page.audits)
        updates = [_update(audit, users) for audit in audits]
        return History(
            ticket=arguments.ticket, updates=[one for one in updates if one.changes or one.comment != "none"]
        )

    def cite(self, wire: Wire, arguments: TicketHistoryArguments, result: History) -> tuple[Evidence, ...]:
        """How often it was changed, and what happened last."""
        last = result.updates[-1] if result.updates else None
        times = len(result.updates)
        return (
            Evidence(
                label=f"History of {result.ticket} · {times} {'update' if times == 1 else 'updates'}",
                quote=clamp(f"{last.by}, {last.at[:10]}: {_told(last)}") if last else "",
                url=ticket_link(wire, arguments.ticket),
            ),
        )


def _update(audit: Audit, users: Mapping[int, UserAnswer]) -> Update:
    author, said = users.get(audit.author_id), audit.comment
    return Update(
        at=audit.created_at,
        by=author.name if author else f"user {audit.author_id}",
        role="agent" if author and author.role != "end-user" else "customer",  # a stranger has no more trust
        key=str(audit.metadata.custom.get(MARK, "")),
        comment="none" if said is None else "internal" if said.public is False else "public",
        said=clamp(said.body or "") if said else "",
        changes=[_change(event, users) for event in audit.events if event.type in {"Create", "Change"}],
    )


def _change(event: Event, users: Mapping[int, UserAnswer]) -> FieldChange:
    field = event.field_name or ""
    before, after = (_words(field, value, users) for value in (event.previous_value, event.value))
    return FieldChange(field=field.removesuffix("_id"), before=before, after=after)


def _words(field: str, value: object, users: Mapping[int, UserAnswer]) -> str:
    """A list is its entries, a person's number their name where we know it. Numbers come as text as well."""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    text = "" if value is None else str(value)
    if field in PEOPLE and text.isdecimal() and (known := users.get(int(text))) is not None:
        return known.name
    return text


def _told(update: Update) -> str:
    told = [f"{change.field} {change.before or '—'} → {change.after or '—'}" for change in update.changes]
    return "; ".join([*told, *([f"{update.comment} comment"] if update.comment != "none" else [])])
