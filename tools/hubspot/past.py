"""What a deal has been: who set which of its properties, when, from what to what.

"Retrieve records with property history": of each property the latest values are kept, twenty of a deal's, so that what
lies farther back may be missing. HubSpot names users by their number, and programs by their app's.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import ClassVar

from tools.contract import Evidence, FreeText, Frozen, Internal, Pii, ReadTool, Wire
from tools.evidence import CITED, clamp
from tools.hubspot.answers import DEALS, Crm, Id, link
from tools.hubspot.books import books
from tools.hubspot.walks import Past, Set
from tools.wire import understand

TOLD: Mapping[str, str] = {  # as our own tools call them
    "dealname": "name",
    "pipeline": "pipeline",
    "dealstage": "stage",
    "amount": "amount",
    "closedate": "close_date",
    "hubspot_owner_id": "owner",
}


class DealHistoryArguments(Frozen):
    deal: Internal[Id]


class PropertyChange(Frozen):
    at: Internal[str]  # ISO 8601
    by: Pii[str]  # a user's number, or what HubSpot calls the program
    person: Internal[bool]
    field: Internal[str]
    before: FreeText[str]  # a stage by its label, everything else as HubSpot holds it
    after: FreeText[str]


class DealHistory(Frozen):
    deal: Internal[str]
    name: FreeText[str]
    changes: list[PropertyChange]  # latest first


class GetDealHistory(ReadTool[DealHistoryArguments, DealHistory]):
    name = "hubspot.get_deal_history"
    summary = "Read who changed stage, amount, close date, owner or name of a HubSpot deal, from what to what and when."
    arguments = DealHistoryArguments
    result = DealHistory
    scopes: ClassVar = frozenset({"hubspot:deals.read"})
    example: ClassVar = {"deal": "53001"}

    def read(self, wire: Wire, arguments: DealHistoryArguments) -> DealHistory:
        crm = Crm(wire, self)
        asked = {"properties": ",".join(DEALS.properties), "propertiesWithHistory": ",".join(TOLD)}
        found = understand(Past, crm.get(DEALS.path(arguments.deal), **asked), self.name)
        stages = books(crm).stages(found)
        changes = sorted(self._changes(found, stages), key=lambda one: datetime.fromisoformat(one.at), reverse=True)
        return DealHistory(deal=found.id, name=found.text("dealname"), changes=changes)

    def _changes(self, deal: Past, stages: Mapping[str, str]) -> Iterator[PropertyChange]:
        """Each value with the one before it; before the oldest that is kept stands nothing."""
        for name, field in TOLD.items():
            told = [Set.read(line, frozenset(), self.name) for line in deal.propertiesWithHistory.get(name, ())]
            for one, earlier in zip_longest(told, told[1:]):
                before, after = (stages.get(it.value, it.value) if it else "" for it in (earlier, one))
                yield PropertyChange(
                    at=one.at.isoformat(),
                    by=one.by.name or one.by.id,
                    person=one.by.kind == "person",
                    field=field,
                    before=before,
                    after=after,
                )

    def cite(self, wire: Wire, arguments: DealHistoryArguments, result: DealHistory) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"{one.field.replace('_', ' ')} of {result.name}, set {one.at[:10]} by {one.by}",
                quote=clamp(f"{one.before or '—'} → {one.after or '—'}"),
                url=link(wire, DEALS, result.deal),
            )
            for one in result.changes[:CITED]
        )
