"""How issues move in the Jira sandbox: statuses, the transitions between them, and what each asks for.

OPS has a workflow with screens, as teams on call have; SUP has Jira's simplified one, where all leads everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    id: str
    name: str
    category: str  # new, indeterminate, done


@dataclass(frozen=True)
class Transition:
    id: str
    name: str
    sources: frozenset[str]  # names of statuses; empty for a global one
    to: str
    screen: bool = False  # asks for a resolution, which has to be given
    resolution: str | None = None  # what the workflow sets by itself; "" clears it

    def offered(self, status: str) -> bool:
        return status in self.sources if self.sources else status != self.to


STATUSES: Mapping[str, Status] = {
    one.name: one
    for one in (
        Status("10001", "Open", "new"),
        Status("10002", "Investigating", "indeterminate"),
        Status("10003", "Monitoring", "indeterminate"),
        Status("10004", "Resolved", "done"),
        Status("10005", "Cancelled", "done"),
        Status("10010", "To Do", "new"),
        Status("3", "In Progress", "indeterminate"),
        Status("10011", "Done", "done"),
    )
}
CATEGORIES: Mapping[str, tuple[int, str, str]] = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
RESOLUTIONS: Mapping[str, str] = {
    "10000": "Done",
    "10001": "Won't Do",
    "10002": "Duplicate",
    "10003": "Cannot Reproduce",
}
PRIORITIES: Mapping[str, str] = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}

_WORKED_ON = frozenset({"Open", "Investigating", "Monitoring"})

WORKFLOWS: Mapping[str, tuple[Transition, ...]] = {
    "OPS": (
        Transition("11", "Start investigating", frozenset({"Open", "Monitoring"}), "Investigating"),
        Transition("21", "Watch", frozenset({"Investigating"}), "Monitoring"),
        Transition("31", "Resolve", frozenset({"Investigating", "Monitoring"}), "Resolved", screen=True),
        Transition("41", "Cancel", _WORKED_ON, "Cancelled", screen=True),
        Transition("51", "Reopen", frozenset({"Resolved", "Cancelled"}), "Investigating", resolution=""),
    ),
    "SUP": (
        Transition("11", "To Do", frozenset(), "To Do", resolution=""),
        Transition("21", "In Progress", frozenset(), "In Progress", resolution=""),
        Transition("31", "Done", frozenset(), "Done", resolution="Done"),
    ),
}
FIRST: Mapping[str, str] = {"OPS": "Open", "SUP": "To Do"}
TYPES: Mapping[str, Mapping[str, str]] = {  # by project: id → name
    "OPS": {"10100": "Incident", "10101": "Bug", "10102": "Task"},
    "SUP": {"10101": "Bug", "10102": "Task"},
}


def statuses(project: str) -> list[Status]:
    """Those an issue of the project may have, in the order of its life."""
    reached = {FIRST[project], *(one.to for one in WORKFLOWS[project])}
    return [one for one in STATUSES.values() if one.name in reached]
