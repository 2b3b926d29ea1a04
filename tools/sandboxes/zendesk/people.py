"""People at work in Zendesk: agents change tickets, customers write and rate, the account's own rules do their part."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.sandboxes import seed, tickets, twin
from tools.sandboxes.zendesk.rules import CLOSED, check, invalid, refusal

RULE = -1  # the author of what a trigger or an automation does
VIA: Mapping[str, Mapping[str, Any]] = {
    "agent": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
    "end-user": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
    "rule": {
        "channel": "rule",
        "source": {"from": {"id": 360_001, "title": "Close after 4 days"}, "rel": "automation"},
    },
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Part):
    body: Annotated[str, Field(min_length=1)]
    public: bool = True


class Update(_Part):
    """What is left out stays as it is. `closed` comes by a rule alone."""

    status: Literal["open", "pending", "hold", "solved", "closed"] | None = None
    comment: Said | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    tags: list[str] | None = None
    assignee_id: int | None = None
    subject: str | None = None


class New(_Part):
    """A ticket of `requester`, opened by themselves or by an agent for them; `follows` is a closed one of theirs."""

    requester: int
    subject: Annotated[str, Field(min_length=1)]
    comment: Said
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    tags: list[str] = []
    follows: int | None = None


class Rating(_Part):
    score: Literal["good", "bad"]
    comment: str = ""


class Act(twin.Act):
    """One of the three: `ticket` with an update or a rating, or a new one."""

    by: int
    ticket: int | None = None
    update: Update | None = None
    rate: Rating | None = None
    new: New | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.update, self.rate, self.new)) != 1:
            raise ValueError("give an update, a rating or a new ticket, one of the three")
        if (self.ticket is None) != (self.new is not None):
            raise ValueError("an update and a rating name a ticket, a new one has no number yet")
        return self


def done(data: dict[str, Any], act: Act, at: datetime) -> Mapping[str, Any]:
    author = data["users"].get(str(act.by))
    if author is None and act.by != RULE:
        raise invalid("author", "Author: is invalid")
    stamp, role = at.strftime(seed.ISO), "rule" if author is None else author["role"].replace("admin", "agent")
    if act.new:
        return _opened(data, act, act.new, stamp, role)
    entry = data["tickets"].get(str(act.ticket))
    if entry is None:
        raise refusal(404, "RecordNotFound", "Not found")
    if act.rate:
        return _rated(data, entry["ticket"], act, act.rate, stamp)
    ticket = entry["ticket"]
    change = act.update.model_dump(exclude_none=True) if act.update else {}
    if ticket["status"] == "closed":
        raise invalid("status", CLOSED)
    if stamp < ticket["updated_at"]:
        raise invalid(
            "at", f"At: the ticket was last changed at {ticket['updated_at']}; a history is told in its order"
        )
    _allowed(change, role)
    audit = tickets.record(data, entry, act.by, change, stamp, VIA[role])
    return {"ticket": ticket, "audit": audit}


def _allowed(change: Mapping[str, Any], role: str) -> None:
    if role == "end-user" and (set(change) != {"comment"} or not change["comment"]["public"]):
        raise invalid("base", "Customers write public comments and nothing else")
    if role == "rule" and "comment" in change:
        raise invalid("comment", "Comment: the sandbox's rules write none")
    if change.get("status") == "closed" and role != "rule":
        raise invalid("status", "Status: closed is set by a rule")
    check({name: value for name, value in change.items() if value != "closed"})


def _opened(data: dict[str, Any], act: Act, new: New, stamp: str, role: str) -> Mapping[str, Any]:
    if str(new.requester) not in data["users"] or role == "rule" or (role == "end-user" and act.by != new.requester):
        raise invalid("requester", "Requester: is invalid")
    earlier = data["tickets"].get(str(new.follows))
    if new.follows is not None and (earlier is None or earlier["ticket"]["status"] != "closed"):
        raise invalid("via_followup_source_id", "Only a closed ticket is followed up")
    came = {"ticket_id": new.follows, "channel": "web"} if new.follows else {}
    via = {**VIA[role], "source": {"from": came, "to": {}, "rel": "follow_up" if new.follows else None}}
    check({"tags": new.tags})
    ticket = {
        "id": max(map(int, data["tickets"])) + 1,
        "subject": new.subject,
        "status": "new",
        "priority": new.priority,
        "type": None,
        "requester_id": new.requester,
        "submitter_id": act.by,
        "assignee_id": None,
        "external_id": None,
        "tags": sorted(new.tags),
        "created_at": stamp,
        "updated_at": stamp,
        "via": via,
    }
    entry = tickets.opened(data, ticket, act.by, {"comment": new.comment.model_dump()}, via)
    return {"ticket": ticket, "audit": entry["audits"][0]}


def _rated(data: dict[str, Any], ticket: Mapping[str, Any], act: Act, rate: Rating, stamp: str) -> Mapping[str, Any]:
    """The survey goes out when a ticket is solved; a customer may change their mind."""
    if act.by != ticket["requester_id"] or ticket["status"] not in {"solved", "closed"}:
        raise invalid("satisfaction_rating", "Only the requester of a solved ticket rates it")
    known = next((one for one in data["ratings"] if one["ticket_id"] == ticket["id"]), None)
    if known is None:
        data["last_id"] += 1
        known = {"id": data["last_id"], "ticket_id": ticket["id"], "requester_id": act.by, "created_at": stamp}
        known |= {"assignee_id": ticket["assignee_id"] or 0, "group_id": 0}
        data["ratings"].append(known)
    known |= {"score": rate.score, "comment": rate.comment, "updated_at": stamp}
    return {"satisfaction_rating": known}
