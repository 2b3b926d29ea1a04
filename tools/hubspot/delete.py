"""Taking a note of ours away again.

A deleted note lies in HubSpot's recycle bin for 90 days ("Restore deleted records"); people can bring it back from
there, the API cannot.
"""

from typing import ClassVar

from tools.contract import (
    Change,
    Frozen,
    Internal,
    Preview,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Unavailable,
    Uncertain,
    Wire,
    WriteTool,
)
from tools.evidence import clamp
from tools.hubspot.answers import AT, BODY, CONTACTS, MARK, MODIFIED, NOTES, Crm, Id, Record, link
from tools.hubspot.markup import plain
from tools.wire import understand


class DeleteNoteArguments(Frozen):
    note: Routes[Internal[Id]]


class NoteDeleted(Frozen):
    note: Internal[str]
    deleted_at: Internal[str]  # ISO 8601


class DeleteNote(WriteTool[DeleteNoteArguments, NoteDeleted]):
    name = "hubspot.delete_note"
    summary = "Move a HubSpot note that Lanekeeper left to the recycle bin. Notes of people are not touched."
    arguments = DeleteNoteArguments
    result = NoteDeleted
    scopes: ClassVar = frozenset({"hubspot:notes.read", "hubspot:notes.write"})
    example: ClassVar = {"note": "54001"}
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "note"
    missing: ClassVar = {"undo": "HubSpot restores a deleted note by hand only, for 90 days, under Restore records"}

    def look(self, wire: Wire, arguments: DeleteNoteArguments) -> Target:
        crm = Crm(wire, self)
        note = crm.one(NOTES, arguments.note)
        if not note.properties.get(MARK):
            raise Refused("NOT_OURS", f"note {note.id} was not left by Lanekeeper; people delete what people wrote")
        person = min(crm.tied(NOTES, note.id, CONTACTS), key=int, default=None)
        return Target(
            ref=f"hubspot.note {note.id}",
            url=link(wire, CONTACTS, person) if person else "",
            pinned={"modified": note.text(MODIFIED)},
            seen={"contact": person, "text": clamp(plain(note.text(BODY))), "at": note.text(AT)[:10]},
        )

    def preview(self, arguments: DeleteNoteArguments, target: Target) -> Preview:
        return Preview(
            sentence=f"Delete the note that Lanekeeper left on {target.seen['at']}",
            changes=(Change(field="Note", before=str(target.seen["text"]), after="in HubSpot's recycle bin"),),
        )

    def stake(self, arguments: DeleteNoteArguments, target: Target) -> Stake:
        person = target.seen["contact"]
        return Stake(customer=str(person) if person else None)

    def business_key(self, arguments: DeleteNoteArguments) -> str:
        return f"delete note {arguments.note}"

    def write(self, wire: Wire, arguments: DeleteNoteArguments, key: str) -> NoteDeleted:
        """Answered with 204 and no body; what it left is read right after, and a lost reading is a lost answer."""
        wire.call("DELETE", NOTES.path(arguments.note), timeout=self.timeout, changes=True)
        try:
            found = self._deleted(wire, arguments.note)
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"the note was deleted, which cannot be read: {error.message}") from error
        if found is None:
            raise Uncertain("STILL_THERE", "HubSpot took the deletion and still shows the note")
        return found

    def read_back(self, wire: Wire, arguments: DeleteNoteArguments, key: str) -> NoteDeleted | None:
        return self._deleted(wire, arguments.note)

    def holds(self, arguments: DeleteNoteArguments, result: NoteDeleted) -> bool:
        return result.note == arguments.note and bool(result.deleted_at)

    def _deleted(self, wire: Wire, note: str) -> NoteDeleted | None:
        """The note as it lies in the recycle bin; None where it is still among the living."""
        crm = Crm(wire, self)
        try:
            answer = crm.get(NOTES.path(note), archived="true")
        except Refused as error:
            if error.code != "NOT_FOUND":
                raise
            crm.one(NOTES, note)  # neither here nor there: Refused, nobody knows
            return None
        found = understand(Record, answer, self.name)
        return NoteDeleted(note=found.id, deleted_at=found.archivedAt or "") if found.archivedAt else None
