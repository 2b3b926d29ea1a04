"""What the sandboxes hold at first, and who may do what there. Everybody in it is made up.

The same day in gives the same state out; dates lie before (or, for deals, around) the moment that is passed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.sandboxes import (
    customers,
    hubspot_seed,
    issues,
    macros,
    payments,
    salesforce_people,
    salesforce_seed,
    signals,
    stories,
)
from tools.sandboxes.tickets import opened, record

ISO = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Holder:
    """Whose credential it is: what it may do, and under which user its writes appear."""

    scopes: frozenset[str]
    user: int = 0


ZENDESK_REFUNDS = "sandbox-zendesk-refunds"
ZENDESK_TRIAGE = "sandbox-zendesk-triage"  # may read and nothing else
ZENDESK_PRIORITY = "sandbox-zendesk-priority"
ZENDESK_HARVEST = "sandbox-zendesk-harvest"  # an admin's, who may read and nothing else
STRIPE_BILLING = "rk_sandbox_billing"
STRIPE_REFUNDS = "rk_sandbox_refunds"  # may read, and refund
STRIPE_READER = "rk_sandbox_reader"  # may read and nothing else
STRIPE_NARROW = "rk_sandbox_narrow"  # may read charges and nothing else: too little for any lane
SALESFORCE_CRM = "sandbox-salesforce-crm"
SALESFORCE_READER = "sandbox-salesforce-reader"  # may read and nothing else
DATADOG_INCIDENTS = "sandbox-datadog-api:sandbox-datadog-incidents"
DATADOG_MONITORS = "sandbox-datadog-api:sandbox-datadog-monitors"  # may see monitors and no logs
JIRA_INCIDENTS = "incidents@example.com:sandbox-jira-incidents"
JIRA_READER = "reader@example.com:sandbox-jira-reader"  # may read and nothing else
SALESFORCE_NOTES = "sandbox-salesforce-notes"  # may set the next step of a deal, and nothing else of it
SALESFORCE_RENEWALS = "sandbox-salesforce-renewals"
HUBSPOT_RENEWALS = "sandbox-hubspot-renewals"
HUBSPOT_READER = "sandbox-hubspot-reader"  # may read and nothing else
HUBSPOT_SALES = "sandbox-hubspot-sales"  # what people of sales do there with their own hands

ENVIRONMENT: Mapping[str, str] = {
    "LANEKEEPER_REFUNDS_ZENDESK_TOKEN": ZENDESK_REFUNDS,
    "LANEKEEPER_REFUNDS_STRIPE_KEY": STRIPE_REFUNDS,
    "LANEKEEPER_TRIAGE_ZENDESK_TOKEN": ZENDESK_TRIAGE,
    "LANEKEEPER_PRIORITY_ZENDESK_TOKEN": ZENDESK_PRIORITY,
    "LANEKEEPER_CRM_SALESFORCE_TOKEN": SALESFORCE_CRM,
    "LANEKEEPER_INCIDENTS_DATADOG_KEYS": DATADOG_INCIDENTS,
    "LANEKEEPER_INCIDENTS_JIRA_TOKEN": JIRA_INCIDENTS,
    "LANEKEEPER_RENEWALS_SALESFORCE_TOKEN": SALESFORCE_RENEWALS,
    "LANEKEEPER_RENEWALS_HUBSPOT_TOKEN": HUBSPOT_RENEWALS,
    "LANEKEEPER_TRUTH_ZENDESK_TOKEN": ZENDESK_HARVEST,
    "LANEKEEPER_TRUTH_STRIPE_KEY": STRIPE_READER,
    "LANEKEEPER_TRUTH_SALESFORCE_TOKEN": SALESFORCE_READER,
    "LANEKEEPER_TRUTH_HUBSPOT_TOKEN": HUBSPOT_READER,
    "LANEKEEPER_TRUTH_JIRA_TOKEN": JIRA_READER,
}

# By system: who may do everything that a tool of ours does, and who may only read.
FULL: Mapping[str, str] = {
    "zendesk": ZENDESK_REFUNDS,
    "stripe": STRIPE_BILLING,
    "salesforce": SALESFORCE_CRM,
    "datadog": DATADOG_INCIDENTS,
    "jira": JIRA_INCIDENTS,
    "hubspot": HUBSPOT_RENEWALS,
}
READERS: Mapping[str, str] = {
    "zendesk": ZENDESK_TRIAGE,
    "stripe": STRIPE_READER,
    "salesforce": SALESFORCE_READER,
    "jira": JIRA_READER,
    "hubspot": HUBSPOT_READER,
}

# By system: who reads what people did. None of them may write.
HARVESTERS: Mapping[str, str] = {**READERS, "zendesk": ZENDESK_HARVEST}

LENA, SAM, REFUNDS_BOT, TRIAGE_BOT, HARVEST, PRIORITY_BOT = 9001, 9002, 9003, 9004, 9005, 9006

ZENDESK_TOKENS: Mapping[str, Holder] = {
    ZENDESK_REFUNDS: Holder(frozenset({"read", "write"}), REFUNDS_BOT),
    ZENDESK_TRIAGE: Holder(frozenset({"read"}), TRIAGE_BOT),
    ZENDESK_PRIORITY: Holder(frozenset({"read", "write"}), PRIORITY_BOT),
    ZENDESK_HARVEST: Holder(frozenset({"read"}), HARVEST),
}
STRIPE_READS = frozenset(
    f"{one}_read"
    for one in (
        "charge", "credit_note", "customer", "event", "invoice", "payment_intent", "product", "subscription"
    )
)  # fmt: skip
STRIPE_TOKENS: Mapping[str, Holder] = {
    STRIPE_BILLING: Holder(STRIPE_READS | {"charge_write", "credit_note_write", "subscription_write"}),
    STRIPE_REFUNDS: Holder(STRIPE_READS | {"charge_write"}),
    STRIPE_READER: Holder(STRIPE_READS),
    STRIPE_NARROW: Holder(frozenset({"charge_read"})),
}
SALESFORCE_TOKENS: Mapping[str, Holder] = {
    SALESFORCE_CRM: Holder(frozenset({"read", "write"}), salesforce_people.INTEGRATION),
    SALESFORCE_RENEWALS: Holder(frozenset({"read", "write"}), salesforce_people.INTEGRATION),
    SALESFORCE_READER: Holder(frozenset({"read"}), salesforce_people.REPORTING),
    SALESFORCE_NOTES: Holder(frozenset({"read", "write:Opportunity.NextStep"}), salesforce_people.REPORTING),
}
DATADOG_TOKENS: Mapping[str, Holder] = {
    DATADOG_INCIDENTS: Holder(frozenset({"logs_read_data", "monitors_read"})),
    DATADOG_MONITORS: Holder(frozenset({"monitors_read"})),
}
JIRA_PERMISSIONS = frozenset({"BROWSE_PROJECTS", "CREATE_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "EDIT_ISSUES"})
JIRA_TOKENS: Mapping[str, Holder] = {
    JIRA_INCIDENTS: Holder(JIRA_PERMISSIONS - {"EDIT_ISSUES"}),
    JIRA_READER: Holder(frozenset({"BROWSE_PROJECTS"})),
}
HUBSPOT_READS = frozenset(
    {"oauth", *(f"crm.objects.{kind}.read" for kind in ("contacts", "companies", "deals", "owners"))}
)
LANEKEEPER_APP = 7001  # the number of the private app
HUBSPOT_TOKENS: Mapping[str, Holder] = {
    HUBSPOT_RENEWALS: Holder(HUBSPOT_READS | {"crm.objects.contacts.write", "crm.objects.deals.write"}, LANEKEEPER_APP),
    HUBSPOT_READER: Holder(HUBSPOT_READS, 7002),
    HUBSPOT_SALES: Holder(
        HUBSPOT_READS | {f"crm.objects.{kind}.write" for kind in ("contacts", "companies", "deals")}, 7003
    ),
}

AGENTS = {
    LENA: ("Lena Fischer", "lena@example.com"),
    SAM: ("Sam Okafor", "sam@example.com"),
    REFUNDS_BOT: ("Customer Support", "support@example.com"),
    TRIAGE_BOT: ("Triage", "triage@example.com"),
    PRIORITY_BOT: ("Priority", "priority@example.com"),
}


def _zendesk(today: datetime) -> dict[str, Any]:
    data: dict[str, Any] = {"last_id": 700_000, "users": {}, "tickets": {}, "keys": {}, "jobs": {}, "ratings": []}
    data["macros"] = macros.seeded()
    for number, (name, email) in AGENTS.items():
        data["users"][str(number)] = user(number, name, email, "agent")
    data["users"][str(HARVEST)] = user(HARVEST, "Reporting", "reporting@example.com", "admin")
    people = {person.slug: 5001 + index for index, person in enumerate(customers.PEOPLE)}
    for person in customers.PEOPLE:
        data["users"][str(people[person.slug])] = user(people[person.slug], person.name, person.email, "end-user")
    for story in stories.TICKETS:
        _add_ticket(data, story, people[story.slug], today)
    return data


def user(number: int, name: str, email: str, role: str) -> dict[str, Any]:
    return {"id": number, "name": name, "email": email, "role": role, "verified": True}


def _add_ticket(data: dict[str, Any], story: stories.Story, requester: int, today: datetime) -> None:
    began = _morning(today) - timedelta(days=story.days_ago) + timedelta(minutes=story.number % 240)
    paid = {charge.slug: _morning(today) - timedelta(days=charge.days_ago) for charge in reversed(customers.CHARGES)}
    day = paid.get(story.slug, began)
    agent = LENA if story.number % 2 else SAM
    ticket: dict[str, Any] = {
        "id": story.number,
        "subject": story.subject,
        "status": "new",
        "priority": story.priority,
        "type": "question",
        "requester_id": requester,
        "submitter_id": requester,
        "assignee_id": agent,
        "external_id": None,
        "tags": list(story.tags),
        "created_at": began.strftime(ISO),
        "updated_at": began.strftime(ISO),
        "via": {"channel": "email"},
    }
    first, *later = (
        {"comment": {"body": line.text.replace("{day}", f"{day:%b} {day.day}"), "public": line.public}}
        for line in story.lines
    )
    entry = opened(data, ticket, requester, first)
    at = ticket["created_at"]
    for index, (line, change) in enumerate(zip(story.lines[1:], later, strict=True), 1):
        at = (began + timedelta(minutes=37 * index)).strftime(ISO)
        record(data, entry, requester if line.by == "customer" else agent, change, at)
    record(data, entry, agent, {"status": story.status}, at)


def _morning(today: datetime) -> datetime:
    return today.replace(hour=9, minute=0, second=0, microsecond=0)


STATES: Mapping[str, Callable[[datetime], dict[str, Any]]] = {
    "zendesk": _zendesk,
    "stripe": payments.seeded,
    "datadog": signals.datadog,
    "salesforce": salesforce_seed.fresh,
    "hubspot": lambda today: hubspot_seed.state(_morning(today)),
    "jira": issues.begin,
}
