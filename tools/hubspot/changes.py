"""What people did with deals in HubSpot: stage, amount and close date as our own tool sets them, and whatever else."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from babel.numbers import get_currency_precision

from tools.contract import Wire
from tools.evidence import clamp
from tools.hubspot.answers import DEALS, MODIFIED, link
from tools.hubspot.books import Details, zone
from tools.hubspot.update import UpdateDeal
from tools.hubspot.walks import BEHIND, Past, Set, changed
from tools.money import Money
from tools.truth import Deed, HistoryTruth, Listed, Page, Told, Walk, fitted, happened
from tools.wire import Answer, understand

WATCHED = ("dealname", "pipeline", "dealstage", "amount", "closedate", "hubspot_owner_id")
BORN = timedelta(seconds=2)  # what is set when a deal is made bears the moment of its making, or one right after


class _Batch(Answer):
    results: list[Past]


class _Walk(Walk):
    """What a deal's numbers and dates mean in this account; empty until its first page has asked."""

    currency: str = ""
    zone: str = ""
    offset: int = 0  # milliseconds, where this machine does not know the zone by its name


class DealChanges(HistoryTruth[_Walk]):
    """HubSpot keeps the latest values of a property, not all of them ("property history"): read it in time."""

    name = "hubspot.deal_history"
    tells = "Which properties of deals were changed, by whom and to what."
    scopes: ClassVar = frozenset({"hubspot:deals.read"})
    overlap: ClassVar = BEHIND
    place = _Walk
    at_once: ClassVar = 50  # records with their history of one batch read, HubSpot's most

    def _page(self, wire: Wire, place: _Walk, ours: frozenset[str]) -> Page:
        """The first page asks what the account's amounts and days mean."""
        if place.currency:
            return super()._page(wire, place, ours)
        answer = wire.call("GET", "/account-info/v3/details", timeout=self.timeout)
        details = understand(Details, answer, self.name)
        known = {"currency": details.companyCurrency, "zone": details.timeZone}
        return self._more(place.model_copy(update={**known, "offset": details.utcOffsetMilliseconds}))

    def _changed(self, wire: Wire, place: _Walk) -> Listed:
        return changed(wire, DEALS, MODIFIED, place, self)

    def _told(self, wire: Wire, records: tuple[str, ...], place: _Walk, ours: frozenset[str]) -> Told:
        body = {
            "inputs": [{"id": one} for one in records],
            "properties": ["deal_currency_code"],
            "propertiesWithHistory": list(WATCHED),
        }
        answer = wire.call("POST", DEALS.path("batch/read"), json=body, timeout=self.timeout)
        found = understand(_Batch, answer, self.name).results
        return Told([deed for one in found for deed in self._deeds(wire, one, place, ours)])

    def _deeds(self, wire: Wire, deal: Past, place: _Walk, ours: frozenset[str]) -> Iterator[Deed]:
        born = happened(deal.createdAt, self.name)
        currency = deal.text("deal_currency_code") or place.currency
        for name in WATCHED:
            lines = deal.propertiesWithHistory.get(name, ())
            for n, line in enumerate(lines):
                one = Set.read(line, ours, self.name)
                first = n == len(lines) - 1 and one.at <= born + BORN
                if one.at < place.since or (first and name != "dealname"):
                    continue
                meant = (
                    {"did": "created the deal"}
                    if first
                    else _meant(deal.id, name, one, currency, zone(place.zone, place.offset))
                )
                yield _deed(wire, deal.id, name, one, meant)


def _meant(deal: str, name: str, one: Set, currency: str, days: tzinfo) -> dict[str, Any]:
    match name:
        case "dealstage" if one.value:
            return fitted(UpdateDeal(), {"deal": deal, "stage": one.value})
        case "amount" if money := _money(one.value, currency):
            return fitted(UpdateDeal(), {"deal": deal, "amount": money})
        case "closedate" if day := _day(one.value, days):
            return fitted(UpdateDeal(), {"deal": deal, "close_date": day})
        case _:
            return {"did": f"{name}: {clamp(one.value) or '—'}"}


def _deed(wire: Wire, deal: str, name: str, one: Set, meant: Mapping[str, Any]) -> Deed:
    """HubSpot gives its lines no id; deal, property and moment are one."""
    return Deed(
        id=f"hubspot.deal {deal} {name} {one.at.isoformat()}",
        ref=f"hubspot.deal {deal}",
        by=one.by,
        at=one.at,
        save=f"{deal} {one.by.id} {one.at.isoformat()}",
        ours=one.ours,
        url=link(wire, DEALS, deal),
        **meant,
    )


def _money(text: str, currency: str) -> dict[str, Any] | None:
    """None for what is no amount: it was emptied, or holds what cannot be read."""
    try:
        minor = round(Decimal(text).scaleb(get_currency_precision(currency)))
        return Money(minor=minor, currency=currency).model_dump()
    except (ValueError, InvalidOperation):
        return None


def _day(text: str, days: tzinfo) -> str:
    """The day on which people of the account see the deal close; a moment as ISO 8601 or in milliseconds."""
    try:
        at = datetime.fromtimestamp(int(text) / 1000, days) if text.isdecimal() else datetime.fromisoformat(text)
        return at.astimezone(days).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
