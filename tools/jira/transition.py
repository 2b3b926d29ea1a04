"""Moving a Jira issue to another status.

A status cannot be set: an issue is sent through one of the transitions its workflow offers it now ("Get transitions",
"Transition issue"), and their ids differ from project to project. So a move is asked for by the status it ends in. Sent
a second time it finds the issue there already and sends nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from tools.contract import (
    Change,
    Frozen,
    Internal,
    Preview,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    Unavailable,
    Uncertain,
    Undo,
    Wire,
    WriteTool,
)
from tools.evidence import clamp
from tools.jira import answers, rights
from tools.jira.answers import API, IssueKey, StatusAnswer
from tools.wire import understand

Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S.*$")]


class TransitionIssueArguments(Frozen):
    issue: Routes[Internal[IssueKey]]
    status: Annotated[Internal[Name], Field(description="As the project calls it, such as Resolved")]
    resolution: Annotated[
        Internal[str], Field(max_length=60, description="Such as Done; used where the transition asks for one")
    ] = ""


class Moved(Frozen):
    issue: Internal[str]
    status: Internal[str]
    resolution: Internal[str]  # empty where the issue has none
    offers: Internal[list[str]]  # the statuses it may be moved to from here


class _Value(answers.JiraAnswer):
    name: str = ""


class _Asked(answers.JiraAnswer):
    """A field of a transition's screen."""

    name: str
    required: bool
    has_default_value: bool = False
    allowed_values: Sequence[_Value] = ()


class _Transition(answers.JiraAnswer):
    id: str
    name: str
    to: StatusAnswer
    is_available: bool = True
    fields: Mapping[str, _Asked] = {}


class _Transitions(answers.JiraAnswer):
    transitions: list[_Transition]


class TransitionIssue(WriteTool[TransitionIssueArguments, Moved]):
    name = "jira.transition_issue"
    summary = "Move a Jira issue to another status of its workflow, with a resolution where that is asked for."
    arguments = TransitionIssueArguments
    result = Moved
    scopes: ClassVar = frozenset({"jira:issues.read", "jira:issues.transition"})
    example: ClassVar = {"issue": "OPS-14", "status": "Monitoring"}
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "issue"
    undo_within = timedelta(days=1)  # after a day others have acted on the new status

    def look(self, wire: Wire, arguments: TransitionIssueArguments) -> Target:
        found = answers.issue(wire, arguments.issue, self.name, self.timeout)
        status = found.fields.status.name
        if status.casefold() == arguments.status.casefold():
            raise Refused("NO_CHANGE", f"{found.key} is {status} already")
        way = self._way(wire, arguments, status)
        return Target(
            ref=f"jira.issue {found.key}",
            url=answers.link(wire, found.key),
            pinned={"issue": found.key, "status": status},
            seen={
                "summary": found.fields.summary,
                "to": way.to.name,
                "resolution": answers.name_of(found.fields.resolution),
                "resolved_as": _resolution(arguments.resolution, way),
            },
        )

    def preview(self, arguments: TransitionIssueArguments, target: Target) -> Preview:
        changes = [Change(field="Status", before=str(target.pinned["status"]), after=str(target.seen["to"]))]
        if resolution := target.seen["resolved_as"]:
            before = str(target.seen["resolution"])
            changes.append(Change(field="Resolution", before=before, after=str(resolution)))
        summary = clamp(str(target.seen["summary"]), 80)
        return Preview(
            sentence=f"Move {arguments.issue} ({summary}) to {target.seen['to']}",
            changes=tuple(changes),
        )

    def stake(self, arguments: TransitionIssueArguments, target: Target) -> Stake:
        return Stake(customer=arguments.issue)  # those who watch it

    def business_key(self, arguments: TransitionIssueArguments) -> str:
        return f"move {arguments.issue} {arguments.status.casefold()}"

    def write(self, wire: Wire, arguments: TransitionIssueArguments, key: str) -> Moved:
        """Answered with 204 and no body; what it left is read right after, and a lost reading is a lost answer."""
        status = answers.issue(wire, arguments.issue, self.name, self.timeout).fields.status.name
        if status.casefold() == arguments.status.casefold():
            return self._moved(wire, arguments)
        way = self._way(wire, arguments, status)
        body: dict[str, Any] = {"transition": {"id": way.id}}
        if resolution := _resolution(arguments.resolution, way):
            body["fields"] = {"resolution": {"name": resolution}}
        path = f"{API}/issue/{arguments.issue}/transitions"
        wire.call("POST", path, json=body, timeout=self.timeout, changes=True)
        try:
            return self._moved(wire, arguments)
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"the move was taken, its result cannot be read: {error.message}") from error

    def read_back(self, wire: Wire, arguments: TransitionIssueArguments, key: str) -> Moved | None:
        result = self._moved(wire, arguments)
        return result if self.holds(arguments, result) else None

    def holds(self, arguments: TransitionIssueArguments, result: Moved) -> bool:
        """The status; a resolution is the workflow's to set where the transition does not ask for one."""
        return result.status.casefold() == arguments.status.casefold()

    def undo(self, arguments: TransitionIssueArguments, target: Target, result: Moved | None) -> Undo | None:
        """Back to where it was, if the workflow leads there from here."""
        before = str(target.pinned["status"])
        if result is None or before not in result.offers:
            return None
        moved = {"issue": arguments.issue, "status": before, "resolution": str(target.seen["resolution"])}
        return Undo(tool=self.name, arguments=moved)

    def _offered(self, wire: Wire, issue: str) -> list[_Transition]:
        path, query = f"{API}/issue/{issue}/transitions", {"expand": "transitions.fields"}
        answer = wire.call("GET", path, query=query, timeout=self.timeout)
        offered = understand(_Transitions, answer, self.name).transitions
        return [one for one in offered if one.is_available]

    def _way(self, wire: Wire, arguments: TransitionIssueArguments, status: str) -> _Transition:
        """The transition that ends in the wanted status and asks for nothing we do not have. Raises `Refused`."""
        offered = self._offered(wire, arguments.issue)
        if not offered:  # what Jira answers also to those who may not move it
            rights.require(wire, "jira:issues.transition", arguments.issue, self.timeout)
        ways = [one for one in offered if one.to.name.casefold() == arguments.status.casefold()]
        if not ways:
            others = ", ".join(dict.fromkeys(one.to.name for one in offered)) or "nowhere"
            raise Refused("NO_TRANSITION", f"{arguments.issue} is {status}; from there it may be moved to: {others}")
        way = ways[0]
        wanted = [one.name for name, one in way.fields.items() if _must(one) and name != "resolution"]
        if wanted:
            raise Refused("NEEDS_MORE", f"{way.name} asks for {', '.join(wanted)}, which only a person can give")
        return way

    def _moved(self, wire: Wire, arguments: TransitionIssueArguments) -> Moved:
        found = answers.issue(wire, arguments.issue, self.name, self.timeout)
        return Moved(
            issue=found.key,
            status=found.fields.status.name,
            resolution=answers.name_of(found.fields.resolution),
            offers=list(dict.fromkeys(one.to.name for one in self._offered(wire, arguments.issue))),
        )


def _must(field: _Asked) -> bool:
    return field.required and not field.has_default_value


def _resolution(resolution: str, way: _Transition) -> str | None:
    """What the transition is given as its resolution, as Jira spells it; None where it asks for none.

    Raises `Refused` where it takes another, or has to be given one.
    """
    asked = way.fields.get("resolution")
    if asked is None or (not resolution and not _must(asked)):
        return None
    names = [one.name for one in asked.allowed_values]
    found = next((name for name in names if name.casefold() == resolution.casefold()), None)
    if found is None:
        said = f"does not take {resolution!r}" if resolution else "asks for a resolution"
        raise Refused("NO_RESOLUTION", f"{way.name} {said}; it takes: {', '.join(names)}")
    return found
