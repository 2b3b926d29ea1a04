"""A lane with its record, on a database: cases, replays, canaries, the lane's own events."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

import lanes
from lanes.core import commands as c
from lanes.core import lane_commands as lc
from lanes.core.commands import Standing, Voice
from lanes.core.page import Lane
from lanes.core.run import Run
from lanes.core.states import State
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.loading import load_lanes
from lanes.promotion.readiness import Readiness
from lanes.promotion.review import Review
from lanes.promotion.strata import Strata
from lanes.promotion.watching import Watching
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome
from storage import cases, tables
from storage.writer import Writer
from tools.contract import Preview, Stake, Target
from tools.money import Money
from tools.registry import TOOLS

LANE, SMALL = "support-refunds", "stripe.create_refund when amount <= 25.00 USD"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWNER, LENA = Person(user="U0OWNER", team="T0"), Person(user="U0LEAD1", team="T0")
LANES = load_lanes(Path(lanes.__file__).parent / "catalog", TOOLS)


@dataclass
class Record:
    """What a lane has to show."""

    database: Database
    writer: Writer
    now: datetime = NOW
    model: str = "m"
    small: str = SMALL
    engine: Engine = field(init=False)
    count: int = 0

    def __post_init__(self):
        self.engine = Engine(self.database, self.writer, LANES, team="T0", model=self.model, clock=lambda: self.now)
        self.strata = Strata(self.engine, self.database)
        self.readiness = Readiness(self.engine, self.database, self.strata)
        self.review = Review(self.engine, self.readiness)
        self.watching = Watching(self.engine, self.database)

    @property
    def state(self):
        return self.engine.lane_state(LANE)

    def under(self, model: str) -> "Record":
        """The same record, and another model."""
        return Record(self.database, self.writer, self.now, model, count=self.count)

    def keep(self, many: int = 1, *, days: float = 20, segment: str = SMALL, **fields: Any) -> list[Case]:
        """So many cases, spread over the last `days`; clean unless said otherwise. They are settled by now."""
        made = []
        for n in range(many):
            self.count += 1
            at = self.now - timedelta(days=days) * (1 - n / max(many - 1, 1)) - timedelta(days=2, minutes=1)
            told = {"at": at, "settled": at + timedelta(days=2), "run": f"r{self.count}", **fields}
            made.append(Case(**{
                "id": f"k{self.count}", "lane": LANE, "source": "shadow", "segment": segment, "action": "a1",
                "configuration": self.engine.conducted(LANE), "tool": segment.partition(" ")[0],
                "subject": f"ZD-{self.count}",
                "fact": "", "outcome": Outcome.AGREE, "suggested": {"amount": {"minor": 1900, "currency": "USD"}},
                "actual": None, **told,
            }))  # fmt: skip
        self.writer.write(lambda connection: cases.put(connection, [case.row() for case in made]))
        return made

    def replay(self, passed: int = 12, failed: int = 0) -> None:
        configuration = self.engine.conducted(LANE)
        row = {"lane": LANE, "configuration": configuration, "model": self.model, "at": self.now, "detail": "[]"}
        self._add(tables.ReplayResult, {**row, "passed": passed, "failed": failed})

    def canaries(self, found: int = 20, missed: int = 0, at: datetime | None = None) -> None:
        for n in range(found + missed):
            shown = at or self.now - timedelta(days=3)
            row = {
                "run": f"canary{shown:%d%H%M}{n}",
                "lane": LANE,
                "queue": "support-leads",
                "flaw": "amount",
                "shown": shown,
            }
            self._add(tables.Canary, {**row, "decided": shown, "found": n < found})

    def drill(self, ago: timedelta = timedelta(days=3)) -> None:
        now, self.now = self.now, self.now - ago
        self.engine.handle_lane(lc.HoldDrill(LANE, OWNER, passed=True, gate=("KILL_SWITCH",), wire="KILL_SWITCH",
                                            stopped_ms=1, refused_ms=1))  # fmt: skip
        self.now = now

    def everything(self, many: int = 200) -> "Record":
        """All that the bar asks for the small refunds."""
        self.drill()
        self.keep(many)
        self.replay()
        self.canaries()
        return self

    def bar(self):
        return self.strata.bar(LANE)

    def small_refunds(self):
        return next(one for one in self.bar().strata if one.segment == SMALL)

    def gates(self) -> set[str]:
        """Names of the gates that keep the small refunds from a lease."""
        bar = self.bar()
        mine = next(one for one in bar.strata if one.segment == SMALL)
        return {gate.name for gate in (*mine.gates, *bar.shared) if not gate.met}

    def sign(self) -> None:
        proposal = self.state.proposal
        for by, standing in ((LENA, Standing.MEMBER), (OWNER, Standing.NOT_MEMBER)):
            self.engine.handle_lane(lc.SignLease(LANE, proposal.id, Voice(by, standing), f"d-{proposal.id}-{by.user}"))

    def written(self, page: Lane) -> None:
        """From now on the lane's page says so."""
        self.engine.lanes = {**self.engine.lanes, LANE: replace(self.engine.lanes[LANE], page=page)}

    def person(self, user: str) -> Person:
        return Person(user=user, team="T0")

    def proposal(self, minor: int, call: str = "call_1") -> c.Proposal:
        money = Money(minor=minor, currency="USD")
        return c.Proposal(
            call=call, tool="stripe.create_refund", tool_version=1, scopes=frozenset({"stripe:refunds.write"}),
            risk="high", retry="native_key", arguments={"charge": "ch_1", "amount": money.model_dump()}, why="Twice",
            target=Target(ref="stripe.charge ch_1", pinned={"refunded": 0}),
            preview=Preview(sentence=f"Refund {money} of charge ch_1"),
            stake=Stake(amount=money, customer=f"cus_{self.count}"), evidence=(),
        )  # fmt: skip

    def begun(self, name: str) -> None:
        self.count += 1
        start = c.StartRun(name, LANE, "ZD-4827", self.person("U0REP"), "C0", f"d-{name}", anew=True)
        self.engine.handle(start)

    def run(self, name: str, minor: int = 1900, undo_within: timedelta | None = None) -> Run:
        """A run that proposes one refund and, where that goes alone, carries it out."""
        self.begun(name)
        turn = c.TakeTurn(name, 1, self.model, "tool_use", (), {}, 10, 5, "req", (), (self.proposal(minor),))
        action = self.engine.handle(turn).run.actions["a1"]
        if action.state is State.CLEARED:
            scopes = frozenset({"stripe:refunds.write"})
            self.engine.handle(c.Begin(name, "a1", 1, scopes, "native_key", action.draft.target.pinned))
            self.engine.handle(c.Report(name, "a1", 1, "done", {}, undo_within=undo_within))
        return self.engine.run(name)

    def ended(self, name: str, cause: str) -> Run:
        self.begun(name)
        return self.engine.handle(c.Finish(name, cause)).run

    def _add(self, table: Any, row: dict[str, Any]) -> None:
        self.writer.write(lambda connection: connection.execute(insert(table.__table__), [row]) and None)


@pytest.fixture
def record(database: Database, writer: Writer) -> Record:
    return Record(database, writer)


@pytest.fixture
def sqlite_record(tmp_path, sqlite_template, write_with: Callable[[Database], Writer], join) -> Record:
    """The same on SQLite alone, for what hangs on no database."""
    import shutil  # noqa: PLC0415

    shutil.copy(sqlite_template, tmp_path / "l.sqlite")
    database = join(f"sqlite:///{tmp_path / 'l.sqlite'}")
    return Record(database, write_with(database))
