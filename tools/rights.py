"""What a credential may do, found by asking for things that cannot be: a right that is missing is refused first.

Each request reads next to nothing, or names a record that no account has, so that nothing is written whoever asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tools.contract import Refused, Wire

TIMEOUT = timedelta(seconds=10)
_DATA = "/services/data/v62.0"


@dataclass(frozen=True)
class Question:
    """A request that is refused with "no right" where a scope's right is missing, and otherwise does no harm."""

    right: str  # "read charges"
    method: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    json: object | None = None
    form: Mapping[str, str | int] | None = None


_TICKET_0 = Question("change tickets", "PUT", "/api/v2/tickets/0.json", json={"ticket": {}})

QUESTIONS: Mapping[str, Question] = {
    "zendesk:tickets.read": Question(
        "read tickets", "GET", "/api/v2/search.json", {"query": "type:ticket requester:nobody@lanekeeper.invalid"}
    ),
    "zendesk:tickets.reply": _TICKET_0,
    "zendesk:tickets.status": _TICKET_0,
    "stripe:charges.read": Question("read charges", "GET", "/v1/charges", {"limit": 1}),
    "stripe:refunds.write": Question("make refunds", "POST", "/v1/refunds", form={"charge": "ch_0"}),
    "salesforce:opportunities.read": Question(
        "read opportunities", "GET", f"{_DATA}/query", {"q": "SELECT Id FROM Opportunity LIMIT 1"}
    ),
    "salesforce:opportunities.write": Question(
        "change opportunities", "PATCH", f"{_DATA}/sobjects/Opportunity/006000000000000AAA", json={"NextStep": ""}
    ),
}


def shortfalls(wire: Wire, scopes: frozenset[str]) -> tuple[str, ...]:
    """What of `scopes` the wire's credential does not hold, a sentence each; a scope without a question is not asked
    about. Raises `Refused` ("WRONG_CREDENTIAL", or where this is not the vendor's API) and `Unavailable`.
    """
    asked = {question.right: question for scope in sorted(scopes) if (question := QUESTIONS.get(scope))}
    return tuple(
        f"the credential has no right to {question.right}" for question in asked.values() if not _held(wire, question)
    )


def _held(wire: Wire, question: Question) -> bool:
    try:
        wire.call(
            question.method, question.path, query=question.query or None, json=question.json, form=question.form,
            timeout=TIMEOUT,
        )  # fmt: skip
    except Refused as refused:
        if refused.code == "NO_RIGHT":
            return False
        if question.method == "GET" or refused.code in {"WRONG_CREDENTIAL", "REDIRECTED"}:
            raise  # a read finds something, or it was not the vendor's API that was asked
    return True
