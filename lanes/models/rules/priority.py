"""support-priority: set how urgent a ticket is, by the words of its customer that triage goes by as well.

An outage is urgent; what presses is high; questions and wishes are low; everything else is normal. The priority that
the ticket has is no reason for another one: somebody may have set it without reading.
"""

from lanes.models.rules.seen import Json, Seen, Step, Use
from lanes.models.rules.triage import category_of, pressing_words

SET = "zendesk.set_priority"
OPEN = frozenset({"new", "open", "pending", "hold"})
CALM = frozenset({"how_to", "feedback"})


def plan(seen: Seen) -> Step:
    if trouble := seen.trouble():
        return trouble
    if done := seen.settled(SET):
        return _summary(seen, done.input["priority"], done.outcome)
    if (read := seen.read("zendesk.get_ticket")) is None:
        return (Use("zendesk.get_ticket", {"ticket": seen.subject}),)
    ticket = read.answer
    if ticket.get("status") not in OPEN:
        return f"{seen.subject} is {ticket.get('status')}: its priority moves nobody any more, and was left as it is."
    priority, why = judged(ticket)
    if ticket.get("priority") == priority:
        return f"{seen.subject} has priority {priority} already, which is what its words say. {why}"
    return (Use(SET, {"ticket": seen.subject, "priority": priority, "why": why}),)


def judged(ticket: Json) -> tuple[str, str]:
    """The priority that a ticket's words ask for, and why."""
    category = category_of(ticket)
    spoken = category.replace("_", " ")
    if category == "outage":
        return "urgent", "By its words something is down for everybody, and each minute counts."
    if pressing := pressing_words(ticket):
        return "high", f'The customer writes "{pressing}"; by its words the category is "{spoken}".'
    if category in CALM:
        return "low", f'By its words its category is "{spoken}": nothing is broken, and nothing in it presses.'
    return "normal", f'By its words its category is "{spoken}", and nothing in it presses.'


def _summary(seen: Seen, priority: str, outcome: str) -> str:
    if outcome == "shadowed":
        return f"The draft would set the priority of {seen.subject} to {priority}; nothing was carried out."
    return f"The priority of {seen.subject} is {priority} now."
