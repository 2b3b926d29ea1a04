"""A Jira Cloud of one's own: issues with comments, properties and history, transitions, JQL search, permissions.

Shapes follow the Jira Cloud platform REST API v3 reference. The search runs behind as Jira's does: what was just opened
is not found for a while, unless its id is named in `reconcileIssues`. Stricter than Jira, which drops unknown query
parameters in silence: they are refused.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.routing import Route

from tools.sandboxes import issue_checks, issue_people, issues, jql, page, seed, workflow
from tools.sandboxes.issue_shapes import NAVIGABLE, SEARCHED, Shapes, row
from tools.sandboxes.twin import Call, ProblemError, Said, Twin, json_object

API = "/rest/api/3"
LAG = timedelta(seconds=2)  # of the search behind the issues; Jira names seconds to minutes
HIDDEN = "Issue does not exist or you do not have permission to see it."
MOST_FOUND = 50  # issues a page, however many are asked for; Jira too gives fewer where they are large
MOST_FETCHED = 100  # keys of one bulk fetch


class Jira(Twin):
    system: ClassVar[str] = "jira"
    limit = 100  # that a bucket holds; Jira's depend on the resource
    act = issue_people.Act

    def routes(self) -> list[Route]:
        issue, browse = API + "/issue/{key}", "BROWSE_PROJECTS"
        return [
            self.api("GET", f"{API}/myself", "", self._myself),
            self.api("GET", f"{API}/mypermissions", "", self._permissions),
            self.api("POST", f"{API}/search/jql", browse, self._search),
            self.api("GET", API + "/project/{project}/statuses", browse, self._statuses),
            self.api("POST", f"{API}/comment/list", browse, self._comments_by_id),
            self.api("POST", f"{API}/issue/bulkfetch", browse, self._bulk),
            self.api("POST", f"{API}/issue", "CREATE_ISSUES", self._create),
            self.api("GET", issue, browse, self._show),
            self.api("GET", f"{issue}/comment", browse, self._comments),
            self.api("POST", f"{issue}/comment", "ADD_COMMENTS", self._say),
            self.api("GET", f"{issue}/changelog", browse, self._history),
            self.api("GET", f"{issue}/transitions", browse, self._transitions),
            self.api("POST", f"{issue}/transitions", "TRANSITION_ISSUES", self._move),
            self.page("/browse/{key}", self._issue_page),
            self.page("/", self._index),
        ]

    def shown(self, request: Request) -> str:
        """A person's API token, with their address; or one of a service account, as it was handed out."""
        kind, _, held = request.headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            return held if self.tokens.behind(held) != held else ""
        return _opened(held) if kind == "Basic" else ""

    def authenticate(self, token: str, scope: str) -> None:
        holder = seed.JIRA_TOKENS.get(token)
        if holder is None:
            problem = self.refusal(401, "", "Client must be authenticated to access this resource.")
            problem.headers = {"WWW-Authenticate": 'OAuth realm="https%3A%2F%2Fsandbox.atlassian.net"'}
            raise problem
        if scope and scope not in holder.scopes:
            raise self.refusal(403, "", "You do not have the permission to do this.")

    async def body(self, request: Request) -> Mapping[str, Any]:
        if (body := await json_object(request)) is None:
            raise self.refusal(400, "", issue_checks.UNREADABLE)
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        headers = {"RateLimit-Reason": "jira-burst-based"} if status == 429 else {}
        return ProblemError(status, {"errorMessages": [message] if message else [], "errors": more}, headers)

    def headers(self) -> Mapping[str, str]:
        reset = self.clock() + timedelta(minutes=1)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%MZ"),
            "ATL-TraceId": f"{self.served:032x}",
        }

    def by_hand(self, act: issue_people.Act, at: datetime) -> Mapping[str, Any]:
        try:
            return issue_people.done(self.state.data, act, at)
        except issue_people.RefusedError as refused:
            raise self.refusal(400, "", str(refused)) from None

    @property
    def _shapes(self) -> Shapes:
        return Shapes(self.state.data)

    def _user(self, call: Call) -> str:
        email = call.token.partition(":")[0]
        users = self.state.data["users"]
        return next(str(account) for account, user in users.items() if user["emailAddress"] == email)

    def _issue(self, call: Call) -> dict[str, Any]:
        found: dict[str, Any] | None = self.state.data["issues"].get(call.parts["key"].upper())
        if found is None:
            raise self.refusal(404, "", HIDDEN)
        return found

    def _asked(self, call: Call, *names: str) -> None:
        for name in call.query:
            if name not in names:
                raise self.refusal(400, "", f"The query parameter '{name}' is not known to the sandbox.")

    def _myself(self, call: Call) -> Said:
        self._asked(call)
        return Said(self._shapes.user(self._user(call)))

    def _permissions(self, call: Call) -> Said:
        self._asked(call, "permissions", "projectKey", "issueKey")
        names = [one for one in call.query.get("permissions", "").split(",") if one]
        if not names:
            raise self.refusal(400, "", "The 'permissions' query parameter is required.")
        if unknown := [one for one in names if one not in seed.JIRA_PERMISSIONS]:
            raise self.refusal(400, "", f"Unrecognized permission: {', '.join(unknown)}")
        held = seed.JIRA_TOKENS[call.token].scopes
        told = {}
        for number, name in enumerate(names):
            words = {"id": str(number + 10), "key": name, "name": name.replace("_", " ").capitalize()}
            told[name] = {**words, "type": "PROJECT", "description": "", "havePermission": name in held}
        return Said({"permissions": told})

    def _search(self, call: Call) -> Said:
        asked = issue_checks.Search.read(call.body, self.refusal)
        try:
            query = jql.parse(asked.jql, user=self._user(call), now=self.clock())
        except jql.MalformedError as error:
            raise self.refusal(400, "", str(error)) from None
        if not query.bounded:
            raise self.refusal(400, "", issue_checks.UNBOUNDED)
        for value in query.projects:
            if value.upper() not in self.state.data["projects"]:
                raise self.refusal(400, "", f"The value '{value}' does not exist for the field 'project'.")
        found = query.run(row(entry) for entry in self._indexed(asked.reconcile))
        start, end = asked.start, asked.start + min(asked.size, MOST_FOUND)
        shown = [
            self._shapes.issue(one["entry"], asked.fields, asked.properties, comments=SEARCHED)
            | (self._shapes.changelog(one["entry"]) if asked.changelog else {})
            for one in found[start:end]
        ]
        if asked.fields == ["id"]:
            shown = [{"id": one["id"]} for one in shown]
        last = end >= len(found)
        return Said({"issues": shown, "isLast": last, **({} if last else {"nextPageToken": asked.token(end)})})

    def _indexed(self, reconciled: Iterable[int]) -> list[dict[str, Any]]:
        ids, late = {str(one) for one in reconciled}, self.clock() - LAG
        known = self.state.data["issues"].values()
        return [one for one in known if issues.moment(one["created"]) <= late or one["id"] in ids]

    def _statuses(self, call: Call) -> Said:
        project = call.parts["project"]
        if project not in self.state.data["projects"]:
            raise self.refusal(404, "", f"No project could be found with key '{project}'.")
        known = [self._shapes.status(one) for one in workflow.statuses(project)]
        return Said([{**self._shapes.issue_type(project, one), "statuses": known} for one in workflow.TYPES[project]])

    def _show(self, call: Call) -> Said:
        self._asked(call, "fields", "properties")
        fields = [one for one in call.query.get("fields", "*all").split(",") if one]
        properties = [one for one in call.query.get("properties", "").split(",") if one]
        return Said(self._shapes.issue(self._issue(call), fields, properties, comments=None))

    def _bulk(self, call: Call) -> Said:
        """Those that do not exist are left out, as Jira leaves them out."""
        body = issue_checks.only(call.body, {"issueIdsOrKeys", "fields", "properties"}, self.refusal)
        keys = issue_checks.texts(body, "issueIdsOrKeys", self.refusal)
        if not 1 <= len(keys) <= MOST_FETCHED:
            raise self.refusal(400, "", f"Between 1 and {MOST_FETCHED} issues can be fetched at once.")
        fields = issue_checks.texts(body, "fields", self.refusal) or sorted(NAVIGABLE)
        properties = issue_checks.texts(body, "properties", self.refusal)
        known = self.state.data["issues"].values()
        found = [one for one in known if one["key"] in keys or one["id"] in keys]
        found.sort(key=lambda one: int(one["id"]))
        shown = [self._shapes.issue(one, fields, properties, comments=None) for one in found]
        return Said({"issues": shown, "issueErrors": []})

    def _create(self, call: Call) -> Said:
        project, fields, properties = issue_checks.new_issue(call.body, self.state.data["projects"], self.refusal)
        entry = issues.open_issue(self.state.data, project, fields, properties, self._user(call), self.clock())
        self_ = f"https://sandbox.atlassian.net{API}/issue/{entry['id']}"
        return Said({"id": entry["id"], "key": entry["key"], "self": self_}, 201)

    def _comments(self, call: Call) -> Said:
        self._asked(call, "startAt", "maxResults", "orderBy")
        comments = sorted(self._issue(call)["comments"], key=lambda one: (one["created"], int(one["id"])))
        order = call.query.get("orderBy", "created")
        if order not in {"created", "+created", "-created"}:
            raise self.refusal(400, "", f"The order '{order}' is not valid.")
        if order == "-created":
            comments.reverse()
        start, size = self._paging(call)
        return Said(self._shapes.comments(comments[start : start + size], start, size, len(comments)))

    def _comments_by_id(self, call: Call) -> Said:
        self._asked(call, "expand")
        ids = issue_checks.comment_ids(call.body, self.refusal)
        known = [one for entry in self.state.data["issues"].values() for one in entry["comments"]]
        expanded = "properties" in call.query.get("expand", "").split(",")
        values = [self._shapes.comment(one, properties=expanded) for one in known if int(one["id"]) in ids]
        return Said({"values": values, "startAt": 0, "maxResults": 1000, "total": len(values), "isLast": True})

    def _say(self, call: Call) -> Said:
        entry = self._issue(call)
        body, properties = issue_checks.new_comment(call.body, self.refusal)
        comment = issues.say(self.state.data, entry, body, properties, self._user(call), self.clock())
        return Said(self._shapes.comment(comment), 201)

    def _history(self, call: Call) -> Said:
        self._asked(call, "startAt", "maxResults")
        history = self._issue(call)["history"]
        start, size = self._paging(call)
        values = [self._shapes.change(one) for one in history[start : start + size]]
        last = start + size >= len(history)
        page_of = {"startAt": start, "maxResults": size, "total": len(history), "isLast": last}
        return Said({"values": values, **page_of})

    def _paging(self, call: Call) -> tuple[int, int]:
        start, size = call.query.get("startAt", "0"), call.query.get("maxResults", "100")
        if not (start.isdecimal() and size.isdecimal() and int(size)):
            raise self.refusal(400, "", "startAt and maxResults must be numbers.")
        return int(start), min(int(size), 100)

    def _transitions(self, call: Call) -> Said:
        """Empty for those who may not move the issue, as Jira has it."""
        self._asked(call, "expand")
        entry = self._issue(call)
        may = "TRANSITION_ISSUES" in seed.JIRA_TOKENS[call.token].scopes
        offered = [one for one in workflow.WORKFLOWS[entry["project"]] if may and one.offered(entry["status"])]
        expanded = "transitions.fields" in call.query.get("expand", "").split(",")
        shown = [self._shapes.transition(one, fields=expanded) for one in offered]
        return Said({"expand": "transitions", "transitions": shown})

    def _move(self, call: Call) -> Said:
        entry = self._issue(call)
        transition, resolution = issue_checks.transition(call.body, entry, self.refusal)
        issues.move(self.state.data, entry, transition.to, resolution, self._user(call), self.clock())
        return Said(None, 204)

    def _issue_page(self, parts: Mapping[str, Any]) -> str | None:
        key = str(parts["key"]).upper()
        if key in self.state.data["projects"]:
            return self._index(parts)
        entry = self.state.data["issues"].get(key)
        if entry is None:
            return None
        users = self.state.data["users"]
        rows = [
            ("Status", entry["status"]),
            ("Resolution", entry["resolution"] or "Unresolved"),
            ("Priority", workflow.PRIORITIES[entry["priority"]]),
            ("Reporter", users[entry["creator"]]["displayName"]),
            ("Labels", ", ".join(entry["labels"]) or "—"),
            ("Created", page.minute(entry["created"])),
            ("Updated", page.minute(entry["updated"])),
        ]
        notes = [
            page.note(
                f"{users[one['author']]['displayName']} · {page.minute(one['created'])}", issues.words(one["body"])
            )
            for one in entry["comments"]
        ]
        moves = [
            (page.minute(one["created"]), users[one["author"]]["displayName"], f"{item['fromString'] or '—'} → {after}")
            for one in entry["history"]
            for item in one["items"]
            for after in [item["toString"] or "—"]
        ]
        history = page.table("History", ("When", "Who", "What"), moves)
        kind = f"{workflow.TYPES[entry['project']][entry['issuetype']]} {key}"
        described = page.note("Description", issues.words(entry["description"]))
        return page.page("Jira", kind, entry["summary"], page.facts(rows), described, *notes, history)

    def _index(self, parts: Mapping[str, Any]) -> str:
        key = str(parts.get("key", "")).upper()
        rows = [
            (page.Link(f"/browse/{one['key']}", one["key"]), one["summary"], one["status"])
            for one in self.state.data["issues"].values()
            if key in {"", one["project"]}
        ]
        title = self.state.data["projects"][key]["name"] if key else "All work"
        return page.page("Jira", "Project", title, page.table("", ("Issue", "Summary", "Status"), rows))


def _opened(coded: str) -> str:
    """The "e-mail:API token" of a Basic header; empty for anything else."""
    try:
        return base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
