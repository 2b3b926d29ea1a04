"""A Salesforce of one's own: accounts, contacts, opportunities with their history, activities.

Shapes follow the REST API Developer Guide, v62.0: Query, sObject Rows, sObject Rows by External ID, sObject Describe,
Composite, Limits. A record's parents are kept inside it as SOQL names them: row["Owner"]["Name"].
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, compile_path

from tools.sandboxes import salesforce_hands as hands
from tools.sandboxes import salesforce_pages as pages
from tools.sandboxes import seed, soql
from tools.sandboxes.salesforce_composite import composite
from tools.sandboxes.salesforce_people import USERS
from tools.sandboxes.salesforce_rows import Rows, check, problem, unmodified
from tools.sandboxes.salesforce_schema import DATA, KINDS, MARK, describe, knows
from tools.sandboxes.salesforce_seed import identifier
from tools.sandboxes.twin import Call, ProblemError, Said, Twin, json_object

ORGANISATION = "00DSb0000000001EAA"
PARENTS = {"Owner": "User", "CreatedBy": "User"}  # relationships that have another name than their object

Handle = Callable[[Call], Said]


class Salesforce(Twin):
    system: ClassVar[str] = "salesforce"
    in_part = (("POST", f"{DATA}/composite"),)
    batch: ClassVar[int] = 2000  # records an answer, Salesforce's default
    limit = 100_000  # requests a day
    act = hands.Act

    def routes(self) -> list[Route]:
        return [
            *(self.api(*door) for door in self._doors()),
            self.api("POST", f"{DATA}/composite", "read", self._composite),
            self.api("GET", "/services/oauth2/userinfo", "read", self._userinfo),
            self.page(
                "/lightning/r/Opportunity/{name}/view", lambda at: pages.opportunity(self.state.data, at["name"])
            ),
            self.page("/lightning/r/Contact/{name}/view", lambda at: pages.contact(self.state.data, at["name"])),
            self.page("/lightning/r/Task/{name}/view", lambda at: pages.task(self.state.data, at["name"])),
            self.page("/", lambda _: pages.index(self.state.data)),
            Route("/_control/colleague", self._colleague, methods=["POST"]),
            Route("/_control/lock", self._lock, methods=["POST"]),
            Route("/_control/twice", self._twice, methods=["POST"]),
        ]

    def _doors(self) -> list[tuple[str, str, str, Handle]]:
        """Method, path, right and handler of what may also be a part of a composite request."""
        deal, task = f"{DATA}/sobjects/Opportunity/{{name}}", f"{DATA}/sobjects/Task/{{name}}"
        marked = f"{DATA}/sobjects/Task/{MARK}/{{mark}}"
        return [
            ("GET", f"{DATA}/query", "read", lambda call: self._query(call.query.get("q", ""), 0)),
            ("GET", f"{DATA}/queryAll", "read", lambda call: self._query(call.query.get("q", ""), 0, deleted=True)),
            ("GET", f"{DATA}/query/{{cursor}}", "read", self._more),
            ("GET", f"{DATA}/limits", "read", self._limits),
            ("GET", f"{DATA}/sobjects/{{kind}}/describe", "read", self._describe),
            ("GET", deal, "read", lambda call: self._show("Opportunity", call)),
            ("PATCH", deal, "write:Opportunity", self._update),
            ("GET", task, "read", lambda call: self._show("Task", call)),
            ("DELETE", task, "write:Task", self._delete),
            ("GET", marked, "read", self._marked),
            ("PATCH", marked, "write:Task", self._log),
        ]

    def by_hand(self, act: hands.Act, at: datetime) -> Mapping[str, Any]:
        return hands.done(self.state.data, act, at)

    @property
    def rows(self) -> Rows:
        return Rows(self.state.data, self.clock)

    def authenticate(self, token: str, scope: str) -> None:
        holder = self._holder(token)
        if scope in holder.scopes or "write" in holder.scopes:
            return
        if not any(one.startswith(f"{scope}.") for one in holder.scopes):
            words = "You do not have the level of access necessary to perform the operation you requested."
            raise self.refusal(403, "INSUFFICIENT_ACCESS_OR_READONLY", words)

    def _holder(self, token: str) -> seed.Holder:
        holder = seed.SALESFORCE_TOKENS.get(token)
        if holder is None:
            raise self.refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return holder

    def _may_set(self, token: str, kind: str) -> dict[str, bool]:
        """By field: may the holder set it, as far as anybody may?"""
        scopes = self._holder(token).scopes
        whole = bool(scopes & {"write", f"write:{kind}"})
        return {one.name: whole or f"write:{kind}.{one.name}" in scopes for one in KINDS[kind].columns}

    async def body(self, request: Request) -> Mapping[str, Any]:
        if not (body := await json_object(request)):
            raise self.refusal(400, "JSON_PARSER_ERROR", "The request body is not a JSON object with fields")
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        return problem(status, code, message, **more)

    def headers(self) -> Mapping[str, str]:
        return {"Sforce-Limit-Info": f"api-usage={self.limit - self.left}/{self.limit}"}

    def _limits(self, _: Call) -> Said:
        return Said({"DailyApiRequests": {"Max": self.limit, "Remaining": self.left}})

    def _userinfo(self, call: Call) -> Said:
        number = self._holder(call.token).user
        name, email = USERS[number]
        user = identifier("User", number)
        sub = f"https://login.salesforce.com/id/{ORGANISATION}/{user}"
        who = {"user_id": user, "organization_id": ORGANISATION, "preferred_username": email, "name": name}
        return Said({"sub": sub, **who, "email": email, "active": True, "user_type": "STANDARD"})

    def _describe(self, call: Call) -> Said:
        kind = KINDS.get(call.parts["kind"])
        if kind is None:
            raise self.refusal(404, "NOT_FOUND", "The requested resource does not exist")
        may = self._may_set(call.token, kind.name)
        return Said(describe(kind, lambda name: may[name]))

    def _more(self, call: Call) -> Said:
        """The cursor is <query's number>-<first record>, good until the state is reset."""
        number, _, start = str(call.parts["cursor"]).partition("-")
        queries = self.state.data["queries"]
        if not (number.isdecimal() and start.isdecimal() and int(number) < len(queries)):
            raise self.refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        text, deleted = queries[int(number)]
        return self._query(text, int(start), deleted=deleted)

    def _query(self, text: str, start: int, *, deleted: bool = False) -> Said:
        try:
            query = soql.parse(text, self.clock())
        except soql.MalformedError as error:
            raise self.refusal(400, "MALFORMED_QUERY", str(error)) from None
        kind = KINDS.get(query.kind)
        if kind is None:
            raise self.refusal(400, "INVALID_TYPE", f"sObject type '{query.kind}' is not supported.")
        for name in query.names:
            if not knows(kind, name):
                raise self.refusal(400, "INVALID_FIELD", f"No such column '{name}' on entity '{kind.name}'.")
        rows = [row for row in self.state.data[kind.name].values() if deleted or not row.get("IsDeleted")]
        found = query.run(rows)
        records = [_record(kind.name, row, query.fields) for row in found[start : start + self.batch]]
        answer = {"totalSize": len(found), "done": start + self.batch >= len(found), "records": records}
        if not answer["done"]:
            queries = self.state.data["queries"]
            if [text, deleted] not in queries:
                queries.append([text, deleted])
            answer["nextRecordsUrl"] = f"{DATA}/query/{queries.index([text, deleted])}-{start + self.batch}"
        return Said(answer)

    def _show(self, kind: str, call: Call) -> Said:
        return self._shown(kind, self.rows.find(kind, call.parts["name"]), call)

    def _shown(self, kind: str, row: Mapping[str, Any], call: Call) -> Said:
        every = ",".join(column.name for column in KINDS[kind].columns)
        wanted = tuple(name.strip() for name in call.query.get("fields", every).split(","))
        for name in wanted:
            if KINDS[kind].column(name) is None:
                raise self.refusal(400, "INVALID_FIELD", f"No such column '{name}' on entity '{kind}'.")
        unmodified(row, call.headers)
        return Said(_record(kind, row, wanted))

    def _update(self, call: Call) -> Said:
        deal = self.rows.find("Opportunity", call.parts["name"])
        check(KINDS["Opportunity"], call.body, self._may_set(call.token, "Opportunity"), new=False)
        unmodified(deal, call.headers)
        self.rows.update(deal, call.body, self._holder(call.token).user)
        return Said(None, 204)

    def _delete(self, call: Call) -> Said:
        self.rows.delete("Task", call.parts["name"])
        return Said(None, 204)

    def _marked(self, call: Call) -> Said:
        row = self.rows.by_mark(call.parts["mark"])
        if row is None:
            raise self.refusal(404, "NOT_FOUND", "The requested resource does not exist")
        return self._shown("Task", row, call)

    def _log(self, call: Call) -> Said:
        """An upsert by external id: 201 for a new record, 200 for one that was there (since v46.0 with a body)."""
        new = self.rows.by_mark(call.parts["mark"]) is None
        check(KINDS["Task"], call.body, self._may_set(call.token, "Task"), new=new)
        name, created = self.rows.log(call.parts["mark"], call.body, self._holder(call.token).user)
        return Said({"id": name, "success": True, "errors": [], "created": created}, 201 if created else 200)

    def _composite(self, call: Call) -> Said:
        def perform(part: Mapping[str, Any]) -> Said:
            url = urlsplit(part["url"])
            for method, path, scope, handle in self._doors():
                match = compile_path(path)[0].match(url.path)
                if match is None or method != part["method"]:
                    continue
                self.authenticate(call.token, scope)
                headers = {name.casefold(): value for name, value in part.get("httpHeaders", {}).items()}
                query, body = dict(parse_qsl(url.query)), part.get("body") or {}
                return handle(Call(method, url.path, match.groupdict(), query, body, headers, call.token))
            raise self.refusal(404, "NOT_FOUND", "The requested resource does not exist")

        return composite(call, self.state.data, perform)

    async def _colleague(self, request: Request) -> Response:
        """Somebody at the desk beside sets fields of an opportunity: {"opportunity": …, "user": 1, "fields": {…}}."""
        asked = json.loads(await request.body())
        try:
            self.rows.update(self.rows.find("Opportunity", asked["opportunity"]), asked["fields"], asked["user"])
        except ProblemError as error:
            return self.problem(error)
        self.state.save()
        return Response(status_code=204)

    async def _lock(self, request: Request) -> Response:
        """The next changes of a record find it locked: {"record": …, "times": 1}."""
        asked = json.loads(await request.body())
        self.state.data["locks"][asked["record"]] = asked["times"]
        return JSONResponse(self.state.data["locks"], 201)

    async def _twice(self, request: Request) -> Response:
        """An activity stands there a second time, as after two requests at one moment: {"mark": …}."""
        asked = json.loads(await request.body())
        return JSONResponse({"task": self.rows.copy(asked["mark"])}, 201)


def _record(kind: str, row: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """A row as Salesforce sends it: attributes first, a parent's fields inside an object of their own."""
    made: dict[str, Any] = {"attributes": {"type": kind, "url": f"{DATA}/sobjects/{kind}/{row['Id']}"}}
    for name in fields:
        value, (parent, _, child) = soql.field(row, name), name.partition(".")
        if child:
            made.setdefault(parent, {"attributes": {"type": PARENTS.get(parent, parent)}})[child] = value
        else:
            made[parent] = value
    return made
