"""Finding a customer in Stripe, by e-mail address or by id."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from tools.contract import Evidence, Frozen, Internal, Pii, ReadTool, Refused, Wire
from tools.evidence import CITED
from tools.money import Money
from tools.stripe.amounts import money
from tools.stripe.answers import CustomerAnswer, CustomerId, Customers, named, when
from tools.values import Email
from tools.wire import understand

MOST_CUSTOMERS = 10  # one e-mail address may stand on several customers; more than this is nobody's address


class FindCustomerArguments(Frozen):
    """One of the two."""

    email: Pii[Email] | None = None
    customer: Internal[CustomerId] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.email is None) == (self.customer is None):
            raise ValueError("a customer is found by an e-mail address or by an id: give one of them")
        return self


class CustomerRecord(Frozen):
    customer: Internal[str]
    name: Pii[str]
    email: Pii[str]
    created: Internal[str]  # ISO 8601, UTC
    balance: Annotated[Internal[Money] | None, Field(description="Below zero: credit for the next invoice")] = None
    delinquent: Internal[bool]  # the latest invoice is overdue


class FoundCustomers(Frozen):
    customers: list[CustomerRecord]  # newest first


class FindCustomer(ReadTool[FindCustomerArguments, FoundCustomers]):
    """Addresses are told apart by case, as Stripe does ("List all customers"). Several customers may share one."""

    name = "stripe.find_customer"
    summary = "Find a Stripe customer by e-mail address or customer id: who it is, their credit balance, if overdue."
    arguments = FindCustomerArguments
    result = FoundCustomers
    scopes: ClassVar = frozenset({"stripe:customers.read"})
    example: ClassVar = {"email": "ada@parkstudio.example"}

    def read(self, wire: Wire, arguments: FindCustomerArguments) -> FoundCustomers:
        if arguments.customer is not None:
            answer = wire.call("GET", f"/v1/customers/{arguments.customer}", timeout=self.timeout)
            found = understand(CustomerAnswer, answer, self.name)
            if found.deleted:
                raise Refused("NOT_FOUND", f"customer {found.id} was deleted in Stripe")
            return FoundCustomers(customers=[_record(found)])
        assert arguments.email is not None
        return FoundCustomers(customers=[_record(one) for one in by_email(wire, arguments.email, self)])

    def cite(self, wire: Wire, arguments: FindCustomerArguments, result: FoundCustomers) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                label=f"Customer {one.customer} · {named(one.name, one.email)}",
                url=f"{wire.web}/customers/{one.customer}",
            )
            for one in result.customers[:CITED]
        )


def by_email(wire: Wire, email: str, tool: ReadTool[Any, Any]) -> list[CustomerAnswer]:
    """The customers with this address, newest first. Raises `Refused` when it is on more than anybody would have."""
    query: dict[str, str | int] = {"email": email, "limit": MOST_CUSTOMERS}
    found = understand(Customers, wire.call("GET", "/v1/customers", query=query, timeout=tool.timeout), tool.name)
    if found.has_more:
        raise Refused("TOO_MANY", f"more than {MOST_CUSTOMERS} Stripe customers share {email}")
    return found.data


def _record(found: CustomerAnswer) -> CustomerRecord:
    return CustomerRecord(
        customer=found.id,
        name=found.name or "",
        email=found.email or "",
        created=when(found.created),
        balance=money(found.balance, found.currency) if found.currency else None,  # none before the first invoice
        delinquent=bool(found.delinquent),
    )
