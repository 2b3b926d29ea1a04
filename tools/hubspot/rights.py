"""What a HubSpot credential may do, found out without changing anything.

HubSpot tells a token's scopes only to who sends the token in the body of a request, and a credential never leaves the
wire. So each right is tried where it cannot do anything: reading asks for one record, changing is tried on record 0,
which nobody has. HubSpot looks at the scopes first, and says 403 where one is missing ("Error handling").
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tools.contract import Refused, Wire
from tools.hubspot.answers import MARK

PATIENCE = timedelta(seconds=10)  # longer than any healthy answer
NOBODY = "0"  # no record has this id
# what HubSpot calls the right to each kind of object; notes go with the contacts they are about
HUBSPOT = {"contacts": "contacts", "companies": "companies", "deals": "deals", "notes": "contacts"}


def shortfalls(wire: Wire, scopes: Iterable[str]) -> tuple[str, ...]:
    """What of these scopes ("hubspot:deals.write.stage") the credential does not hold, a sentence each.

    Raises `Refused` where the credential opens nothing at all, `Unavailable` where HubSpot cannot be asked now.
    """
    named = [scope.removeprefix("hubspot:").split(".") for scope in scopes if scope.startswith("hubspot:")]
    asked = sorted({(kind, right) for kind, right, *_ in named if kind != "owners"})
    said = [
        f"HubSpot does not let this credential {'change' if right == 'write' else 'read'} {kind}: "
        f"give its app the scope crm.objects.{HUBSPOT[kind]}.{right}"
        for kind, right in asked
        if not _may(wire, kind, right)
    ]
    if any(kind == "owners" for kind, *_ in named) and not _granted(wire, "GET", "/crm/v3/owners", query={"limit": 1}):
        said.append("HubSpot does not let this credential read owners: give its app the scope crm.objects.owners.read")
    if ("notes", "write") in asked and not _is_there(wire, f"/crm/v3/properties/notes/{MARK}"):
        said.append(f"HubSpot knows no property {MARK} of notes: an admin makes it once, as a single-line text")
    return tuple(said)


def _may(wire: Wire, kind: str, right: str) -> bool:
    where = f"/crm/v3/objects/{kind}"
    if right == "write":
        return _granted(wire, "PATCH", f"{where}/{NOBODY}", json={"properties": {}})
    return _granted(wire, "GET", where, query={"limit": 1})


def _granted(wire: Wire, method: str, where: str, **more: Any) -> bool:
    try:
        wire.call(method, where, timeout=PATIENCE, **more)
    except Refused as error:
        if error.code == "WRONG_CREDENTIAL":
            raise
        return error.code != "NO_RIGHT"
    return True


def _is_there(wire: Wire, where: str) -> bool:
    try:
        wire.call("GET", where, timeout=PATIENCE)
    except Refused as error:
        return error.code != "NOT_FOUND"
    return True
