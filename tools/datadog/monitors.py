"""What the monitors of a service say, the loudest first."""

from datetime import UTC, datetime
from typing import ClassVar

from tools.contract import Evidence, Frozen, Internal, ReadTool, Wire
from tools.datadog.answers import MonitorAnswer, ServiceName, State, monitors

LOUDEST: tuple[State, ...] = ("Alert", "Warn", "No Data", "Unknown", "OK", "Ignored", "Skipped")
CITED = 2  # monitors on a card


class FindMonitorsArguments(Frozen):
    service: Internal[ServiceName]


class Monitor(Frozen):
    monitor: Internal[str]
    name: Internal[str]
    state: Internal[State]
    kind: Internal[str]  # "log alert", "query alert" …
    query: Internal[str]
    last_triggered: Internal[str]  # ISO 8601, UTC; empty where it never was
    url: Internal[str]


class Monitors(Frozen):
    service: Internal[str]
    monitors: list[Monitor]  # those in Alert first, then by when they were last triggered


class FindMonitors(ReadTool[FindMonitorsArguments, Monitors]):
    name = "datadog.find_monitors"
    summary = "Find a service's Datadog monitors by its tag: their state, and when each was last triggered."
    arguments = FindMonitorsArguments
    result = Monitors
    scopes: ClassVar = frozenset({"datadog:monitors.read"})
    example: ClassVar = {"service": "checkout-api"}

    def read(self, wire: Wire, arguments: FindMonitorsArguments) -> Monitors:
        found = monitors(wire, arguments.service, self.name, self.timeout)
        found.sort(key=lambda one: (LOUDEST.index(one.status), -(one.last_triggered_ts or 0), one.id))
        return Monitors(service=arguments.service, monitors=[_monitor(wire, one) for one in found])

    def cite(self, wire: Wire, arguments: FindMonitorsArguments, result: Monitors) -> tuple[Evidence, ...]:
        """What is not well; where everything is, the monitor that was last triggered."""
        loud = [one for one in result.monitors if one.state in {"Alert", "Warn", "No Data"}] or result.monitors[:1]
        return tuple(Evidence(label=_said(one), url=one.url) for one in loud[:CITED])


def _monitor(wire: Wire, found: MonitorAnswer) -> Monitor:
    at = found.last_triggered_ts
    return Monitor(
        monitor=str(found.id),
        name=found.name,
        state=found.status,
        kind=found.type,
        query=found.query,
        last_triggered=datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else "",
        url=f"{wire.web}/monitors/{found.id}",
    )


def _said(one: Monitor) -> str:
    when = f", last triggered {one.last_triggered[:16].replace('T', ' ')} UTC" if one.last_triggered else ""
    return f"Monitor {one.name} · {one.state}{when}"
