"""support-triage: say what a ticket is about, how urgent it is and who should take it, by the words the customer used.

An outage anywhere comes first; then what the subject line says, then the rest. Where several categories fit, the first
of the list wins: it runs from the costliest to overlook to the cheapest.
"""

import re
from collections.abc import Mapping

from lanes.models.rules.seen import Json, Seen, Step, Use

WORDS: Mapping[str, str] = {
    "outage": r"outage|(is|are|went|site|service|everything) down|unavailable for (all|everyone)|50[234]|nobody can",
    "account_access": r"log ?in|sign ?in|logged out|locked out|password|2fa|two.factor|sso|reset link",
    "billing": r"invoices?|charged?|charges|refund(ed)?|billing|billed|pa(id|y|yments?)|vat|receipt|my plan",
    "bug": r"bug|errors?|crash(es|ed)?|broken|not work(ing)?|doesn't work|fails?|failed|stuck|wrong|slow|returns 500",
    "feedback": r"feature request|suggestion|would (love|be great|be nice)|feedback|wish|love (the|your)|please add",
}
ROUTES: Mapping[str, str] = {
    "outage": "engineering",
    "account_access": "support",
    "billing": "billing",
    "bug": "engineering",
    "feedback": "customer_success",
    "how_to": "support",
}
REST = "how_to"  # a question without any of the words
PRESSING = r"urgent|asap|immediately|right now|deadline|production|losing (money|customers|data)|cannot work|blocked"
EXCERPT = 200  # characters of the customer's own words in a summary: enough to recognise the case


def plan(seen: Seen) -> Step:
    if trouble := seen.trouble():
        return trouble
    if (read := seen.read("zendesk.get_ticket")) is None:
        return (Use("zendesk.get_ticket", {"ticket": seen.subject}),)
    if answered := seen.read("answer"):
        return str(answered.input["summary"])
    ticket = read.answer
    email = (ticket.get("requester") or {}).get("email") or ""
    others = seen.read("zendesk.find_tickets")
    if others is None and email:
        return (Use("zendesk.find_tickets", {"email": email}),)
    tickets = (others.answer.get("tickets") or []) if others else []
    known = [one for one in tickets if one.get("ticket") != ticket.get("ticket")]
    return (Use("answer", classify(ticket, known)),)


def classify(ticket: Json, others: list[Json]) -> Json:
    category = category_of(ticket)
    urgency = _urgency(ticket, category)
    summary = _summary(ticket, others, category, urgency)
    return {"summary": summary, "category": category, "urgency": urgency, "route": ROUTES[category]}


def category_of(ticket: Json) -> str:
    """What a ticket is about, by its customer's words."""
    text = _said(ticket)
    if _has(WORDS["outage"], text):
        return "outage"
    return _first(str(ticket.get("subject", ""))) or _first(text) or REST


def pressing_words(ticket: Json) -> str:
    """The first words in a ticket that say that it cannot wait; "" where there are none."""
    found = re.search(rf"\b({PRESSING})\b", _said(ticket), re.IGNORECASE)
    return found[0] if found else ""


def _urgency(ticket: Json, category: str) -> str:
    if category == "outage" or ticket.get("priority") in ("urgent", "high") or pressing_words(ticket):
        return "high"
    return "low" if category in ("how_to", "feedback") else "normal"


def _first(text: str) -> str:
    return next((name for name, words in WORDS.items() if _has(words, text)), "")


def _has(words: str, text: str) -> bool:
    return re.search(rf"\b({words})\b", text, re.IGNORECASE) is not None


def _comments(ticket: Json) -> list[str]:
    return [str(one.get("text", "")) for one in ticket.get("comments") or [] if one.get("role") == "customer"]


def _said(ticket: Json) -> str:
    return "\n".join([str(ticket.get("subject", "")), *_comments(ticket)])


def _summary(ticket: Json, others: list[Json], category: str, urgency: str) -> str:
    requester = ticket.get("requester") or {}
    who = requester.get("name") or requester.get("email") or "An unnamed requester"
    first = " ".join(next(iter(_comments(ticket)), "").split())
    quote = f': "{first[:EXCERPT].rstrip(" .")}{"…" if len(first) > EXCERPT else ""}"' if first else ""
    pending = [str(one["ticket"]) for one in others if one.get("status") not in ("solved", "closed")]
    history = f"{len(others)} other tickets" if len(others) != 1 else "1 other ticket"
    still = f", still open: {', '.join(pending)}" if pending else ", none of them open" if others else ""
    return (
        f'{who} writes under "{ticket.get("subject", "")}"{quote}. '
        f"By its words this is {category.replace('_', ' ')}, urgency {urgency}; the ticket is {ticket.get('status')}. "
        f"The customer has {history}{still}."
    )
