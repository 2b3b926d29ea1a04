"""Every tool there is, as a list, and who can say of a credential what it lacks. What does not stand here does not
exist.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tools import datadog, hubspot, jira, salesforce, stripe, zendesk
from tools.contract import ReadTool, Wire, WriteTool

AnyTool = ReadTool[Any, Any] | WriteTool[Any, Any]

TOOLS: tuple[AnyTool, ...] = (
    *(*zendesk.TOOLS, *stripe.TOOLS, *salesforce.TOOLS, *hubspot.TOOLS),
    *(*jira.TOOLS, *datadog.TOOLS),
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

_BY_NAME = {tool.name: tool for tool in TOOLS}


def by_name(name: str) -> AnyTool:
    """Raises KeyError for a name that is no tool's."""
    return _BY_NAME[name]
