"""How HubSpot's records are walked for their history, and whose hand a line of it shows.

Changed records are found by search, ordered by id and each page beginning after the last one: a search gives 10,000
records at most, and what changes meanwhile keeps its place ("Search the CRM", "Limitations"). A property's history has
for each value when it was set and by what: `sourceType` ("CRM_UI", "INTEGRATION", "IMPORT" …), `sourceId`, and
`updatedByUserId` where it was a person ("Retrieve records with property history").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.contract import Wire
from tools.hubspot.answers import Found, Kind, Record
from tools.truth import By, Evidence, Listed, Walk, happened
from tools.wire import Answer, understand

BEHIND = timedelta(hours=1)  # of the search behind the records: seconds mostly, minutes on a bad day
PROGRAMS = frozenset({"INTEGRATION", "API", "PRIVATE_APP"})  # a program, even where it names the user who set it up


class Line(Answer):
    """One value that a property had."""

    value: str | None
    timestamp: str
    sourceType: str  # noqa: N815 - HubSpot's name
    sourceId: str | None = None  # noqa: N815
    sourceLabel: str | None = None  # noqa: N815
    updatedByUserId: int | None = None  # noqa: N815


class Past(Record):
    """A record with what its properties were, newest first."""

    createdAt: str  # noqa: N815
    propertiesWithHistory: Mapping[str, Sequence[Line]] = {}  # noqa: N815


@dataclass(frozen=True)
class Set:
    """A line of a history as we read it."""

    value: str
    at: datetime
    by: By
    ours: Evidence

    @classmethod
    def read(cls, line: Line, ours: frozenset[str], source: str) -> "Set":
        program = line.sourceType in PROGRAMS
        account: Evidence = "account" if program and line.sourceId in ours else ""
        person = not program and line.updatedByUserId is not None
        who = str(line.updatedByUserId) if person else line.sourceId or line.sourceType
        kind: Any = "person" if person else "machine"
        by = By(id=who, name=line.sourceLabel or "", kind=kind)
        return cls(line.value or "", happened(line.timestamp, source), by, account)


def changed(wire: Wire, kind: Kind, since: str, place: Walk, source: Any) -> Listed:
    """The next records whose property `since` (a moment) lies after the beginning of the reading."""
    filters = [{"propertyName": since, "operator": "GTE", "value": str(int(place.since.timestamp() * 1000))}]
    if place.token:
        filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": place.token})
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": source.size,
    }
    answer = wire.call("POST", kind.path("search"), json=body, timeout=source.timeout)
    records = tuple(one.id for one in understand(Found, answer, source.name).results)
    return Listed(records, records[-1] if len(records) == source.size else "")
