"""As much of HubSpot's search as is worth having here: filters EQ, IN, GT, GTE and CONTAINS_TOKEN; in a group all must
hold, of the groups one ("Search the CRM"). Text compares without regard to case. Anything else is a `MalformedError`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

MOST = 200  # records an answer
BY_ID = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
GROUPS, FILTERS = 5, 6  # groups a search, filters a group


class MalformedError(ValueError):
    """The search is none; its words are for the error answer."""


def found(body: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records that fit, in the order of their ids."""
    groups = [group.get("filters", []) for group in body.get("filterGroups", [])]
    if len(groups) > GROUPS or any(len(filters) > FILTERS for filters in groups):
        raise MalformedError(f"at most {GROUPS} filterGroups of {FILTERS} filters each")
    if not 0 < int(body.get("limit", 10)) <= MOST:
        raise MalformedError(f"limit must be between 1 and {MOST}")
    if body.get("sorts") not in (None, [], BY_ID):
        raise MalformedError("the sandbox sorts by hs_object_id, ascending, and by nothing else")
    fitting = [one for one in records if not groups or any(_all(filters, one["properties"]) for filters in groups)]
    return sorted(fitting, key=lambda record: int(record["id"]))


def _all(filters: list[Mapping[str, Any]], properties: Mapping[str, str | None]) -> bool:
    return all(_holds(one, (properties.get(str(one.get("propertyName"))) or "").casefold()) for one in filters)


def _holds(asked: Mapping[str, Any], held: str) -> bool:
    match asked:
        case {"propertyName": str(), "operator": "EQ", "value": str(value), **rest} if not rest:
            return held == value.casefold()
        case {"propertyName": str(), "operator": "GTE" | "GT" as sign, "value": str(value), **rest} if not rest:
            if not held:
                return False
            return _number(held) >= _number(value) if sign == "GTE" else _number(held) > _number(value)
        case {"propertyName": str(), "operator": "IN", "values": list(values), **rest} if not rest:
            return held in {str(value).casefold() for value in values}
        case {"propertyName": str(), "operator": "CONTAINS_TOKEN", "value": str(value), **rest} if not rest:
            words = _words(held)
            return all(word in words for word in _words(value.casefold()))
        case _:
            raise MalformedError(f"filter {dict(asked)} is not valid")


def _number(text: str) -> float:
    """A number, or a moment in milliseconds since 1970, as HubSpot compares dates."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.upper()).timestamp() * 1000
    except ValueError:
        raise MalformedError(f"{text!r} is no number and no date") from None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
