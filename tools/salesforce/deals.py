"""What every change of an opportunity has in common: its arguments, how it is looked at, and what it rests on.

A PATCH of "sObject Rows" is conditional. ETags are kept for accounts alone, so an opportunity is held by
If-Unmodified-Since ("Conditional Request Headers"): read right before the PATCH, whole seconds, answered with 412 where
somebody was quicker. What the draft rested on, `modified`, is compared before anything is sent.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from tools.contract import (
    Change,
    Echoes,
    Frozen,
    Internal,
    Refused,
    Routes,
    Target,
    Wire,
)
from tools.salesforce.answers import DATA, RECORD, Asker, OpportunityId, Record, http_date, link, moment
from tools.salesforce.describe import settable
from tools.salesforce.soql import literal, query, select
from tools.values import Day, past
from tools.wire import Answer, understand

FIELD_OF = {"stage": "StageName", "next_step": "NextStep", "close_date": "CloseDate"}
WORD_FOR = {"stage": "stage", "next_step": "next step", "close_date": "close date"}


class _User(Answer):
    Email: str | None


class _Owned(Answer):
    Owner: _User


class DealArguments(Frozen):
    """An opportunity and what is to be set; what is left empty stays as it is."""

    opportunity: Routes[Internal[OpportunityId]]
    stage: Annotated[
        Internal[str],
        Field(
            max_length=255, description="A stage the organisation has, such as Negotiation; empty leaves it as it is"
        ),
    ] = ""
    next_step: Annotated[Internal[str], Field(max_length=255, description="Empty leaves it as it is")] = ""
    close_date: Annotated[Internal[Day], Field(description="ISO date such as 2026-03-31; empty leaves it as it is")] = (
        ""
    )
    clear_next_step: Annotated[Internal[bool], Field(description="Empty the next step")] = False
    modified: Annotated[
        Echoes[Internal[str]],
        Field(description="As read with the opportunity: refused if it was changed since. Empty: as it is now"),
    ] = ""

    @field_validator("stage", "next_step")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return value.strip()  # as Salesforce keeps it

    @field_validator("modified")
    @classmethod
    def _a_moment(cls, value: str) -> str:
        if value:
            datetime.fromisoformat(value)
        return value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.next_step and self.clear_next_step:
            raise ValueError("the next step is either set or emptied")
        if not self.wanted():
            raise ValueError("nothing is to be changed: give a stage, a next step or a close date")
        return self

    def wanted(self) -> dict[str, str]:
        """What is to be set, by our names; an empty next step is to be emptied."""
        wanted = {name: value for name in FIELD_OF if (value := str(getattr(self, name)))}
        return wanted | ({"next_step": ""} if self.clear_next_step else {})


class Updated(Frozen):
    opportunity: Internal[str]
    stage: Internal[str]
    next_step: Internal[str]
    close_date: Internal[str]
    modified: Internal[str]


def record(wire: Wire, opportunity: str, tool: Asker) -> Record:
    path = f"{DATA}/sobjects/Opportunity/{opportunity}"
    return understand(Record, wire.call("GET", path, query={"fields": RECORD}, timeout=tool.timeout), tool.name)


def owner(wire: Wire, opportunity: str, tool: Asker) -> str:
    """The e-mail address of an opportunity's owner, who is always a user (Object Reference, "Opportunity": OwnerId)."""
    soql = select("Id, Owner.Email", "Opportunity", f"Id = {literal(opportunity)}", "Id", 1)
    return next((row.Owner.Email or "" for row in query(wire, soql, _Owned, tool)), "")


def updated(found: Record) -> Updated:
    return Updated(
        opportunity=found.Id,
        stage=found.StageName,
        next_step=found.NextStep or "",
        close_date=found.CloseDate,
        modified=found.SystemModstamp,
    )


def body(arguments: DealArguments) -> dict[str, str | None]:
    """What a PATCH sets, by Salesforce's names."""
    return {FIELD_OF[name]: value or None for name, value in arguments.wanted().items()}


def holds(arguments: DealArguments, result: Frozen) -> bool:
    return all(getattr(result, name) == value for name, value in arguments.wanted().items())


def condition(found: Record) -> dict[str, str]:
    """The header under which a change of exactly this state is done. SystemModstamp is never before the last change."""
    return {"If-Unmodified-Since": http_date(found.SystemModstamp)}


def conflict(found: Record) -> Refused:
    return Refused("CONFLICT", f"somebody has changed {found.Name} since it was read; nothing was done")


def moved_on(arguments: DealArguments, found: Record) -> bool:
    """Has the opportunity been changed since the moment the draft rests on?"""
    return bool(arguments.modified) and moment(arguments.modified) != moment(found.SystemModstamp)


def as_asked(arguments: DealArguments, found: Record) -> Updated:
    """An opportunity that was changed meanwhile: if it says what was asked for, that was us, in an earlier try."""
    if holds(arguments, updated(found)):
        return updated(found)
    raise conflict(found)


def look(wire: Wire, arguments: DealArguments, tool: Asker) -> Target:
    """The opportunity as it is. Raises `Refused` where the change cannot be meant or could not be made."""
    found = record(wire, arguments.opportunity, tool)
    wanted = arguments.wanted()
    seen = {name: getattr(found, field) or "" for name, field in FIELD_OF.items()}
    if moved_on(arguments, found):
        raise conflict(found)
    if all(seen[name] == value for name, value in wanted.items()):
        raise Refused("NO_CHANGE", f"{found.Name} says all of this already")
    if arguments.close_date and past(arguments.close_date):
        raise Refused("PAST_DATE", f"{arguments.close_date} is past; a deal cannot be expected to close then")
    settable(wire, "Opportunity", {FIELD_OF[name]: value for name, value in wanted.items()}, tool)
    return Target(
        ref=f"salesforce.opportunity {found.Id}",
        url=link(wire, "Opportunity", found.Id),
        pinned={"modified": found.SystemModstamp, **seen},
        seen={**seen, "name": found.Name, "account": found.AccountId},
    )


def changed(arguments: DealArguments, target: Target) -> dict[str, str]:
    return {name: value for name, value in arguments.wanted().items() if value != target.seen[name]}


def changes(fields: Mapping[str, str], target: Target) -> tuple[Change, ...]:
    return tuple(
        Change(field=WORD_FOR[name].capitalize(), before=str(target.seen[name]), after=value)
        for name, value in fields.items()
    )


def before(arguments: DealArguments, target: Target) -> dict[str, str | bool]:
    """The arguments that bring back what stood there."""
    back: dict[str, str | bool] = {name: str(target.seen[name]) for name in arguments.wanted()}
    return back | ({"clear_next_step": True} if back.get("next_step") == "" else {})


def rights(arguments: DealArguments) -> frozenset[str]:
    """The scopes of this very change, field by field."""
    fields = (f"salesforce:opportunities.write.{name}" for name in arguments.wanted())
    return frozenset({"salesforce:opportunities.read", *fields})


def said(arguments: DealArguments) -> str:
    fields = ", ".join(f"{name}={value}" for name, value in arguments.wanted().items())
    return f"{arguments.opportunity} {fields}"
