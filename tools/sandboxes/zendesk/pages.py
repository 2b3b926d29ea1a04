"""The pages people open: the list of tickets, a ticket, a person, a macro."""

from collections.abc import Callable, Mapping
from typing import Any

from tools.sandboxes import page
from tools.sandboxes.state import State

Show = Callable[[Mapping[str, Any]], str | None]


def pages(state: State) -> Mapping[str, Show]:
    """Every page by its path. A page that is not there is None."""
    return {
        "/agent/tickets/{ticket:int}": lambda parts: _ticket(state.data, parts["ticket"]),
        "/agent/users/{user:int}": lambda parts: _person(state.data, parts["user"]),
        "/admin/workspaces/agent-workspace/macros/{macro:int}": lambda parts: _macro(state.data, parts["macro"]),
        "/": lambda _: _index(state.data),
    }


def _ticket(data: Mapping[str, Any], number: int) -> str | None:
    entry = data["tickets"].get(str(number))
    if entry is None:
        return None
    ticket, users = entry["ticket"], data["users"]
    requester = users[str(ticket["requester_id"])]
    notes = []
    for comment in entry["comments"]:
        author = users[str(comment["author_id"])]
        look = "" if author["role"] == "end-user" else "agent" if comment["public"] else "private"
        kind = "" if comment["public"] else " · internal note"
        notes.append(page.note(f"{author['name']} · {page.minute(comment['created_at'])}{kind}", comment["body"], look))
    rows = [
        ("Status", ticket["status"]),
        ("Priority", ticket["priority"] or "—"),
        ("Requester", f"{requester['name']} ({requester['email']})"),
        ("Tags", ", ".join(ticket["tags"]) or "—"),
        ("Updated", page.minute(ticket["updated_at"])),
    ]
    return page.page("Zendesk", f"Ticket ZD-{ticket['id']}", ticket["subject"], page.facts(rows), *notes)


def _person(data: Mapping[str, Any], number: int) -> str | None:
    user = data["users"].get(str(number))
    if user is None:
        return None
    asked = [entry["ticket"] for entry in data["tickets"].values() if entry["ticket"]["requester_id"] == number]
    rows = [("E-mail", user["email"] or "—"), ("Role", user["role"])]
    return page.page("Zendesk", "Person", user["name"], page.facts(rows), page.table("Tickets", *_rows(asked)))


def _macro(data: Mapping[str, Any], number: int) -> str | None:
    macro = data["macros"].get(str(number))
    if macro is None:
        return None
    rows = [("Active", "yes" if macro["active"] else "no"), ("Updated", page.minute(macro["updated_at"]))]
    rows += [(action["field"], action["value"]) for action in macro["actions"]]
    return page.page("Zendesk", "Macro", macro["title"], page.facts(rows))


def _index(data: Mapping[str, Any]) -> str:
    tickets = [entry["ticket"] for entry in data["tickets"].values()]
    return page.page("Zendesk", "All views", "Tickets", page.table("", *_rows(tickets)))


def _rows(tickets: list[Any]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    rows: list[tuple[object, ...]] = [
        (page.Link(f"/agent/tickets/{one['id']}", f"ZD-{one['id']}"), one["subject"], one["status"]) for one in tickets
    ]
    return ("Ticket", "Subject", "Status"), rows
