"""People at work in HubSpot's own pages, who change deals, make new ones, leave notes; and a workflow of theirs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.sandboxes import hubspot_seed as seeded
from tools.sandboxes import twin

WORKFLOW = -1  # who sets what a workflow sets
USERS: Mapping[int, str] = {101: "Theo Lindqvist", 102: "Jordan Blake", 103: "Ines Moreau"}
EXACT = "%Y-%m-%dT%H:%M:%S.%fZ"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Note(_Part):
    text: Annotated[str, Field(min_length=1)]
    contact: str | None = None
    deal: str | None = None


class New(_Part):
    """A deal of a company."""

    company: str
    properties: dict[str, str]


class Act(twin.Act):
    """`deal` with the properties to set, a note, or a new deal."""

    by: int
    deal: str | None = None
    properties: dict[str, str] | None = None
    note: Note | None = None
    new: New | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.properties, self.note, self.new)) != 1:
            raise ValueError("give properties, a note or a new deal, one of the three")
        if (self.deal is None) == (self.properties is not None):
            raise ValueError("properties are a deal's, and a deal is named for nothing else")
        if self.by not in USERS and self.by != WORKFLOW:
            raise ValueError(f"there is no user {self.by}")
        return self


def source(act: Act) -> Mapping[str, Any]:
    """What a line of history says of this hand."""
    if act.by == WORKFLOW:
        return {"sourceType": "AUTOMATION_PLATFORM", "sourceId": "workflow-7"}
    return {"sourceType": "CRM_UI", "sourceId": f"userId:{act.by}", "updatedByUserId": act.by}


def program(app: int) -> Mapping[str, Any]:
    """What it says of a private app."""
    return {"sourceType": "INTEGRATION", "sourceId": str(app)}


def keep(record: dict[str, Any], wanted: Mapping[str, str], at: datetime, source: Mapping[str, Any]) -> None:
    """Set properties, and remember what they were."""
    stamp = at.strftime(EXACT)
    changed = {name: value for name, value in wanted.items() if record["properties"].get(name) != value}
    for name, value in changed.items():
        record["history"].setdefault(name, []).append(seeded.past(value, stamp, source))
    record["properties"] |= {**changed, "hs_lastmodifieddate": stamp}
    record["updatedAt"] = stamp
