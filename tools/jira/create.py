"""Opening a Jira issue, once.

Context: Jira knows no idempotency key, and the answer to a creation can be lost. The request carries our key as an
issue property (`properties`, "Create issue"), which nobody sees and everybody with a script can read. JQL finds a
property only where an installed app had it indexed (module "jira:entityProperty"), a label would find it and litter the
list of labels that people choose from; and either way the search index runs seconds to minutes behind, so that "not
found" means nothing ("Search After Write with Search And Reconcile"; `reconcileIssues` wants the id, which is what was
lost).
Decision: ask the issues themselves. Keys are numbered one after the other within a project, so the search tells the
newest number it knows, and one "Bulk fetch issues" reads the keys around and after it from where issues are kept, with
our property. What is older than that is in the index, where the issues of our own account are looked through.
Given up: one of `AHEAD` or more issues created within the index's lag would be missed, so near that it is said that it
cannot be told. Issues hidden from our account leave gaps, which is why so many numbers are asked for.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from tools.contract import (
    Change,
    Evidence,
    FreeText,
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
from tools.jira import adf, answers, jql
from tools.jira.answers import API, MARK, IssueAnswer, ProjectKey, StatusAnswer
from tools.wire import understand

BEHIND, AHEAD = 20, 79  # numbers asked for around the newest the index knows: 100 keys is the most of one request
MARGIN = 20  # with a known issue so close to the end of those, ours may lie beyond
OURS_WITHIN = "-30d"  # how far back our own issues are looked through; nobody asks about an older answer
MOST_OURS = 500  # issues of our own account in that time
ALIKE = 0.6  # of the summary's words in another open issue's: people write the same trouble down in other words
WITHDRAWN = ("cancelled", "canceled", "withdrawn", "won't do", "won’t do", "rejected", "declined")
WITHDRAWN_AS = "Won't Do"  # one of the resolutions a Jira Cloud site begins with

Label = Annotated[str, Field(pattern=r"^[^\s\"\\]{1,255}$", description="One word; Jira's labels have no spaces")]


class CreateIssueArguments(Frozen):
    project: Routes[Internal[ProjectKey]]
    type: Internal[Literal["Incident", "Bug", "Task"]]
    summary: Annotated[FreeText[str], Field(min_length=5, max_length=255, description="One line")]
    description: Annotated[FreeText[str], Field(min_length=1, max_length=20_000, description="Plain text")]
    priority: Annotated[
        Internal[Literal["", "Highest", "High", "Medium", "Low", "Lowest"]],
        Field(description="Empty leaves it to the project"),
    ] = ""
    labels: Annotated[Internal[tuple[Label, ...]], Field(max_length=10)] = ()

    @field_validator("summary")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())  # Jira refuses line ends in it

    @field_validator("description")
    @classmethod
    def _some_words(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the description is empty")
        return value


class Created(Frozen):
    issue: Internal[str]
    id: Internal[str]
    type: Internal[str]
    status: Internal[str]
    summary: FreeText[str]
    description: FreeText[str]
    priority: Internal[str]
    labels: Internal[list[str]]
    url: Internal[str]


class _Type(answers.JiraAnswer):
    """An issue type of a project with the statuses it may have ("Get all statuses for project")."""

    id: str
    name: str
    statuses: list[StatusAnswer]


class _New(answers.JiraAnswer):
    id: str
    key: str


class _Fetched(answers.JiraAnswer):
    issues: list[IssueAnswer]


class CreateIssue(WriteTool[CreateIssueArguments, Created]):
    name = "jira.create_issue"
    version = 2
    summary = "Open a Jira issue, such as an incident: type, one line, a description, priority and labels."
    arguments = CreateIssueArguments
    result = Created
    scopes: ClassVar = frozenset({"jira:issues.read", "jira:issues.create"})
    example: ClassVar = {
        "project": "OPS",
        "type": "Incident",
        "summary": "Exports time out for workspaces with many seats",
        "description": "Three customers report exports that never finish.\n\nFirst seen at 09:40 UTC, EU region only.",
        "priority": "High",
        "labels": ["exports"],
    }
    retry = Retry.CHECK_FIRST
    risk = Risk.LOW
    noun = "issue"
    undo_within = timedelta(days=1)  # after a day people have worked on it, and it is theirs to close
    same_within = timedelta(days=1)  # the same trouble next week is a new incident
    missing: ClassVar = {"key": "Jira knows no idempotency key; our mark on the issue is looked for instead"}

    def look(self, wire: Wire, arguments: CreateIssueArguments) -> Target:
        kind = self._type(wire, arguments)
        closed = [one.name for one in kind.statuses if answers.stage(one) == "done"]
        closed.sort(key=lambda name: name.casefold() not in WITHDRAWN)
        return Target(
            ref=f"jira.project {arguments.project}",
            url=answers.link(wire, arguments.project),
            pinned={"project": arguments.project, "type": kind.id},
            seen={"closed_as": closed[0] if closed else None},
            already=self._alike(wire, arguments),
        )

    def preview(self, arguments: CreateIssueArguments, target: Target) -> Preview:
        said = (("Priority", arguments.priority), ("Labels", ", ".join(arguments.labels)))
        return Preview(
            sentence=f"Open {arguments.type} in {arguments.project}: {arguments.summary}",
            changes=tuple(Change(field=field, before="", after=value) for field, value in said if value),
            body=arguments.description,
        )

    def stake(self, arguments: CreateIssueArguments, target: Target) -> Stake:
        return Stake(customer=arguments.project)  # those whom a new issue calls to work

    def business_key(self, arguments: CreateIssueArguments) -> str:
        return f"open {arguments.project} {arguments.type} {arguments.summary.casefold()}"

    def write(self, wire: Wire, arguments: CreateIssueArguments, key: str) -> Created:
        """Answered with the key alone; the issue is read right after, and a lost reading is a lost answer."""
        fields: dict[str, Any] = {
            "project": {"key": arguments.project},
            "issuetype": {"name": arguments.type},
            "summary": arguments.summary,
            "description": adf.document(arguments.description),
        }
        if arguments.priority:
            fields["priority"] = {"name": arguments.priority}
        if arguments.labels:
            fields["labels"] = list(arguments.labels)
        body = {"fields": fields, "properties": [answers.mark(key)]}
        answer = wire.call("POST", f"{API}/issue", json=body, timeout=self.timeout, changes=True)
        made = understand(_New, answer, self.name, changes=True)
        try:
            return _created(wire, answers.issue(wire, made.key, self.name, self.timeout))
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"{made.key} was opened and cannot be read: {error.message}") from error

    def read_back(self, wire: Wire, arguments: CreateIssueArguments, key: str) -> Created | None:
        newest = self._newest(wire, arguments.project)
        around = self._around(wire, arguments.project, newest)
        if found := _marked(around, key) or _marked(self._ours(wire, arguments.project), key):
            return _created(wire, found)
        highest = max((_number(one.key) for one in around), default=0)
        if highest > newest + AHEAD - MARGIN:
            message = f"Jira's search is more than {AHEAD - MARGIN} issues behind in {arguments.project}"
            raise Unavailable("SEARCH_BEHIND", message)
        return None

    def holds(self, arguments: CreateIssueArguments, result: Created) -> bool:
        return (
            result.summary == arguments.summary
            and result.type == arguments.type
            and result.description.split() == adf.plain(adf.document(arguments.description)).split()
            and arguments.priority in {"", result.priority}
            and set(arguments.labels) <= set(result.labels)
        )

    def undo(self, arguments: CreateIssueArguments, target: Target, result: Created | None) -> Undo | None:
        """Closed as withdrawn: Jira's own deletion would take the comments of other people with it."""
        closed = target.seen["closed_as"]
        if result is None or closed is None:
            return None
        moved = {"issue": result.issue, "status": str(closed), "resolution": WITHDRAWN_AS}
        return Undo(tool="jira.transition_issue", arguments=moved)

    def _type(self, wire: Wire, arguments: CreateIssueArguments) -> _Type:
        path = f"{API}/project/{arguments.project}/statuses"
        known = [understand(_Type, one, self.name) for one in wire.call("GET", path, timeout=self.timeout)]
        kind = next((one for one in known if one.name == arguments.type), None)
        if kind is None:
            names = ", ".join(one.name for one in known)
            raise Refused("UNKNOWN_TYPE", f"{arguments.project} has no {arguments.type}; it has {names}")
        return kind

    def _alike(self, wire: Wire, arguments: CreateIssueArguments) -> tuple[Evidence, ...]:
        """Open issues of the project that seem to say the same."""
        wanted = jql.words(arguments.summary)
        if not wanted:
            return ()
        where = f'project = {jql.literal(arguments.project)} AND statusCategory != "Done"'
        query = f"{where} AND {jql.any_of('summary', wanted)} ORDER BY created DESC"
        found = answers.search(wire, query, self.name, self.timeout, most=50)
        alike = [one for one in found if jql.shared(wanted, one.fields.summary) >= ALIKE * len(wanted)]
        return tuple(
            Evidence(
                label=f"{one.key} is {one.fields.status.name} since {one.fields.created[:10]}",
                quote=clamp(one.fields.summary),
                url=answers.link(wire, one.key),
            )
            for one in alike[:3]
        )

    def _newest(self, wire: Wire, project: str) -> int:
        """The highest number of the project that the search knows, 0 for none."""
        query = f"project = {jql.literal(project)} ORDER BY key DESC"
        found = answers.search(wire, query, self.name, self.timeout, most=1)
        return _number(found[0].key) if found else 0

    def _around(self, wire: Wire, project: str, newest: int) -> list[IssueAnswer]:
        """The issues that stand around and after that number now; those that do not exist are left out by Jira."""
        keys = [f"{project}-{number}" for number in range(max(1, newest - BEHIND), newest + AHEAD + 1)]
        body = {"issueIdsOrKeys": keys, "fields": list(answers.FIELDS), "properties": [MARK]}
        answer = wire.call("POST", f"{API}/issue/bulkfetch", json=body, timeout=self.timeout)
        return understand(_Fetched, answer, self.name).issues

    def _ours(self, wire: Wire, project: str) -> list[IssueAnswer]:
        """The issues that our account opened lately, as far as the search knows them."""
        where = f'project = {jql.literal(project)} AND creator = currentUser() AND created >= "{OURS_WITHIN}"'
        query = f"{where} ORDER BY created DESC"
        found = answers.search(wire, query, self.name, self.timeout, most=MOST_OURS, properties=[MARK])
        if len(found) == MOST_OURS:
            raise Unavailable("TOO_MANY", f"our account opened {MOST_OURS} issues or more in {project} lately")
        return found


def _marked(found: Iterable[IssueAnswer], key: str) -> IssueAnswer | None:
    return next((one for one in found if answers.marked(one.properties.get(MARK), key)), None)


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def _created(wire: Wire, found: IssueAnswer) -> Created:
    fields = found.fields
    return Created(
        issue=found.key,
        id=found.id,
        type=fields.issuetype.name,
        status=fields.status.name,
        summary=fields.summary,
        description=answers.text(fields.description),
        priority=answers.name_of(fields.priority),
        labels=list(fields.labels),
        url=answers.link(wire, found.key),
    )
