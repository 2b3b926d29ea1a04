"""Which notes people left in HubSpot, on whom and on which deal. Ours carry our key in their property."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from tools.contract import Refused, Wire
from tools.hubspot.answers import BODY, CONTACTS, DEALS, MARK, NOTES, link
from tools.hubspot.markup import plain
from tools.hubspot.notes import CreateNote
from tools.hubspot.walks import BEHIND, Past, Set, changed
from tools.truth import By, Deed, HistoryTruth, Listed, Told, Walk, fitted, happened
from tools.wire import Answer, understand


class _Tie(Answer):
    id: str


class _Ties(Answer):
    results: list[_Tie]


class _Note(Past):
    associations: Mapping[str, _Ties] = {}

    def tied(self, kind: str) -> list[str]:
        """Each once: HubSpot names a record again for every label of the association."""
        return (
            list(dict.fromkeys(one.id for one in self.associations[kind].results)) if kind in self.associations else []
        )


class NotesLeft(HistoryTruth[Walk]):
    name = "hubspot.notes"
    tells = "Which notes were left on contacts and deals, and by whom."
    scopes: ClassVar = frozenset({"hubspot:notes.read", "hubspot:contacts.read", "hubspot:deals.read"})
    overlap: ClassVar[timedelta] = BEHIND
    place = Walk

    def _changed(self, wire: Wire, place: Walk) -> Listed:
        return changed(wire, NOTES, "hs_createdate", place, self)

    def _told(self, wire: Wire, records: tuple[str, ...], place: Walk, ours: frozenset[str]) -> Told:
        [name] = records
        query = {"properties": f"{BODY},{MARK}", "propertiesWithHistory": BODY, "associations": "contacts,deals"}
        try:
            answer = wire.call("GET", NOTES.path(name), query=query, timeout=self.timeout)
        except Refused as refused:
            if refused.code != "NOT_FOUND":  # deleted meanwhile
                raise
            return Told()
        return Told([_deed(wire, understand(_Note, answer, self.name), ours)])


def _deed(wire: Wire, note: _Note, ours: frozenset[str]) -> Deed:
    """The first line of the body's history tells who left it; what was written then is what counts."""
    lines = note.propertiesWithHistory.get(BODY, ())
    first = Set.read(lines[-1], ours, NotesLeft.name) if lines else None
    contacts, deals = note.tied("contacts"), note.tied("deals")
    key = note.properties.get(MARK) or ""
    arguments: dict[str, Any] = {"template": "free_text", "text": plain(first.value if first else note.text(BODY))}
    arguments |= {"contact": contacts[0]} if contacts else {}
    arguments |= {"deal": deals[0]} if deals else {}
    about = [f"hubspot.contact {one}" for one in contacts] + [f"hubspot.deal {one}" for one in deals]
    return Deed(
        id=f"hubspot.note {note.id}",
        ref=about[0] if about else f"hubspot.note {note.id}",
        also=(*about[1:], f"hubspot.note {note.id}"),
        by=first.by if first else By(kind="machine"),
        at=happened(note.createdAt, NotesLeft.name),
        ours="mark" if key else first.ours if first else "",
        key=key,
        url=link(wire, DEALS, deals[0]) if deals else link(wire, CONTACTS, contacts[0]) if contacts else "",
        **fitted(CreateNote(), arguments),
    )
