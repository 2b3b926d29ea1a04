"""The records of the made-up Salesforce: found, changed, deleted, each under a user and with its history.

Rules follow the REST API Developer Guide, v62.0: "sObject Rows", "sObject Rows by External ID", "Conditional Request
Headers", and the status codes of the Object Reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tools.sandboxes import salesforce_seed as seed
from tools.sandboxes.salesforce_schema import DATA, MARK, TRACKED, Column, Kind
from tools.sandboxes.twin import Clock, ProblemError

Row = dict[str, Any]


def problem(status: int, code: str, message: str, **more: Any) -> ProblemError:
    """Errors come as a list, each with its code, its words and sometimes the fields."""
    return ProblemError(status, [{"message": message, "errorCode": code, **more}])


@dataclass(frozen=True)
class Rows:
    """`data` is the sandbox's state and is changed in place."""

    data: dict[str, Any]
    clock: Clock

    def find(self, kind: str, name: str) -> Row:
        """A record by its id of 15 or 18 characters; one in the recycle bin is gone."""
        for row in self.data[kind].values():
            if name in {row["Id"], row["Id"][:15]}:
                if row["IsDeleted"]:
                    raise problem(404, "ENTITY_IS_DELETED", "entity is deleted", fields=[])
                return dict(row)
        raise problem(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")

    def by_mark(self, mark: str) -> Row | None:
        """The activity with that external id. Several are answered with 300 and where they are."""
        found = [row for row in self.data["Task"].values() if row[MARK] == mark and not row["IsDeleted"]]
        if len(found) > 1:
            raise ProblemError(300, [f"{DATA}/sobjects/Task/{row['Id']}" for row in found])
        return dict(found[0]) if found else None

    def update(self, deal: Row, fields: Mapping[str, Any], by: int) -> None:
        """Set fields of an opportunity and keep what stood there; raises the vendor's 400."""
        self._not_locked(deal["Id"])
        after = {**deal, **fields}
        if after["StageName"] == "Closed Won" and after["Amount"] is None:
            words = "A deal is won only with an amount."  # a validation rule of this organisation
            raise problem(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", words, fields=["Amount"])
        now = self.clock()
        for name in TRACKED:
            if deal[name] != after[name]:
                entry = seed.change(self.data, deal["Id"], name, (deal[name], after[name]))
                entry |= seed.made(seed.user(self.data, by), now)
                seed.put(self.data, "OpportunityFieldHistory", entry)
        after |= {"IsClosed": after["StageName"].startswith("Closed"), "LastModifiedById": seed.identifier("User", by)}
        seed.put(self.data, "Opportunity", {**after, **_stamps(now)})

    def log(self, mark: str, fields: Mapping[str, Any], by: int) -> tuple[str, bool]:
        """Write an activity under its external id; its id, and whether it is a new one."""
        before = self.by_mark(mark)
        now = self.clock()
        if before is not None:
            self._not_locked(before["Id"])
            seed.put(self.data, "Task", {**before, **fields, **_stamps(now)})
            return before["Id"], False
        return self.add({**fields, MARK: mark}, by), True

    def add(self, fields: Mapping[str, Any], by: int) -> str:
        """A new activity on an opportunity; its id."""
        what = str(fields.get("WhatId") or "")
        deal = next((row for row in self.data["Opportunity"].values() if what in {row["Id"], row["Id"][:15]}), None)
        if deal is None or deal["IsDeleted"]:
            raise problem(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=["WhatId"])
        name = self._free("Task")
        content = {**fields, "WhatId": deal["Id"]}
        seed.put(self.data, "Task", seed.task(name, deal, content, seed.user(self.data, by), self.clock()))
        return name

    def copy(self, mark: str) -> str:
        """A second activity with that external id."""
        row = self.by_mark(mark)
        name = self._free("Task")
        seed.put(self.data, "Task", {**(row or {}), "Id": name})
        return name

    def delete(self, kind: str, name: str) -> None:
        """Into the recycle bin."""
        row = self.find(kind, name)
        self._not_locked(row["Id"])
        self.data[kind][row["Id"]] |= {"IsDeleted": True, **_stamps(self.clock())}

    def _free(self, kind: str) -> str:
        """An id that no record has; some of the first day's have numbers far from the others."""
        number = len(self.data[kind]) + 1
        while seed.identifier(kind, number) in self.data[kind]:
            number += 1
        return seed.identifier(kind, number)

    def _not_locked(self, name: str) -> None:
        """A lock set from outside holds for so many tries, as another's transaction would for a moment."""
        left = self.data["locks"].get(name, 0)
        if left:
            self.data["locks"][name] = left - 1
            raise problem(400, "UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record: {name}")


def _stamps(now: datetime) -> Row:
    return {"LastModifiedDate": seed.moment(now), "SystemModstamp": seed.moment(now)}


def check(kind: Kind, fields: Mapping[str, Any], may_set: Mapping[str, bool], *, new: bool) -> None:
    """Refuse unknown fields, those that may not be set, and values that do not fit, as Salesforce does."""
    for name, value in fields.items():
        column = kind.column(name)
        if column is None:
            words = f"No such column '{name}' on sobject of type {kind.name}"
            raise problem(400, "INVALID_FIELD", words)
        if column.external:
            words = f"The {name} field should not be specified in the sobject data."
            raise problem(400, "INVALID_FIELD", words, fields=[name])
        if not (column.create if new else column.update) or not may_set[name]:
            words = f"Unable to create/update fields: {name}. Please check the security settings of this field."
            raise problem(400, "INVALID_FIELD_FOR_INSERT_UPDATE", words, fields=[name])
        _fits(column, value)


def _fits(column: Column, value: Any) -> None:
    named = {"fields": [column.name]}
    if value is None or value == "":
        if not column.nillable:
            raise problem(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{column.name}]", **named)
    elif column.type == "date":
        try:
            date.fromisoformat(value)
        except (ValueError, TypeError):
            words = f"Cannot deserialize instance of date from VALUE_STRING value {value}"
            raise problem(400, "JSON_PARSER_ERROR", words) from None
    elif not isinstance(value, str):
        raise problem(400, "JSON_PARSER_ERROR", f"Cannot deserialize {column.name} from value {value}")
    elif column.length and len(value) > column.length:
        words = f"{column.label}: data value too large (max length={column.length})"
        raise problem(400, "STRING_TOO_LONG", words, **named)
    elif column.values and value not in column.values:
        words = f"{column.label}: bad value for restricted picklist field: {value}"
        raise problem(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, **named)


def unmodified(row: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """412 where the record has changed since `If-Unmodified-Since`, in whole seconds; 400 where that is no date.

    If-Match has an effect on accounts alone.
    """
    since = headers.get("if-unmodified-since")
    if since is None:
        return
    try:
        limit = parsedate_to_datetime(since)
    except ValueError:
        raise problem(400, "INVALID_HEADER", f"Invalid value for If-Unmodified-Since: {since}") from None
    changed = datetime.strptime(row["LastModifiedDate"], "%Y-%m-%dT%H:%M:%S.000%z")
    if changed > limit.replace(tzinfo=limit.tzinfo or UTC):
        raise ProblemError(412, [])
