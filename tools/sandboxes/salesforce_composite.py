"""Several requests in one: the Composite resource (REST API Developer Guide, v62.0, "Composite").

With `allOrNone` the first error takes everything back: it keeps its own words, all others say PROCESSING_HALTED. What
would be asked by one request referring to another's answer (`@{…}`) is not served here.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tools.sandboxes.salesforce_rows import problem
from tools.sandboxes.salesforce_schema import DATA
from tools.sandboxes.twin import Call, ProblemError, Said

MOST = 25  # requests in one
FIELDS = frozenset({"allOrNone", "collateSubrequests", "compositeRequest"})
PART = frozenset({"method", "url", "referenceId", "body", "httpHeaders"})
INHERITED = frozenset({"accept", "authorization", "content-type"})  # headers of the whole, not of a part
HALTED = "The transaction was rolled back since another operation in the same transaction failed."

Perform = Callable[[Mapping[str, Any]], Said]


def composite(call: Call, data: dict[str, Any], perform: Perform) -> Said:
    """Perform each request of `call` with `perform`, on `data`, which is put back as it was where it has to be."""
    parts = _parts(call.body)
    all_or_none = bool(call.body.get("allOrNone", False))
    before = json.dumps(data)
    results: list[dict[str, Any]] = []
    for part in parts:
        result = _result(part, _locked if call.in_part and part is parts[-1] else perform)
        results.append(result)
        if all_or_none and not 200 <= result["httpStatusCode"] < 300:
            data.clear()
            data.update(json.loads(before))
            halted = [{"errorCode": "PROCESSING_HALTED", "message": HALTED}]
            failed = result["referenceId"]
            results = [
                result if one["referenceId"] == failed else _answer(one["referenceId"], halted, 400) for one in parts
            ]
            break
    return Said({"compositeResponse": results})


def _locked(_: Mapping[str, Any]) -> Said:
    raise problem(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")


def _result(part: Mapping[str, Any], perform: Perform) -> dict[str, Any]:
    try:
        said = perform(part)
    except ProblemError as error:
        return _answer(part["referenceId"], error.body, error.status)
    return _answer(part["referenceId"], said.body, said.status)


def _answer(reference: str, body: Any, status: int) -> dict[str, Any]:
    return {"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": reference}


def _parts(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The requests, each whole; 400 for the lot where one of them is not well formed."""
    parts = body.get("compositeRequest")
    if set(body) - FIELDS or not isinstance(parts, list) or not parts:
        raise problem(400, "JSON_PARSER_ERROR", "The request body is no composite request")
    if len(parts) > MOST:
        raise problem(400, "LIMIT_EXCEEDED", f"The composite request can contain at most {MOST} subrequests")
    names = [part.get("referenceId") for part in parts if isinstance(part, dict)]
    if len(set(names)) != len(parts) or not all(re.fullmatch(r"\w+", str(name), re.ASCII) for name in names):
        raise problem(400, "JSON_PARSER_ERROR", "Each subrequest has a referenceId of its own")
    for part in parts:
        headers = {name.casefold() for name in part.get("httpHeaders", {})}
        known = not set(part) - PART and {"method", "url"} <= set(part) and not headers & INHERITED
        if not known or not str(part["url"]).startswith(f"{DATA}/"):
            raise problem(400, "JSON_PARSER_ERROR", f"Subrequest {part['referenceId']} is not well formed")
    return parts
