"""Reading HubSpot's companies and contacts."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from tools.contract import Evidence, Frozen, Internal, Pii, ReadTool, Refused, Wire
from tools.evidence import CITED
from tools.hubspot.answers import COMPANIES, CONTACTS, Crm, Record, link

MOST = 25  # companies or contacts of one answer: more is a question that should be asked more narrowly

# a search takes * as a wildcard, so no name or address may hold one
Name = Annotated[str, Field(min_length=2, max_length=80, pattern=r"^[^\x00-\x1f\x7f*]+$", description="Or part of it")]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253, description="Such as acme.com")]
Email = Annotated[str, Field(pattern=r"^[^@\s\"'<>:\\*]+@[^@\s\"'<>:\\*]+$", max_length=254)]


class Company(Frozen):
    company: Internal[str]
    name: Internal[str]
    domain: Internal[str]
    lifecycle: Internal[str]


class Contact(Frozen):
    contact: Internal[str]
    name: Pii[str]
    email: Pii[str]  # empty where HubSpot knows none
    title: Pii[str]
    label: Internal[str]  # how this person stands to the record they were found through; empty where nobody said


class FindCompaniesArguments(Frozen):
    name: Internal[Name] | None = None
    domain: Internal[Domain] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.name is None) == (self.domain is None):
            raise ValueError("give a name or a domain, one of the two")
        return self


class FoundCompanies(Frozen):
    companies: list[Company]


class FindCompanies(ReadTool[FindCompaniesArguments, FoundCompanies]):
    name = "hubspot.find_companies"
    summary = "Find HubSpot companies by name or by web domain, at most 25."
    arguments = FindCompaniesArguments
    result = FoundCompanies
    scopes: ClassVar = frozenset({"hubspot:companies.read"})
    example: ClassVar = {"name": "acme"}

    def read(self, wire: Wire, arguments: FindCompaniesArguments) -> FoundCompanies:
        crm = Crm(wire, self)
        found = (
            crm.search(COMPANIES, "domain", "EQ", arguments.domain, most=MOST)
            if arguments.domain
            else crm.search(COMPANIES, "name", "CONTAINS_TOKEN", arguments.name or "", most=MOST)
        )
        return FoundCompanies(companies=[company(record) for record in found])

    def cite(self, wire: Wire, arguments: FindCompaniesArguments, result: FoundCompanies) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(label=f"Company {one.name} · {one.domain}", url=link(wire, COMPANIES, one.company))
            for one in result.companies[:CITED]
        )


class FindContactsArguments(Frozen):
    email: Pii[Email] | None = None
    name: Annotated[Pii[Name] | None, Field(description="First or last name")] = None
    company_domain: Internal[Domain] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.email, self.name, self.company_domain)) != 1:
            raise ValueError("give an e-mail address, a name or a company's domain, one of the three")
        return self


class FoundContacts(Frozen):
    contacts: list[Contact]


class FindContacts(ReadTool[FindContactsArguments, FoundContacts]):
    name = "hubspot.find_contacts"
    summary = (
        "Find HubSpot contacts by e-mail address, by first or last name, or by their company's domain, at most 25."
    )
    arguments = FindContactsArguments
    result = FoundContacts
    scopes: ClassVar = frozenset({"hubspot:contacts.read", "hubspot:companies.read"})
    example: ClassVar = {"company_domain": "acme.example"}

    def read(self, wire: Wire, arguments: FindContactsArguments) -> FoundContacts:
        crm = Crm(wire, self)
        if arguments.company_domain:
            return FoundContacts(contacts=self._of_company(crm, arguments.company_domain))
        if arguments.email:
            found = crm.search(CONTACTS, "email", "EQ", arguments.email, most=MOST)
        else:
            found = [
                record
                for name in ("firstname", "lastname")
                for record in crm.search(CONTACTS, name, "CONTAINS_TOKEN", arguments.name or "", most=MOST)
            ]
        return FoundContacts(contacts=list(dict.fromkeys(contact(record) for record in found))[:MOST])

    def _of_company(self, crm: Crm, domain: str) -> list[Contact]:
        people: dict[str, str] = {}
        for record in crm.search(COMPANIES, "domain", "EQ", domain, most=MOST):
            people |= crm.tied(COMPANIES, record.id, CONTACTS)
        if len(people) > MOST:
            raise Refused("TOO_MANY", f"{domain} has {len(people)} contacts; look for one by name or address")
        return contacts(crm, people)

    def cite(self, wire: Wire, arguments: FindContactsArguments, result: FoundContacts) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(label=f"Contact {one.name} · {one.email}", url=link(wire, CONTACTS, one.contact))
            for one in result.contacts[:CITED]
        )


def company(record: Record) -> Company:
    return Company(
        company=record.id,
        name=record.text("name"),
        domain=record.text("domain"),
        lifecycle=record.text("lifecyclestage"),
    )


def contacts(crm: Crm, labels: Mapping[str, str]) -> list[Contact]:
    """These contacts (id → label), the longest known first."""
    return [contact(record, labels[record.id]) for record in reversed(crm.many(CONTACTS, labels))]


def contact(record: Record, label: str = "") -> Contact:
    name = f"{record.text('firstname')} {record.text('lastname')}".strip()
    return Contact(contact=record.id, name=name, email=record.text("email"), title=record.text("jobtitle"), label=label)
