"""The hands of a made-up run: real commands to a real engine, whose clock walks through the past.

What comes of a command is decided, chained and projected as ever; only nothing that follows is owed to anybody: no card
is drawn of what is long over, and nothing is sent anywhere.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from lanes.core import commands as c
from lanes.core.commands import Standing, Voice
from lanes.core.effects import Effect
from lanes.core.run import Action
from lanes.core.run import Run as Folded
from lanes.core.values import Person, Practice
from lanes.engine import Engine
from storage.writer import Job, T, Writer
from tools.contract import Evidence, Stake, Target, WriteTool

MADE_UP = "generated history"  # as what the model of a made-up turn is named
PRICES = {"claude-sonnet-5-5": (3, 15), "claude-haiku-5-5": (1, 5)}  # of a token, in millionths of a dollar; made up


class Walking:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Past(Engine):
    """An engine for what is over: nothing that follows is owed to anybody."""

    def _owe(self, connection: Connection, owed: Sequence[tuple[str, Effect]]) -> None:
        return None


class Hasty(Writer):
    """Flushes nothing: for a file that is thrown away unless it is finished, and flushed whole by then."""

    def write(self, job: Job[T], *, durable: bool = True) -> T:
        return super().write(job, durable=False)


@dataclass
class Acting:
    """One made-up run, from its beginning to its end."""

    engine: Engine
    clock: Walking
    rand: Random
    id: str
    lane: str
    subject: str
    _said: int = field(default=0)

    @property
    def run(self) -> Folded:
        found = self.engine.run(self.id)
        assert found is not None, "it has been started"
        return found

    def start(
        self, by: Person, channel: str, via: str, *, silent: bool = False, practice: Practice | None = None
    ) -> None:
        self.engine.handle(c.StartRun(
            self.id, self.lane, self.subject, by, channel, f"made-up/{self.id}", via=via, anew=True, silent=silent,
            practice=practice,
        ))  # fmt: skip

    def reads(self, *calls: tuple[str, Mapping[str, Any], Mapping[str, Any], str]) -> None:
        """One turn that reads: tool, arguments, what it answered, and how the card cites it."""
        answered = tuple(
            c.Answered(
                self._call(), tool, asked, json.dumps(answer, ensure_ascii=False), ok=True,
                ms=self.rand.randrange(90, 700), evidence=(Evidence(label=cited),) if cited else (),
            )
            for tool, asked, answer, cited in calls
        )  # fmt: skip
        self._turn(answered, (), [(one.call, one.tool, one.arguments) for one in answered])

    def drafts(self, *wanted: tuple[str, Mapping[str, Any], Target, str]) -> None:
        """One turn that proposes: tool, arguments, its target as it was, and why."""
        proposals = tuple(self._proposal(*one) for one in wanted)
        self._turn((), proposals, [(one.call, one.tool, one.arguments) for one in proposals])

    def action(self, name: str) -> Action:
        return self.run.actions[name]

    def decides(self, name: str, by: Person, decision: Any, *, reason: str = "", note: str = "") -> None:
        self._decide(name, by, decision, reason=reason, note=note)

    def edits(self, name: str, by: Person, arguments: Mapping[str, Any], changes: Sequence[Any]) -> None:
        """Somebody changes the draft before letting it go, to less than it was."""
        draft = self.action(name).draft
        proposal = self._proposal(draft.tool, arguments, draft.target, draft.why)
        self._decide(name, by, "edit", revision=c.Revision(proposal, tuple(changes), made=False))

    def opens(self, name: str, by: Person) -> None:
        self.engine.handle(c.OpenDetails(self.id, name, self.action(name).version, by, self._delivery()))

    def carries_out(self, name: str, result: Mapping[str, Any]) -> str:
        """Begin and report a cleared action; its key."""
        action = self.action(name)
        draft, tool = action.draft, self._tool(action.draft.tool)
        meant = tool.arguments.model_validate(draft.arguments)
        self.clock.on(self.rand.uniform(0.2, 0.6))
        self.engine.handle(c.Begin(
            self.id, name, action.version, tool.needs(meant), tool.retry, draft.target.pinned, tool.version,
            draft.preview.body, draft.change, tool.same_within,
        ))  # fmt: skip
        took = self.rand.randrange(180, 900)
        self.clock.on(took / 1000)
        self.engine.handle(c.Report(self.id, name, action.version, "done", result, ms=took))
        return draft.key

    def withdraws(self, name: str, reason: str, detail: str) -> None:
        self.engine.handle(c.Withdraw(self.id, name, self.action(name).version, reason, detail))

    def ends(
        self, summary: str, readings: Mapping[str, Mapping[str, Any]] | None = None, cause: str = "end_turn"
    ) -> None:
        self.clock.on(self.rand.uniform(0.5, 2.0))
        self.engine.handle(c.Finish(self.id, cause, summary, readings=readings))

    def _turn(
        self, answered: tuple[c.Answered, ...], proposals: tuple[c.Proposal, ...],
        calls: list[tuple[str, str, Mapping[str, Any]]],
    ) -> None:  # fmt: skip
        read, wrote = self.rand.randrange(2_200, 6_500), self.rand.randrange(90, 420)
        dear, dearer = PRICES[self.engine.lanes[self.lane].page.models.plan]
        took = self.rand.randrange(1_300, 5_200)
        self.clock.on(took / 1000 + sum(one.ms for one in answered) / 1000)
        content = tuple(
            {"type": "tool_use", "id": call, "name": tool.replace(".", "__"), "input": dict(arguments)}
            for call, tool, arguments in calls
        )
        self.engine.handle(c.TakeTurn(
            self.id, len(self.run.turns) + 1, MADE_UP, "tool_use", content,
            {"input": read, "output": wrote, "cache_read": 0, "cache_write": 0}, read * dear + wrote * dearer, took,
            f"made-up/{self.id}/{self._said}", answered, proposals,
        ))  # fmt: skip

    def _proposal(self, name: str, arguments: Mapping[str, Any], target: Target, why: str) -> c.Proposal:
        tool = self._tool(name)
        meant = tool.arguments.model_validate(arguments)
        stake: Stake = tool.stake(meant, target)
        return c.Proposal(
            self._call(), name, tool.version, tool.needs(meant), tool.risk, tool.retry, meant.model_dump(mode="json"),
            target, tool.preview(meant, target), stake, why, (), tool.business_key(meant), tool.same_within,
        )  # fmt: skip

    def _decide(self, name: str, by: Person, decision: Any, **more: Any) -> None:
        action = self.action(name)
        self.engine.handle(c.Decide(
            run=self.id, action=name, version=action.version, digest=action.draft.digest,
            voice=Voice(by, Standing.MEMBER), surface="card", delivery=self._delivery(), decision=decision, **more,
        ))  # fmt: skip

    def _tool(self, name: str) -> WriteTool[Any, Any]:
        tool = self.engine.lanes[self.lane].tools[name]
        assert isinstance(tool, WriteTool), "only what writes is proposed"
        return tool

    def _call(self) -> str:
        self._said += 1
        return f"toolu_made_up_{self._said}"

    def _delivery(self) -> str:
        self._said += 1
        return f"made-up/{self.id}/{self._said}"
