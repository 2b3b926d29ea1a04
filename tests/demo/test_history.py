"""The demo's ten weeks: what is said of them is true of them, and they are made once, or not at all."""

import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.demo.cases import RATES
from bot.demo.going_on import GoingOn
from bot.demo.history import SHORT_OF, Chronicle, make
from bot.demo.refunds import LANE as REFUNDS
from bot.demo.told import WEEKS, Told
from bot.settings import CATALOG
from bot.workspace.clock import Clock
from lanes.core.page import Mode
from lanes.engine import Engine
from lanes.evidence.intervals import Share
from lanes.library import Library
from lanes.loading import load_lanes
from lanes.models.offline import OfflineModel
from lanes.promotion.readiness import Readiness
from lanes.promotion.review import Review
from lanes.promotion.strata import Strata
from lanes.report.gathering import Gathering
from lanes.shadow.cases import ELSE, Case
from lanes.shadow.matching import Outcome
from lanes.trace import trace
from storage import cases
from storage.database import connect
from storage.writer import Writer
from tools.registry import TOOLS

NOW = datetime(2026, 11, 25, 14, 20, tzinfo=UTC)  # a Wednesday


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder with the history that a first start makes."""
    structlog.configure(processors=[structlog.processors.JSONRenderer(default=repr)])
    folder = tmp_path_factory.mktemp("demo")
    make(folder / "lanekeeper.sqlite", NOW)
    structlog.reset_defaults()
    return folder


class Office:
    """Everything that looks at a history, two minutes after it was made."""

    def __init__(self, folder):
        self.database = connect(f"sqlite:///{folder / 'lanekeeper.sqlite'}")
        self.writer, self.lanes = Writer(self.database), load_lanes(CATALOG, TOOLS)
        self.engine = Engine(
            self.database, self.writer, self.lanes, team="T0LOCAL", model=OfflineModel.label,
            clock=lambda: NOW + timedelta(minutes=2),
        )  # fmt: skip
        self.strata = Strata(self.engine, self.database)
        self.readiness = Readiness(self.engine, self.database, self.strata)

    def cases(self, lane):
        with self.database.connect() as connection:
            return [Case.of(row) for row in cases.of_lane(connection, lane)]

    def close(self):
        self.writer.close()
        self.database.dispose()


@pytest.fixture
def office(made, tmp_path):
    """A copy, so that what one test does is not what the next one sees."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    found = Office(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("lane", RATES)
@pytest.mark.parametrize("inside", [True, False])
def test_who_errs_how_often_comes_out_as_it_was_put_in(office, lane, inside):
    found = [c for c in office.cases(lane) if c.source == "shadow" and (c.segment != ELSE) is inside]
    looked_at = [c for c in found if c.outcome is Outcome.AGREE or c.labelled or c.outcome is Outcome.MISSED]
    wrong = Counter(
        "agent" if c.label and c.label != "correct" else "people"
        for c in looked_at
        if {c.label, c.person_label} - {None, "correct"} and c.outcome is Outcome.DIFFER
    )  # fmt: skip
    seen = Counter(c.outcome for c in looked_at)
    rates = RATES[lane][0 if inside else 1]
    for name, hits in (
        ("agent", wrong["agent"]), ("people", wrong["people"]), ("missed", seen[Outcome.MISSED]),
        ("overreach", seen[Outcome.OVERREACH]),
    ):  # fmt: skip
        share, rate = Share(hits, len(looked_at)).wilson, getattr(rates, name)
        assert share.low <= rate <= share.high, f"{name} of {lane}: {hits} of {len(looked_at)}"
        assert hits == 0 or rate > 0, f"{lane} has {name} without a rate"


def test_one_lane_is_just_short_of_its_bar(office):
    bar = office.readiness.bar(REFUNDS)
    assert all(gate.met for gate in bar.shared), "nothing else is in its way"
    refund = bar.strata[0]
    assert {gate.name: gate.more for gate in refund.missing} == {"evidence": SHORT_OF}


def test_one_is_over_it_and_a_review_proposes_its_lease_once(office):
    review = Review(office.engine, office.readiness)
    assert review.all() == 1
    proposal = office.engine.lane_state("renewals").proposal
    assert proposal.lease.segments == tuple(one.segment for one in office.strata.bar("renewals").strata)
    assert review.all() == 1
    assert office.engine.lane_state("renewals").proposal == proposal


def test_one_had_a_lease_and_lost_it_on_a_reversal(office):
    state = office.engine.lane_state("support-priority")
    assert (state.mode, state.lease, state.demoted.reasons) == (Mode.APPROVAL, None, ("REVERSED",))
    assert timedelta() < NOW - state.demoted.at < timedelta(days=10)
    modes = Counter(row.mode for row in runs(office, "support-priority") if row.mode is not Mode.SHADOW)
    assert modes[Mode.AUTONOMOUS] > 50
    assert modes[Mode.APPROVAL] > 5, "what came after it was asked about"


def runs(office, lane):
    library = Library(office.database)
    found = (library.run(row.run) for row in library.latest(5_000) if row.lane == lane)
    return [run.started for run in found]


def test_the_record_is_whole_and_every_run_can_be_told(office):
    library = Library(office.database)
    problems, streams = library.verify()
    assert not problems
    assert streams > 800
    for row in library.latest(60):
        told = trace(library.events(row.run))
        assert told["outcome"], "nothing is left open"
        assert all("generated" in turn["model"] for turn in told["turns"])


def test_the_report_of_the_last_week_has_all_its_rows(office):
    gathering = Gathering(
        office.database, office.lanes, lambda lane: office.engine.regime(lane).mode, lambda _: (), UTC
    )
    week = gathering.last_week(NOW)
    assert (week.begin, week.end) == (NOW - timedelta(days=9, hours=14, minutes=20), week.begin + timedelta(days=7))
    report = gathering.report(REFUNDS, week)
    assert sum(report.live.counts.values()) > 15
    assert {"approve", "reject"} <= set(report.decided.decisions)
    assert report.decided.wait.median
    assert report.decided.looked.count
    assert report.costs.a_success.value
    assert report.costs.people
    assert sum(report.felt.agent.kinds.values())
    assert len([one for one in report.trend if one.live.of]) == len(report.trend)


def test_a_second_start_makes_nothing_and_a_kill_leaves_nothing(made, tmp_path):
    file = tmp_path / "lanekeeper.sqlite"
    command = [sys.executable, "-m", "bot.demo.making", str(file), NOW.isoformat()]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert killed.stdout.readline() == "5 weeks\n"
    killed.kill()
    killed.communicate()
    assert not file.exists()
    assert list(tmp_path.glob("half-a-history-*"))
    file.write_bytes((made / file.name).read_bytes())
    before = (file.stat().st_mtime_ns, file.stat().st_size)
    make(file, NOW + timedelta(days=1))
    assert (file.stat().st_mtime_ns, file.stat().st_size) == before


def test_the_same_seed_makes_the_same_weeks(made):
    with sqlite3.connect(made / "lanekeeper.sqlite") as file:
        (first,) = file.execute("select min(started) from run").fetchone()
    plan = Told.read(made)
    assert plan.begin(0) == datetime(2026, 9, 14, tzinfo=UTC)
    assert plan.begin(0).timestamp() * 1e6 < first < plan.begin(1).timestamp() * 1e6


def test_time_goes_on_only_when_the_week_that_passed_is_made_up(office, tmp_path):
    clock = Clock(tmp_path / "clock.json")
    ahead = (NOW - datetime.now(UTC)).total_seconds()
    clock._ahead = ahead  # the machine's own time is not what this is about
    time = GoingOn(clock, tmp_path)
    stood = time()
    assert abs(stood - NOW) < timedelta(minutes=1)
    clock.turn(timedelta(weeks=1).total_seconds())
    plan = Told.read(tmp_path)
    assert time() == time() == stood, "nobody looks for work among runs that are half told"
    late = GoingOn(clock, tmp_path)
    assert late() == plan.begin(WEEKS + 1) + timedelta(minutes=30), "started late, it goes no further"
    chronicle = Chronicle(office.database, office.writer, office.lanes, plan, lambda _: None)
    before = len(office.cases(REFUNDS))
    chronicle.week(WEEKS)
    once = len(office.cases(REFUNDS))
    assert once > before
    chronicle.week(WEEKS)
    assert len(office.cases(REFUNDS)) == once, "made again after a kill, it is the same week"
    assert Told.read(tmp_path).after(tmp_path).weeks == WEEKS + 1
    assert abs(GoingOn(clock, tmp_path)() - NOW - timedelta(weeks=1)) < timedelta(minutes=1)
    assert not Library(office.database).verify()[0]
