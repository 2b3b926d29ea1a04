"""A run with one approved action, decided on by the real core and kept in memory: the engine without its database."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from vendor import Clock, Killed

from lanes.core import commands as c
from lanes.core.decide import decide
from lanes.core.facts import Facts
from lanes.core.gate import NOTHING, Regime
from lanes.core.lane_state import LaneState
from lanes.core.run import Run, fold
from lanes.core.values import Person
from lanes.engine import Outcome
from lanes.loading import load_lanes
from lanes.proposing import propose
from lanes.ready import ReadyLane
from storage.database import StorageUnusable
from tools.contract import Wire, WriteTool
from tools.registry import TOOLS

HOME, RUN, ACTION = "T0HOME", "R1", "a1"
REQUESTER, LEAD = Person(user="U0REQUESTER", team=HOME), Person(user="U0LEAD1", team=HOME)

PAGE = """\
lane: {lane}
command: {lane}
subject: {{kind: a.record, pattern: "{{id}}", example: one}}
channels: {{approvals: "#approvals"}}
purpose: Carry out one write.
owner: {{person: U0OWNER}}
mode: approval
identity: {lane}
tools: [{tool}]
success: {noun}.{field} != ""
policy:
  - {{may: {tool}, then: approve, reason: TRIED}}
approvers: {{group: leads, fallback: [U0LEAD1], expires: 4h}}
rejections: {{other: Something else}}
budget: {{steps: 4, seconds: 60, usd: 0.10}}
models: {{plan: claude-sonnet-5-5}}
fallback: {{to: "#leads", on: [uncertain, budget, refusal, no_evidence, failed]}}
"""
IDENTITY = "{lane}:\n  credentials: {{{system}: env:ANY}}\n  scopes: [{scopes}]\n"


def lane_of(tool: WriteTool[Any, Any]) -> str:
    return tool.name.replace(".", "-").replace("_", "-")


def lanes_of(folder: Path, tools: list[WriteTool[Any, Any]]) -> dict[str, ReadyLane]:
    """A lane for each write tool, whose people approve that one write."""
    identities = []
    for tool in tools:
        lane, field = lane_of(tool), next(iter(tool.result.model_fields))
        page = PAGE.format(lane=lane, tool=tool.name, noun=tool.noun, field=field)
        (folder / f"{lane}.yml").write_text(page)
        identities.append(IDENTITY.format(lane=lane, system=tool.system, scopes=", ".join(sorted(tool.scopes))))
    (folder / "identities.yml").write_text("".join(identities))
    return load_lanes(folder, TOOLS)


class Memory:
    """What an engine is to the executor. `commits` says of each command to come whether the process dies around its
    commit: "killed" before it, "killed_after" it; "unstored": the disk takes nothing now.
    """

    def __init__(self, lanes: dict[str, ReadyLane], clock: Clock, run: Run | None = None) -> None:
        self.lanes, self.clock = lanes, clock
        self.known = run
        self.commits: list[str] = []
        self.met: set[str] = set()

    def run(self, _: str) -> Run | None:
        return self.known

    def regime(self, lane: str) -> Regime:
        return Regime(self.lanes[lane].page, LaneState(), LaneState())

    def handle(self, command: c.RunCommand) -> Outcome:
        fate = self.commits.pop(0) if self.commits else "ok"
        self.met.add(fate)
        if fate == "killed":
            raise Killed
        if fate == "unstored":
            raise StorageUnusable("the disk is full")
        lane = command.lane if isinstance(command, c.StartRun) else self.known.lane
        ready = self.lanes[lane]
        facts = Facts(self.clock(), self.regime(lane), ready.identity.scopes, NOTHING, HOME)
        events = decide(self.known, command, facts)
        self.known = fold(events, self.known)
        if fate == "killed_after":
            raise Killed
        return Outcome(self.known, events)

    def approved(self, tool: WriteTool[Any, Any], wire: Wire) -> Run:
        """A run whose one write was proposed by the tool's own example, and approved."""
        lane = lane_of(tool)
        self.handle(c.StartRun(RUN, lane, "one", REQUESTER, "C0ASKED", "d-start"))
        ready = self.lanes[lane]
        proposal = propose(
            tool, wire, dict(tool.example), call="c1", why="Asked for", run=self.known, ready=ready, by_email=str
        )
        self.handle(c.TakeTurn(RUN, 1, "m", "tool_use", (), {}, 0, 1, "req", (), (proposal,)))
        action = self.known.actions[ACTION]
        digest = action.draft.digest
        voice = c.Voice(LEAD, c.Standing.MEMBER)
        self.handle(c.Decide(
            run=RUN, action=ACTION, version=1, digest=digest, decision="approve", voice=voice, surface="card",
            delivery="d-1",
        ))  # fmt: skip
        assert self.known.actions[ACTION].state == "cleared", self.known.actions[ACTION]
        return replace(self.known)
