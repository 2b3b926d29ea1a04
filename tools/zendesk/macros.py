"""Macros: which there are, and applying one.

Zendesk applies a macro nowhere by itself: it says what a ticket would be after it ("Show Ticket After Changes"), and
whoever asks writes that. So a macro is shown in full before, and what was shown is what is written: it is pinned to
the macro's last change, and its text, with every placeholder filled in, to the ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from tools.contract import (
    Change,
    Echoes,
    Evidence,
    FreeText,
    Frozen,
    Internal,
    Preview,
    ReadTool,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Wire,
    WriteTool,
)
from tools.evidence import clamp
from tools.wire import understand
from tools.zendesk.answers import (
    Audit,
    MacroAnswer,
    MacroApplied,
    MacroFound,
    MacrosPage,
    Status,
    TicketAnswer,
    Updated,
    macro_link,
    pages,
    ticket_path,
)
from tools.zendesk.comments import NO_KEY
from tools.zendesk.reads import TicketId
from tools.zendesk.updates import Write, current, look, marked, update

# What a macro may do here, and how it is called. The Actions reference knows more (groups, forms, custom fields): a
# macro that does any of it is left to people, because what cannot be shown in full cannot be approved.
ACTIONS: Mapping[str, str] = {
    "status": "status",
    "priority": "priority",
    "type": "type",
    "set_tags": "all tags",
    "current_tags": "added tags",
    "remove_tags": "removed tags",
    "comment_value": "comment",
    "comment_mode_is_public": "comment is public",
}
NOTE = "lanekeeper_macro"  # beside our mark: which macro it was, as of when

MacroId = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$", description="Macro id, from find_macros")]
Stamp = Annotated[str, Field(pattern=r"^[0-9TZ:.+-]{10,40}$", description="The macro's updated_at, from find_macros")]


class FindMacrosArguments(Frozen):
    words: Annotated[
        Internal[str] | None, Field(max_length=100, description="Words of the title; all macros without")
    ] = None


class MacroAction(Frozen):
    field: Internal[str]
    value: FreeText[str]


class FoundMacro(Frozen):
    macro: Internal[str]
    title: Internal[str]
    actions: list[MacroAction]
    applicable: Internal[bool]  # whether zendesk.apply_macro knows everything it does
    updated_at: Internal[str]


class FoundMacros(Frozen):
    macros: list[FoundMacro]


class FindMacros(ReadTool[FindMacrosArguments, FoundMacros]):
    name = "zendesk.find_macros"
    summary = "List the active macros of Zendesk, with what each would change and write; by words of the title, too."
    arguments = FindMacrosArguments
    result = FoundMacros
    scopes: ClassVar = frozenset({"zendesk:macros.read"})
    example: ClassVar = {"words": "refund made"}

    def read(self, wire: Wire, arguments: FindMacrosArguments) -> FoundMacros:
        wanted = set((arguments.words or "").casefold().split())
        path, query = "/api/v2/macros.json", {"active": "true"}
        return FoundMacros(
            macros=[
                _found(macro)
                for page in pages(wire, path, MacrosPage, self.name, self.timeout, query=query)
                for macro in page.macros
                if wanted <= set(macro.title.casefold().split())
            ]
        )

    def cite(self, wire: Wire, arguments: FindMacrosArguments, result: FoundMacros) -> tuple[Evidence, ...]:
        """The one that was found; a list is no evidence."""
        if len(result.macros) != 1:
            return ()
        [one] = result.macros
        quote = clamp("; ".join(f"{action.field}: {action.value}" for action in one.actions))
        return (Evidence(label=f"Macro {one.title}", quote=quote, url=macro_link(wire, one.macro)),)


def _found(macro: MacroAnswer) -> FoundMacro:
    return FoundMacro(
        macro=str(macro.id),
        title=macro.title,
        actions=[
            MacroAction(field=ACTIONS.get(one.field, one.field), value=_words(one.value)) for one in macro.actions
        ],
        applicable=not _foreign(macro),
        updated_at=macro.updated_at,
    )


def _words(value: object) -> str:
    """A comment may be a text, or a channel and a text."""
    return str(value[-1]) if isinstance(value, list) and value else "" if value is None else str(value)


def _foreign(macro: MacroAnswer) -> list[str]:
    return sorted({action.field for action in macro.actions} - set(ACTIONS))


class ApplyMacroArguments(Frozen):
    ticket: Routes[Internal[TicketId]]
    macro: Routes[Internal[MacroId]]
    updated_at: Echoes[Internal[Stamp]]


class MacroDone(Frozen):
    ticket: Internal[str]
    status: Internal[Status]
    tags: Internal[list[str]]
    macro: Internal[str]  # "31 as of 2026-03-01T08:30:00Z"
    public: Internal[bool]  # whether it wrote to the customer
    text: FreeText[str]


@dataclass(frozen=True)
class Plan:
    """What a macro does to a ticket: as it is sent, and as it is shown."""

    ticket: TicketAnswer
    title: str
    change: Mapping[str, object]
    shown: tuple[Change, ...]
    text: str
    public: bool


class ApplyMacro(WriteTool[ApplyMacroArguments, MacroDone]):
    name = "zendesk.apply_macro"
    summary = "Apply a macro to a Zendesk ticket: what it changes and writes is shown in full before."
    arguments = ApplyMacroArguments
    result = MacroDone
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:macros.read", "zendesk:macros.apply"})
    example: ClassVar = {"ticket": "ZD-4821", "macro": "31", "updated_at": "2025-11-03T08:30:00Z"}
    retry = Retry.CHECK_FIRST
    risk = Risk.MEDIUM
    noun = "ticket"
    missing: ClassVar = {"undo": "a macro may have written to the customer; Zendesk recalls no message", "key": NO_KEY}

    def look(self, wire: Wire, arguments: ApplyMacroArguments) -> Target:
        """Pinned beside the ticket: each change and the whole text, so that what is approved is what is written."""
        target = look(wire, arguments.ticket, answers=True)
        plan = _plan(wire, arguments, self)
        does = "; ".join(f"{one.field}: {one.before} → {one.after}" for one in plan.shown)
        pinned = {**target.pinned, "macro": arguments.updated_at, "does": does, "text": plan.text}
        seen = {**target.seen, "title": plan.title, "public": plan.public}
        seen |= {f"{one.field} {when}": value for one in plan.shown for when, value in _both(one)}
        already = target.already if plan.text and plan.public else ()
        return target.model_copy(update={"pinned": pinned, "seen": seen, "already": already})

    def preview(self, arguments: ApplyMacroArguments, target: Target) -> Preview:
        text, seen = str(target.pinned["text"]), target.seen
        reach = "" if not text else ", which writes to the customer" if seen["public"] else ", which leaves a note"
        shown = tuple(
            Change(field=field, before=str(seen[f"{field} before"]), after=str(seen[f"{field} after"]))
            for field in ("Status", "Priority", "Type", "Tags")
            if f"{field} before" in seen
        )
        return Preview(
            sentence=f"Apply the macro “{seen['title']}” to {arguments.ticket}{reach}", changes=shown, body=text
        )

    def stake(self, arguments: ApplyMacroArguments, target: Target) -> Stake:
        return Stake(customer=str(target.pinned["email"]) or None)

    def business_key(self, arguments: ApplyMacroArguments) -> str:
        return f"macro {arguments.ticket} {arguments.macro}"

    def write(self, wire: Wire, arguments: ApplyMacroArguments, key: str) -> MacroDone:
        plan = _plan(wire, arguments, self)
        answer = update(wire, plan.ticket, plan.change, key, self, **{NOTE: _macro(arguments)})
        done = understand(Updated, answer, self.name, changes=True)
        return _done(done.ticket, done.audit)

    def read_back(self, wire: Wire, arguments: ApplyMacroArguments, key: str) -> MacroDone | None:
        audit = marked(wire, arguments.ticket, key, self)
        return _done(current(wire, arguments.ticket, self).ticket, audit) if audit else None

    def holds(self, arguments: ApplyMacroArguments, result: MacroDone) -> bool:
        return result.macro == _macro(arguments)


def _plan(wire: Wire, arguments: ApplyMacroArguments, tool: Write) -> Plan:
    """The ticket, then what the macro makes of it, then the macro itself: unchanged there, it was unchanged before."""
    ticket = current(wire, arguments.ticket, tool).ticket
    path = f"{ticket_path(arguments.ticket)}/macros/{arguments.macro}/apply.json"
    after = understand(MacroApplied, wire.call("GET", path, timeout=tool.timeout), tool.name).result.ticket
    answer = wire.call("GET", f"/api/v2/macros/{arguments.macro}.json", timeout=tool.timeout)
    macro = understand(MacroFound, answer, tool.name).macro
    _refuse(macro, arguments)
    change: dict[str, object] = {}
    shown: list[Change] = []
    for field in ("status", "priority", "type"):
        before, then = getattr(ticket, field), getattr(after, field)
        if then is not None and then != before:
            change[field] = then
            shown.append(Change(field=field.title(), before=before or "", after=then))
    if {*after.tags} != {*ticket.tags}:
        change["tags"] = sorted(after.tags)
        shown.append(Change(field="Tags", before=", ".join(sorted(ticket.tags)), after=", ".join(sorted(after.tags))))
    text = after.comment.body if after.comment else ""
    public = after.comment is not None and after.comment.public is not False
    if text.strip():
        change["comment"] = {"body": text, "public": public}
    if not change:
        raise Refused("NO_CHANGE", f"The macro “{macro.title}” would change nothing on {arguments.ticket}")
    return Plan(ticket, macro.title, change, tuple(shown), text, public)


def _refuse(macro: MacroAnswer, arguments: ApplyMacroArguments) -> None:
    if not macro.active:
        raise Refused("INACTIVE", f"The macro “{macro.title}” is switched off")
    if macro.updated_at != arguments.updated_at:
        raise Refused("CHANGED", f"The macro “{macro.title}” was changed {macro.updated_at}; read it again")
    if foreign := _foreign(macro):
        raise Refused(
            "NOT_SHOWN", f"The macro “{macro.title}” also sets {', '.join(foreign)}; a person has to apply it"
        )


def _both(change: Change) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("before", change.before), ("after", change.after)


def _macro(arguments: ApplyMacroArguments) -> str:
    return f"{arguments.macro} as of {arguments.updated_at}"


def _done(ticket: TicketAnswer, audit: Audit) -> MacroDone:
    said = audit.comment
    return MacroDone(
        ticket=f"ZD-{ticket.id}",
        status=ticket.status,
        tags=sorted(ticket.tags),
        macro=str(audit.metadata.custom.get(NOTE, "")),
        public=said is not None and said.public is not False,
        text=(said.body or "") if said else "",
    )
