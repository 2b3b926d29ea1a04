"""People at work in Jira's own pages: they open issues, move them, edit them, comment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.sandboxes import issues, twin, workflow

Priority = Literal["Highest", "High", "Medium", "Low", "Lowest"]
Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class New(_Part):
    project: Literal["OPS", "SUP"]
    type: Literal["Incident", "Bug", "Task"]
    summary: Text
    description: Text
    priority: Priority = "Medium"
    labels: list[str] = []


class Edit(_Part):
    """What is not given stays as it is."""

    summary: Text | None = None
    priority: Priority | None = None
    labels: list[str] | None = None


class Move(_Part):
    to: str
    resolution: Literal["Done", "Won't Do", "Duplicate", "Cannot Reproduce"] | None = None


class Act(twin.Act):
    """One of the four; all but a new issue name theirs."""

    by: str  # an account
    issue: str | None = None
    new: New | None = None
    edit: Edit | None = None
    move: Move | None = None
    comment: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.new, self.edit, self.move, self.comment)) != 1:
            raise ValueError("give a new issue, an edit, a move or a comment, one of the four")
        if (self.issue is None) != (self.new is not None):
            raise ValueError("an edit, a move and a comment name their issue, a new one has no key yet")
        return self


class RefusedError(ValueError):
    """What Jira would not let them do, in words for the answer."""


def done(data: dict[str, Any], act: Act, at: datetime) -> Mapping[str, Any]:
    if act.by not in data["users"]:
        raise RefusedError(f"there is no account {act.by}")
    if act.new:
        return _opened(data, act.new, act.by, at)
    entry = data["issues"].get(str(act.issue))
    if entry is None:
        raise RefusedError("Issue does not exist or you do not have permission to see it.")
    if at < issues.moment(entry["updated"]):
        raise RefusedError(f"{entry['key']} was last changed at {entry['updated']}; a history is told in its order")
    if act.comment:
        return issues.say(data, entry, issues.document(act.comment), {}, act.by, at)
    if act.move:
        _moved(data, entry, act.move, act.by, at)
    if act.edit:
        issues.edit(data, entry, _kept(act.edit.model_dump(exclude_none=True)), act.by, at)
    return {"key": entry["key"]}


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """As an entry keeps it: a priority by its number."""
    numbers = {name: number for number, name in workflow.PRIORITIES.items()}
    return {name: numbers[value] if name == "priority" else value for name, value in given.items()}


def _opened(data: dict[str, Any], new: New, by: str, at: datetime) -> Mapping[str, Any]:
    types = {name: number for number, name in workflow.TYPES[new.project].items()}
    if new.type not in types:
        raise RefusedError(f"{new.project} has no {new.type}")
    fields = _kept(new.model_dump(include={"summary", "priority", "labels"}))
    fields |= {"issuetype": types[new.type], "description": issues.document(new.description)}
    return issues.open_issue(data, new.project, fields, {}, by, at)


def _moved(data: dict[str, Any], entry: dict[str, Any], move: Move, by: str, at: datetime) -> None:
    ways = [one for one in workflow.WORKFLOWS[entry["project"]] if one.offered(entry["status"]) and one.to == move.to]
    if not ways:
        raise RefusedError(f"{entry['key']} is {entry['status']}; it cannot be moved to {move.to} from there")
    way = ways[0]
    if way.screen != (move.resolution is not None):
        raise RefusedError("Resolution is required." if way.screen else f"{way.name} asks for no resolution")
    issues.move(data, entry, way.to, move.resolution if way.screen else way.resolution, by, at)
