"""Reading Jira: issues like the one at hand, one issue with its conversation, and what became of it."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from tools.contract import Evidence, FreeText, Frozen, Internal, Pii, ReadTool, Refused, Unavailable, Wire
from tools.evidence import CITED, QUOTE, clamp
from tools.jira import answers, jql
from tools.jira.answers import IssueKey, ProjectKey, Stage
from tools.wire import understand

READ: frozenset[str] = frozenset({"jira:issues.read"})


class Comment(Frozen):
    id: Internal[str]
    author: Pii[str]  # empty where the person is gone
    text: FreeText[str]
    at: Internal[str]  # ISO 8601 with offset


class Issue(Frozen):
    issue: Internal[str]
    summary: FreeText[str]
    type: Internal[str]
    status: Internal[str]  # as the site calls it
    stage: Internal[Stage]  # what that means
    priority: Internal[str]
    resolution: Internal[str]  # empty while there is none
    labels: Internal[list[str]]
    created: Internal[str]
    updated: Internal[str]
    description: FreeText[str]
    comments: list[Comment]
    url: Internal[str]


class FindIssuesArguments(Frozen):
    project: Internal[ProjectKey]
    text: Annotated[FreeText[str], Field(max_length=300, description="What to look for, in free words")]
    label: Annotated[
        Internal[str], Field(max_length=255, pattern=r"^\S*$", description="Only issues with this label; may be empty")
    ] = ""

    @field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not jql.words(value):
            raise ValueError("give a word or two that the issues you look for contain")
        return value


class FoundIssues(Frozen):
    issues: list[Issue]  # the likest first; long texts are cut, jira.get_issue has them whole


class FindIssues(ReadTool[FindIssuesArguments, FoundIssues]):
    """One of the words is enough for Jira; which issues are the likest is told here, by how many of them they share.

    The index may lag minutes behind, so that no write rests on it. Of an issue's comments a search brings some and not
    all; where there are more, the latest are read from the issue.
    """

    name = "jira.find_issues"
    version = 2
    summary = "Find a project's Jira issues by free words, such as past incidents like this one, at most 10."
    arguments = FindIssuesArguments
    result = FoundIssues
    scopes: ClassVar = READ
    example: ClassVar = {"project": "OPS", "text": "checkout latency payment provider"}
    most: ClassVar[int] = 10
    considered: ClassVar[int] = 100  # newest issues that share a word; older ones are for people to dig up
    latest: ClassVar[int] = 3  # comments of each; the cause and the cure stand at the end
    longest_description: ClassVar[int] = 1_500  # characters
    longest_comment: ClassVar[int] = 800  # characters

    def read(self, wire: Wire, arguments: FindIssuesArguments) -> FoundIssues:
        wanted = jql.words(arguments.text)
        where = [f"project = {jql.literal(arguments.project)}", jql.any_of("text", wanted)]
        if arguments.label:
            where.append(f"labels = {jql.literal(arguments.label)}")
        query = f"{' AND '.join(where)} ORDER BY created DESC"
        fields = (*answers.FIELDS, "comment")
        found = answers.search(wire, query, self.name, self.timeout, most=self.considered, fields=fields)
        shared = {one.key: jql.shared(wanted, _words(one)) for one in found}
        likely = max(shared.values(), default=0) / 2  # what shares less is noise beside what shares most
        near = [one for one in found if shared[one.key] >= likely]
        near.sort(key=lambda one: shared[one.key], reverse=True)  # equals stay newest first
        return FoundIssues(issues=[self._issue(wire, one) for one in near[: self.most]])

    def _issue(self, wire: Wire, found: answers.IssueAnswer) -> Issue:
        said = found.fields.comment
        if said is None or said.total > len(said.comments):
            newest = answers.latest_comments(wire, found.key, self.name, self.timeout, most=self.latest)
            last = newest[::-1]
        else:
            last = sorted(said.comments, key=lambda one: one.created)[-self.latest :]
        return _issue(wire, found, last, self.longest_description, self.longest_comment)

    def cite(self, wire: Wire, arguments: FindIssuesArguments, result: FoundIssues) -> tuple[Evidence, ...]:
        """Each issue with its latest comment: there it says what it was."""
        return tuple(
            Evidence(
                label=f"{one.issue} · {clamp(one.summary, 80)} · {one.resolution or one.status}",
                quote=clamp(one.comments[-1].text if one.comments else one.description),
                url=answers.link(wire, one.issue),
            )
            for one in result.issues[:CITED]
        )


def _words(found: answers.IssueAnswer) -> str:
    said = found.fields.comment.comments if found.fields.comment else []
    return " ".join(
        (found.fields.summary, answers.text(found.fields.description), *(answers.text(c.body) for c in said))
    )


def _issue(
    wire: Wire,
    found: answers.IssueAnswer,
    said: Iterable[answers.CommentAnswer],
    most: int | None,
    most_said: int | None,
) -> Issue:
    fields = found.fields
    return Issue(
        issue=found.key,
        summary=fields.summary,
        type=fields.issuetype.name,
        status=fields.status.name,
        stage=answers.stage(fields.status),
        priority=answers.name_of(fields.priority),
        resolution=answers.name_of(fields.resolution),
        labels=list(fields.labels),
        created=fields.created,
        updated=fields.updated,
        description=_cut(answers.text(fields.description), most),
        comments=[_comment(one, most_said) for one in said],
        url=answers.link(wire, found.key),
    )


def _comment(said: answers.CommentAnswer, most: int | None) -> Comment:
    return Comment(
        id=said.id,
        author=said.author.display_name if said.author else "",
        text=_cut(answers.text(said.body), most),
        at=said.created,
    )


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else text[: most - 1].rstrip() + "…"


class IssueArguments(Frozen):
    issue: Internal[IssueKey]


class GetIssue(ReadTool[IssueArguments, Issue]):
    name = "jira.get_issue"
    version = 2
    summary = "Read a Jira issue whole: its description, state and all its comments, oldest first."
    arguments = IssueArguments
    result = Issue
    scopes: ClassVar = READ
    example: ClassVar = {"issue": "OPS-12"}

    def read(self, wire: Wire, arguments: IssueArguments) -> Issue:
        found = answers.issue(wire, arguments.issue, self.name, self.timeout)
        pages = answers.comments(wire, arguments.issue, self.name, self.timeout)
        return _issue(wire, found, (one for page in pages for one in page), None, None)

    def cite(self, wire: Wire, arguments: IssueArguments, result: Issue) -> tuple[Evidence, ...]:
        """The issue with its first and its last words."""
        last = result.comments[-1].text if result.comments else ""
        words = [one for one in dict.fromkeys((result.description, last)) if one]
        return (
            Evidence(
                label=f"{result.issue} · {clamp(result.summary, 80)} · {result.status}",
                quote=" … ".join(clamp(one, QUOTE // len(words)) for one in words),
                url=answers.link(wire, result.issue),
            ),
        )


class ChangeAnswer(answers.JiraAnswer):
    field: str
    from_string: str | None = None
    to_string: str | None = None


class ChangesAnswer(answers.JiraAnswer):
    id: str
    author: answers.UserAnswer | None = None  # none where Jira itself did it
    created: str
    items: list[ChangeAnswer]


class ChangelogAnswer(answers.JiraAnswer):
    values: list[ChangesAnswer]
    is_last: bool


class FieldChange(Frozen):
    field: Internal[str]
    before: FreeText[str]
    after: FreeText[str]


class Moment(Frozen):
    at: Internal[str]  # ISO 8601 with offset
    by: Pii[str]  # empty where Jira did it by itself
    changes: list[FieldChange]


class IssueHistoryResult(Frozen):
    issue: Internal[str]
    history: list[Moment]  # oldest first


class IssueHistory(ReadTool[IssueArguments, IssueHistoryResult]):
    """What is longer than a screen, such as an edited description, is cut: the history tells who and when."""

    name = "jira.issue_history"
    summary = "Read who changed what on a Jira issue, and when, oldest change first."
    arguments = IssueArguments
    result = IssueHistoryResult
    scopes: ClassVar = READ
    example: ClassVar = {"issue": "OPS-12"}
    longest: ClassVar[int] = 400  # characters of a value

    def read(self, wire: Wire, arguments: IssueArguments) -> IssueHistoryResult:
        moments: list[Moment] = []
        for _ in range(answers.MOST_PAGES):
            query = {"startAt": len(moments), "maxResults": answers.PAGE}
            answer = wire.call(
                "GET", f"{answers.API}/issue/{arguments.issue}/changelog", query=query, timeout=self.timeout
            )
            page = understand(ChangelogAnswer, answer, self.name)
            moments.extend(self._moment(one) for one in page.values)
            if page.is_last:
                return IssueHistoryResult(issue=arguments.issue, history=moments)
            if not page.values:
                raise Unavailable("BAD_ANSWER", f"Jira's history of {arguments.issue} ends before its last page")
        raise Refused("TOO_MANY", f"{arguments.issue} was changed more than {answers.PAGE * answers.MOST_PAGES} times")

    def _moment(self, made: ChangesAnswer) -> Moment:
        return Moment(
            at=made.created,
            by=made.author.display_name if made.author else "",
            changes=[
                FieldChange(
                    field=one.field,
                    before=_cut(one.from_string or "", self.longest),
                    after=_cut(one.to_string or "", self.longest),
                )
                for one in made.items
            ],
        )

    def cite(self, wire: Wire, arguments: IssueArguments, result: IssueHistoryResult) -> tuple[Evidence, ...]:
        """The moves from status to status."""
        moves = [
            f"{one.before} → {one.after} {moment.at[:10]}"
            for moment in result.history
            for one in moment.changes
            if one.field == "status"
        ]
        label = f"History of {result.issue} · {len(result.history)} changes"
        return (Evidence(label=label, quote=clamp(", ".join(moves)), url=answers.link(wire, result.issue)),)
