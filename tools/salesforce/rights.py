"""What a credential lacks of the rights its lane was given, as Salesforce itself describes it. Nothing is written."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tools.contract import Refused, Wire
from tools.salesforce.answers import DATA
from tools.salesforce.deals import FIELD_OF, WORD_FOR
from tools.salesforce.describe import Described, describe, me
from tools.salesforce.tasks import MARK
from tools.wire import Answer, understand

LEAST_LEFT = 0.05  # of a day's requests; with fewer, a lane may stop in the middle of a day

TASK_FIELDS = ("WhatId", "Subject", "Description", "ActivityDate", "Status")


@dataclass(frozen=True)
class _Asker:
    name: str = "salesforce"
    timeout: timedelta = timedelta(seconds=10)  # as a tool's


class _Requests(Answer):
    Max: int
    Remaining: int


class _Limits(Answer):
    DailyApiRequests: _Requests


def shortfalls(wire: Wire, scopes: Collection[str]) -> tuple[str, ...]:
    """What of `scopes` this credential does not hold, and what else a lane would stumble over, a sentence each.

    Raises `Refused` WRONG_CREDENTIAL for a credential that Salesforce does not know, and `Unavailable`.
    """
    day = understand(_Limits, wire.call("GET", f"{DATA}/limits", timeout=_ASKER.timeout), _ASKER.name).DailyApiRequests
    found = [sentence for scope in sorted(scopes) for sentence in _lacking(wire, scope)]
    if day.Remaining < LEAST_LEFT * day.Max:
        found.append(f"Salesforce answers {day.Remaining} more requests within these 24 hours, of {day.Max} a day.")
    return tuple(dict.fromkeys(found))


def account(wire: Wire) -> str:
    """The id of the user whose name stands on what this credential writes."""
    return me(wire, _ASKER).user_id


def _lacking(wire: Wire, scope: str) -> Iterator[str]:
    right, _, field = scope.partition(".write.")
    right = f"{right}.write" if field else right
    if right not in _CHECKS or (field and (right != "salesforce:opportunities.write" or field not in FIELD_OF)):
        yield f"{scope} is no right that a Salesforce tool asks for."
        return
    kinds, lacks = _CHECKS[right]
    for kind in kinds:
        try:
            described = describe(wire, kind, _ASKER)
        except Refused as refused:
            if refused.code not in {"NOT_FOUND", "NO_RIGHT"}:
                raise
            yield f"Salesforce does not show {kind} records to this credential ({scope})."
            continue
        yield from (f"{words} ({scope})." for words in lacks(described, field))


def _reads(described: Described, _: str) -> Iterator[str]:
    if not described.queryable:
        yield f"Salesforce lets this credential query no {described.name} records"


def _sets(described: Described, field: str) -> Iterator[str]:
    for name in (field,) if field else FIELD_OF:
        column = described.field(FIELD_OF[name])
        if column is None or not column.updateable:
            yield f"Salesforce lets this credential not set the {WORD_FOR[name]} of an opportunity"


def _logs(described: Described, _: str) -> Iterator[str]:
    if not (described.createable and described.deletable):
        yield "Salesforce lets this credential not create and delete activities"
    fields = {field.name: field for field in described.fields}
    kept = [name for name in TASK_FIELDS if name not in fields or not fields[name].createable]
    if kept:
        yield f"Salesforce lets this credential not set {', '.join(kept)} of an activity"
    if MARK not in fields or not fields[MARK].externalId:
        yield f"Activities have no field {MARK} marked as external ID that this credential sees"
    elif not fields[MARK].createable:
        yield f"Salesforce lets this credential not set {MARK} of an activity"


def _tells_ours(described: Described, field: str) -> Iterator[str]:
    yield from _reads(described, field)
    if described.field(MARK) is None:
        yield f"Activities have no field {MARK} that this credential sees"


_ASKER = _Asker()
_Lacks = Callable[[Described, str], Iterator[str]]
_CHECKS: Mapping[str, tuple[tuple[str, ...], _Lacks]] = {
    "salesforce:opportunities.read": (("Account", "Opportunity", "Task"), _reads),
    "salesforce:opportunities.write": (("Opportunity",), _sets),
    "salesforce:contacts.read": (("Account", "Contact", "OpportunityContactRole"), _reads),
    "salesforce:history.read": (("OpportunityFieldHistory",), _reads),
    "salesforce:activities.read": (("Task",), _tells_ours),
    "salesforce:tasks.write": (("Task",), _logs),
}
