"""A Zendesk of one's own: tickets, comments, audits, users, search.

Shapes follow the Support API reference. Stricter than Zendesk, which drops unknown fields in silence: they are refused.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tools.sandboxes import page, seed
from tools.sandboxes.tickets import record
from tools.sandboxes.twin import Call, ProblemError, Said, Twin

STATUSES = frozenset({"new", "open", "pending", "hold", "solved", "closed"})
FIELDS = frozenset({"status", "comment", "metadata"})
COMMENT_FIELDS = frozenset({"body", "public"})
METADATA = 1024  # bytes of it an update may carry
LIMIT = 700  # requests a minute, as on the Team plan
QUERY = re.compile(r'type:ticket requester:(?:"([^"\s]+)"|(\S+))')


class Zendesk(Twin):
    system: ClassVar[str] = "zendesk"

    def routes(self) -> list[Route]:
        ticket = "/api/v2/tickets/{ticket:int}"
        calls = [
            ("GET", ticket, "read", self._show),
            ("PUT", ticket, "write", self._update),
            ("GET", f"{ticket}/comments", "read", self._comments),
            ("GET", f"{ticket}/audits", "read", self._audits),
            ("GET", "/api/v2/users/{user:int}", "read", self._user),
            ("GET", "/api/v2/search", "read", self._search),
        ]
        return [
            *(
                self.api(method, path + suffix, scope, do)
                for method, path, scope, do in calls
                for suffix in (".json", "")
            ),
            self.page("/agent/tickets/{ticket:int}", self._ticket_page),
            self.page("/", self._index),
            Route("/_control/customer", self._customer_writes, methods=["POST"]),
        ]

    def authenticate(self, token: str, scope: str) -> None:
        holder = seed.ZENDESK_TOKENS.get(token)
        if holder is None:
            raise ProblemError(401, {"error": "Couldn't authenticate you"})
        if scope not in holder.scopes:
            missing = f"You are missing the following required scopes: {scope}"
            raise ProblemError(403, {"error": "Forbidden", "description": missing})

    async def body(self, request: Request) -> Mapping[str, Any]:
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self.refusal(400, "InvalidJSON", "The request body is not a JSON object")
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        if status == 404:
            return ProblemError(404, {"error": "RecordNotFound", "description": "Not found"})
        return ProblemError(status, {"error": code, "description": message, **more})

    def headers(self) -> Mapping[str, str]:
        left = str(self.left(LIMIT))
        return {
            "X-Rate-Limit": str(LIMIT),
            "X-Rate-Limit-Remaining": left,
            "ratelimit-limit": str(LIMIT),
            "ratelimit-remaining": left,
            "ratelimit-reset": "60",
        }

    def _ticket(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] | None = self.state.data["tickets"].get(str(number))
        if found is None:
            raise self.refusal(404, "RecordNotFound", "Not found")
        return found

    def _users(self, ids: Sequence[int]) -> list[Any]:
        return [self.state.data["users"][str(one)] for one in dict.fromkeys(ids)]

    def _show(self, call: Call) -> Said:
        ticket = self._ticket(call.parts["ticket"])["ticket"]
        body = {"ticket": ticket}
        if call.query.get("include") == "users":
            body["users"] = self._users([ticket["requester_id"], ticket["submitter_id"], ticket["assignee_id"]])
        return Said(body)

    def _comments(self, call: Call) -> Said:
        comments = self._ticket(call.parts["ticket"])["comments"]
        body = self._listed(call, "comments", comments)
        if call.query.get("include") == "users":
            body["users"] = self._users([comment["author_id"] for comment in body["comments"]])
        return Said(body)

    def _audits(self, call: Call) -> Said:
        return Said(self._listed(call, "audits", self._ticket(call.parts["ticket"])["audits"]))

    def _listed(self, call: Call, name: str, rows: list[Any]) -> dict[str, Any]:
        """By cursor where `page[size]` is given, else by pages of 100, as Zendesk does."""
        size = call.query.get("page[size]")
        if size is None:
            if len(rows) > 100:
                raise self.refusal(400, "NotHere", "The sandbox pages by cursor only: give page[size]")
            return {name: rows, "next_page": None, "previous_page": None, "count": len(rows)}
        if not size.isdecimal() or not 1 <= int(size) <= 100:
            raise self.refusal(400, "InvalidPaginationParameter", "page[size] must be between 1 and 100")
        after = call.query.get("page[after]", "0")
        if not after.isdecimal():
            raise self.refusal(400, "InvalidPaginationParameter", "page[after] is not a cursor")
        end = int(after) + int(size)
        more = end < len(rows)
        meta = {"has_more": more, "after_cursor": str(end) if more else None, "before_cursor": None}
        return {name: rows[int(after) : end], "meta": meta, "links": {"next": None, "prev": None}}

    def _user(self, call: Call) -> Said:
        user = self.state.data["users"].get(str(call.parts["user"]))
        if user is None:
            raise self.refusal(404, "RecordNotFound", "Not found")
        return Said({"user": user})

    def _search(self, call: Call) -> Said:
        """The one query the sandbox knows: a requester's tickets by e-mail address."""
        match = QUERY.fullmatch(call.query.get("query", ""))
        if match is None:
            raise self.refusal(422, "InvalidQuery", "The sandbox understands type:ticket requester:<e-mail> only")
        email = (match[1] or match[2]).casefold()
        ids = {user["id"] for user in self.state.data["users"].values() if (user["email"] or "").casefold() == email}
        found = [
            {**entry["ticket"], "result_type": "ticket"}
            for entry in self.state.data["tickets"].values()
            if entry["ticket"]["requester_id"] in ids
        ]
        order, newest = call.query.get("sort_by", "updated_at"), call.query.get("sort_order", "desc") == "desc"
        if order not in {"created_at", "updated_at", "status", "priority"}:
            raise self.refusal(422, "InvalidQuery", f"sort_by {order} is not supported")
        found.sort(key=lambda one: str(one[order]), reverse=newest)
        size, number = call.query.get("per_page", "100"), call.query.get("page", "1")
        if not (size.isdecimal() and number.isdecimal() and 0 < int(size) <= 100 and int(number)):
            raise self.refusal(
                400, "InvalidPaginationParameter", "page and per_page must be numbers, at most 100 a page"
            )
        start, end = (int(number) - 1) * int(size), int(number) * int(size)
        return Said(
            {
                "results": found[start:end],
                "facets": None,
                "next_page": None,
                "previous_page": None,
                "count": len(found),
            }
        )

    def _update(self, call: Call) -> Said:
        entry = self._ticket(call.parts["ticket"])
        change = call.body.get("ticket")
        if set(call.body) != {"ticket"} or not isinstance(change, dict) or set(change) - FIELDS:
            raise self.refusal(400, "InvalidAttribute", "ticket must be an object of status, comment and metadata")
        self._check(entry["ticket"], change)
        author = seed.ZENDESK_TOKENS[call.token].user
        audit = record(self.state.data, entry, author, change, self.clock().strftime(seed.ISO))
        return Said({"ticket": entry["ticket"], **({"audit": audit} if audit else {})})

    def _check(self, ticket: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        if ticket["status"] == "closed":
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            raise self.refusal(422, "RecordInvalid", "Record validation errors", details=details)
        if "status" in change and change["status"] not in STATUSES - {"new", "closed"}:
            details = {"status": [{"description": f"Status: {change['status']} is not an allowed value"}]}
            raise self.refusal(422, "RecordInvalid", "Record validation errors", details=details)
        comment = change.get("comment")
        if comment is not None and (set(comment) - COMMENT_FIELDS or not str(comment.get("body", "")).strip()):
            details = {"comment": [{"description": "Comment: needs a body, and takes body and public only"}]}
            raise self.refusal(422, "RecordInvalid", "Record validation errors", details=details)
        if len(json.dumps(change.get("metadata", {}))) > METADATA:
            raise self.refusal(422, "RecordInvalid", "Metadata is too large")

    async def _customer_writes(self, request: Request) -> Response:
        """{"ticket": 4821, "text": …}: the requester writes once more, as an e-mail would come in."""
        said = await request.json()
        entry = self.state.data["tickets"].get(str(said["ticket"]))
        if entry is None:
            return Response(status_code=404)
        change = {"comment": {"body": str(said["text"]), "public": True}}
        record(self.state.data, entry, entry["ticket"]["requester_id"], change, self.clock().strftime(seed.ISO))
        self.state.save()
        return Response(status_code=204)

    def _ticket_page(self, parts: Mapping[str, Any]) -> str | None:
        entry = self.state.data["tickets"].get(str(parts["ticket"]))
        if entry is None:
            return None
        ticket, users = entry["ticket"], self.state.data["users"]
        requester = users[str(ticket["requester_id"])]
        notes = []
        for comment in entry["comments"]:
            author = users[str(comment["author_id"])]
            look = "" if author["role"] == "end-user" else "agent" if comment["public"] else "private"
            kind = "" if comment["public"] else " · internal note"
            notes.append(page.note(f"{author['name']} · {_when(comment['created_at'])}{kind}", comment["body"], look))
        rows = [
            ("Status", ticket["status"]),
            ("Priority", ticket["priority"] or "—"),
            ("Requester", f"{requester['name']} ({requester['email']})"),
            ("Tags", ", ".join(ticket["tags"]) or "—"),
            ("Updated", _when(ticket["updated_at"])),
        ]
        return page.page("Zendesk", f"Ticket ZD-{ticket['id']}", ticket["subject"], page.facts(rows), *notes)

    def _index(self, _: Mapping[str, Any]) -> str:
        rows = [
            (
                page.Link(f"/agent/tickets/{number}", f"ZD-{number}"),
                entry["ticket"]["subject"],
                entry["ticket"]["status"],
            )
            for number, entry in self.state.data["tickets"].items()
        ]
        return page.page("Zendesk", "All views", "Tickets", page.table("", ("Ticket", "Subject", "Status"), rows))


def _when(iso: str) -> str:
    return iso.replace("T", " ").removesuffix("Z")[:16]
