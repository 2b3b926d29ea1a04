"""The work every figure is about: start, three reads, one write held for a person, approve, write, answer.

Model, tools and Slack answer in process and at once; everything of ours is real: intake, desk, engine, gate, hash
chain, outbox, dispatcher, agent, executor, cards, SQLite with synchronous=FULL.
"""

import itertools
import json
import queue
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import yaml

from bot.app import spare_the_collector
from bot.cards.buttons import value
from bot.front import Front
from bot.settings import Settings
from lanes.agent import Agent
from lanes.core import effects as f
from lanes.core.page import Lane
from lanes.dispatcher import Dispatcher, Part
from lanes.engine import Engine
from lanes.executor import Executor
from lanes.models.base import Ask, Turn, Usage
from lanes.prompt import system_prompt, tool_schemas
from lanes.ready import Identity, ReadyLane
from storage.database import connect, migrate
from storage.writer import Writer
from tools.contract import Change, Evidence, Frozen, Preview, ReadTool, Retry, Risk, Stake, Target, WriteTool
from tools.money import Money

HANDS = 8  # approvers clicking at the same time
TEAM, REP, LEAD = "T0BENCH", "U0REP", "U0LEAD1"
PAGE = """
lane: bench
command: bench
subject: {kind: bench.case, pattern: "B-{id}", example: B-1}
channels: {approvals: "#approvals"}
purpose: Measure.
owner: {person: U0OWNER}
mode: approval
identity: svc-bench
tools: [bench.read, bench.write]
success: thing.status == "written"
policy: [{may: bench.write, when: {amount: "<= 500.00 USD"}, then: approve, reason: AMOUNT, quorum: 1}]
approvers: {group: leads, fallback: [U0LEAD1], expires: 4h}
budget: {steps: 12, seconds: 120, usd: 0.25, money_usd_per_day: 100000000}
models: {plan: none}
fallback: {to: "#approvals", on: [failed]}
"""


class ReadArguments(Frozen):
    thing: str
    part: int


class Reading(Frozen):
    thing: str
    part: int
    text: str


class WriteArguments(Frozen):
    thing: str
    amount: Money


class Written(Frozen):
    thing: str
    status: str
    key: str


class Read(ReadTool[ReadArguments, Reading]):
    name, summary, scopes = "bench.read", "Read a part of a thing.", frozenset({"bench:read"})
    arguments, result = ReadArguments, Reading

    def read(self, wire: Any, arguments: ReadArguments) -> Reading:
        return Reading(thing=arguments.thing, part=arguments.part, text="A customer says they were charged twice. " * 4)

    def cite(self, wire: Any, arguments: ReadArguments, result: Reading) -> tuple[Evidence, ...]:
        return (
            Evidence(label=f"Part {result.part} of {result.thing}", quote=result.text[:80], url="https://x.test/1"),
        )


class Write(WriteTool[WriteArguments, Written]):
    name, summary, scopes = "bench.write", "Write a thing.", frozenset({"bench:write"})
    arguments, result, retry, risk, noun = WriteArguments, Written, Retry.NATIVE_KEY, Risk.HIGH, "thing"

    def __init__(self) -> None:
        self.called: dict[str, float] = {}

    def look(self, wire: Any, arguments: WriteArguments) -> Target:
        return Target(
            ref=f"bench.thing {arguments.thing}", pinned={"status": "open"}, seen={"owner": "ada@example.com"}
        )

    def preview(self, arguments: WriteArguments, target: Target) -> Preview:
        change = Change(field="Status", before="open", after="written")
        return Preview(sentence=f"Write {arguments.amount} to {arguments.thing}", changes=(change,))

    def stake(self, arguments: WriteArguments, target: Target) -> Stake:
        return Stake(amount=arguments.amount, customer=arguments.thing)

    def write(self, wire: Any, arguments: WriteArguments, key: str) -> Written:
        assert arguments.thing not in self.called, "written twice"
        self.called[arguments.thing] = time.perf_counter()
        return Written(thing=arguments.thing, status="written", key=key)

    def read_back(self, wire: Any, arguments: WriteArguments, key: str) -> Written | None:
        return Written(thing=arguments.thing, status="written", key=key) if arguments.thing in self.called else None

    def business_key(self, arguments: WriteArguments) -> str:
        return f"write {arguments.thing}"

    def holds(self, arguments: WriteArguments, result: Written) -> bool:
        return result.status == "written"


class Script:
    """Three reads, one write, one answer; no time, no cost."""

    label = "script"

    def prices(self, model: str) -> bool:
        return True

    def turn(self, ask: Ask) -> Turn:
        subject = ask.messages[0]["content"].removeprefix("Subject: ")
        match len(ask.messages):
            case 1:
                uses = [_use(f"t{n}", "bench__read", {"thing": subject, "part": n}) for n in range(3)]
                return _turn("tool_use", *uses)
            case 3:
                arguments = {
                    "thing": subject,
                    "amount": {"minor": 3800, "currency": "USD"},
                    "why": "It was charged twice.",
                }
                return _turn("tool_use", _use("w1", "bench__write", arguments))
            case _:
                return _turn("end_turn", {"type": "text", "text": f"{subject} is written."})


def _use(call: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": name, "input": arguments}


def _turn(stop: Any, *content: dict[str, Any]) -> Turn:
    return Turn(content=content, stop=stop, usage=Usage(), cost=0, model="script")


class Slack:
    """Answers what the desk asks of it, at once. Cards do not get this far: see `Person`."""

    def users_info(self, user: str) -> dict[str, Any]:
        return {"user": {"id": user, "team_id": TEAM}}

    def usergroups_list(self) -> dict[str, Any]:
        return {"usergroups": [{"handle": "leads", "id": "S1"}]}

    def usergroups_users_list(self, usergroup: str) -> dict[str, Any]:
        return {"users": [LEAD]}


class Person:
    """Starts runs and approves what is put before them, at once.

    `alone`: whoever starts a run does all its work as well, one piece after the other, so that no thread waits for
    another and a profile shows the work itself.
    """

    def __init__(self, file: Path, *, alone: bool = False) -> None:
        self.database = connect(f"sqlite:///{file}")
        migrate(self.database)
        self.writer = Writer(self.database)
        self.write = Write()
        self.clicked: dict[str, float] = {}
        self._ended: dict[str, threading.Event] = {}
        self._numbers = itertools.count(1)
        page = Lane.model_validate(yaml.safe_load(PAGE))
        tools = {"bench.read": Read(), "bench.write": self.write}
        identity = Identity(
            name="svc-bench", credentials={"bench": "env:X"}, scopes=frozenset({"bench:read", "bench:write"})
        )
        lanes = {
            "bench": ReadyLane(page, identity, tools, system_prompt(page, tools), tool_schemas(page, tools), "bench")
        }
        self.engine = Engine(self.database, self.writer, lanes, team=TEAM, model="script")
        self._clicks: queue.SimpleQueue[tuple[str, str, str] | None] = queue.SimpleQueue()
        self._hands = [threading.Thread(target=self._hand, daemon=True) for _ in range(0 if alone else HANDS)]
        for hand in self._hands:
            hand.start()
        spare_the_collector()
        self._owed: deque[tuple[str, f.Effect]] = deque()
        self._alone = alone
        self.dispatcher = self._wired(Slack())
        if alone:
            self.engine.to(self._owed.extend)
        else:
            self.dispatcher.start()

    def _wired(self, slack: Any) -> Dispatcher:
        engine = self.engine

        def wire(identity: str, system: str) -> Any:  # noqa: ARG001
            return None

        front = Front.of(
            slack, "U0BENCH", engine, self.database, writer=self.writer, wire=wire, failing=lambda _: (),
            settings=Settings(_env_file=None),
        )  # fmt: skip
        agent = Agent(engine, Script(), wire, front.people.by_email)
        executor = Executor(engine, wire, lambda *_: frozenset())
        nothing = Part(lambda *_: None, lambda *_: None)
        seen = Part(self._look, lambda *_: None)
        parts = dict.fromkeys((f.TellRefusal, f.HandOver, f.CallApprovers, f.ExpireHeld), nothing) | {
            f.Advance: Part(lambda x, _: agent.advance(x.run), lambda x, why: agent.give_up(x.run, why)),
            f.Execute: Part(
                lambda x, _: executor.execute(x.run, x.action, x.version),
                lambda x, why: executor.give_up(x.run, x.action, x.version, why),
            ),
            f.AnswerDelivery: Part(front.desk.answer, lambda *_: None), f.ShowCard: seen, f.ShowProgress: seen,
        }  # fmt: skip
        dispatcher = Dispatcher(self.database, self.writer, parts, lambda _: None)
        engine.to(dispatcher.offer)
        return dispatcher

    def one_run(self) -> str:
        """A whole approved run; answers its subject."""
        number = next(self._numbers)
        subject = f"B-{number}"
        ended = self._ended[subject] = threading.Event()
        body = {
            "command": "/lane", "text": f"bench {subject}", "user_id": REP, "team_id": TEAM, "channel_id": "C0SUPPORT",
            "trigger_id": f"s{number}", "response_url": "https://slack.test/",
        }  # fmt: skip
        self.engine.receive(f"start-{number}", json.dumps(body))
        if self._alone:
            self._work_off()
        if not ended.wait(timeout=60):
            raise RuntimeError(f"{subject} did not end")
        return subject

    def _work_off(self) -> None:
        """Everything that is owed now, in the order in which it was."""
        while self._owed or not self._clicks.empty():
            if not self._owed:
                self._press(*self._clicks.get())
                continue
            name, effect = self._owed.popleft()
            if effect.due is None or effect.due <= self.engine.clock():
                self.dispatcher.parts[type(effect)].perform(effect, False)
                self.writer.finished(name)

    def _look(self, effect: f.ShowCard | f.ShowProgress, again: bool) -> None:
        """Slack, in process: a person sees what the card would show, and acts on it at once."""
        run = self.engine.run(effect.run)
        if run is None:
            return
        for action in run.waiting:
            if run.started.subject not in self.clicked:
                self.clicked[run.started.subject] = 0.0
                self._clicks.put((run.started.subject, json.dumps(value(run, action)), run.id))
        if run.finished and run.finished.outcome == "succeeded":
            self._ended[run.started.subject].set()

    def _hand(self) -> None:
        """The approver's hand: one click after the other, each stored before the next."""
        while (click := self._clicks.get()) is not None:
            self._press(*click)

    def _press(self, subject: str, carried: str, run: str) -> None:
        body = {
            "type": "block_actions", "user": {"id": LEAD, "team_id": TEAM}, "team": {"id": TEAM},
            "channel": {"id": "C0APPROVALS"}, "trigger_id": f"c{run}",
            "actions": [{"action_id": "lane:approve", "value": carried}],
        }  # fmt: skip
        self.engine.receive(f"click-{run}", json.dumps(body))
        self.clicked[subject] = time.perf_counter()

    def close(self) -> None:
        for _ in self._hands:
            self._clicks.put(None)
        self.dispatcher.stop()
        self.writer.close()
        self.database.dispose()
