"""Reading HubSpot's deals: a company's, with the people they are about and the latest notes."""

from typing import Annotated, ClassVar

from pydantic import Field

from tools.contract import Evidence, FreeText, Frozen, Internal, ReadTool, Refused, Wire
from tools.evidence import CITED, clamp
from tools.hubspot.answers import AT, BODY, COMPANIES, CONTACTS, DEALS, MODIFIED, NOTES, Crm, Record, link
from tools.hubspot.books import Books, books
from tools.hubspot.markup import plain
from tools.hubspot.people import Company, Contact, Name, company, contacts
from tools.money import Money

MOST_COMPANIES = 20  # that fit a name
MOST_DEALS = 10  # of one company, the newest; each takes four requests, and HubSpot bears a hundred in ten seconds
MOST_NOTES = 5  # of one deal, the latest


class Note(Frozen):
    note: Internal[str]
    at: Internal[str]  # ISO 8601
    text: FreeText[str]


class Deal(Frozen):
    deal: Internal[str]
    name: Internal[str]
    pipeline: Internal[str]  # as people call it
    stage: Internal[str]  # its id
    stage_label: Internal[str]
    closed: Internal[bool]
    amount: Internal[Money] | None
    close_date: Internal[str]  # ISO 8601 date in the account's time zone; empty where there is none
    modified: Internal[str]
    contacts: list[Contact]
    notes: list[Note]  # latest first


class FindDealsArguments(Frozen):
    company: Annotated[Internal[Name], Field(description="Company name or part of it")]


class FoundDeals(Frozen):
    company: Company | None
    deals: list[Deal]  # the next to close first


class FindDeals(ReadTool[FindDealsArguments, FoundDeals]):
    name = "hubspot.find_deals"
    summary = "Find a company by name and its HubSpot deals, each with its contacts and its latest notes."
    arguments = FindDealsArguments
    result = FoundDeals
    scopes: ClassVar = frozenset(
        {"hubspot:companies.read", "hubspot:deals.read", "hubspot:contacts.read", "hubspot:notes.read"}
    )
    example: ClassVar = {"company": "acme"}

    def read(self, wire: Wire, arguments: FindDealsArguments) -> FoundDeals:
        crm = Crm(wire, self)
        found = self._company(crm, arguments.company)
        if found is None:
            return FoundDeals(company=None, deals=[])
        newest = sorted(crm.tied(COMPANIES, found.company, DEALS), key=int, reverse=True)[:MOST_DEALS]
        if not newest:
            return FoundDeals(company=found, deals=[])
        known = books(crm)
        deals = [self._deal(crm, record, known) for record in crm.many(DEALS, newest)]
        return FoundDeals(company=found, deals=sorted(deals, key=lambda deal: (deal.closed, deal.close_date)))

    def _company(self, crm: Crm, name: str) -> Company | None:
        records = crm.search(COMPANIES, "name", "CONTAINS_TOKEN", name, most=MOST_COMPANIES)
        found = [company(record) for record in records]
        exact = [one for one in found if one.name.casefold() == name.casefold()]
        if len(exact or found) > 1:
            names = ", ".join(one.name for one in found[:5])
            raise Refused("AMBIGUOUS", f"more than one company fits {name!r}: {names}")
        return next(iter(exact or found), None)

    def _deal(self, crm: Crm, record: Record, known: Books) -> Deal:
        notes = crm.many(NOTES, crm.tied(DEALS, record.id, NOTES))
        latest = sorted(notes, key=lambda note: note.text(AT), reverse=True)[:MOST_NOTES]
        return Deal(
            deal=record.id,
            name=record.text("dealname"),
            pipeline=known.pipeline(record).label,
            stage=record.text("dealstage"),
            stage_label=known.stages(record).get(record.text("dealstage"), ""),
            closed=known.closed(record),
            amount=known.amount(record),
            close_date=known.close_date(record),
            modified=record.text(MODIFIED),
            contacts=contacts(crm, crm.tied(DEALS, record.id, CONTACTS)),
            notes=[Note(note=one.id, at=one.text(AT), text=plain(one.text(BODY))) for one in latest],
        )

    def cite(self, wire: Wire, arguments: FindDealsArguments, result: FoundDeals) -> tuple[Evidence, ...]:
        """Each deal that is open, or each where none is, with its latest note."""
        return tuple(
            Evidence(
                label=f"{one.name} · {one.pipeline} · {one.stage_label} · closes {one.close_date or 'some day'}",
                quote=clamp(one.notes[0].text) if one.notes else "",
                url=link(wire, DEALS, one.deal),
            )
            for one in ([deal for deal in result.deals if not deal.closed] or result.deals)[:CITED]
        )
