"""People at work in Salesforce's own pages: they change opportunities and log what they did."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.sandboxes import twin
from tools.sandboxes.salesforce_people import USERS
from tools.sandboxes.salesforce_rows import Rows, problem
from tools.sandboxes.salesforce_schema import STAGES
from tools.sandboxes.salesforce_seed import moment


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fields(_Part):
    """What is not given stays as it is; an empty next step is none."""

    StageName: str | None = None
    NextStep: Annotated[str, Field(max_length=255)] | None = None
    CloseDate: date | None = None
    Amount: Annotated[int, Field(ge=0)] | None = None  # whole units of the opportunity's currency

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.StageName is not None and self.StageName not in STAGES:
            raise ValueError(f"StageName is one of {', '.join(STAGES)}")
        return self


class Logged(_Part):
    subject: Annotated[str, Field(min_length=1, max_length=255)]
    text: str = ""
    due: date | None = None


class Act(twin.Act):
    by: int
    opportunity: str
    fields: Fields | None = None
    log: Logged | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.fields is None) == (self.log is None):
            raise ValueError("give fields or an activity, one of the two")
        return self


def done(data: dict[str, Any], act: Act, at: datetime) -> Mapping[str, Any]:
    if act.by not in USERS:
        raise problem(400, "INVALID_CROSS_REFERENCE_KEY", f"there is no user {act.by}", fields=["CreatedById"])
    rows = Rows(data, lambda: at)
    deal = rows.find("Opportunity", act.opportunity)
    if act.log is not None:
        content = {"WhatId": deal["Id"], "Subject": act.log.subject, "Description": act.log.text or None}
        due = {"ActivityDate": act.log.due.isoformat(), "Status": "Not Started"} if act.log.due else {}
        return {"task": rows.add({**content, **due}, act.by)}
    if moment(at) < deal["LastModifiedDate"]:
        words = f"the opportunity was last changed at {deal['LastModifiedDate']}; a history is told in its order"
        raise problem(400, "FIELD_INTEGRITY_EXCEPTION", words, fields=["LastModifiedDate"])
    given = act.fields.model_dump(mode="json", exclude_none=True) if act.fields else {}
    rows.update(deal, {name: None if value == "" else value for name, value in given.items()}, act.by)
    return {"opportunity": deal["Id"]}
