"""Activities of an opportunity: log one, delete one of ours.

An activity is upserted by our key in `Lanekeeper_Key__c` ("sObject Rows by External ID"): sent twice it is one. An
external ID need not be unique, so two requests at the very same moment may leave two; Salesforce then answers 300, and
a person looks.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from tools.contract import (
    Change,
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
    Unavailable,
    Uncertain,
    Undo,
    Wire,
    WriteTool,
)
from tools.evidence import clamp
from tools.salesforce.answers import DATA, Asker, Named, OpportunityId, TaskId, link, same
from tools.salesforce.deals import owner, record
from tools.salesforce.soql import literal, query, select
from tools.values import Day
from tools.wire import Answer, understand

MARK = "Lanekeeper_Key__c"
FIELDS = f"Id,WhatId,AccountId,Subject,Description,Status,ActivityDate,SystemModstamp,{MARK}"
DONE, OPEN = "Completed", "Not Started"

Subject = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(max_length=8000, description="The activity in full; may be empty")]


class TaskRow(Answer):
    Id: str
    WhatId: str | None
    AccountId: str | None
    Subject: str | None
    Description: str | None
    Status: str
    ActivityDate: str | None
    SystemModstamp: str
    Lanekeeper_Key__c: str | None


class _Upserted(Answer):
    id: str
    success: Literal[True]


class _Twin(Answer):
    """An activity of the same subject."""

    Id: str
    CreatedDate: str
    CreatedBy: Named


class _Bin(Answer):
    Id: str
    IsDeleted: bool


class LogTaskArguments(Frozen):
    opportunity: Routes[Internal[OpportunityId]]
    subject: FreeText[Subject]
    text: FreeText[Text] = ""
    due: Annotated[
        Internal[Day], Field(description="ISO date: something to be done until then. Empty: something that was done")
    ] = ""

    @field_validator("subject", "text")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return plain(value)


class Logged(Frozen):
    task: Internal[str]
    opportunity: Internal[str]
    subject: FreeText[str]
    text: FreeText[str]
    due: Internal[str]
    status: Internal[str]


def marked(wire: Wire, key: str, tool: Asker) -> TaskRow | None:
    """The activity that was logged under `key`; None when there is none. Raises `Refused` AMBIGUOUS for several."""
    try:
        answer = wire.call("GET", by_mark(key), query={"fields": FIELDS}, timeout=tool.timeout)
    except Refused as refused:
        if refused.code == "NOT_FOUND":
            return None
        raise
    return understand(TaskRow, answer, tool.name)


def by_mark(key: str) -> str:
    return f"{DATA}/sobjects/Task/{MARK}/{key}"


def content(opportunity: str, subject: str, text: str, due: str = "") -> dict[str, str | None]:
    """What an upsert sets."""
    return {
        "WhatId": opportunity,
        "Subject": subject,
        "Description": text or None,
        "ActivityDate": due or None,
        "Status": OPEN if due else DONE,
    }


def upserted(answer: Any, tool: Asker) -> str:
    """The id of the activity that an upsert wrote."""
    return understand(_Upserted, answer, tool.name, changes=True).id


def plain(text: str) -> str:
    """As Salesforce gives it back: no blanks around it, one kind of line end."""
    return text.replace("\r\n", "\n").strip()


def _logged(row: TaskRow) -> Logged:
    return Logged(
        task=row.Id,
        opportunity=row.WhatId or "",
        subject=plain(row.Subject or ""),
        text=plain(row.Description or ""),
        due=row.ActivityDate or "",
        status=row.Status,
    )


class LogTask(WriteTool[LogTaskArguments, Logged]):
    name = "salesforce.log_task"
    summary = "Log an activity on a Salesforce opportunity: what was done, or what is to be done until a date."
    arguments = LogTaskArguments
    result = Logged
    scopes: ClassVar = frozenset({"salesforce:opportunities.read", "salesforce:tasks.write"})
    example: ClassVar = {
        "opportunity": "006Sb00000001AAAAA",
        "subject": "Renewal terms agreed",
        "text": "Dana agreed to three years; the quote follows.",
    }
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "task"
    undo_within = timedelta(days=7)  # later it is part of the account's history, and others have built on it

    def look(self, wire: Wire, arguments: LogTaskArguments) -> Target:
        found = record(wire, arguments.opportunity, self)
        return Target(
            ref=f"salesforce.opportunity {found.Id}",
            url=link(wire, "Opportunity", found.Id),
            pinned={"name": found.Name, "account": found.AccountId},
            already=self._already(wire, found.Id, arguments.subject),
        )

    def _already(self, wire: Wire, opportunity: str, subject: str) -> tuple[Evidence, ...]:
        where = f"WhatId = {literal(opportunity)} AND Subject = {literal(subject)}"
        soql = select("Id, CreatedDate, CreatedBy.Name", "Task", where, "CreatedDate DESC", 1)
        return tuple(
            Evidence(
                label=f"{one.CreatedBy.Name} logged this {one.CreatedDate[:10]}",
                quote=clamp(subject),
                url=link(wire, "Task", one.Id),
            )
            for one in query(wire, soql, _Twin, self)
        )

    def preview(self, arguments: LogTaskArguments, target: Target) -> Preview:
        kind = f"a task due {arguments.due}" if arguments.due else "an activity"
        return Preview(
            sentence=f"Log {kind} on {target.pinned['name']}",
            body="\n\n".join(part for part in (arguments.subject, arguments.text) if part),
        )

    def stake(self, arguments: LogTaskArguments, target: Target) -> Stake:
        account = target.pinned["account"]
        return Stake(customer=str(account) if account else None)

    def owner(self, wire: Wire, arguments: LogTaskArguments) -> str:
        return owner(wire, arguments.opportunity, self)

    def business_key(self, arguments: LogTaskArguments) -> str:
        return f"log {arguments.opportunity} {arguments.subject}"

    def undo(self, arguments: LogTaskArguments, target: Target, result: Logged | None) -> Undo | None:
        """Without the answer nobody knows which activity it is."""
        return None if result is None else Undo(tool=DeleteTask.name, arguments={"task": result.task})

    def write(self, wire: Wire, arguments: LogTaskArguments, key: str) -> Logged:
        """Created or updated under our key; what stands there is read right after."""
        sent = content(arguments.opportunity, arguments.subject, arguments.text, arguments.due)
        upserted(wire.call("PATCH", by_mark(key), json=sent, timeout=self.timeout, changes=True), self)
        try:
            found = self.read_back(wire, arguments, key)
        except (Refused, Unavailable) as error:
            raise Uncertain(error.code, f"the activity was taken, it cannot be read: {error.message}") from error
        if found is None:
            raise Uncertain("NOT_SEEN", "the activity was taken and cannot be found")
        return found

    def read_back(self, wire: Wire, arguments: LogTaskArguments, key: str) -> Logged | None:
        row = marked(wire, key, self)
        return None if row is None else _logged(row)

    def holds(self, arguments: LogTaskArguments, result: Logged) -> bool:
        said = (result.subject, result.text, result.due)
        return same(result.opportunity, arguments.opportunity) and said == (
            arguments.subject,
            arguments.text,
            arguments.due,
        )


class DeleteTaskArguments(Frozen):
    task: Routes[Internal[TaskId]]


class Deleted(Frozen):
    task: Internal[str]
    deleted: Internal[bool]


class DeleteTask(WriteTool[DeleteTaskArguments, Deleted]):
    """Deletes only what bears our mark. The recycle bin keeps it for 15 days."""

    name = "salesforce.delete_task"
    summary = "Delete an activity that Lanekeeper itself has logged in Salesforce."
    arguments = DeleteTaskArguments
    result = Deleted
    scopes: ClassVar = frozenset({"salesforce:tasks.write"})
    example: ClassVar = {"task": "00TSb00000900AAAAA"}
    retry = Retry.NATURAL_KEY
    risk = Risk.LOW
    noun = "deletion"
    missing: ClassVar = {"undo": "the REST API takes nothing out of the recycle bin; a person can, for 15 days"}

    def look(self, wire: Wire, arguments: DeleteTaskArguments) -> Target:
        path = f"{DATA}/sobjects/Task/{arguments.task}"
        answer = wire.call("GET", path, query={"fields": FIELDS}, timeout=self.timeout)
        found = understand(TaskRow, answer, self.name)
        if not found.Lanekeeper_Key__c:
            raise Refused("NOT_OURS", f"activity {arguments.task} was not logged by Lanekeeper")
        return Target(
            ref=f"salesforce.task {found.Id}",
            url=link(wire, "Task", found.Id),
            pinned={"modified": found.SystemModstamp, "mark": found.Lanekeeper_Key__c},
            seen={"subject": found.Subject, "text": found.Description, "account": found.AccountId},
        )

    def preview(self, arguments: DeleteTaskArguments, target: Target) -> Preview:
        said = " — ".join(str(target.seen[name]) for name in ("subject", "text") if target.seen[name])
        return Preview(
            sentence=f"Delete activity {arguments.task}, which Lanekeeper logged",
            changes=(Change(field="Activity", before=clamp(said), after=""),),
        )

    def stake(self, arguments: DeleteTaskArguments, target: Target) -> Stake:
        account = target.seen["account"]
        return Stake(customer=str(account) if account else None)

    def business_key(self, arguments: DeleteTaskArguments) -> str:
        return f"delete {arguments.task}"

    def write(self, wire: Wire, arguments: DeleteTaskArguments, key: str) -> Deleted:
        """Answered with 204; what is in the recycle bin already is deleted."""
        try:
            wire.call("DELETE", f"{DATA}/sobjects/Task/{arguments.task}", timeout=self.timeout, changes=True)
        except Refused as refused:
            if refused.code != "GONE":
                raise
        return Deleted(task=arguments.task, deleted=True)

    def read_back(self, wire: Wire, arguments: DeleteTaskArguments, key: str) -> Deleted | None:
        """Looked for in the recycle bin as well: what is nowhere may be hidden from us as well as gone."""
        soql = select("Id, IsDeleted", "Task", f"Id = {literal(arguments.task)}", "Id", 1)
        found = query(wire, soql, _Bin, self, deleted=True)
        if not found:
            raise Unavailable("NOT_SEEN", f"activity {arguments.task} is neither among the records nor in the bin")
        return Deleted(task=arguments.task, deleted=True) if found[0].IsDeleted else None

    def holds(self, arguments: DeleteTaskArguments, result: Deleted) -> bool:
        return result.deleted
