"""The pages of the HubSpot sandbox that people open: a contact, a company, a deal, with their timeline and history."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tools.sandboxes import page
from tools.sandboxes.hubspot_seed import PIPELINES
from tools.sandboxes.state import State

KINDS = {"0-1": "contacts", "0-2": "companies", "0-3": "deals"}
PAGE_OF = {kind: number for number, kind in KINDS.items()}
WORDS = {"contacts": "Contact", "companies": "Company", "deals": "Deal"}
LABELS = {
    "firstname": "First name", "lastname": "Last name", "email": "E-mail", "jobtitle": "Job title", "name": "Name",
    "domain": "Domain", "lifecyclestage": "Lifecycle stage", "dealname": "Deal", "pipeline": "Pipeline",
    "dealstage": "Stage", "amount": "Amount", "deal_currency_code": "Currency", "closedate": "Close date",
}  # fmt: skip
SPOKEN = {name: label for name, (label, _) in PIPELINES.items()} | {
    stage: label for _, stages in PIPELINES.values() for stage, label, _ in stages
}


def record(state: State, parts: Mapping[str, Any]) -> str | None:
    kind = KINDS.get(parts["page"], "")
    found = state.data["objects"].get(kind, {}).get(parts["record"])
    if found is None:
        return None
    rows = [(LABELS[name], _value(name, value)) for name, value in found["properties"].items() if name in LABELS]
    return page.page(
        "HubSpot",
        WORDS[kind],
        _title(found),
        page.facts(rows),
        *(table for other in KINDS.values() for table in _tied(state, kind, found, other)),
        "<h2>Notes</h2>",
        *_notes(state, kind, found),
        *_history(found),
    )


def index(state: State) -> str:
    tables = [
        page.table(f"{WORDS[kind]} records", (WORDS[kind],), ([_link(kind, one)] for one in held.values()))
        for kind, held in state.data["objects"].items()
        if kind in PAGE_OF
    ]
    return page.page("HubSpot", "All records", "CRM", *tables)


def _title(found: Mapping[str, Any]) -> str:
    held = found["properties"]
    return str(held.get("dealname") or held.get("name") or f"{held.get('firstname')} {held.get('lastname')}")


def _link(kind: str, found: Mapping[str, Any]) -> page.Link:
    return page.Link(f"/record/{PAGE_OF[kind]}/{found['id']}", _title(found))


def _value(name: str, value: str | None) -> str:
    return (value or "—")[:10] if name == "closedate" else SPOKEN.get(value or "", value or "—")


def _tied(state: State, kind: str, found: Mapping[str, Any], other: str) -> Iterator[str]:
    held = state.data["ties"].get(f"{kind}/{found['id']}/{other}", {})
    if held:
        rows = (
            [_link(other, state.data["objects"][other][name]), next((t["label"] for t in types if t["label"]), "")]
            for name, types in held.items()
        )
        yield page.table(WORDS[other], ("Name", "Label"), rows)


def _notes(state: State, kind: str, found: Mapping[str, Any]) -> Iterable[str]:
    held = [state.data["objects"]["notes"][name] for name in state.data["ties"].get(f"{kind}/{found['id']}/notes", {})]
    living = [one["properties"] for one in held if not one["archived"]]
    for one in sorted(living, key=lambda one: str(one["hs_timestamp"]), reverse=True):
        by = "Lanekeeper" if one.get("lanekeeper_key") else "Sales"
        lines = html.unescape(re.sub(r"<[^>]+>", "", str(one["hs_note_body"] or "").replace("<br>", "\n")))
        yield page.note(f"{by} · {str(one['hs_timestamp'])[:10]}", lines, "agent" if by == "Lanekeeper" else "")


def _history(found: Mapping[str, Any]) -> Iterator[str]:
    """What was changed since the beginning, the latest first."""
    rows = [
        (page.minute(line["timestamp"]), LABELS.get(name, name), _value(name, line["value"]))
        for name, lines in found["history"].items()
        for line in lines[1:]
    ]
    if rows:
        yield page.table("Property history", ("When", "Property", "Set to"), sorted(rows, reverse=True))
