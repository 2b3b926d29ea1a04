"""The account: who gets in, and the tickets, people and macros that are read and written one at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tools.sandboxes import seed
from tools.sandboxes.state import State
from tools.sandboxes.tickets import opened, record
from tools.sandboxes.twin import Call, Clock, ProblemError, Said, Twin, json_object
from tools.sandboxes.zendesk import applying, exports, lists, people, rules, search
from tools.sandboxes.zendesk.batch import Batches
from tools.sandboxes.zendesk.pages import pages

KEPT = 2 * 60 * 60  # seconds an idempotency key is remembered ("Idempotency" of the Support API's introduction)
LONGEST_KEY = 255  # characters


class Zendesk(Twin):
    system: ClassVar[str] = "zendesk"
    in_part = (("PUT", "/api/v2/tickets/update_many*"),)
    limit = 700  # as on the Enterprise plan
    act = people.Act

    def __init__(self, state: State, clock: Clock) -> None:
        super().__init__(state, clock)
        self._batches = Batches(state, clock, lambda call: seed.ZENDESK_TOKENS[call.token].user)

    def routes(self) -> list[Route]:
        api = "/api/v2"
        ticket = f"{api}/tickets/{{ticket:int}}"
        calls: list[tuple[str, str, str, Callable[[Call], Said]]] = [
            ("GET", f"{api}/tickets", "read", self._by_external_id),
            ("POST", f"{api}/tickets", "write", self._create),
            ("GET", f"{api}/tickets/show_many", "read", self._show_many),
            ("PUT", f"{api}/tickets/update_many", "write", self._batches.start),
            ("GET", ticket, "read", self._show),
            ("PUT", ticket, "write", self._update),
            ("GET", f"{ticket}/comments", "read", self._comments),
            ("GET", f"{ticket}/audits", "read", self._audits),
            ("GET", f"{ticket}/macros/{{macro:int}}/apply", "read", self._applied),
            ("GET", f"{api}/macros", "read", lambda call: applying.listed(self.state.data, call)),
            ("GET", f"{api}/macros/{{macro:int}}", "read", self._macro),
            ("GET", f"{api}/job_statuses", "read", self._batches.listed),
            ("GET", f"{api}/job_statuses/{{job}}", "read", self._batches.show),
            ("GET", f"{api}/users/me", "", self._me),
            ("GET", f"{api}/users/search", "read", lambda call: search.users(self.state.data, call)),
            ("GET", f"{api}/users/{{user:int}}", "read", self._user),
            ("GET", f"{api}/oauth/tokens/current", "", self._token),
            ("GET", f"{api}/incremental/tickets/cursor", "read", self._for_admins(self._changed)),
            ("GET", f"{api}/satisfaction_ratings", "read", self._for_admins(self._ratings)),
            ("GET", f"{api}/search", "read", lambda call: search.tickets(self.state.data, call)),
        ]
        return [
            *(self.api(method, path + end, scope, do) for end in (".json", "") for method, path, scope, do in calls),
            *(self.page(path, show) for path, show in pages(self.state).items()),
            Route("/_control/customer", self._customer_writes, methods=["POST"]),
            Route("/_control/macro", self._macro_changes, methods=["POST"]),
        ]

    def api(self, method: str, path: str, scope: str, handle: Callable[[Call], Said]) -> Route:
        return super().api(method, path, scope, self._on_time(handle))

    def page(self, path: str, show: Callable[[Mapping[str, Any]], str | None]) -> Route:
        return super().page(path, self._on_time(show))

    def _on_time(self, answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """What bulk updates have done by now is done before anybody looks."""

        def late(asked: Any) -> Any:
            self._batches.catch_up()
            return answer(asked)

        return late

    def authenticate(self, token: str, scope: str) -> None:
        """No scope: anybody who is somebody."""
        holder = seed.ZENDESK_TOKENS.get(token)
        if holder is None:
            raise ProblemError(401, {"error": "Couldn't authenticate you"})
        if scope and scope not in holder.scopes:
            missing = f"You are missing the following required scopes: {scope}"
            raise ProblemError(403, {"error": "Forbidden", "description": missing})

    async def body(self, request: Request) -> Mapping[str, Any]:
        if (body := await json_object(request)) is None:
            raise self.refusal(400, "InvalidJSON", "The request body is not a JSON object")
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        return rules.refusal(status, code, message, **more)

    def headers(self) -> Mapping[str, str]:
        left = str(self.left)
        return {
            "X-Rate-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": left,
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": left,
            "ratelimit-reset": "60",
        }

    def by_hand(self, act: people.Act, at: datetime) -> Mapping[str, Any]:
        self._batches.catch_up()
        return people.done(self.state.data, act, at)

    def _for_admins(self, handle: Callable[[Call], Said]) -> Callable[[Call], Said]:
        def answer(call: Call) -> Said:
            if self.state.data["users"][str(self._author(call))]["role"] != "admin":
                words = {"title": "Forbidden", "message": "You do not have access to this page."}
                raise ProblemError(403, {"error": words})
            return handle(call)

        return answer

    def _changed(self, call: Call) -> Said:
        return exports.tickets(self.state.data, call, self.clock())

    def _ratings(self, call: Call) -> Said:
        return exports.ratings(self.state.data, call)

    def _now(self) -> str:
        return self.clock().strftime(seed.ISO)

    def _author(self, call: Call) -> int:
        return seed.ZENDESK_TOKENS[call.token].user

    def _entry(self, call: Call) -> dict[str, Any]:
        entry: dict[str, Any] | None = self.state.data["tickets"].get(str(call.parts["ticket"]))
        if entry is None:
            raise self.refusal(404, "RecordNotFound", "Not found")
        return entry

    def _users(self, ids: Sequence[int]) -> list[Any]:
        known = self.state.data["users"]  # the account's rules, -1, are nobody
        return [known[str(one)] for one in dict.fromkeys(ids) if str(one) in known]

    def _with_users(self, call: Call, body: dict[str, Any], ids: Sequence[int]) -> Said:
        """The answer, and the people it speaks of where they are asked for ("Sideloading")."""
        return Said({**body, "users": self._users(ids)} if call.query.get("include") == "users" else body)

    def _show(self, call: Call) -> Said:
        ticket = self._entry(call)["ticket"]
        return self._with_users(call, {"ticket": ticket}, _people(ticket))

    def _show_many(self, call: Call) -> Said:
        """Those that exist; the others are left out without a word."""
        ids = call.query.get("ids", "").split(",")
        if not all(one.isdecimal() for one in ids) or len(ids) > lists.MOST:
            raise self.refusal(400, "InvalidParameter", f"ids must be 1 to {lists.MOST} ticket ids")
        entries = self.state.data["tickets"]
        found = [entries[one]["ticket"] for one in dict.fromkeys(ids) if one in entries]
        body = {"tickets": found, "next_page": None, "previous_page": None, "count": len(found)}
        return self._with_users(call, body, [person for ticket in found for person in _people(ticket)])

    def _by_external_id(self, call: Call) -> Said:
        name = call.query.get("external_id")
        if not name:
            raise self.refusal(400, "NotHere", "The sandbox lists tickets by external_id only")
        tickets = [entry["ticket"] for entry in self.state.data["tickets"].values()]
        return Said(lists.by_cursor(call.query, "tickets", [one for one in tickets if one["external_id"] == name]))

    def _comments(self, call: Call) -> Said:
        body = lists.by_cursor(call.query, "comments", self._entry(call)["comments"])
        return self._with_users(call, body, [comment["author_id"] for comment in body["comments"]])

    def _audits(self, call: Call) -> Said:
        body = lists.by_cursor(call.query, "audits", self._entry(call)["audits"])
        return self._with_users(call, body, [audit["author_id"] for audit in body["audits"]])

    def _macro(self, call: Call) -> Said:
        return Said({"macro": applying.found(self.state.data, call.parts["macro"])})

    def _applied(self, call: Call) -> Said:
        ticket = self._entry(call)["ticket"]
        asker = self.state.data["users"][str(ticket["requester_id"])]
        return Said(applying.applied(applying.found(self.state.data, call.parts["macro"]), ticket, asker))

    def _me(self, call: Call) -> Said:
        return Said({"user": self.state.data["users"][str(self._author(call))]})

    def _token(self, call: Call) -> Said:
        scopes = sorted(seed.ZENDESK_TOKENS[call.token].scopes)
        shown = f"{call.token[:10]}..."  # never the whole of it ("Viewing OAuth tokens")
        return Said({"token": {"id": 1, "user_id": self._author(call), "scopes": scopes, "token": shown}})

    def _user(self, call: Call) -> Said:
        user = self.state.data["users"].get(str(call.parts["user"]))
        if user is None:
            raise self.refusal(404, "RecordNotFound", "Not found")
        return Said({"user": user})

    def _update(self, call: Call) -> Said:
        entry = self._entry(call)
        change = rules.asked(call.body, rules.FIELDS)
        if entry["ticket"]["status"] == "closed":
            raise rules.invalid("status", rules.CLOSED)
        rules.check(change)
        rules.check_stamp(entry["ticket"], change)
        audit = record(self.state.data, entry, self._author(call), change, self._now())
        return Said({"ticket": entry["ticket"], **({"audit": audit} if audit else {})})

    def _create(self, call: Call) -> Said:
        """Once under one `Idempotency-Key`, for two hours; then it would be a second ticket."""
        key = call.headers.get("idempotency-key")
        if key is None:
            return self._created(call)
        if len(key) > LONGEST_KEY:
            raise self.refusal(400, "InvalidIdempotencyKey", f"A key has at most {LONGEST_KEY} characters")
        known = self.state.data["keys"].get(key)
        if known and self.clock().timestamp() - known["at"] < KEPT:
            if known["body"] != call.body:
                words = "Request parameters don't match the given idempotency key"
                raise self.refusal(400, "IdempotentRequestError", words)
            return Said(known["said"], 201, {"x-idempotency-lookup": "hit"})
        said = self._created(call)
        kept = json.loads(json.dumps({"body": call.body, "said": said.body}))  # as it was said, whatever comes later
        self.state.data["keys"][key] = {"at": self.clock().timestamp(), **kept}
        return Said(said.body, 201, {"x-idempotency-lookup": "miss"})

    def _created(self, call: Call) -> Said:
        data, author = self.state.data, self._author(call)
        change = rules.asked(call.body, rules.NEW_FIELDS)
        rules.check_new(change, data["users"])
        requester = change.get("requester_id") or self._asker(change["requester"])
        number = max(map(int, data["tickets"])) + 1
        ticket = {
            "id": number,
            "subject": change["subject"],
            "status": "new",
            "priority": change.get("priority"),
            "type": change.get("type"),
            "requester_id": requester,
            "submitter_id": author,
            "assignee_id": None,
            "external_id": change.get("external_id"),
            "tags": sorted({*change.get("tags", ())}),
            "created_at": self._now(),
            "updated_at": self._now(),
            "via": {"channel": "api"},
        }
        entry = opened(data, ticket, author, change)
        return Said({"ticket": ticket, "audit": entry["audits"][0]}, 201)

    def _asker(self, asker: Mapping[str, Any]) -> int:
        """The person with that address, made where there is none."""
        users = self.state.data["users"]
        known = rules.by_email(users, asker["email"])
        if known is None:
            number = max(map(int, users)) + 1
            known = users[str(number)] = seed.user(number, asker["name"], asker["email"], "end-user")
        return int(known["id"])

    async def _customer_writes(self, request: Request) -> Response:
        """{"ticket": 4821, "text": …}: the requester writes once more, as an e-mail would come in."""
        said = await request.json()
        entry = self.state.data["tickets"].get(str(said["ticket"]))
        if entry is None:
            return Response(status_code=404)
        change = {"comment": {"body": str(said["text"]), "public": True}}
        record(self.state.data, entry, entry["ticket"]["requester_id"], change, self._now())
        self.state.save()
        return Response(status_code=204)

    async def _macro_changes(self, request: Request) -> Response:
        """{"macro": 31, "title": …}: an admin edits a macro."""
        said = await request.json()
        macro = self.state.data["macros"].get(str(said.pop("macro")))
        if macro is None:
            return Response(status_code=404)
        macro |= {**said, "updated_at": self._now()}
        self.state.save()
        return Response(status_code=204)


def _people(ticket: Mapping[str, Any]) -> list[int]:
    return [one for one in (ticket["requester_id"], ticket["submitter_id"], ticket["assignee_id"]) if one is not None]
