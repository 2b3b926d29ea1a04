"""Datadog, to look and never to touch: what a service logs, what its monitors say.

Protocol facts are from the Datadog API reference, docs.datadoghq.com/api/latest: "Search logs (POST)", "Monitors
search", "Validate API key", "Rate Limits". A credential is "api_key:application_key", and both go along.
"""

from tools.datadog.logs import SearchLogs
from tools.datadog.monitors import FindMonitors
from tools.datadog.rights import shortfalls

TOOLS = (SearchLogs(), FindMonitors())

__all__ = ["TOOLS", "shortfalls"]
