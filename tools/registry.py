"""Every tool there is, as a list. A tool that does not stand here does not exist."""

from typing import Any

from tools import datadog, jira, salesforce, stripe, zendesk
from tools.contract import ReadTool, WriteTool

AnyTool = ReadTool[Any, Any] | WriteTool[Any, Any]

TOOLS: tuple[AnyTool, ...] = (*zendesk.TOOLS, *stripe.TOOLS, *salesforce.TOOLS, *jira.TOOLS, *datadog.TOOLS)

_BY_NAME = {tool.name: tool for tool in TOOLS}


def by_name(name: str) -> AnyTool:
    """Raises KeyError for a name that is no tool's."""
    return _BY_NAME[name]
