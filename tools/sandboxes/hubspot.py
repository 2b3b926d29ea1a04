"""A HubSpot of one's own: contacts, companies, deals and notes, their associations, search, and what a property was.

Shapes follow HubSpot's developer documentation: CRM objects v3, associations v4, search, error handling. Stricter in
one thing: a body with fields that HubSpot does not know is refused.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.routing import Route

from tools.sandboxes import hubspot_pages as pages
from tools.sandboxes import hubspot_people as people
from tools.sandboxes import hubspot_search as searching
from tools.sandboxes import hubspot_seed as seeded
from tools.sandboxes import seed
from tools.sandboxes.hubspot_rules import KNOWN, faults
from tools.sandboxes.twin import Call, ProblemError, Said, Twin, json_object

KINDS = ("contacts", "companies", "deals", "notes")
SCOPE_OF = {"contacts": "contacts", "companies": "companies", "deals": "deals", "notes": "contacts"}
KEPT = 20  # values of a property that its history tells, the newest first
NOT_ALL = "This app hasn't been granted all required scopes to make this call."
BATCH = 100  # records of a batch read
BATCH_PAST = 50  # of one that asks for their history as well
PAGE = 500  # associations an answer, HubSpot's most


class HubSpot(Twin):
    system: ClassVar[str] = "hubspot"
    in_part = (("POST", "/crm/v3/objects/*/batch/read"),)
    window: ClassVar[int] = 10
    limit = 100  # as for a free account
    act = people.Act
    lag: ClassVar[timedelta] = timedelta(seconds=10)  # until what is new can be searched for
    batch: ClassVar[int] = PAGE

    def routes(self) -> list[Route]:
        made = [route for kind in KINDS for route in self._of(kind)]
        note = "/crm/v3/objects/notes"
        return [
            *made,
            self.api("POST", note, "crm.objects.contacts.write", self._create_note),
            self.api("DELETE", note + "/{record}", "crm.objects.contacts.write", self._archive_note),
            self.api("GET", "/crm/v3/properties/notes/{name}", "crm.objects.contacts.read", self._property),
            self.api("GET", "/crm/v3/owners", "crm.objects.owners.read", self._owners),
            self.api("GET", "/crm/v3/owners/{owner}", "crm.objects.owners.read", self._owner),
            self.api("GET", "/crm/v3/pipelines/deals", "crm.objects.deals.read", self._pipelines),
            self.api("GET", "/account-info/v3/details", "oauth", self._account),
            self.page("/record/{page}/{record}", partial(pages.record, self.state)),
            self.page("/", lambda _: pages.index(self.state)),
        ]

    def _of(self, kind: str) -> list[Route]:
        """What can be done with every kind of object."""
        read, write = (f"crm.objects.{SCOPE_OF[kind]}.{right}" for right in ("read", "write"))
        base = f"/crm/v3/objects/{kind}"
        ties = f"/crm/v4/objects/{kind}/{{record}}/associations/{{other}}"
        return [
            self.api("POST", f"{base}/search", read, partial(self._search, kind)),
            self.api("POST", f"{base}/batch/read", read, partial(self._batch, kind)),
            self.api("GET", base, read, partial(self._list, kind)),
            self.api("GET", f"{base}/{{record}}", read, partial(self._show, kind)),
            self.api("PATCH", f"{base}/{{record}}", write, partial(self._update, kind)),
            self.api("GET", ties, read, partial(self._ties, kind)),
        ]

    def authenticate(self, token: str, scope: str) -> None:
        holder = seed.HUBSPOT_TOKENS.get(token)
        if holder is None:
            raise self.refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if scope not in holder.scopes:
            words = "One or more of the following scopes are required."
            needed = {"message": words, "context": {"requiredGranularScopes": [scope]}}
            raise self.refusal(403, "MISSING_SCOPES", NOT_ALL, errors=[needed])

    async def body(self, request: Request) -> Mapping[str, Any]:
        if (body := await json_object(request)) is None:
            raise self.refusal(400, "VALIDATION_ERROR", "Invalid input JSON: expected an object")
        return body

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        said: dict[str, Any] = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
        if status == 429:
            said |= {"message": "You have reached your ten_secondly_rolling limit.", "errorType": "RATE_LIMIT"}
            return ProblemError(status, {**said, "policyName": "TEN_SECONDLY_ROLLING"})
        return ProblemError(status, {**said, **more, "category": "OBJECT_NOT_FOUND" if status == 404 else code})

    def headers(self) -> Mapping[str, str]:
        return {
            "X-HubSpot-RateLimit-Max": str(self.limit),
            "X-HubSpot-RateLimit-Remaining": str(self.left),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(self.window * 1000),
        }

    def _search(self, kind: str, call: Call) -> Said:
        self._only(call.body, {"filterGroups", "properties", "limit", "after", "sorts"})
        newest = (self.clock() - self.lag).strftime(seeded.STAMP)
        known = [one for one in self._all(kind).values() if not one["archived"] and one["createdAt"] <= newest]
        try:
            found = searching.found(call.body, known)
        except searching.MalformedError as error:
            raise self.refusal(400, "VALIDATION_ERROR", str(error)) from None
        limit, start = int(call.body.get("limit", 10)), int(call.body.get("after", 0))
        shown = [_said(one, call.body.get("properties", [])) for one in found[start : start + limit]]
        return Said({"total": len(found), "results": shown, **_paging(start + limit, len(found))})

    def _batch(self, kind: str, call: Call) -> Said:
        self._only(call.body, {"inputs", "properties", "propertiesWithHistory", "idProperty"})
        names = [str(one.get("id")) for one in call.body.get("inputs", [])]
        past = call.body.get("propertiesWithHistory", [])
        most = BATCH_PAST if past else BATCH
        if not 0 < len(names) <= most:
            raise self.refusal(400, "VALIDATION_ERROR", f"inputs must hold 1 to {most} ids")
        living = {name: one for name, one in self._all(kind).items() if not one["archived"]}
        wanted = [*call.body.get("properties", []), *past]
        shown = [_said(living[name], wanted, past) for name in names if name in living]
        stamp = self.clock().strftime(seeded.STAMP)
        answer: dict[str, Any] = {"status": "COMPLETE", "results": shown, "startedAt": stamp, "completedAt": stamp}
        if call.in_part:
            fault = {"status": "error", "category": "INTERNAL_ERROR", "message": "Something broke", "context": {}}
            return Said({**answer, "results": shown[:-1], "numErrors": 1, "errors": [fault]}, 207)
        if missing := [name for name in names if name not in living]:
            words = f"Could not get some {kind.upper()} objects, they may be deleted or not exist."
            fault = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": words, "context": {"ids": missing}}
            return Said({**answer, "numErrors": 1, "errors": [fault]}, 207)
        return Said(answer)

    def _list(self, kind: str, call: Call) -> Said:
        living = [one for one in self._all(kind).values() if not one["archived"]]
        limit, start = int(call.query.get("limit", 10)), int(call.query.get("after", 0))
        shown = [_said(one, _named(call)) for one in living[start : start + limit]]
        return Said({"results": shown, **_paging(start + limit, len(living))})

    def _show(self, kind: str, call: Call) -> Said:
        record = self._record(kind, call.parts["record"], archived=call.query.get("archived") == "true")
        past = [name for name in call.query.get("propertiesWithHistory", "").split(",") if name]
        kinds = [name for name in call.query.get("associations", "").split(",") if name]
        tied = {other: held for other in kinds if (held := self._tied(kind, record, other))}
        joined = {"associations": tied} if tied else {}
        return Said({**_said(record, [*_named(call), *past], past), **joined})

    def _tied(self, kind: str, record: Mapping[str, Any], other: str) -> dict[str, Any] | None:
        """A record's associations as its own answer brings them, an entry for each type; None where it has none."""
        held = self.state.data["ties"].get(f"{kind}/{record['id']}/{other}", {})
        living = [(name, types) for name, types in held.items() if not self._all(other)[name]["archived"]]
        label = f"{kind.removesuffix('s')}_to_{other.removesuffix('s')}"
        return {"results": [{"id": name, "type": label} for name, types in living for _ in types]} if living else None

    def _update(self, kind: str, call: Call) -> Said:
        record = self._record(kind, call.parts["record"])
        self._only(call.body, {"properties"})
        wanted = self._checked(kind, call.body.get("properties"))
        people.keep(record, wanted, self.clock(), self._program(call))
        return Said(_said(record, list(wanted)))

    def _create_note(self, call: Call) -> Said:
        self._only(call.body, {"properties", "associations"})
        wanted = self._checked("notes", call.body.get("properties"))
        if not wanted.get("hs_timestamp"):
            raise self.refusal(400, "VALIDATION_ERROR", "Error creating NOTE. Some required properties were not set.")
        ties = [self._tie(one) for one in call.body.get("associations", [])]
        record = self._joined("notes", wanted, ties, self.clock(), self._program(call))
        return Said(_said(record, list(wanted)), 201)

    def _joined(
        self,
        kind: str,
        wanted: Mapping[str, str],
        ties: list[tuple[str, str]],
        at: datetime,
        source: Mapping[str, Any],
    ) -> dict[str, Any]:
        """A new record, associated with others; joining moves the date of their last change."""
        self.state.data["last_id"] += 1
        name = str(self.state.data["last_id"])
        record = seeded.add(self.state.data, kind, name, wanted, at, source)
        for other, number in ties:
            seeded.tie(self.state.data, (kind, name), (other, number))
            people.keep(self._record(other, number), {}, at, source)
        return record

    def _program(self, call: Call) -> Mapping[str, Any]:
        return people.program(seed.HUBSPOT_TOKENS[call.token].user)

    def by_hand(self, act: people.Act, at: datetime) -> Mapping[str, Any]:
        """Whom it is about is changed in the order of time, and so are its notes."""
        source = people.source(act)
        if act.note:
            said = {"hs_note_body": act.note.text, "hs_timestamp": at.strftime(seeded.STAMP)}
            about = {"contacts": act.note.contact, "deals": act.note.deal}
            ties = [(kind, self._record(kind, name)["id"]) for kind, name in about.items() if name]
            made = self._joined("notes", self._checked("notes", said), ties, at, source)
        elif act.new:
            ties = [("companies", self._record("companies", act.new.company)["id"])]
            made = self._joined("deals", self._checked("deals", act.new.properties), ties, at, source)
        else:
            made = self._record("deals", str(act.deal))
            if at < datetime.fromisoformat(made["updatedAt"]):
                raise self.refusal(400, "VALIDATION_ERROR", f"The deal was last changed at {made['updatedAt']}.")
            people.keep(made, self._checked("deals", act.properties), at, source)
        return _said(made, list(made["properties"]))

    def _tie(self, asked: Mapping[str, Any]) -> tuple[str, str]:
        """Which record a new note is to join, by the type of the association."""
        [named] = asked.get("types") or [{}]
        kinds = {there: far for (near, far), (there, _) in seeded.TIES.items() if near == "notes"}
        kind = kinds.get(named.get("associationTypeId", 0))
        if kind is None or named.get("associationCategory") != "HUBSPOT_DEFINED":
            raise self.refusal(400, "VALIDATION_ERROR", f"{named} is no type of association from NOTE")
        return kind, str(self._record(kind, str(asked.get("to", {}).get("id")))["id"])

    def _archive_note(self, call: Call) -> Said:
        record = self._all("notes").get(call.parts["record"])
        if record and not record["archived"]:
            record |= {"archived": True, "archivedAt": self.clock().strftime(seeded.STAMP)}
        return Said(None, 204)  # HubSpot says the same of one that is gone already

    def _ties(self, kind: str, call: Call) -> Said:
        other = call.parts["other"]
        record = self._record(kind, call.parts["record"])
        held = self.state.data["ties"].get(f"{kind}/{record['id']}/{other}", {})
        living = [(name, types) for name, types in held.items() if not self._all(other)[name]["archived"]]
        limit, start = min(int(call.query.get("limit", PAGE)), self.batch), int(call.query.get("after", 0))
        shown = [{"toObjectId": int(name), "associationTypes": types} for name, types in living[start : start + limit]]
        return Said({"results": shown, **_paging(start + limit, len(living))})

    def _property(self, call: Call) -> Said:
        name = call.parts["name"]
        if name not in KNOWN["notes"]:
            raise self.refusal(404, "", f"Property '{name}' does not exist")
        return Said({"name": name, "label": name, "type": "string", "fieldType": "text", "groupName": "engagement"})

    def _owners(self, call: Call) -> Said:
        limit, start = int(call.query.get("limit", 100)), int(call.query.get("after", 0))
        listed = list(self.state.data["owners"].values())
        return Said({"results": listed[start : start + limit], **_paging(start + limit, len(listed))})

    def _owner(self, call: Call) -> Said:
        found = self.state.data["owners"].get(call.parts["owner"])
        if found is None:
            raise self.refusal(404, "", f"Owner with id {call.parts['owner']} not found")
        return Said(found)

    def _pipelines(self, _: Call) -> Said:
        def shown(stages: tuple[tuple[str, str, bool], ...]) -> list[dict[str, Any]]:
            return [
                {"id": name, "label": label, "displayOrder": n, "metadata": {"isClosed": str(closed).lower()}}
                for n, (name, label, closed) in enumerate(stages)
            ]

        listed = [
            {"id": name, "label": label, "displayOrder": n, "stages": shown(stages), "archived": False}
            for n, (name, (label, stages)) in enumerate(seeded.PIPELINES.items())
        ]
        return Said({"results": listed})

    def _account(self, _: Call) -> Said:
        said = {"portalId": 4_711_815, "accountType": "DEVELOPER_TEST", "utcOffset": "+00:00"}
        said |= {"timeZone": self.state.data.get("zone", "Etc/UTC")}
        said |= {"utcOffsetMilliseconds": 0, "companyCurrency": "USD", "additionalCurrencies": ["EUR", "GBP"]}
        return Said(said | {"uiDomain": "app.hubspot.com", "dataHostingLocation": "na1"})

    def _all(self, kind: str) -> dict[str, Any]:
        known: Mapping[str, dict[str, Any]] = self.state.data["objects"]
        if kind not in known:
            raise self.refusal(400, "VALIDATION_ERROR", f"Unable to infer object type from: {kind}")
        return known[kind]

    def _record(self, kind: str, name: str, *, archived: bool = False) -> dict[str, Any]:
        record: dict[str, Any] | None = self._all(kind).get(name)
        if record is None or record["archived"] != archived:
            raise self.refusal(404, "", f"Object not found.  objectId={name}")
        return record

    def _checked(self, kind: str, properties: object) -> dict[str, str]:
        if not isinstance(properties, dict):
            raise self.refusal(400, "VALIDATION_ERROR", "properties must be an object")
        if wrong := faults(kind, properties):
            raise self.refusal(400, "VALIDATION_ERROR", f"Property values were not valid: {json.dumps(wrong)}")
        return properties

    def _only(self, body: Mapping[str, Any], known: set[str]) -> None:
        if unknown := set(body) - known:
            raise self.refusal(400, "VALIDATION_ERROR", f"Unknown fields: {', '.join(sorted(unknown))}")


def _named(call: Call) -> list[str]:
    return [name for name in call.query.get("properties", "").split(",") if name]


def _said(record: Mapping[str, Any], wanted: list[str], past: Sequence[str] = ()) -> dict[str, Any]:
    """A record as HubSpot sends it: what was asked for, null where it holds nothing, and always its id and dates."""
    always = ("hs_object_id", "hs_createdate", "hs_lastmodifieddate")
    held = record["properties"]
    asked = [name for name in wanted if name in held or any(name in known for known in KNOWN.values())]
    shown = {name: held.get(name) for name in dict.fromkeys((*always, *asked))}
    rest = {name: record[name] for name in ("createdAt", "updatedAt", "archived", "archivedAt") if name in record}
    lines = {name: record["history"][name][: -KEPT - 1 : -1] for name in past if name in record["history"]}
    history = {"propertiesWithHistory": lines} if past else {}
    return {"id": record["id"], "properties": shown, **history, **rest}


def _paging(end: int, total: int) -> dict[str, Any]:
    return {"paging": {"next": {"after": str(end), "link": f"?after={end}"}}} if end < total else {}
