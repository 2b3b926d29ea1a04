"""What HubSpot answers, as far as we read it. Lists come by cursor: `paging.next.after`, absent on the last page.

Searching lags behind writing ("Search the CRM", "Limitations"): a record may take seconds to be found. Reading by id
and listing associations do not lag, so whatever a write rests on is read that way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from tools.contract import Refused, Tool, Unavailable, Wire
from tools.wire import Answer, understand

Id = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$", description="HubSpot record id, digits")]

PAGE = 500  # associations an answer, HubSpot's most
MOST_PAGES = 4  # a record with more than 2,000 notes is not a case for an agent
BATCH = 100  # records of one batch read, HubSpot's most


@dataclass(frozen=True)
class Kind:
    """A kind of object: its name in paths, its id in links ("Object type IDs"), and the properties we read."""

    name: str
    page: str
    properties: tuple[str, ...]

    def path(self, record: str) -> str:
        return f"/crm/v3/objects/{self.name}/{record}"


MARK = "lanekeeper_key"  # the property of a note that holds our key; an account that does not know it leaves it out
BODY, AT, MODIFIED = "hs_note_body", "hs_timestamp", "hs_lastmodifieddate"

CONTACTS = Kind("contacts", "0-1", ("firstname", "lastname", "email", "jobtitle"))
COMPANIES = Kind("companies", "0-2", ("name", "domain", "lifecyclestage"))
DEALS = Kind(
    "deals", "0-3", ("dealname", "pipeline", "dealstage", "amount", "deal_currency_code", "closedate", MODIFIED)
)
NOTES = Kind("notes", "0-46", (BODY, AT, MODIFIED, MARK))


class Record(Answer):
    """One object; properties that were asked for and hold nothing are null."""

    id: str
    properties: Mapping[str, str | None]
    archivedAt: str | None = None  # noqa: N815 - HubSpot's name

    def text(self, name: str) -> str:
        """A property's value; "" where it holds nothing. Raises `Refused` where the answer leaves it out."""
        if name not in self.properties:
            raise Refused("SCHEMA_DRIFT", f"hubspot: record {self.id} came without its property {name}")
        return self.properties[name] or ""


class _Next(Answer):
    after: str


class _Paging(Answer):
    next: _Next | None = None


class Found(Answer):
    """A page of search results."""

    total: int
    results: list[Record]


class _Fault(Answer):
    category: str
    message: str


class _Batch(Answer):
    """A batch read; 207 with `errors` where some of the records could not be read ("Multi-status errors")."""

    results: list[Record]
    errors: Sequence[_Fault] = ()


class _Kind(Answer):
    label: str | None = None


class _Tie(Answer):
    toObjectId: int | str  # noqa: N815 - HubSpot's name; a number on the wire, a string in its own clients
    associationTypes: list[_Kind]  # noqa: N815


class _Ties(Answer):
    results: list[_Tie]
    paging: _Paging | None = None


AnyTool = Tool[Any, Any]


@dataclass(frozen=True)
class Crm:
    """HubSpot's CRM as one call of a tool reads it."""

    wire: Wire
    tool: AnyTool

    def get(self, path: str, **query: str | int) -> Any:
        return self.wire.call("GET", path, query=query, timeout=self.tool.timeout)

    def one(self, kind: Kind, record: str) -> Record:
        """A record by its id. Raises `Refused` (NOT_FOUND) where it is not there or was deleted."""
        return understand(Record, self.get(kind.path(record), properties=",".join(kind.properties)), self.tool.name)

    def search(self, kind: Kind, name: str, operator: str, value: str, *, most: int) -> list[Record]:
        """At most `most` records (HubSpot gives 200) whose property `name` fits."""
        asked = [{"filters": [{"propertyName": name, "operator": operator, "value": value}]}]
        body = {"filterGroups": asked, "properties": list(kind.properties), "limit": most}
        return understand(Found, self._ask(kind.path("search"), body), self.tool.name).results

    def tied(self, kind: Kind, record: str, other: Kind) -> dict[str, str]:
        """The ids of the `other` records that are associated with this one, each with its label, "" where it has none.

        Raises `Refused` (TOO_MANY) for a record with more of them than an agent should walk through.
        """
        found: dict[str, str] = {}
        asked: dict[str, str | int] = {"limit": PAGE}
        for _ in range(MOST_PAGES):
            answer = self.get(f"/crm/v4/objects/{kind.name}/{record}/associations/{other.name}", **asked)
            page = understand(_Ties, answer, self.tool.name)
            found |= {str(tie.toObjectId): _label(tie) for tie in page.results}
            if page.paging is None or page.paging.next is None:
                return found
            asked["after"] = page.paging.next.after
        raise Refused("TOO_MANY", f"{kind.name} {record} has more than {PAGE * MOST_PAGES} {other.name}")

    def many(self, kind: Kind, records: Iterable[str]) -> list[Record]:
        """These records, the newest id first; one that was deleted meanwhile is left out.

        Raises `Unavailable` (PARTIAL_ANSWER) where HubSpot read some of them and failed on others for another reason.
        """
        wanted = sorted(records, key=int, reverse=True)
        found: list[Record] = []
        for start in range(0, len(wanted), BATCH):
            inputs = [{"id": name} for name in wanted[start : start + BATCH]]
            body = {"inputs": inputs, "properties": list(kind.properties)}
            answer = self._ask(kind.path("batch/read"), body)
            batch = understand(_Batch, answer, self.tool.name)
            for fault in batch.errors:
                if fault.category != "OBJECT_NOT_FOUND":
                    read = f"HubSpot read {len(batch.results)} of {len(inputs)} {kind.name}"
                    raise Unavailable("PARTIAL_ANSWER", f"{self.tool.name}: {read}: {fault.message}")
            found += batch.results
        return sorted(found, key=lambda record: int(record.id), reverse=True)

    def _ask(self, path: str, body: object) -> Any:
        """A question that HubSpot takes by POST; it changes nothing."""
        return self.wire.call("POST", path, json=body, timeout=self.tool.timeout)


def _label(tie: _Tie) -> str:
    return next((kind.label for kind in tie.associationTypes if kind.label), "")


def link(wire: Wire, kind: Kind, record: str) -> str:
    """Where a person opens a record."""
    return f"{wire.web}/record/{kind.page}/{record}"
