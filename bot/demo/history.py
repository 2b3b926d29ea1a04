"""Ten weeks of history, made up: to have something to look at on the first day. Nobody in it exists.

What is known of it (`tests/demo/test_history.py` computes it again from the cases):

    lane               segment of its page             agent errs   people err   missed   overreach
    support-refunds    up to 25 USD                        0 %          3 %        3 %        0 %
                       anything else                       3 %          4 %        4 %        1 %
    renewals           quotes up to 25,000 USD             0 %          4 %        2 %        0 %
                       anything else                       6 %          4 %        4 %        0 %
    support-priority   low and normal                      2 %          5 %        2 %        0 %
                       anything else                       4 %          5 %        2 %        0 %

Of twenty practice drafts among the refunds one is let through. And where the lanes stand at its end:

    support-refunds    14 clean cases short of its bar
    renewals           over its bar: the next promotion review proposes a lease
    support-priority   had a lease from its sixth week on and lost it in the tenth: somebody took back a change of it

Runs, decisions, leases, labels and the demotion are real commands to a real engine under a clock that walks through the
past; cases are made by the job that matches, figures by the one that measures. Made up are what customers wrote, what
people did by hand (facts, as the systems of record would tell them), how long people took, and the costs of model
turns, since rules cost nothing. The suites are replayed as they ship. The same seed makes the same weeks.

The file is made under another name and gets its own when it is finished, so a kill leaves nothing behind.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from bot.demo import priority, refunds, renewals
from bot.demo.acting import Hasty, Past, Walking
from bot.demo.told import SEED, WEEKS, Told
from bot.demo.weeks import LENA, OWNER, SLACK, Week
from bot.scheduler import jobs_of
from bot.settings import CATALOG
from lanes.adjudicating import Adjudicating
from lanes.core import case_commands as cc
from lanes.core import lane_commands as lc
from lanes.core import proof_effects as pf
from lanes.core.commands import Standing, Voice
from lanes.core.periods import Daily
from lanes.engine import Engine
from lanes.evidence.severity import Verdict
from lanes.jobs import Job, Progress, period_of
from lanes.loading import load_lanes
from lanes.models.offline import OfflineModel
from lanes.promotion.readiness import Readiness
from lanes.promotion.review import Review
from lanes.promotion.strata import Strata
from lanes.promotion.watching import Watching
from lanes.ready import ReadyLane
from lanes.replay.nightly import Nightly
from lanes.replay.shelf import Shelf
from lanes.report.measuring import Measuring
from lanes.shadow.adjudication import agent_is, handle, wanted
from lanes.shadow.cases import ELSE
from lanes.shadow.casework import Casework
from lanes.shadow.harvesting import HARVEST
from lanes.timetable import Timetable
from storage import cases, facts
from storage.database import connect, migrate
from storage.facts import Reading
from storage.writer import Writer
from tools.registry import TOOLS

SHORT_OF = 14  # clean cases that support-refunds lacks
HALF = "half-a-history-"  # how the file is called until it is finished
LANES = (refunds.LANE, renewals.LANE, priority.LANE)
_SMALL_REFUNDS = 16  # a week, inside the segment
_FEWEST, _MOST = 4, 40  # of the last week, which brings the lane to where it shall stand
_DRILLS = (2, 6, 9)  # the weeks, counted from 0, in which the kill switch is tried
_LABELLED_BY = {"renewals": "U0REVOPS"}

Harvest = Callable[[datetime], None]  # what people did up to then is known


def make(
    file: Path, now: datetime, zone: tzinfo = UTC, seed: str = SEED, told: Callable[[int], None] = lambda _: None
) -> None:
    """Make the history and put it there, unless there is a file already. `told` hears how many weeks are finished."""
    if file.exists():
        return
    for left in file.parent.glob(f"{HALF}*"):
        left.unlink()
    half = file.with_name(f"{HALF}{os.getpid()}.sqlite")
    monday = now.date() - timedelta(days=now.weekday())
    plan = Told(monday - timedelta(weeks=WEEKS), seed)
    database = connect(f"sqlite:///{half}")
    migrate(database)
    writer = Hasty(database)
    try:
        _Ten(database, writer, plan, now, zone).make(told)
    finally:
        writer.close()
        database.dispose()
    with half.open("rb+") as whole:
        os.fsync(whole.fileno())
    plan.write(file.parent)
    half.replace(file)


@dataclass
class Chronicle:
    """Writes weeks, one after the other, into a database whose lanes are those of the page."""

    database: Database
    writer: Writer
    lanes: Mapping[str, ReadyLane]
    plan: Told
    harvest: Harvest
    clock: Walking = field(default_factory=lambda: Walking(datetime.now(UTC)))

    def __post_init__(self) -> None:
        self.engine: Engine = Past(
            self.database, self.writer, self.lanes, team=SLACK, model=OfflineModel.label, clock=self.clock
        )

    def week(
        self, index: int, small_refunds: int = _SMALL_REFUNDS, lost: priority.Lost | None = None
    ) -> Week:  # fmt: skip
        """One week with all that is known about it on the Monday after."""
        week = Week(self.plan.seed, index, self.plan.begin(index), self.engine, self.clock)
        refunds.shadowed(week, small_refunds)
        refunds.asked_for(week)
        refunds.practised(week)
        renewals.shadowed(week)
        renewals.asked_for(week)
        priority.worked(week, lost)
        end = self.plan.begin(index + 1) + timedelta(minutes=30)
        self.known(week, end)
        self.labelled(week, end)
        return week

    def known(self, week: Week, at: datetime) -> None:
        """What was done becomes known, and is held against what was drafted."""
        self.clock.now = at
        self.writer.write(partial(facts.keep, found=week.facts, now=at))
        self.harvest(at)
        casework = Casework(self.database, self.writer, self.lanes, TOOLS, self.clock)
        casework.match(Progress({}, lambda _: None))

    def labelled(self, week: Week, at: datetime) -> None:
        """People look at what went alone, at disagreements and at some agreements; they see what is true."""
        looking = Adjudicating(self.engine, self.database, lambda _: "")
        for run, action in week.alone:
            looking.draw(pf.DrawAudit(run=run, action=action, version=1))
        for lane in LANES:
            with self.database.connect() as connection:
                rows = [row for row in cases.unasked(connection, lane, at) if wanted(row.id, row.source, row.outcome)]
                about = {row.id: cases.find(connection, row.id) for row in rows}
            for row in rows:
                case = about[row.id]
                assert case is not None, "it was found a moment ago"
                if week.index == WEEKS - 1 and lane == refunds.LANE and case.segment == ELSE:
                    continue  # something is left for you to look at
                self.clock.on(40)
                self._label(week, lane, row.id, row.source, case.run)

    def _label(self, week: Week, lane: str, case: str, source: str, run: str) -> None:
        """`case` gets its verdicts from a lead, through the same commands as on a card."""
        audit = source == "audit"
        side = "a" if audit else agent_is(case)
        kind = "audit" if audit else "comparison"
        self.engine.handle_case(cc.AskCase(case, lane, kind, handle(case), side))  # type: ignore[arg-type]
        known = week.known.get(run)
        agent = Verdict.CORRECT if audit or known is None else known.agent
        person = "" if audit else Verdict.CORRECT if known is None else known.person
        first, second = (agent, person) if side == "a" else (person, agent)
        by = LENA.model_copy(update={"user": _LABELLED_BY.get(lane, LENA.user)})
        reason = "" if known is None or audit else known.reason
        self.engine.handle_case(cc.LabelCase(
            case, by, Standing.MEMBER, first, second, f"made-up/{case}", reason=reason  # type: ignore[arg-type]
        ))  # fmt: skip


class _Ten:
    """The ten weeks, with what happens between them."""

    def __init__(self, database: Database, writer: Writer, plan: Told, now: datetime, zone: tzinfo) -> None:
        lanes = load_lanes(CATALOG, TOOLS)  # not yours: of these lanes something is known
        self.database, self.writer, self.plan, self.now, self.zone = database, writer, plan, now, zone
        self.chronicle = Chronicle(database, writer, lanes, plan, self._read)
        self.engine, self.clock = self.chronicle.engine, self.chronicle.clock
        self.present = Engine(database, writer, lanes, team=SLACK, model=OfflineModel.label, clock=self.clock)
        self.nightly = Nightly(self.engine, OfflineModel(), Shelf(CATALOG.parent), database, writer)
        self.verdicts: dict[str, dict[str, Any]] = {}  # by lane, of each case

    def make(self, told: Callable[[int], None]) -> None:
        self.clock.now = self.plan.begin(0) + timedelta(hours=8)
        self.engine.handle_lane(lc.AnnounceCanaries(refunds.LANE))
        for index in range(WEEKS):
            if index in _DRILLS:
                self._drilled(index)
            if index == priority.FREED:
                self._freed()
            if index == WEEKS - 1:
                self.chronicle.week(index, self._small_refunds(), self._lost)
            else:
                self.chronicle.week(index)
            told(index + 1)
        self.clock.now = self.now
        self._read(self.now)
        self._replayed()
        pages = {name: ready.page for name, ready in self.engine.lanes.items()}
        Measuring(self.database, self.writer, lambda: pages).measure(self.now)
        self._owed()

    def _owed(self) -> None:
        """What this week's jobs would have told by now, Lanekeeper tells right after its start."""
        timetable = Timetable(self.database, self.writer, jobs_of(self.zone, self.engine.lanes), self.clock)
        reports = [name for name in timetable.jobs if name.partition(":")[2] in LANES]
        for name in (*reports, "weekly_overview", "promotion_review", "adjudication"):
            timetable.fire_by_hand(name, "", "history")

    def _small_refunds(self) -> int:
        """As many clean cases as bring the lane to where it shall stand."""
        self.clock.now = self.plan.begin(WEEKS - 1) + timedelta(hours=1)
        bar = Strata(self.engine, self.database).bar(refunds.LANE)
        assert bar is not None, "its page has a bar"
        missing = next(gate.more for gate in bar.strata[0].gates if gate.name == "evidence")
        return min(max(missing - SHORT_OF, _FEWEST), _MOST)

    def _drilled(self, index: int) -> None:
        """The owner tries the kill switch of the lanes that are to act alone."""
        for n, lane in enumerate(LANES):
            self.clock.now = self.plan.begin(index) + timedelta(hours=9, minutes=5 * n)
            self.engine.handle_lane(lc.HoldDrill(lane, OWNER, True, ("KILL_SWITCH",), "KILL_SWITCH", 4, 6))

    def _freed(self) -> None:
        """The bar of support-priority is met: it gets its lease, signed by its owner and a lead."""
        self.clock.now = self.plan.begin(priority.FREED) + timedelta(hours=8)
        self._replayed()
        readiness = Readiness(self.engine, self.database, Strata(self.engine, self.database))
        bar = Review(self.engine, readiness).look(priority.LANE)
        proposal = self.engine.lane_state(priority.LANE).proposal
        assert proposal is not None, f"the bar of its weeks is not met: {bar}"
        for n, by in enumerate((LENA, OWNER)):
            self.clock.on(1_500)
            voice = Voice(by, Standing.MEMBER)
            self.engine.handle_lane(lc.SignLease(priority.LANE, proposal.id, voice, f"made-up/lease/{n}"))

    def _lost(self, week: Week, run: str) -> None:
        """Somebody has taken back what the lane had done alone, and the watch over it sees that."""
        at = self.clock.now
        priority.taken_back(week, run, at - timedelta(minutes=25))
        self.writer.write(partial(facts.keep, found=week.facts[-1:], now=at))
        lost = Watching(self.present, self.database).look(priority.LANE)
        assert lost, "a reversal costs a lane its lease"

    def _read(self, at: datetime) -> None:
        """Every source of every page was read up to then."""
        named = {
            (source.name, ready.truth_identity.name) for ready in self.engine.lanes.values() for source in ready.truths
        }
        self.writer.write(partial(_put_readings, named=named, at=at))

    def _replayed(self) -> None:
        """Each suite is replayed; the second time its verdicts are known, since nothing they rest on has changed."""
        for lane in LANES:
            job, known = Job("nightly_replay", Daily(time(5)), self.zone, lane=lane), self.verdicts.setdefault(lane, {})
            progress = Progress({"cases": dict(known)}, partial(_note, known))
            self.nightly.replay(job, period_of(job, self.clock.now), progress)


def _note(known: dict[str, Any], told: Mapping[str, Any]) -> None:
    known |= told["cases"]


def _put_readings(connection: Connection, named: set[tuple[str, str]], at: datetime) -> None:
    for source, identity in named:
        reading = Reading(source, identity, HARVEST, since=at, cursor=None, read_until=at)
        facts.keep_page(connection, [], reading, at)
