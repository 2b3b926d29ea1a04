"""What Jira documents and the excerpt of its OpenAPI document does not hold, or says otherwise. Each with its source.

Pages are of the Jira Cloud platform REST API v3 reference, developer.atlassian.com/cloud/jira/platform/rest/v3.
"""


def _ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of):
    return {"type": "array", "items": of}


def _object(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


TEXT, NUMBER, BOOLEAN = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}


def _operation(answer, *, query=(), body=None):
    asked = {"requestBody": {"content": {"application/json": {"schema": body}}}} if body else {}
    said = {"200": {"content": {"application/json": {"schema": answer}}}}
    return {"parameters": [{"name": name, "in": "query"} for name in query], "responses": said, **asked}


OPERATIONS = {
    # "Get my permissions", api-group-permissions
    ("GET", "/rest/api/3/mypermissions"): _operation(
        _object(
            permissions={
                "type": "object",
                "additionalProperties": _object(
                    id=TEXT, key=TEXT, name=TEXT, type=TEXT, description=TEXT, havePermission=BOOLEAN
                ),
            }
        ),
        query=("permissions", "projectKey", "issueKey"),
    ),
    # "Get all statuses for project", api-group-projects: IssueTypeWithStatus, whose five fields are all required
    ("GET", "/rest/api/3/project/{projectIdOrKey}/statuses"): _operation(
        _list(
            _object(
                ("id", "name", "self", "statuses", "subtask"),
                id=TEXT,
                name=TEXT,
                self=TEXT,
                statuses=_list(_ref("StatusDetails")),
                subtask=BOOLEAN,
            )
        )
    ),
    # "Get comments by IDs", api-group-issue-comments: IssueCommentListRequestBean and PageBeanComment
    ("POST", "/rest/api/3/comment/list"): _operation(
        _object(
            isLast=BOOLEAN,
            maxResults=NUMBER,
            nextPage=TEXT,
            self=TEXT,
            startAt=NUMBER,
            total=NUMBER,
            values=_list(_ref("Comment")),
        ),
        query=("expand",),
        body=_object(("ids",), ids={"type": "array", "items": NUMBER, "uniqueItems": True, "maxItems": 1000}),
    ),
    # "Bulk fetch issues", api-group-issues: BulkFetchIssueRequestBean and BulkIssueResults
    ("POST", "/rest/api/3/issue/bulkfetch"): _operation(
        _object(issues=_list(_ref("IssueBean")), issueErrors=_list(_object(id=TEXT, errorMessage=TEXT))),
        body=_object(
            ("issueIdsOrKeys",),
            expand=_list(TEXT),
            fields=_list(TEXT),
            fieldsByKeys=BOOLEAN,
            issueIdsOrKeys={"type": "array", "items": TEXT, "maxItems": 100},
            properties={"type": "array", "items": TEXT, "maxItems": 5},
        ),
    ),
}

# "Status codes" of the introduction: every refusal has this body, where the document leaves it open
REFUSED = _ref("ErrorCollection")

# the schema leaves an issue's fields open, and the document's example has `comment` as a list; Jira answers a page of
# them, as every client that reads `fields.comment.comments` has found (n0v1c3/vira, pull request 68)
FIELDS = {"comment": _ref("PageOfComments"), "status": _ref("StatusDetails"), "issuetype": _ref("IssueTypeDetails")}
FIELDS |= {"creator": _ref("UserDetails"), "reporter": _ref("UserDetails")}


def closed(schema):
    """Jira's schemas with every field that they do not name refused; many leave the door open."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(value) for name, value in schema.items()}
    if isinstance(shut.get("properties"), dict) and shut.get("type") == "object":
        shut["additionalProperties"] = False
    return shut
