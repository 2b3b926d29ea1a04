"""A Salesforce of one's own: accounts, opportunities, tasks; SOQL queries and sObject rows.

Shapes follow the REST API Developer Guide, v62.0.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.routing import Route

from tools.sandboxes import page, seed, soql
from tools.sandboxes.twin import Call, ProblemError, Said, Twin

DATA = "/services/data/v62.0"
STAGES = ("Qualification", "Needs Analysis", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
WRITABLE = frozenset({"StageName", "NextStep", "CloseDate"})
LIMIT = 100_000  # requests a day


class Salesforce(Twin):
    system: ClassVar[str] = "salesforce"
    batch: ClassVar[int] = 2000  # records an answer, Salesforce's default

    def routes(self) -> list[Route]:
        row = f"{DATA}/sobjects/Opportunity/{{opportunity}}"
        return [
            self.api("GET", f"{DATA}/query", "read", self._query),
            self.api("GET", f"{DATA}/query/{{cursor}}", "read", self._more),
            self.api("GET", row, "read", self._show),
            self.api("PATCH", row, "write", self._update),
            self.page("/lightning/r/Opportunity/{opportunity}/view", self._opportunity_page),
            self.page("/", self._index),
        ]

    def authenticate(self, token: str, scope: str) -> None:
        holder = seed.SALESFORCE_TOKENS.get(token)
        if holder is None:
            raise self.refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if scope not in holder.scopes:
            words = "You do not have the level of access necessary to perform the operation you requested."
            raise self.refusal(403, "INSUFFICIENT_ACCESS_OR_READONLY", words)

    async def body(self, request: Request) -> Mapping[str, Any]:
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict) or not body:
            raise self.refusal(400, "JSON_PARSER_ERROR", "The request body is not a JSON object with fields")
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        return ProblemError(status, [{"message": message, "errorCode": code, **more}])

    def headers(self) -> Mapping[str, str]:
        return {"Sforce-Limit-Info": f"api-usage={LIMIT - self.left(LIMIT)}/{LIMIT}"}

    def _query(self, call: Call) -> Said:
        return self._answer_query(call.query.get("q", ""), 0)

    def _more(self, call: Call) -> Said:
        """The cursor is <query's number>-<first record>, good until the state is reset."""
        number, _, start = str(call.parts["cursor"]).partition("-")
        queries = self.state.data["queries"]
        if not (number.isdecimal() and start.isdecimal() and int(number) < len(queries)):
            raise self.refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._answer_query(queries[int(number)], int(start))

    def _answer_query(self, text: str, start: int) -> Said:
        try:
            query = soql.parse(text)
        except soql.MalformedError as error:
            raise self.refusal(400, "MALFORMED_QUERY", str(error)) from None
        rows = self.state.data.get(query.kind)
        if query.kind not in {"Account", "Opportunity", "Task"} or rows is None:
            raise self.refusal(400, "INVALID_TYPE", f"sObject type '{query.kind}' is not supported.")
        try:
            found = query.run(rows.values())
            records = [_record(query.kind, row, query.fields) for row in found[start : start + self.batch]]
        except (KeyError, TypeError) as error:
            raise self.refusal(400, "INVALID_FIELD", f"No such column {error} on entity '{query.kind}'.") from None
        answer = {"totalSize": len(found), "done": start + self.batch >= len(found), "records": records}
        if not answer["done"]:
            queries = self.state.data["queries"]
            if text not in queries:
                queries.append(text)
            answer["nextRecordsUrl"] = f"{DATA}/query/{queries.index(text)}-{start + self.batch}"
        return Said(answer)

    def _row(self, name: str) -> dict[str, Any]:
        for row in self.state.data["Opportunity"].values():
            if name in {row["Id"], row["Id"][:15]}:
                return dict(row)
        raise self.refusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")

    def _show(self, call: Call) -> Said:
        row = self._row(call.parts["opportunity"])
        wanted = [name.strip() for name in call.query.get("fields", ",".join(_columns(row))).split(",")]
        for name in wanted:
            if name not in _columns(row):
                raise self.refusal(400, "INVALID_FIELD", f"No such column '{name}' on entity 'Opportunity'.")
        return Said(_record("Opportunity", row, tuple(wanted)))

    def _update(self, call: Call) -> Said:
        row = self._row(call.parts["opportunity"])
        for name in call.body:
            if name not in _columns(row):
                words = f"No such column '{name}' on sobject of type Opportunity"
                raise self.refusal(400, "INVALID_FIELD", words)
            if name not in WRITABLE:
                words = f"Unable to create/update fields: {name}. Please check the security settings of this field."
                raise self.refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", words, fields=[name])
        self._check(call.body)
        stage = call.body.get("StageName", row["StageName"])
        stamp = self.clock().strftime(seed.SALESFORCE_TIME)
        self.state.data["Opportunity"][row["Id"]].update(
            {**call.body, "IsClosed": stage.startswith("Closed"), "SystemModstamp": stamp}
        )
        return Said(None, 204)

    def _check(self, body: Mapping[str, Any]) -> None:
        if body.get("StageName", STAGES[0]) not in STAGES:
            words = f"Stage: bad value for restricted picklist field: {body['StageName']}"
            raise self.refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, fields=["StageName"])
        if len(str(body.get("NextStep") or "")) > 255:
            raise self.refusal(400, "STRING_TOO_LONG", "Next Step: data value too large", fields=["NextStep"])
        try:
            date.fromisoformat(body.get("CloseDate", "2000-01-01"))
        except (ValueError, TypeError):
            words = f"Cannot deserialize instance of date from VALUE_STRING value {body['CloseDate']}"
            raise self.refusal(400, "JSON_PARSER_ERROR", words) from None

    def _opportunity_page(self, parts: Mapping[str, Any]) -> str | None:
        row = self.state.data["Opportunity"].get(parts["opportunity"])
        if row is None:
            return None
        rows = [
            ("Account", self.state.data["Account"][row["AccountId"]]["Name"]),
            ("Stage", row["StageName"]),
            ("Next step", row["NextStep"] or "—"),
            ("Close date", row["CloseDate"]),
            ("Amount", f"{row['CurrencyIsoCode']} {row['Amount']:,.0f}" if row["Amount"] is not None else "—"),
            ("Owner", row["Owner"]["Name"]),
            ("Last modified", row["SystemModstamp"][:16].replace("T", " ")),
        ]
        tasks = [task for task in self.state.data["Task"].values() if task["WhatId"] == row["Id"]]
        tasks.sort(key=lambda task: str(task["CreatedDate"]), reverse=True)
        notes = [page.note(f"{task['Subject']} · {task['CreatedDate'][:10]}", task["Description"]) for task in tasks]
        return page.page("Salesforce", "Opportunity", row["Name"], page.facts(rows), "<h2>Activity</h2>", *notes)

    def _index(self, _: Mapping[str, Any]) -> str:
        rows = [
            (page.Link(f"/lightning/r/Opportunity/{row['Id']}/view", row["Name"]), row["StageName"], row["CloseDate"])
            for row in self.state.data["Opportunity"].values()
        ]
        heads = ("Opportunity", "Stage", "Close date")
        return page.page("Salesforce", "All opportunities", "Opportunities", page.table("", heads, rows))


def _columns(row: Mapping[str, Any]) -> list[str]:
    return [name for name, value in row.items() if not isinstance(value, dict)]


def _record(kind: str, row: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """A row as Salesforce sends it: attributes first, a parent's fields inside an object of their own."""
    made: dict[str, Any] = {"attributes": {"type": kind, "url": f"{DATA}/sobjects/{kind}/{row['Id']}"}}
    for name in fields:
        value, (parent, _, child) = soql.field(row, name), name.partition(".")
        if child:
            made.setdefault(parent, {"attributes": {"type": "User"}})[child] = value
        else:
            made[parent] = value
    return made
