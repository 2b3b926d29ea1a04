"""Every tool there is, as a list; every source of what people did; and who can say of a credential what it lacks and
whose it is. What does not stand here does not exist.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tools import datadog, hubspot, jira, salesforce, stripe, zendesk
from tools.contract import ReadTool, Wire, WriteTool
from tools.truth import AnyTruth

AnyTool = ReadTool[Any, Any] | WriteTool[Any, Any]

TOOLS: tuple[AnyTool, ...] = (
    *(*zendesk.TOOLS, *stripe.TOOLS, *salesforce.TOOLS, *hubspot.TOOLS),
    *(*jira.TOOLS, *datadog.TOOLS),
)

TRUTHS: tuple[AnyTruth, ...] = (
    *(*zendesk.TRUTHS, *stripe.TRUTHS, *salesforce.TRUTHS),
    *(*hubspot.TRUTHS, *jira.TRUTHS),
)

# What of these scopes a credential does not hold, a sentence each. Writes nothing; raises `Refused`, `Unavailable`.
Shortfalls = Callable[[Wire, frozenset[str]], tuple[str, ...]]

DOCTORS: Mapping[str, Shortfalls] = {
    "zendesk": zendesk.shortfalls,
    "stripe": stripe.shortfalls,
    "salesforce": salesforce.shortfalls,
    "hubspot": hubspot.shortfalls,
    "jira": jira.shortfalls,
    "datadog": datadog.shortfalls,
}

# Under which account a credential writes, as the vendor names it where somebody did something. Stripe names nobody
# there; HubSpot names the app, which it tells only to who sends the token in the body of a request.
ACCOUNTS: Mapping[str, Callable[[Wire], str]] = {
    "zendesk": zendesk.account,
    "salesforce": salesforce.account,
    "jira": jira.account,
}

_BY_NAME = {tool.name: tool for tool in TOOLS}
_TRUTHS = {source.name: source for source in TRUTHS}


def by_name(name: str) -> AnyTool:
    """Raises KeyError for a name that is no tool's."""
    return _BY_NAME[name]


def truth(name: str) -> AnyTruth:
    """Raises KeyError for a name that is no source's."""
    return _TRUTHS[name]
