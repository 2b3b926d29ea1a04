"""Jira: what the excerpt of its document leaves out, or says otherwise.

Pages are of the Jira Cloud platform REST API v3 reference, developer.atlassian.com/cloud/jira/platform/rest/v3.
"""

from functools import partial

import pytest
from tool_examples import KEY, WRITES

from documents.vendor import (
    BOOLEAN,
    NUMBER,
    TEXT,
    Beside,
    Vendor,
    fields,
    many,
    one,
    operation,
    refusals,
    shape,
)
from tools import jira
from tools.contract import Refused, WriteTool
from tools.registry import by_name

_NODE = shape("type", type=TEXT, version=NUMBER, text=TEXT, content=many(one("Node")), marks=many(one("Node")))
_PERMISSION = shape(id=TEXT, key=TEXT, name=TEXT, type=TEXT, description=TEXT, havePermission=BOOLEAN)
_TYPE = shape(
    "id", "name", "self", "statuses", "subtask",
    id=TEXT, name=TEXT, self=TEXT, statuses=many(one("StatusDetails")), subtask=BOOLEAN,
)  # fmt: skip
_COMMENTS = shape(
    isLast=BOOLEAN, maxResults=NUMBER, nextPage=TEXT, self=TEXT, startAt=NUMBER, total=NUMBER,
    values=many(one("Comment")),
)  # fmt: skip
_FETCHED = shape(
    "issueIdsOrKeys",
    expand=many(TEXT),
    fields=many(TEXT),
    fieldsByKeys=BOOLEAN,
    issueIdsOrKeys={**many(TEXT), "maxItems": 100},
    properties={**many(TEXT), "maxItems": 5},
)
_CHOICE = shape(self=TEXT, id=TEXT, name=TEXT, description=TEXT, iconUrl=TEXT)  # a priority, a resolution
_READ = {
    "summary": TEXT,
    "description": {"anyOf": [one("Node"), {"type": "null"}]},
    "issuetype": one("IssueTypeDetails"),
    "status": one("StatusDetails"),
    "priority": _CHOICE,
    "resolution": {**_CHOICE, "nullable": True},
    "labels": many(TEXT),
    "created": TEXT,
    "updated": TEXT,
    "project": one("ProjectDetails"),
    "creator": one("UserDetails"),
    "reporter": one("UserDetails"),
}
_WRITTEN = {
    "summary": TEXT,
    "description": one("Node"),
    "labels": many(TEXT),
    "project": shape(key=TEXT),
    **dict.fromkeys(("issuetype", "priority", "resolution"), shape(id=TEXT, name=TEXT)),
}


def _edges(wire) -> None:
    """Its rights, and the refusals that a tool's good example does not meet."""
    assert jira.shortfalls(wire, frozenset({"jira:issues.read", "jira:issues.create"})) == ()
    for name, wrong in (
        ("jira.get_issue", {"issue": "OPS-999"}),
        ("jira.create_issue", WRITES["jira.create_issue"] | {"labels": ["a\u00a0b"]}),
        ("jira.find_issues", {"project": "NOPE", "text": "checkout"}),
    ):
        tool = by_name(name)
        act = partial(tool.write, key=KEY) if isinstance(tool, WriteTool) else tool.read
        with pytest.raises(Refused):
            act(wire, tool.arguments.model_construct(**wrong))


VENDOR = Vendor(
    "jira",
    besides=(
        Beside(
            "Get my permissions, api-group-permissions",
            operation(
                "get",
                "/rest/api/3/mypermissions",
                shape(permissions={"type": "object", "additionalProperties": _PERMISSION}),
                query=("permissions", "projectKey", "issueKey"),
            ),
        ),
        Beside(
            "Get all statuses for project, api-group-projects: IssueTypeWithStatus, whose five fields are all required",
            operation("get", "/rest/api/3/project/{projectIdOrKey}/statuses", many(_TYPE)),
        ),
        Beside(
            "Get comments by IDs, api-group-issue-comments: IssueCommentListRequestBean and PageBeanComment",
            operation(
                "post",
                "/rest/api/3/comment/list",
                _COMMENTS,
                query=("expand",),
                body=shape("ids", ids={**many(NUMBER), "uniqueItems": True, "maxItems": 1000}),
            ),
        ),
        Beside(
            "Bulk fetch issues, api-group-issues: BulkFetchIssueRequestBean and BulkIssueResults",
            operation(
                "post",
                "/rest/api/3/issue/bulkfetch",
                shape(issues=many(one("IssueBean")), issueErrors=many(shape(id=TEXT, errorMessage=TEXT))),
                body=_FETCHED,
            ),
        ),
        Beside("Status codes, intro: every refusal has this body", refusals(one("ErrorCollection"))),
        # the schemas leave a text open, and an issue's fields, for a site may have any of its own
        Beside(
            "Document structure, developer.atlassian.com/cloud/jira/platform/apis/document/structure",
            fields("Comment", body=one("Node")),
        ),
        Beside(
            "Get issue, api-group-issues: fields of an issue, as every site has them",
            fields("IssueBean", fields={"properties": _READ}),
        ),
        Beside(
            "Create issue and Transition issue, api-group-issues",
            fields("IssueUpdateDetails", fields={"properties": _WRITTEN}),
        ),
        # the document's example has a list; Jira answers a page, as every client that reads `fields.comment.comments`
        # has found (n0v1c3/vira, pull request 68)
        Beside(
            "Search for issues using JQL",
            fields("IssueBean", fields={"properties": {"comment": one("PageOfComments")}}),
        ),
    ),
    schemas={"Node": _NODE},
    edges=_edges,
    open={
        "errors": "a map by the name of the field that is wrong",
        "properties": "a map by the name of the property, which its owner chooses",
        "value": "the value of a property, which its owner chooses",
        "lanekeeper_key": "the same, ours",
        "allowedValues": "they differ from field to field",
    },
)
