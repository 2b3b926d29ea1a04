"""What people open in the made-up Salesforce: an opportunity, a contact, an activity, and the list of all deals."""

from collections.abc import Mapping
from typing import Any

from tools.sandboxes import page
from tools.sandboxes.salesforce_schema import MARK

Data = Mapping[str, Mapping[str, Any]]


def opportunity(data: Data, name: str) -> str | None:
    row = data["Opportunity"].get(name)
    if row is None:
        return None
    rows = [
        ("Account", row["Account"]["Name"]),
        ("Stage", row["StageName"]),
        ("Next step", row["NextStep"] or "—"),
        ("Close date", row["CloseDate"]),
        ("Amount", f"{row['CurrencyIsoCode']} {row['Amount']:,.0f}" if row["Amount"] is not None else "—"),
        ("Owner", row["Owner"]["Name"]),
        ("Last modified", page.minute(row["SystemModstamp"])),
    ]
    tasks = [task for task in data["Task"].values() if task["WhatId"] == row["Id"] and not task["IsDeleted"]]
    tasks.sort(key=lambda task: str(task["CreatedDate"]), reverse=True)
    notes = [page.note(f"{task['Subject']} · {task['CreatedDate'][:10]}", task["Description"] or "") for task in tasks]
    changes = [
        (
            page.minute(one["CreatedDate"]),
            one["CreatedBy"]["Name"],
            one["Field"],
            one["OldValue"] or "",
            one["NewValue"] or "",
        )
        for one in data["OpportunityFieldHistory"].values()
        if one["OpportunityId"] == row["Id"]
    ]
    history = page.table("Field history", ("At", "By", "Field", "Before", "After"), sorted(changes, reverse=True))
    return page.page("Salesforce", "Opportunity", row["Name"], page.facts(rows), "<h2>Activity</h2>", *notes, history)


def contact(data: Data, name: str) -> str | None:
    row = data["Contact"].get(name)
    if row is None:
        return None
    rows = [
        ("Account", row["Account"]["Name"]),
        ("Title", row["Title"] or "—"),
        ("E-mail", row["Email"] or "—"),
        ("Wants no e-mail", "yes" if row["HasOptedOutOfEmail"] else "no"),
    ]
    return page.page("Salesforce", "Contact", row["Name"], page.facts(rows))


def task(data: Data, name: str) -> str | None:
    row = data["Task"].get(name)
    if row is None or row["IsDeleted"]:
        return None
    rows = [
        ("Related to", data["Opportunity"][row["WhatId"]]["Name"]),
        ("Status", row["Status"]),
        ("Due", row["ActivityDate"] or "—"),
        ("Created by", row["CreatedBy"]["Name"]),
        ("Lanekeeper key", row[MARK] or "—"),
    ]
    return page.page(
        "Salesforce",
        "Task",
        row["Subject"] or "Task",
        page.facts(rows),
        page.note("Comments", row["Description"] or ""),
    )


def index(data: Data) -> str:
    rows = [
        (page.Link(f"/lightning/r/Opportunity/{row['Id']}/view", row["Name"]), row["StageName"], row["CloseDate"])
        for row in data["Opportunity"].values()
    ]
    heads = ("Opportunity", "Stage", "Close date")
    return page.page("Salesforce", "All opportunities", "Opportunities", page.table("", heads, rows))
