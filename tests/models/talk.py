"""A conversation with the offline model, had turn by turn, and what the systems answer in it."""

import json
from collections.abc import Iterable

from lanes.models.base import Ask, Model, Turn
from lanes.models.offline import OfflineModel

TOOLS = {
    "support-refunds": (
        "zendesk__get_ticket",
        "stripe__find_charges",
        "stripe__create_refund",
        "zendesk__reply",
        "zendesk__set_status",
    ),
    "support-priority": ("zendesk__get_ticket", "zendesk__set_priority"),
    "support-triage": ("zendesk__get_ticket", "zendesk__find_tickets", "answer"),
    "crm-hygiene": ("salesforce__find_opportunities", "salesforce__update_opportunity"),
    "incident-first-look": (
        "datadog__search_logs",
        "datadog__find_monitors",
        "jira__find_issues",
        "jira__get_issue",
        "jira__create_issue",
    ),
    "renewals": (
        "salesforce__find_opportunities",
        "hubspot__find_deals",
        "salesforce__update_opportunity",
        "hubspot__create_note",
    ),
}
MODEL: Model = OfflineModel()


def usd(minor: int) -> dict:
    return {"minor": minor, "currency": "USD"}


def ticket(*said: str, subject: str = "Charged twice", status: str = "open", priority: str = "normal", **more) -> dict:
    comments = [
        {
            "id": str(n),
            "author": "Ada Park",
            "role": "customer",
            "public": True,
            "text": words,
            "at": "2026-10-02T09:00:00Z",
        }
        for n, words in enumerate(said)
    ]
    requester = {"id": "7", "name": "Ada Park", "email": "ada@example.com"}
    plain = {"ticket": "ZD-4821", "subject": subject, "status": status, "priority": priority, "requester": requester}
    return {**plain, "tags": [], "comments": comments, "updated_at": "2026-10-02T09:00:00Z", **more}


def charge(name: str, minor: int, created: str, **more) -> dict:
    plain = {"charge": name, "amount": usd(minor), "refunded": usd(0), "status": "succeeded", "created": created}
    return {**plain, "description": "Pro plan, October", "disputed": False, **more}


FIRST = charge("ch_1", 3800, "2026-10-01T10:00:00Z")
SECOND = charge("ch_2", 3800, "2026-10-01T10:04:00Z")
TWICE = ticket("I was charged $38.00 twice.")


def customer(*charges: dict) -> dict:
    return {"customer": {"id": "cus_1", "name": "Ada Park", "email": "ada@example.com"}, "charges": list(charges)}


class Talk:
    """A conversation that is being had: take a turn, answer each of its calls, take the next."""

    def __init__(self, lane: str, subject: str, tools: Iterable[str] | None = None) -> None:
        self.lane = lane
        self.messages: list[dict] = [
            {"role": "user", "content": f"Run this lane.\nSubject: {subject}\nToday: 2026-10-02"}
        ]
        self.tools = [
            {"name": name, "description": "", "input_schema": {"type": "object"}}
            for name in (TOOLS.get(lane, ()) if tools is None else tools)
        ]

    def turn(self) -> Turn:
        return MODEL.turn(Ask(self.lane, "claude-sonnet-5-5", "You are an agent.", self.tools, tuple(self.messages)))

    def calls(self) -> list[tuple[str, dict]]:
        turn = self.turn()
        assert turn.stop == "tool_use", turn.content
        return [(block["name"], block["input"]) for block in turn.content]

    def end(self) -> str:
        turn = self.turn()
        assert turn.stop == "end_turn", turn.content
        (block,) = turn.content
        return block["text"]

    def answered(self, *results: dict, is_error: bool = False) -> "Talk":
        """The next turn is taken and its calls get these results, in order."""
        uses = [block for block in self.turn().content if block["type"] == "tool_use"]
        answers = [
            {"type": "tool_result", "tool_use_id": use["id"], "content": json.dumps(result), "is_error": is_error}
            for use, result in zip(uses, results, strict=True)
        ]
        self.messages += [
            {"role": "assistant", "content": list(self.turn().content)},
            {"role": "user", "content": answers},
        ]
        return self


def refunds(*results: dict) -> Talk:
    talk = Talk("support-refunds", "ZD-4821")
    for result in results:
        talk.answered(result)
    return talk


DONE = {"outcome": "done", "result": {"refund": "re_1", "amount": usd(3800), "status": "succeeded"}}
CHANGED = {"outcome": "superseded", "reason": "content_changed", "changed": ["updated_at"]}
