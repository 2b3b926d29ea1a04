"""What a credential may do, asked of Zendesk itself before anybody counts on it.

"Show Self" tells the role, "OAuth Tokens" the scopes of the token that asks. Zendesk knows scopes for everything
(read, write) and by resource (tickets:write); ours are finer, and enforced by the gate.
"""

from collections.abc import Mapping
from datetime import timedelta

from tools.contract import Refused, Wire
from tools.wire import understand
from tools.zendesk.answers import Me, TokenFound

PATIENCE = timedelta(seconds=10)  # longer than any healthy answer
WRITES = ("write", "tickets:write")
FOR_ADMINS = frozenset({"zendesk:tickets.export", "zendesk:ratings.read"})  # "Allowed for: Admins", on their pages

# Which of Zendesk's scopes give ours, any one of them. Our marks stand in audits, which take the global "read"
# ("Ticket Audits", required OAuth scope); search and macros have no scope of their own either.
GIVEN_BY: Mapping[str, tuple[str, ...]] = {
    "zendesk:tickets.read": ("read",),
    "zendesk:macros.read": ("read",),
    "zendesk:users.read": ("read", "users:read"),
    "zendesk:ratings.read": ("read", "satisfaction_ratings:read"),
    "zendesk:tickets.export": ("read", "tickets:read"),
    "zendesk:tickets": WRITES,  # whatever a tool does to a ticket
    "zendesk:macros.apply": WRITES,
}


def shortfalls(wire: Wire, scopes: frozenset[str]) -> tuple[str, ...]:
    """What of `scopes` this credential does not hold, a sentence each; nothing is written.

    Raises `Refused` for a credential that is wrong altogether, and `Unavailable`.
    """
    asked = sorted(scope for scope in scopes if scope.startswith("zendesk:"))
    if not asked:
        return ()
    me = understand(Me, wire.call("GET", "/api/v2/users/me.json", timeout=PATIENCE), "zendesk").user
    if me.role == "end-user":
        return (f"{me.name} is a customer in Zendesk; an agent's work needs the role agent or admin.",)
    role = tuple(
        f"{scope} is for admins in Zendesk; {me.name} is {'an agent' if me.role == 'agent' else me.role}."
        for scope in asked
        if scope in FOR_ADMINS and me.role != "admin"
    )
    try:
        answer = wire.call("GET", "/api/v2/oauth/tokens/current.json", timeout=PATIENCE)
    except Refused as refused:
        if refused.code == "WRONG_CREDENTIAL":
            raise
        return (
            *role,
            f"Zendesk does not tell what this credential may do ({refused.message}).",
        )
    held = frozenset(understand(TokenFound, answer, "zendesk").token.scopes)
    return (*role, *(sentence for scope in asked if (sentence := _missing(scope, held))))


def account(wire: Wire) -> str:
    """The number of the user whose name stands on what this credential writes."""
    return str(understand(Me, wire.call("GET", "/api/v2/users/me.json", timeout=PATIENCE), "zendesk").user.id)


def _missing(scope: str, held: frozenset[str]) -> str:
    """Empty where it is held. A right to a part of something is given by what gives the whole."""
    parts = scope.split(".")
    given = next((GIVEN_BY[one] for n in range(len(parts), 0, -1) if (one := ".".join(parts[:n])) in GIVEN_BY), None)
    if given is None:
        return f"{scope} is no right that the Zendesk tools know."
    if held & set(given):
        return ""
    has = ", ".join(sorted(held)) or "none"
    return f"{scope} needs the Zendesk scope {' or '.join(given)}; this credential has {has}."
