"""Commenting on a Jira issue, for the team.

The comment carries our key as a comment property (`properties`, "Add comment"), and there it is found again: the list
of an issue's comments does not tell them, "Get comments by IDs" does with `expand=properties`. Both read the issue
itself and not the search index, so that an absent mark is known to be absent.

In a service project a comment is the customer's to read unless it says otherwise, by the property sd.public.comment
("Jira Service Management: comments"); ours always does. Other projects keep it and heed it not.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator

from tools.contract import (
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
    Wire,
    WriteTool,
)
from tools.evidence import clamp
from tools.jira import adf, answers
from tools.jira.answers import API, MARK, CommentAnswer, IssueKey
from tools.wire import understand

INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
RECENT = 20  # comments in which the same words would be seen


class AddCommentArguments(Frozen):
    issue: Routes[Internal[IssueKey]]
    text: Annotated[FreeText[str], Field(min_length=1, max_length=20_000, description="Plain text")]

    @field_validator("text")
    @classmethod
    def _some_words(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the comment is empty")
        return value


class Commented(Frozen):
    issue: Internal[str]
    comment: Internal[str]
    text: FreeText[str]
    at: Internal[str]  # ISO 8601 with offset


class _Listed(answers.JiraAnswer):
    values: list[CommentAnswer]
    is_last: bool = True


class AddComment(WriteTool[AddCommentArguments, Commented]):
    name = "jira.add_comment"
    summary = "Comment on a Jira issue for the team; customers of a service project do not see it."
    arguments = AddCommentArguments
    result = Commented
    scopes: ClassVar = frozenset({"jira:issues.read", "jira:issues.comment"})
    example: ClassVar = {
        "issue": "OPS-14",
        "text": "Seen again: 8,400 messages in the queue at 10:20 UTC.\n\nThe same two receivers as yesterday.",
    }
    retry = Retry.CHECK_FIRST
    risk = Risk.LOW
    noun = "comment"
    missing: ClassVar = {
        "undo": "those who watch the issue were mailed the words; deleting them in Jira calls no mail back",
        "key": "Jira knows no idempotency key; our mark on the comment is looked for instead",
    }

    def look(self, wire: Wire, arguments: AddCommentArguments) -> Target:
        found = answers.issue(wire, arguments.issue, self.name, self.timeout)
        recent = answers.latest_comments(wire, arguments.issue, self.name, self.timeout, most=RECENT)
        same = [one for one in recent if answers.text(one.body).split() == _shown(arguments.text)]
        return Target(
            ref=f"jira.issue {found.key}",
            url=answers.link(wire, found.key),
            pinned={"issue": found.key, "status": found.fields.status.name},
            seen={"summary": found.fields.summary},
            already=tuple(
                Evidence(
                    label=f"{one.author.display_name if one.author else 'Somebody'} wrote this {one.created[:10]}",
                    quote=clamp(answers.text(one.body)),
                    url=answers.link(wire, found.key),
                )
                for one in same[:1]
            ),
        )

    def preview(self, arguments: AddCommentArguments, target: Target) -> Preview:
        return Preview(
            sentence=f"Comment on {arguments.issue} ({clamp(str(target.seen['summary']), 80)}), for the team",
            body=arguments.text,
        )

    def stake(self, arguments: AddCommentArguments, target: Target) -> Stake:
        return Stake(customer=arguments.issue)  # those who watch it

    def business_key(self, arguments: AddCommentArguments) -> str:
        return f"comment {arguments.issue} {arguments.text.strip()}"

    def write(self, wire: Wire, arguments: AddCommentArguments, key: str) -> Commented:
        body: dict[str, Any] = {"body": adf.document(arguments.text), "properties": [answers.mark(key), INTERNAL]}
        path = f"{API}/issue/{arguments.issue}/comment"
        answer = wire.call("POST", path, json=body, timeout=self.timeout, changes=True)
        return _commented(arguments.issue, understand(CommentAnswer, answer, self.name, changes=True))

    def read_back(self, wire: Wire, arguments: AddCommentArguments, key: str) -> Commented | None:
        for page in answers.comments(wire, arguments.issue, self.name, self.timeout, newest_first=True):
            for one in self._with_properties(wire, page):
                if any(held.key == MARK and answers.marked(held.value, key) for held in one.properties):
                    return _commented(arguments.issue, one)
        return None

    def holds(self, arguments: AddCommentArguments, result: Commented) -> bool:
        return result.issue == arguments.issue and result.text.split() == _shown(arguments.text)

    def _with_properties(self, wire: Wire, page: list[CommentAnswer]) -> list[CommentAnswer]:
        if not page:
            return []
        asked = {"ids": [int(one.id) for one in page]}
        answer = wire.call(
            "POST", f"{API}/comment/list", query={"expand": "properties"}, json=asked, timeout=self.timeout
        )
        listed = understand(_Listed, answer, self.name)
        if not listed.is_last:
            raise Refused("TOO_MANY", "Jira told less than all of the comments that were named to it")
        return listed.values


def _shown(text: str) -> list[str]:
    """The words of a text as they read once they stand in Jira."""
    return adf.plain(adf.document(text)).split()


def _commented(issue: str, said: CommentAnswer) -> Commented:
    return Commented(issue=issue, comment=said.id, text=answers.text(said.body), at=said.created)
