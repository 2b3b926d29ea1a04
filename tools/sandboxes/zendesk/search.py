"""What the sandbox understands of Zendesk's search syntax: `word:value` and `word:"value"`, each narrowing the rest."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tools.sandboxes.twin import Call, Said
from tools.sandboxes.zendesk import lists
from tools.sandboxes.zendesk.rules import by_email, refusal

TERM = re.compile(r'(\w+):(?:"([^"]*)"|([^\s"]+))(?:\s+|$)')
ORDERS = frozenset({"created_at", "updated_at", "status", "priority"})


def tickets(data: Mapping[str, Any], call: Call) -> Said:
    """Tickets of one requester, by status and tag if those are asked for."""
    terms = _terms(call.query.get("query", ""), {"type", "requester", "status", "tags"})
    if terms.get("type") != "ticket" or "requester" not in terms:
        raise refusal(422, "InvalidQuery", "The sandbox understands type:ticket requester:<e-mail> status: tags: only")
    asker = by_email(data["users"], terms["requester"])
    found = [
        {**ticket, "result_type": "ticket"}
        for ticket in (entry["ticket"] for entry in data["tickets"].values())
        if asker is not None
        and ticket["requester_id"] == asker["id"]
        and ticket["status"] == terms.get("status", ticket["status"])
        and ("tags" not in terms or terms["tags"] in ticket["tags"])
    ]
    order, newest = call.query.get("sort_by", "updated_at"), call.query.get("sort_order", "desc") == "desc"
    if order not in ORDERS:
        raise refusal(422, "InvalidQuery", f"sort_by {order} is not supported")
    found.sort(key=lambda one: str(one[order]), reverse=newest)
    return Said({**lists.by_number(call.query, "results", found), "facets": None})


def users(data: Mapping[str, Any], call: Call) -> Said:
    """People by their whole e-mail address, or by words of their name."""
    terms = _terms(call.query.get("query", ""), {"email", "name"})
    if not terms:
        raise refusal(422, "InvalidQuery", "The sandbox understands email: and name: only")
    tests: Mapping[str, Callable[[Any, str], bool]] = {
        "email": lambda user, email: (user["email"] or "").casefold() == email.casefold(),
        "name": lambda user, words: set(words.casefold().split()) <= set(user["name"].casefold().split()),
    }
    found = [user for user in data["users"].values() if all(tests[name](user, value) for name, value in terms.items())]
    return Said(lists.by_number(call.query, "users", found))


def _terms(query: str, known: set[str]) -> dict[str, str]:
    """{} for a query that is not made of known terms, each once."""
    terms: dict[str, str] = {}
    end = 0
    for term in TERM.finditer(query):
        if term.start() != end or term[1] not in known - set(terms):
            return {}
        terms[term[1]] = term[2] if term[2] is not None else term[3]
        end = term.end()
    return terms if end == len(query) else {}
