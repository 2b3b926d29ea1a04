"""The way every wish goes: load, decide, append, owe effects; one transaction, then the world may hear of it.

The engine is the only writer of streams. The writer runs its jobs one after the other, so within a process nobody
decides on a stale run; another process's append shows as a conflict, and what was remembered is forgotten, loaded and
decided again.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes import casebook, histories
from lanes.briefing import Briefing
from lanes.casebook import Written
from lanes.core import case_commands as cc
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core import events as e
from lanes.core import lane_commands as lc
from lanes.core import lane_state as ls
from lanes.core import person_state as ps
from lanes.core import proof_effects as pf
from lanes.core.decide import decide
from lanes.core.decide_lane import decide_lane
from lanes.core.decide_person import decide_person
from lanes.core.effects import Effect
from lanes.core.events import PersonEvent, RunEvent
from lanes.core.gate import Regime
from lanes.core.lane_events import LaneEvent
from lanes.core.lane_state import EVERY_LANE, LaneState, Proposal
from lanes.core.person_state import PersonState
from lanes.core.react import react, react_lane, react_person
from lanes.core.run import Run, fold
from lanes.core.values import conducted
from lanes.core.wanted import OfRun
from lanes.core.ways_in import BACKFILL, BESIDE
from lanes.projection import (
    project,
    project_person,
)
from lanes.ready import ReadyLane
from lanes.told import Told
from storage import ledger, outbox, stand_ins, views
from storage.ledger import GENESIS, New, StreamConflict
from storage.outbox import Owed
from storage.stand_ins import StandIn
from storage.writer import Writer

Clock = Callable[[], datetime]
Offer = Callable[[Sequence[tuple[str, Effect]]], None]
_REMEMBERED = 2_000  # folded runs kept in memory, the least used dropped first: about 40 kB each


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outcome:
    """What came of a command: the run after it, and what was new."""

    run: Run | None
    events: tuple[RunEvent, ...]


class Engine:
    """Runs and lanes, by command. Thread-safe."""

    def __init__(
        self, database: Database, writer: Writer, lanes: Mapping[str, ReadyLane], *, team: str, model: str,
        clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        self.lanes = lanes
        self.clock = clock
        self.team = team
        self._database = database
        self._writer = writer
        self._briefing = Briefing(lanes, team, model)
        self._offer: Offer = lambda _: None
        self._runs: OrderedDict[str, tuple[Run, str]] = OrderedDict()  # as the writer's jobs have them
        self._told = Told(_REMEMBERED)  # as everybody else may see them
        self._lane_states: dict[str, tuple[LaneState, str]] = {}
        self._alone = database.dialect.name == "sqlite"  # one dispatcher beside the file; see bot/app.py
        writer.when_lost(self._forget)

    def to(self, offer: Offer) -> None:
        """From now on new effects are offered here, right after the transaction that owes them."""
        self._offer = offer

    def handle(self, command: c.RunCommand) -> Outcome:
        """Carry a command out. Raises `StorageUnusable` when nothing could be stored: then nothing has happened."""
        outcome, owed = self._writer.write(partial(self._handle, command), durable=_told_to_people(command))
        if outcome.run:
            self._told.put(outcome.run)
        self._offer(owed)
        return outcome

    def handle_lane(self, command: lc.LaneCommand, delivery: str = "") -> LaneState:
        """Change mode or kill switch. Raises `Refused` with a sentence when the page does not allow it.

        What one delivery asked for is done once: performed again, an old "resume" must not lift a newer stop.
        """
        state, owed = self._writer.write(partial(self._handle_lane, command, delivery))
        self._offer(owed)
        return state

    def handle_person(self, command: c.PersonCommand, delivery: str = "") -> PersonState:
        """Somebody goes away or comes back. Raises `Refused` with a sentence when that cannot be; once a delivery."""
        state, owed = self._writer.write(partial(self._handle_person, command, delivery))
        self._offer(owed)
        return state

    def handle_case(self, command: cc.CaseCommand) -> Written:
        """A case is drawn, asked about, or answered; what somebody may not answer is on record as well."""
        written = self._writer.write(partial(self._handle_case, command))
        self._offer(written.owed)
        return written

    def receive(self, delivery: str, content: str) -> bool:
        """Store something Slack sent, with the work it calls for. False when it is stored already."""
        effect = f.AnswerDelivery(delivery=delivery, content=content)
        new = self._writer.write(partial(self._receive, delivery, content, effect))
        if new:
            self._offer([(f"delivery:{delivery}", effect)])
        return new

    def owe(self, name: str, effect: Effect) -> None:
        """Let something be done that no event calls for. The name makes it the same piece of work as long as it is
        owed; a piece that was done may be owed again, and performing it again does no harm.
        """
        if self._writer.write(partial(self._owe_once, name, effect)):
            self._offer([(name, effect)])

    def run(self, run: str) -> Run | None:
        """A run as it stands. Where only this process writes runs, what it last committed is what stands."""
        known = self._told.get(run)
        if known and self._alone:
            return known
        stream = f"run:{run}"
        with self._database.connect() as connection:
            if known and ledger.heads(connection, stream)[0] == known.version:
                return known
            return fold(histories.run_events(ledger.read(connection, stream)))

    def conducted(self, lane: str) -> str:
        """Under what a lane works now: its page, prompt, tools and model."""
        return conducted(self.lanes[lane].configuration, self._briefing.model)

    def regime(self, lane: str) -> Regime:
        """Under what a lane stands now."""
        with self._database.connect() as connection:
            return self._regime(connection, lane)

    def lane_state(self, lane: str) -> LaneState:
        """What is known of a lane, or of `EVERY_LANE`, beside its page."""
        with self._database.connect() as connection:
            return self._lane_state(connection, lane)[0]

    def proposal(self, lane: str, proposal: str) -> Proposal | None:
        """A lease that was proposed some time, as it stood at last."""
        with self._database.connect() as connection:
            return histories.proposal(connection, lane, proposal)

    def lane_event(self, lane: str, version: int) -> LaneEvent | None:
        """What changed a lane into this version."""
        with self._database.connect() as connection:
            return histories.lane_event(connection, lane, version)

    def person_event(self, person: str, version: int) -> PersonEvent | None:
        """What changed a person into this version."""
        with self._database.connect() as connection:
            return histories.person_event(connection, person, version)

    def stand_ins(self) -> tuple[StandIn, ...]:
        """Everybody who is away, or said that they will be."""
        with self._database.connect() as connection:
            return stand_ins.stand_ins(connection, self.clock())

    def stands_in_for(self, user: str) -> tuple[str, ...]:
        """For whom somebody decides right now."""
        with self._database.connect() as connection:
            return stand_ins.stands_in_for(connection, user, self.clock())

    def changed_elsewhere(self, effect: Effect) -> None:
        """Another process owes this, so it has written that run: what was told of it may be old, and is read again."""
        if isinstance(effect, OfRun):
            self._told.forget(effect.run)

    # ------------------------------------------------------------------ jobs of the writer

    def _handle(self, command: c.RunCommand, connection: Connection) -> tuple[Outcome, list[tuple[str, Effect]]]:
        stream = f"run:{command.run}"
        kept = self._load(connection, command.run)
        before = kept[0] if kept else None
        lane = command.lane if isinstance(command, c.StartRun) else before.lane if before else None
        if lane is None:
            return Outcome(None, ()), []
        facts = self._briefing.facts(connection, command, before, self._regime(connection, lane), self.clock())
        events = decide(before, command, facts)
        if not events and facts.running:
            same = self._load(connection, facts.running)
            return Outcome(same[0] if same else None, ()), []
        if not events:
            if before and ledger.heads(connection, stream)[0] != before.version:
                raise StreamConflict(stream)  # "nothing to do" was said of a run that another process has moved on
            return Outcome(before, ()), []
        behind = (kept[0].version, kept[1]) if kept else (0, GENESIS)
        head = ledger.append(connection, stream, behind, _news(events))
        after = project(connection, before, events)
        remind = self.lanes[lane].page.approvers.remind
        wanted = [
            (n, effect) for n, event in enumerate(events, behind[0] + 1) for effect in react(after, event, remind)
        ]
        if before is None:
            wanted += [(1, pf.ShadowBeside(run=after.id, lane=name)) for name in self._beside(after)]
        owed = _once([(f"{stream}#{n}.{k}", effect) for k, (n, effect) in enumerate(wanted)])
        self._owe(connection, owed)
        self._keep(after, head[1])
        return Outcome(after, events), owed

    def _beside(self, run: Run) -> list[str]:
        """The lanes whose pages want to stand beside this run."""
        if run.practice or run.started.via in {BESIDE, BACKFILL}:
            return []
        pages = (ready.page for ready in self.lanes.values())
        return [page.lane for page in pages if page.shadow and page.shadow.beside == run.lane]

    def _handle_lane(
        self, command: lc.LaneCommand, delivery: str, connection: Connection
    ) -> tuple[LaneState, list[tuple[str, Effect]]]:
        stream = f"lane:{command.lane}"
        state, last = self._lane_state(connection, command.lane)
        if delivery and not views.answer_once(connection, delivery, self.clock()):
            return state, []
        ready = self.lanes.get(command.lane)
        events = decide_lane(state, command, ready.page if ready else None, self.clock())
        if not events:
            return state, []
        after = ls.fold(events, state)
        head = ledger.append(connection, stream, (state.version, last), _news(events))
        self._lane_states[command.lane] = (after, head[1])
        wanted = [
            effect
            for version, event in enumerate(events, state.version + 1)
            for effect in react_lane(command.lane, event, version)
        ]
        owed = _once([(f"{stream}#{after.version}.{k}", effect) for k, effect in enumerate(wanted)])
        views.mention(connection, stream, [command.lane, *_speaks(command)])
        self._owe(connection, owed)
        return after, owed

    def _handle_person(
        self, command: c.PersonCommand, delivery: str, connection: Connection
    ) -> tuple[PersonState, list[tuple[str, Effect]]]:
        stream = f"person:{command.person.user}"
        rows = ledger.read(connection, stream)
        state, last = ps.fold(histories.person_events(rows)), rows[-1].hash if rows else GENESIS
        if delivery and not views.answer_once(connection, delivery, self.clock()):
            return state, []
        events = decide_person(state, command, self.clock())
        if not events:
            return state, []
        after = ps.fold(events, state)
        ledger.append(connection, stream, (state.version, last), _news(events))
        for event in events:
            project_person(connection, event)
        wanted = [effect for event in events for effect in react_person(event, after.version)]
        owed = [(f"{stream}#{after.version}.{k}", effect) for k, effect in enumerate(wanted)]
        self._owe(connection, owed)
        return after, owed

    def _handle_case(self, command: cc.CaseCommand, connection: Connection) -> Written:
        written = casebook.write(connection, command, self.clock())
        self._owe(connection, written.owed)
        return written

    def _receive(self, delivery: str, content: str, effect: Effect, connection: Connection) -> bool:
        new = views.store_delivery(connection, delivery, content, self.clock())
        if new:
            self._owe(connection, [(f"delivery:{delivery}", effect)])
        return new

    def _owe_once(self, name: str, effect: Effect, connection: Connection) -> bool:
        new = not outbox.owed(connection, name)
        if new:
            self._owe(connection, [(name, effect)])
        return new

    def _regime(self, connection: Connection, lane: str) -> Regime:
        heads = ledger.heads(connection, f"lane:{lane}", f"lane:{EVERY_LANE}")
        own, _ = self._lane_state(connection, lane, heads[0])
        every, _ = self._lane_state(connection, EVERY_LANE, heads[1])
        return Regime(self.lanes[lane].page, own, every)

    def _lane_state(self, connection: Connection, lane: str, head: int = -1) -> tuple[LaneState, str]:
        kept = self._lane_states.get(lane, (LaneState(), GENESIS))
        if kept[0].version != head:
            rows = ledger.read(connection, f"lane:{lane}")
            kept = ls.fold(histories.lane_events(rows)), rows[-1].hash if rows else GENESIS
            self._lane_states[lane] = kept
        return kept

    def _load(self, connection: Connection, run: str) -> tuple[Run, str] | None:
        kept = self._runs.get(run)
        if kept is None:
            rows = ledger.read(connection, f"run:{run}")
            folded = fold(histories.run_events(rows))
            kept = (folded, rows[-1].hash) if folded else None
        return kept

    def _keep(self, run: Run, last: str) -> None:
        self._runs[run.id] = (run, last)
        self._runs.move_to_end(run.id)
        if len(self._runs) > _REMEMBERED:
            self._runs.popitem(last=False)

    def _owe(self, connection: Connection, owed: Sequence[tuple[str, Effect]]) -> None:
        now = self.clock()
        outbox.put(connection, [Owed(name, one.model_dump_json(), one.due or now) for name, one in owed])

    def _forget(self) -> None:
        """A transaction was lost: whatever was folded ahead of it never happened."""
        self._runs.clear()
        self._lane_states.clear()


def _told_to_people(command: c.RunCommand) -> bool:
    """Must it survive a power cut before anybody hears of it? Decisions, intents, outcomes, and drafts on a card."""
    match command:
        case (
            c.Decide()
            | c.Ask()
            | c.AnswerQuestion()
            | c.Cancel()
            | c.TakeBack()
            | c.Begin()
            | c.Report()
            | c.EndSettling()
            | c.Withdraw()
            | c.Freeze()
            | c.Recall()
            | c.Expire()
        ):
            return True
        case c.TakeTurn():
            return bool(command.proposals)
        case _:
            return False


def _speaks(command: lc.LaneCommand) -> list[str]:
    """Who wants it, by Slack id; nobody where the machine does."""
    match command:
        case lc.SignLease() | lc.DeclineLease():
            return [command.voice.by.user]
        case lc.SetMode() | lc.StopLane() | lc.ResumeLane() | lc.HoldDrill():
            return [command.by.user]
        case (
            lc.ProposeLease()
            | lc.HangLease()
            | lc.WithdrawLease()
            | lc.EndLease()
            | lc.Demote()
            | lc.AnnounceCanaries()
        ):
            return []


def _once(owed: Sequence[tuple[str, Effect]]) -> list[tuple[str, Effect]]:
    """The same effect twice in one command is one."""
    return list({effect: (name, effect) for name, effect in reversed(owed)}.values())[::-1]


def _news(events: Sequence[RunEvent | LaneEvent | PersonEvent]) -> list[New]:
    return [New(event.kind, event.at, e.body(event)) for event in events]
