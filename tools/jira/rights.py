"""What a credential may do in Jira, asked of Jira itself ("Get my permissions").

Jira knows no scopes of API tokens as we name ours: a token may do what its account may. Only who cannot be told who
they are is refused outright by "Get current user"; many other resources take a wrong token for an anonymous visitor.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from tools.contract import Refused, Wire
from tools.jira.answers import API, JiraAnswer, UserAnswer
from tools.wire import understand

PATIENCE = timedelta(seconds=10)  # longer than any healthy answer
NEEDS: Mapping[str, tuple[str, str]] = {
    "jira:issues.read": ("BROWSE_PROJECTS", "see the issues"),
    "jira:issues.create": ("CREATE_ISSUES", "open issues"),
    "jira:issues.comment": ("ADD_COMMENTS", "comment on issues"),
    "jira:issues.transition": ("TRANSITION_ISSUES", "move issues to another status"),
}


class _Permission(JiraAnswer):
    have_permission: bool


class _Permissions(JiraAnswer):
    permissions: Mapping[str, _Permission]


def shortfalls(wire: Wire, scopes: frozenset[str]) -> tuple[str, ...]:
    """What of these scopes the credential does not hold, in any project: a sentence each. Writes nothing.

    Raises `Refused` for a credential that is nobody's, `Unavailable` when Jira cannot be asked now.
    """
    unknown = sorted(scopes - set(NEEDS))
    said = [f"Jira has no right that is called {one}." for one in unknown]
    known = [one for one in NEEDS if one in scopes]
    if known:
        user = understand(UserAnswer, wire.call("GET", f"{API}/myself", timeout=PATIENCE), "jira")
        held = _held(wire, [NEEDS[one][0] for one in known], {}, PATIENCE)
        who = user.display_name or user.account_id
        missing = [NEEDS[one] for one in known if NEEDS[one][0] not in held]
        said += [f"{who} may not {doing} in any Jira project: {right} is missing." for right, doing in missing]
    return tuple(said)


def account(wire: Wire) -> str:
    """The id of the account whose name stands on what this credential writes."""
    return understand(UserAnswer, wire.call("GET", f"{API}/myself", timeout=PATIENCE), "jira").account_id


def require(wire: Wire, scope: str, issue: str, timeout: timedelta) -> None:
    """Raises `Refused` unless the credential holds this scope on this issue."""
    right, doing = NEEDS[scope]
    if right not in _held(wire, [right], {"issueKey": issue}, timeout):
        raise Refused("NO_RIGHT", f"this credential may not {doing} there: {right} is missing on {issue}")


def _held(wire: Wire, rights: Sequence[str], where: Mapping[str, str], timeout: timedelta) -> Iterable[str]:
    query = {"permissions": ",".join(rights), **where}
    answer = wire.call("GET", f"{API}/mypermissions", query=query, timeout=timeout)
    told = understand(_Permissions, answer, "jira").permissions
    return {right for right in rights if right in told and told[right].have_permission}
