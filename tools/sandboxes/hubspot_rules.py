"""Which properties HubSpot's objects have, and which values it takes for them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tools.sandboxes.hubspot_seed import PIPELINES

LONGEST_NOTE = 65_536  # characters of a note's body
READ_ONLY = frozenset({"hs_object_id", "hs_createdate", "hs_lastmodifieddate"})
KNOWN: Mapping[str, frozenset[str]] = {
    "contacts": READ_ONLY | {"firstname", "lastname", "email", "jobtitle"},
    "companies": READ_ONLY | {"name", "domain", "lifecyclestage"},
    "deals": READ_ONLY
    | {"dealname", "pipeline", "dealstage", "amount", "deal_currency_code", "closedate", "hubspot_owner_id"},
    "notes": READ_ONLY | {"hs_note_body", "hs_timestamp", "hubspot_owner_id", "lanekeeper_key"},
}
STAGES = frozenset(stage for _, stages in PIPELINES.values() for stage, _, _ in stages)


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return value.isdecimal()  # or milliseconds since 1970
    return True


TESTS: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "dealstage": ("INVALID_OPTION", lambda value: value in STAGES),
    "pipeline": ("INVALID_OPTION", lambda value: value in PIPELINES),
    "amount": ("INVALID_NUMBER", lambda value: re.fullmatch(r"-?\d+(\.\d+)?", value) is not None),
    "closedate": ("INVALID_DATE", _is_date),
    "hs_timestamp": ("INVALID_DATE", _is_date),
    "hs_note_body": ("INVALID_LENGTH", lambda value: len(value) <= LONGEST_NOTE),
}


def faults(kind: str, properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is wrong with these values, one entry a property, as HubSpot lists it inside its message."""
    found = ((name, _fault(kind, name, value)) for name, value in properties.items())
    return [
        {"isValid": False, "message": f"Property {name!r}: {error}", "error": error, "name": name}
        for name, error in found
        if error
    ]


def _fault(kind: str, name: str, value: Any) -> str:
    if name not in KNOWN[kind]:
        return "PROPERTY_DOESNT_EXIST"
    if name in READ_ONLY:
        return "READ_ONLY_VALUE"
    if not isinstance(value, str):
        return "INVALID_STRING"
    error, fits = TESTS.get(name, ("", None))
    return "" if fits is None or fits(value) else error
