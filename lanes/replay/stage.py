"""Plays a case: the real agent, engine and gate, on a ledger of its own that is thrown away, with today's lane.

Nothing outside is reached. Reads are answered by the recording, people say again what they said, and what a write came
to is told instead of done.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.agent import Agent
from lanes.core import commands as c
from lanes.core.canonical import fingerprint
from lanes.core.events import RunEvent, body
from lanes.core.lane_events import LaneModeChanged
from lanes.core.page import Lane, Mode
from lanes.core.replace import replace
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Lease, Person
from lanes.editing import Editing
from lanes.engine import Engine
from lanes.library import Library
from lanes.models.base import Ask, Model, Turn
from lanes.ready import ReadyLane
from lanes.replay.cases import Case, Drafted
from lanes.replay.recall import Memory, recalling
from lanes.replay.traces import calls
from lanes.replay.wires import Answers, Diverged, RecordedWire
from lanes.shadow.comparing import Comparing
from storage import claims, ledger, remembered, views
from storage.database import connect, metadata
from storage.ledger import GENESIS, New
from storage.writer import Writer
from tools import moment
from tools.contract import ToolError, Unavailable, Wire

TEAM, CHANNEL = "T0REPLAY", "C0REPLAY"
_PAUSES = 30  # times that a system is given its moment, before a run that never gets on is left
_RECOVERS = timedelta(seconds=15)  # longer than the agent lets a silent system be
_ROUNDS = 60  # of people's words in one run; more than any budget of steps allows


class Silent(Exception):
    """The model gave no answer: nothing can be said of the case."""


@dataclass(frozen=True)
class Played:
    """What came of a case. `diverged`: what it asked for and the recording does not have; it stopped there."""

    events: tuple[RunEvent, ...]
    run: Run
    asked: tuple[str, ...] = ()  # the tools of the turn in which it stopped
    diverged: Diverged | None = None


@dataclass
class Watched:
    """The model, and what it said last: a turn that diverges is never recorded."""

    model: Model
    last: tuple[str, ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        self.label = self.model.label

    def prices(self, model: str) -> bool:
        return self.model.prices(model)

    def turn(self, ask: Ask) -> Turn:
        try:
            turn = self.model.turn(ask)
        except ToolError as error:
            raise Silent(error.message) from error
        self.last = tuple(name for _, name in calls(turn.content))
        return turn


@contextmanager
def empty_ledger() -> Iterator[Path]:
    """A file with our tables and nothing in them, to be copied for each case."""
    with tempfile.TemporaryDirectory(prefix="lanekeeper-replay-") as folder:
        file = Path(folder) / "empty.sqlite"
        database = connect(f"sqlite:///{file}")
        metadata().create_all(database)
        database.dispose()
        yield file


@contextmanager
def ledger_of(empty: Path) -> Iterator[tuple[Database, Writer]]:
    """A ledger of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=empty.parent) as folder:
        file = Path(folder) / "case.sqlite"
        shutil.copy(empty, file)
        database = connect(f"sqlite:///{file}")
        writer = Writer(database)
        try:
            yield database, writer
        finally:
            writer.close()
            database.dispose()


def put_in_mode(connection: Connection, page: Lane, mode: Mode, lease: Lease | None, at: datetime) -> None:
    """Mode and lease are the lane's state that day, no part of what is tried, whatever the lease was signed for."""
    if mode is page.mode and lease is None:
        return
    signed = lease.model_copy(update={"configuration": ""}) if lease else None
    owner = Person(user=page.owner.person, team=TEAM)
    event = LaneModeChanged(at=at, lane=page.lane, mode=mode, by=owner, lease=signed)
    ledger.append(connection, f"lane:{page.lane}", (0, GENESIS), [New(event.kind, event.at, body(event))])


def play(case: Case, ready: ReadyLane, model: Model, comparing: Comparing, empty: Path) -> Played:
    """Feed a case to this lane and this model. Raises `Silent` when the model does not answer."""
    memory = Memory(case, comparing)
    tools = {name: recalling(tool, memory) for name, tool in ready.tools.items()}
    known = {**ready.known, **tools}
    acting = replace(ready, tools=tools, known=known)
    with ledger_of(empty) as (database, writer), moment.at(case.at):
        return _Stage.of(acting, model, memory, database, writer).played()


@dataclass
class _Stage:
    case: Case
    ready: ReadyLane
    memory: Memory
    library: Library
    writer: Writer
    engine: Engine
    model: Watched
    agent: Agent
    now: list[datetime]
    said: Counter[str] = field(default_factory=Counter)  # by tool, how many of its recorded drafts were spoken of
    spoken: set[tuple[str, int]] = field(default_factory=set)  # the actions and versions that were

    @classmethod
    def of(cls, ready: ReadyLane, model: Model, memory: Memory, database: Database, writer: Writer) -> "_Stage":
        case = memory.case
        now = [case.at]
        engine = Engine(database, writer, {case.lane: ready}, team=TEAM, model=model.label, clock=lambda: now[0])
        answers, watched = Answers(case.wire), Watched(model)

        def wire(_identity: str, system: str) -> Wire:
            return RecordedWire(system, answers)

        agent = Agent(engine, watched, wire, lambda email: case.people.get(email, ""))
        return cls(case, ready, memory, Library(database), writer, engine, watched, agent, now)

    def played(self) -> Played:
        self.writer.write(self._as_it_was)
        case, run = self.case, self.case.run
        started = c.StartRun(
            run, case.lane, case.subject, Person(user=case.by, team=TEAM), CHANNEL, "replay", inputs=case.inputs,
            message=case.message, anew=True,
        )  # fmt: skip
        self.engine.handle(started)
        diverged = None
        try:
            for _ in range(_ROUNDS):
                self._advance()
                if not self._people_speak():
                    break
        except Diverged as error:
            diverged = error
        found = self.engine.run(run)
        assert found is not None, "it was started"
        return Played(self.library.events(run), found, self.model.last if diverged else (), diverged)

    def _as_it_was(self, connection: Connection) -> None:
        """What the ledger held beside the run: the day's totals, the same changes elsewhere, what people had said."""
        case = self.case
        day = case.at.date().isoformat()
        views.add_to_tallies(connection, case.lane, [(day, what, n) for what, n in case.spent.items()])
        claims.claim(connection, [
            claims.Claim(fingerprint(change.change), by.run, by.action, by.lane, by.by, by.done, by.at)
            for change in case.prior
            for by in (change.by,)
        ])  # fmt: skip
        put_in_mode(connection, self.ready.page, case.mode, case.lease, case.at)
        for one in case.precedents:
            remembered.remember(connection, case.lane, {case.subject}, one.at, one.model_dump_json())

    def _advance(self) -> None:
        """Let the agent go on; a system that is silent in the recording gets its moment."""
        for _ in range(_PAUSES):
            try:
                return self.agent.advance(self.case.run)
            except Unavailable:
                self.now[0] += _RECOVERS
        return None

    def _people_speak(self) -> bool:
        """Say of every open draft what was said of it; false when nothing moved, or nothing is open."""
        moved = False
        while (run := self.engine.run(self.case.run)) and (action := self._next(run)):
            self.spoken.add((action.id, action.version))
            recorded = self._recorded(action.draft.tool)
            moved |= recorded is not None and self._speak(run, action, recorded)
        return moved

    def _next(self, run: Run) -> Action | None:
        """A draft that is open, and that nobody was asked about yet."""
        waiting = (a for a in run.actions.values() if a.state in {State.HELD, State.CLEARED})
        return next((a for a in waiting if (a.id, a.version) not in self.spoken), None)

    def _recorded(self, tool: str) -> Drafted | None:
        """The next draft of this tool in the recording that people, or the world, had something to say of."""
        spoken = [one for one in self.case.drafts if one.draft == tool and one.became not in _NOTHING_SAID]
        nth = self.said[tool]
        self.said[tool] += 1
        return spoken[nth] if nth < len(spoken) else None

    def _speak(self, run: Run, action: Action, then: Drafted) -> bool:  # noqa: PLR0911 - one line an end
        """False: it stays as it is."""
        match then.became:
            case State.REJECTED:
                return self._decide(action, c.Decide, decision="reject", reason=then.code, note=then.said)
            case State.TAKEN_OVER:
                return self._decide(action, c.Decide, decision="take_over", note=then.said)
            case State.EXPIRED:
                return self._expire(action)
            case State.SUPERSEDED if then.code == "edited":
                return self._edit(run, action, then)
            case State.SUPERSEDED if then.code in {"asked", "answered"}:
                return self._decide(action, c.Ask, to="agent", text=then.said)
            case State.SUPERSEDED:
                return self._approve(action) and self._moves(
                    action, c.Withdraw(run.id, action.id, action.version, then.code, then.said)
                )
            case State.DONE | State.FAILED | State.UNCERTAIN:
                return self._approve(action) and self._carry(action, then)
            case _:
                return False

    def _approve(self, action: Action) -> bool:
        """As many different people say yes as are asked."""
        for _ in range(_VOICES):
            now = self._now(action)
            if now.state is not State.HELD:
                break
            if not self._decide(now, c.Decide, decision="approve"):
                return False
        return self._now(action).state is State.CLEARED

    def _carry(self, action: Action, then: Drafted) -> bool:
        """Ask for the wire as the executor does, and tell what came of it."""
        draft, tool = action.draft, self.ready.writer(action.draft)
        arguments = tool.arguments.model_validate(draft.arguments)
        run, name, version = self.case.run, action.id, action.version
        begun = self._moves(action, c.Begin(
            run, name, version, tool.needs(arguments), tool.retry, draft.target.pinned, tool.version,
            tool.preview(arguments, draft.target).body, draft.change, tool.same_within,
        ))  # fmt: skip
        if not begun or self._now(action).state is not State.EXECUTING:
            return begun
        self.memory.left[draft.key] = then.result or {}
        match then.became:
            case State.DONE:
                return self._moves(action, c.Report(run, name, version, "done", then.result or {}))
            case State.FAILED:
                return self._moves(action, c.Report(run, name, version, "failed", code=then.code, message=then.said))
            case _:
                lost = c.Report(run, name, version, "uncertain", code=then.code, message=then.said)
                self._moves(action, lost)
                self.engine.handle(c.EndSettling(run, name, version, then.said, undoable=False))
                return bool(self.engine.handle(c.Finish(run, "uncertain", detail=then.code)).events)

    def _edit(self, run: Run, action: Action, then: Drafted) -> bool:
        """A person writes the arguments that the next recorded version of this draft has."""
        mine = [one for one in self.case.drafts if one.draft == then.draft]
        behind = mine[mine.index(then) + 1 :]
        if not behind:
            return False
        editing = Editing(self.engine, self.agent.wires, self.agent.by_email)
        try:
            revision = editing.revise(run, action, behind[0].arguments)
        except (ValidationError, ToolError):
            return False
        return self._decide(action, c.Decide, decision="edit", revision=revision)

    def _expire(self, action: Action) -> bool:
        before = self.now[0]
        self.now[0] = max(before, action.until or before)
        return self._moves(action, c.Expire(self.case.run, action.id, action.version))

    def _decide(self, action: Action, kind: type[c.Decide] | type[c.Ask], **more: object) -> bool:
        voice = c.Voice(
            Person(user=f"U0VOICE{sum(self.said.values())}{len(action.yes)}", team=TEAM),
            c.Standing.MEMBER, stage=action.stage,
        )  # fmt: skip
        before = len(self._now(action).decided)
        wish = kind(
            run=self.case.run, action=action.id, version=action.version, digest=action.draft.digest, voice=voice,
            surface="replay", delivery=f"{action.id}.{action.version}.{before}.{kind.__name__}", **more,  # type: ignore[arg-type]
        )  # fmt: skip
        return self._moves(action, wish)

    def _moves(self, action: Action, command: c.RunCommand) -> bool:
        """Did it change anything about the draft but a refusal on record?"""
        events = self.engine.handle(command).events
        return any(event.kind != "decision.refused" for event in events)

    def _now(self, action: Action) -> Action:
        run = self.engine.run(self.case.run)
        assert run is not None, "it was started"
        return run.actions[action.id]


_VOICES = 5  # more people than any page asks
_NOTHING_SAID = frozenset({State.BLOCKED, State.SHADOWED})
