"""What a pair of keys may do, found out by asking for very little."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tools.contract import Refused, Wire
from tools.datadog.answers import LOGS, MONITORS

TIMEOUT = timedelta(seconds=10)  # as for any read


@dataclass(frozen=True)
class Probe:
    """The smallest request that needs a permission; `permission` as an administrator finds it at Datadog."""

    permission: str
    method: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    json: object | None = None


PROBES: Mapping[str, Probe] = {  # "Datadog Role Permissions"
    "datadog:logs.read": Probe(
        "logs_read_data",
        "POST",
        LOGS,
        json={"filter": {"query": "*", "from": "now-1m", "to": "now"}, "page": {"limit": 1}},
    ),
    "datadog:monitors.read": Probe("monitors_read", "GET", MONITORS, query={"per_page": 1}),
}
KEY = Probe("", "GET", "/api/v1/validate")


def shortfalls(wire: Wire, scopes: frozenset[str]) -> tuple[str, ...]:
    """What of `scopes` this credential cannot do, a sentence each; none: it can. Nothing is written.

    Raises `Unavailable` where Datadog does not answer.
    """
    if not _allowed(wire, KEY):
        return ("Datadog does not know the API key.",)
    unknown = tuple(f"Datadog has no right that is called {scope}." for scope in sorted(scopes - PROBES.keys()))
    asked = [PROBES[scope] for scope in sorted(scopes & PROBES.keys())]
    return unknown + tuple(
        f"The application key lacks {probe.permission}, or Datadog does not know the key."
        for probe in asked
        if not _allowed(wire, probe)
    )


def _allowed(wire: Wire, probe: Probe) -> bool:
    """Datadog says 403 to a wrong key and to a missing permission alike."""
    try:
        wire.call(probe.method, probe.path, query=probe.query or None, json=probe.json, timeout=TIMEOUT)
    except Refused as refused:
        if refused.code in {"WRONG_CREDENTIAL", "NO_RIGHT"}:
            return False
        raise
    return True
