"""What agents did on tickets, and what customers felt: every ticket that changed, and each one's audits.

Which tickets changed is told by the cursor-based "Incremental Ticket Export", what was done by "List Audits for a
Ticket", where our mark stands. "List All Ticket Audits" would be one step less; its page says that it skips records
when one follows what is new, and that archived tickets are missing. The export is for admins.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from tools.contract import Refused, Wire
from tools.evidence import clamp
from tools.truth import By, Deed, Evidence, HistoryTruth, Listed, Reaction, Told, Walk, fitted, happened, onward
from tools.wire import Answer, understand
from tools.zendesk.answers import Audit, AuditsPage, Event, UserAnswer, ticket_link, ticket_path
from tools.zendesk.comments import AddNote, Reply
from tools.zendesk.create import CreateTicket, key_in
from tools.zendesk.fields import SetStatus, SetTags
from tools.zendesk.priority import SetPriority
from tools.zendesk.updates import MARK

# Of the "Ticket Audit events reference": what Zendesk adds to an update by itself, and nobody does.
BESIDE = frozenset(
    {"Notification", "NotificationWithCcs", "FollowerNotificationEvent", "OrganizationActivity", "Error", "External"}
    | {"Push", "AgentMacroReference", "SatisfactionRating"}
)
MACHINES = frozenset({"rule", "system"})  # channels ("Via object reference"): triggers and automations, Zendesk itself
OVER = frozenset({"solved", "closed"})


class _Exported(Answer):
    id: int


class _Export(Answer):
    tickets: list[_Exported]
    after_cursor: str | None
    end_of_stream: bool


class TicketAudits(HistoryTruth[Walk]):
    name = "zendesk.ticket_audits"
    tells = "What agents changed and wrote on tickets; which ones customers opened, reopened or followed up."
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.export"})
    overlap: ClassVar = timedelta(
        minutes=10
    )  # an export leaves out the last minute; the rest is for clocks that differ
    place = Walk

    def _changed(self, wire: Wire, place: Walk) -> Listed:
        at = {"cursor": place.token} if place.token else {"start_time": int(place.since.timestamp())}
        query: dict[str, str | int] = {**at, "per_page": self.size, "exclude_deleted": "true"}
        answer = wire.call("GET", "/api/v2/incremental/tickets/cursor.json", query=query, timeout=self.timeout)
        found = understand(_Export, answer, self.name)
        records = tuple(f"ZD-{one.id}" for one in found.tickets)
        return Listed(records, "" if found.end_of_stream else onward(found.after_cursor, self.name))

    def _told(self, wire: Wire, records: tuple[str, ...], place: Walk, ours: frozenset[str]) -> Told:
        [ticket] = records
        query: dict[str, str | int] = {"include": "users", "page[size]": self.size}
        query |= {"page[after]": place.inner} if place.inner else {}
        try:
            answer = wire.call("GET", f"{ticket_path(ticket)}/audits.json", query=query, timeout=self.timeout)
        except Refused as refused:
            if refused.code != "NOT_FOUND":  # deleted meanwhile, and its audits with it
                raise
            return Told()
        page = understand(AuditsPage, answer, self.name)
        users = {user.id: user for user in page.users}
        recent = [_Update(wire, ticket, one, users, ours) for one in page.audits]
        recent = [one for one in recent if one.at >= place.since]
        return Told(
            deeds=[deed for one in recent for deed in one.deeds()],
            reactions=[felt for one in recent for felt in one.reactions()],
            inner=onward(page.meta.after_cursor, self.name) if page.meta.has_more else "",
        )


class _Update:
    """One audit, as deeds of the one who made it, or as a customer's reaction."""

    def __init__(
        self, wire: Wire, ticket: str, audit: Audit, users: Mapping[int, UserAnswer], ours: frozenset[str]
    ) -> None:
        self.at = happened(audit.created_at, TicketAudits.name)
        self._ticket, self._audit, self._users = ticket, audit, users
        self._url = ticket_link(wire, ticket)
        self._key = str(audit.metadata.custom.get(MARK, ""))
        self._ours: Evidence = "mark" if self._key else "account" if str(audit.author_id) in ours else ""
        self._author = users.get(audit.author_id)

    @property
    def _by_customer(self) -> bool:
        return self._author is not None and self._author.role == "end-user"

    def deeds(self) -> Iterator[Deed]:
        if self._by_customer:
            return
        opening = [event for event in self._audit.events if event.type == "Create"]
        if opening:
            yield self._opened({str(event.field_name): event.value for event in opening}, opening[0])
        for event in self._audit.events:
            if event.type not in BESIDE and not (opening and event.type in {"Create", "Comment"}):
                yield self._deed(event, **self._meant(event))

    def _meant(self, event: Event) -> dict[str, Any]:
        """The call of ours that makes this change, or words for one that none makes."""
        match event.type, event.field_name:
            case "Comment", _ if event.public is False:
                return fitted(AddNote(), {"ticket": self._ticket, "text": event.body or ""})
            case "Comment", _:
                said = {"ticket": self._ticket, "template": "free_text", "text": event.body or ""}
                return fitted(Reply(), said)
            case "Change", _:
                return self._changed(event)
            case other, _:
                return {"did": other}

    def _changed(self, event: Event) -> dict[str, Any]:
        before, after = event.previous_value, event.value
        match event.field_name:
            case "status" if (before, after) == ("new", "open"):
                return {"did": "took it up: new → open"}  # comes with the first answer; nobody decides it
            case "status" if after in {"open", "pending", "solved"}:
                return fitted(SetStatus(), {"ticket": self._ticket, "status": after})
            case "priority":
                return fitted(SetPriority(), {"ticket": self._ticket, "priority": after})
            case "tags":
                came, went = sorted(_tags(after) - _tags(before)), sorted(_tags(before) - _tags(after))
                change = {"add": came, "remove": went}
                return fitted(SetTags(), {"ticket": self._ticket, **{name: one for name, one in change.items() if one}})
            case field:
                return {"did": f"{field}: {_words(before)} → {_words(after)}"}

    def _opened(self, held: Mapping[str, object], first: Event) -> Deed:
        """A ticket that somebody opened for a customer, with its first comment."""
        said, asker = self._audit.comment, str(held.get("requester_id", ""))
        known = self._users.get(int(asker)) if asker.isdecimal() else None
        arguments = {
            "email": known.email if known else None,
            "name": known.name if known else None,
            "subject": held.get("subject"),
            "text": said.body if said else None,
            "public": said.public is not False if said else None,
            "priority": held.get("priority"),
        }
        whole = {name: value for name, value in arguments.items() if value is not None}
        made = self._deed(first, **fitted(CreateTicket(), whole))
        about = (made.ref, *([f"zendesk.user {asker}"] if asker else []))
        named = {"ref": f"zendesk.user {known.email if known else asker}", "also": about}
        mark = key_in(str(held.get("external_id") or ""))
        ours = {"ours": "mark", "key": mark} if mark else {}
        return made.model_copy(update={**named, **ours})

    def _deed(self, event: Event, **meant: Any) -> Deed:
        return Deed(
            id=f"zendesk.audit {self._audit.id} {event.id}",
            ref=f"zendesk.ticket {self._ticket}",
            by=self._by(event),
            at=self.at,
            save=f"zendesk.audit {self._audit.id}",
            ours="" if self._ruled(event) else self._ours,
            key="" if self._ruled(event) else self._key,
            url=self._url,
            **meant,
        )

    def _ruled(self, event: Event) -> bool:
        """Did a trigger or an automation of the account do it? Triggers add to the update that set them off."""
        via = event.via or self._audit.via
        return self._audit.author_id <= 0 or via.channel in MACHINES

    def _by(self, event: Event) -> By:
        who = self._author
        if self._ruled(event):
            return By(kind="machine")
        return By(id=str(self._audit.author_id), name=who.name if who else "", email=(who and who.email) or "")

    def reactions(self) -> Iterator[Reaction]:
        if not self._by_customer:
            return
        who, said = self._author, self._audit.comment
        for event in self._audit.events:
            kind = self._felt(event)
            if kind is None or who is None:
                continue
            earlier = self._audit.via.source.origin.ticket_id if kind == "followed_up" else None
            yield Reaction(
                id=f"zendesk.audit {self._audit.id} {event.id}",
                kind=kind,
                ref=f"zendesk.ticket {self._ticket}",
                also=(f"zendesk.user {who.id}", *([f"zendesk.ticket ZD-{earlier}"] if earlier else [])),
                by=By(id=str(who.id), name=who.name, email=who.email or ""),
                at=self.at,
                quote=clamp((said.body or "") if said else ""),
                url=self._url,
            )

    def _felt(self, event: Event) -> Any:
        match event.type, event.field_name:
            case "Create", "requester_id":
                return "followed_up" if self._audit.via.source.rel == "follow_up" else "asked"
            case "Change", "status" if event.previous_value in OVER and event.value not in OVER:
                return "reopened"
            case _:
                return None


def _tags(value: object) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list) else set(str(value or "").split())


def _words(value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return clamp(shown) or "—"
