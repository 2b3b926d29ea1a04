"""A period is fired once and its work is done once: by two processes, after a restart, a kill, a long absence."""

import subprocess
import sys
import threading
import time as machine
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import structlog.testing
from job_examples import BERLIN, DIGEST, JOBS, NIGHTLY, REPORT, WATCH, WEEKS
from other_process import fire_side_by_side
from sqlalchemy import text

from lanes.core import effects as f
from lanes.core.periods import Daily, Weekly
from lanes.dispatcher import Dispatcher, Part
from lanes.job_effects import JobEffects
from lanes.jobs import Job
from lanes.timetable import Timetable
from storage import firings, outbox
from storage.database import StorageUnusable
from tools.contract import Refused, Unavailable

OTHER = Path(__file__).parent / "other_process.py"


def until(true, seconds=30.0):
    """Nearly everything happens in milliseconds; a busy machine may take its time."""
    end = machine.monotonic() + seconds
    while not true():
        assert machine.monotonic() < end, "it did not come about in time"
        machine.sleep(0.005)


class Office:
    """A timetable, what performs its jobs, and what was told. `work` is what a job does; tests put their own there."""

    def __init__(self, database, writer, clock, jobs=JOBS):
        self.database, self.writer, self.clock, self.jobs = database, writer, clock, jobs
        self.performed, self.told, self.running = [], [], []
        self.work = lambda progress: "fine"
        self.table = self.restarted()

    def restarted(self, jobs=None):
        """A timetable that remembers nothing but what is stored."""
        self.table = Timetable(self.database, self.writer, self.jobs if jobs is None else jobs, self.clock)
        return self.table

    def turn(self, **by):
        self.clock.advance(**by)
        self.table.fire_due()

    def owed(self):
        """The effects that are owed, by id."""
        with self.database.connect() as connection:
            return {one.id for one in outbox.all_due(connection, self.clock() + timedelta(days=1))}

    def periods(self, job):
        """The owed periods of a job."""
        return sorted(name.removeprefix(f"job:{job.name}:") for name in self.owed() if f"job:{job.name}:" in name)

    def firing(self, job, period):
        return self.table.firing(job.name, period)

    def open(self, again=True):
        """Begin to perform what is owed, as a process does at its start."""

        def work(job, period, progress):
            self.performed.append((job.name, period.name, dict(progress.before)))
            return self.work(progress)

        effects = JobEffects(self.writer, self.clock, self.table.jobs, {job.kind: work for job in JOBS})
        parts = {
            f.RunJob: Part(effects.perform, effects.give_up),
            f.TellJobFailed: Part(lambda effect, _: self.told.append((effect.job, effect.period)), lambda *_: None),
        }
        self.running.append(Dispatcher(self.database, self.writer, parts, threads=6, clock=self.clock))
        self.running[-1].start()

    def close(self):
        while self.running:
            self.running.pop().stop()

    def rest(self, passing=timedelta()):
        """Until nothing is owed; what was put off comes about while time is `passing`."""

        def nothing():
            if left := self.owed():
                self.clock.advance(seconds=passing.total_seconds())
                machine.sleep(0.05 if passing else 0)
            return not left

        until(nothing)

    def wait_and_turn(self, **by):
        """Let a failed attempt be put off, and time pass until the next."""
        dispatcher = self.running[-1]
        until(lambda: dispatcher._later)
        self.clock.advance(**by)
        with dispatcher._clock:
            dispatcher._clock.notify()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr("lanes.dispatcher._POLL", 0.05)
    monkeypatch.setattr("storage.writer._IDLE", 0.02)
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def office(database, writer, clock):
    """It opened on Monday 2026-03-02, 10:00 in Berlin, and all jobs are known since."""
    made = Office(database, writer, clock)
    made.table.fire_due()
    yield made
    made.close()


def test_a_job_that_is_new_has_missed_nothing(office):
    assert office.owed() == set()
    assert {one.last.outcome for one in office.table.entries()} == {"passed_over"}
    assert {one.job.name: one.next.name for one in office.table.entries()} == {
        "watch": "2026-03-02T09:15Z", "nightly": "2026-03-03", "digest": "2026-03-03",
        REPORT.name: "2026-W11",
    }  # fmt: skip


def test_each_period_is_owed_once_under_its_name(office):
    office.turn(hours=18, minutes=5)
    for _ in range(3):
        office.table.fire_due()
        office.restarted().fire_due()

    assert office.periods(NIGHTLY) == ["2026-03-03"]
    assert office.periods(WATCH) == ["2026-03-03T03:00Z"]
    row = office.firing(NIGHTLY, "2026-03-03")
    assert (row.due, row.fired, row.by) == (datetime(2026, 3, 3, 2, tzinfo=UTC), office.clock(), "clock")
    assert (row.outcome, row.attempts) == (None, 0)


def test_it_is_not_owed_a_moment_before_it_is_due(office):
    office.turn(hours=16, minutes=59, seconds=59)
    assert office.periods(NIGHTLY) == []
    office.turn(seconds=1)
    assert office.periods(NIGHTLY) == ["2026-03-03"]


def test_after_an_absence_the_newest_is_caught_up_or_every_one_or_none(office):
    """The clock is turned by four weeks, as it is after a holiday of the machine."""
    office.turn(days=28, hours=2)
    office.restarted().fire_due()

    assert office.periods(REPORT) == ["2026-W11", "2026-W12", "2026-W13", "2026-W14"]
    assert office.periods(NIGHTLY) == ["2026-03-30"]
    assert office.periods(WATCH) == ["2026-03-30T11:00Z"]
    assert office.periods(DIGEST) == []


def test_what_is_not_caught_up_is_fired_a_little_late_all_the_same(office):
    office.turn(days=1, minutes=10)
    assert office.periods(DIGEST) == ["2026-03-03"]
    office.turn(days=1, minutes=1)
    assert office.periods(DIGEST) == ["2026-03-03"]


def test_years_of_absence_are_caught_up_a_hundred_at_a_time(office):
    office.turn(days=7 * 130)
    assert len(office.periods(REPORT)) == 100
    office.table.fire_due()
    assert len(office.periods(REPORT)) == 130
    office.table.fire_due()
    assert len(office.periods(REPORT)) == 130


@pytest.mark.parametrize("begin", ["2026-03-27T12:00", "2026-10-23T12:00"], ids=["spring", "autumn"])
def test_the_nights_of_the_change_fire_once_however_often_somebody_looks(database, writer, clock, begin):
    """Half past two in Berlin: skipped in spring, there twice in autumn. Looked at every ten minutes."""
    night = Job("nightly", Daily(time(2, 30)), BERLIN, catch_up="every")
    clock.now = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    office = Office(database, writer, clock, (night,))
    office.table.fire_due()
    for _ in range(75 * 6):
        office.turn(minutes=10)

    days = [(clock.now - timedelta(days=n)).date().isoformat() for n in (2, 1, 0)]
    assert office.periods(night) == days


def test_while_one_period_is_under_way_the_next_one_waits(office):
    """A watch that takes an hour leaves no tail of four behind it; a report's week is never left out."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(progress):
        begun.set()
        assert go_on.wait(10)
        return "fine"

    office.work = slow
    office.turn(minutes=15)
    office.open()
    assert begun.wait(30)
    for _ in range(4):
        office.turn(minutes=15)
    assert office.periods(WATCH) == ["2026-03-02T09:15Z"]
    go_on.set()
    office.rest()
    office.table.fire_due()
    office.rest()

    assert [period for job, period, _ in office.performed if job == "watch"] == [
        "2026-03-02T09:15Z",
        "2026-03-02T10:15Z",
    ]


def test_the_work_is_done_once_and_its_row_says_what_came_of_it(office):
    office.open()
    office.turn(hours=18)
    office.rest()
    office.close()
    office.open()
    office.table.fire_due()
    office.rest()

    assert [one for one in office.performed if one[0] == "nightly"] == [("nightly", "2026-03-03", {})]
    row = office.firing(NIGHTLY, "2026-03-03")
    assert (row.outcome, row.said, row.attempts) == ("done", "fine", 1)
    assert row.finished == office.clock()
    assert row.ms >= 0


def test_a_failure_is_tried_again_and_then_told_once_in_words(office):
    """Six attempts, as every effect has; a restart in between forgets none of them."""

    def away(progress):
        raise Unavailable("DOWN", "Zendesk does not answer")

    office.work = away
    office.open()
    office.turn(hours=18)
    office.rest(passing=timedelta(seconds=31))

    told = [one for one in office.told if one[0] == "nightly"]
    assert told == [("nightly", "2026-03-03")]
    row = office.firing(NIGHTLY, "2026-03-03")
    assert (row.outcome, row.attempts) == ("failed", 6)
    assert "Zendesk does not answer" in row.said
    office.turn(minutes=1)
    office.rest()
    assert [one for one in office.told if one[0] == "nightly"] == told


def test_a_refusal_is_told_without_trying_again(office):
    def refuse(progress):
        raise Refused("HISTORY_CHANGED", "one event does not fit")

    office.work = refuse
    office.open()
    office.turn(hours=18)
    office.rest()

    assert ("nightly", "2026-03-03") in office.told
    row = office.firing(NIGHTLY, "2026-03-03")
    assert (row.outcome, row.said, row.attempts) == ("failed", "one event does not fit", 1)


def test_performed_again_the_work_finds_how_far_it_was(office):
    """U-turns cost only what came after the last word."""

    def half(progress):
        if not progress.before:
            progress(page=7, found=["a", "b"])
            raise Unavailable("DOWN", "the line was cut")
        return f"went on from page {progress.before['page']}"

    office.work = half
    office.turn(hours=18)
    office.open()
    until(lambda: office.firing(NIGHTLY, "2026-03-03").said)
    assert office.firing(NIGHTLY, "2026-03-03").detail == {"page": 7, "found": ["a", "b"]}
    office.close()
    office.clock.advance(seconds=31)
    office.open()
    office.rest()

    row = office.firing(NIGHTLY, "2026-03-03")
    assert (row.outcome, row.said, row.attempts) == ("done", "went on from page 7", 2)


def test_what_ends_the_process_each_time_does_not_do_so_for_ever(office):
    office.turn(hours=18)
    for _ in range(20):
        office.writer.write(
            lambda connection: firings.begin(connection, job="nightly", period="2026-03-03", now=office.clock())
        )
    office.open()
    office.rest()

    assert "nightly" not in [one[0] for one in office.performed]
    assert "none of them came to an end" in office.firing(NIGHTLY, "2026-03-03").said
    assert ("nightly", "2026-03-03") in office.told


def test_by_hand_a_period_is_fired_once_and_says_so_when_it_was(office):
    first = office.table.fire_by_hand("nightly", "", "cli:ada")
    assert (first.fired, first.firing.period, first.firing.by) == (True, "2026-03-02", "cli:ada")
    again = office.table.fire_by_hand("nightly", "2026-03-02", "cli:bob")
    assert (again.fired, again.firing.by) == (False, "cli:ada")
    assert len(office.owed()) == 1
    office.open()
    office.rest()
    done = office.table.fire_by_hand("nightly", "2026-03-02", "cli:bob")
    assert (done.fired, done.firing.outcome) == (False, "done")


def test_what_was_fired_by_hand_ahead_of_its_time_does_not_come_again_nor_hide_what_was_missed(office):
    office.clock.advance(days=14)  # Monday, two reports were missed while nothing ran
    office.table.fire_by_hand(REPORT.name, "", "cli:ada")
    assert office.periods(REPORT) == ["2026-W12"]
    office.restarted().fire_due()
    assert office.periods(REPORT) == ["2026-W11", "2026-W12"]
    office.restarted().fire_due()
    assert office.periods(REPORT) == ["2026-W11", "2026-W12"]
    assert office.firing(REPORT, "2026-W12").by == "cli:ada"


def test_what_was_fired_ahead_of_its_time_is_not_shown_as_what_comes_next(office):
    office.clock.advance(hours=15)  # an hour past midnight in Berlin
    assert office.table.fire_by_hand("nightly", "", "cli:ada").firing.period == "2026-03-03"
    assert {one.job.name: one.next.name for one in office.table.entries()}["nightly"] == "2026-03-04"
    office.turn(hours=3)
    assert office.periods(NIGHTLY) == ["2026-03-03"]


def test_fired_by_hand_before_the_first_start(database, writer, clock):
    office = Office(database, writer, clock)
    assert office.table.fire_by_hand("nightly", "", "cli:ada").fired
    office.table.fire_due()
    office.restarted().fire_due()
    assert office.periods(NIGHTLY) == ["2026-03-02"]
    office.open()
    office.rest()
    office.close()
    office.clock.advance(days=1)
    office.restarted().fire_due()
    assert office.periods(NIGHTLY) == ["2026-03-03"]


def test_a_period_that_failed_can_be_fired_by_hand_again(office):
    def refuse(progress):
        raise Refused("NO", "no key")

    office.work = refuse
    office.open()
    office.turn(hours=18)
    office.rest()
    office.work = lambda progress: "mended"
    assert office.table.fire_by_hand("nightly", "2026-03-03", "cli:ada").fired
    office.rest()

    assert office.firing(NIGHTLY, "2026-03-03").said == "mended"
    office.restarted().fire_due()
    assert office.owed() == set()


@pytest.mark.parametrize(
    ("job", "period", "said"),
    [
        ("lunch", "", "there is no job lunch; there are support"),
        ("nightly", "2026-W10", "nightly has no such period: '2026-W10' is no date"),
        ("nightly", "2026-03-03", "2026-03-03 has not begun"),
        ("nightly", "2026-02-30", "nightly has no such period"),
    ],
)
def test_what_cannot_be_fired_is_refused_with_a_sentence(office, job, period, said):
    with pytest.raises(Refused) as refused:
        office.table.fire_by_hand(job, period, "cli:ada")
    assert said.replace("support", "report:support-refunds") in refused.value.message


def test_a_job_that_is_gone_or_has_other_periods_now_fails_in_words(office):
    office.turn(hours=18)
    office.restarted((Job("nightly", Weekly(1, time(3)), BERLIN),))
    office.open()
    office.rest()

    assert "has other periods now" in office.firing(NIGHTLY, "2026-03-03").said
    assert "has no job watch any more" in office.firing(WATCH, "2026-03-03T03:00Z").said


def test_a_disk_that_is_full_loses_no_firing(office, monkeypatch):
    write = office.writer.write

    def full(job, **how):
        raise StorageUnusable("the disk is full")

    monkeypatch.setattr(office.writer, "write", full)
    office.turn(hours=18)
    monkeypatch.setattr(office.writer, "write", write)
    office.table.fire_due()
    assert office.periods(NIGHTLY) == ["2026-03-03"]


def test_a_job_that_cannot_be_told_its_periods_holds_up_no_other(office):
    office.restarted((Job("broken", "no cadence", UTC), *JOBS))
    office.turn(hours=18)
    assert office.periods(NIGHTLY) == ["2026-03-03"]


def test_old_firings_are_forgotten_but_each_jobs_newest(office):
    office.open()
    for _ in range(3):
        office.turn(days=7)
        office.rest()
    office.close()
    office.clock.advance(days=500)

    assert office.table.sweep(office.clock() - timedelta(days=400)) == 3 * len(JOBS)
    assert {one.job.name: one.last.period for one in office.table.entries()}["nightly"] == "2026-03-23"
    office.restarted().fire_due()
    assert office.periods(REPORT)[0] == "2026-W14", "it still knows up to where it has looked after its weeks"


def test_two_processes_that_fire_at_the_same_instant_owe_each_period_once(office, database_url):
    """U5: uniqueness is the database's, not a process's."""
    command = (sys.executable, str(OTHER), database_url, "firings", "other")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as other:  # fmt: skip
        assert other.stdout.readline() == "ready\n", other.stderr.read()
        other.stdin.write("go\n")
        other.stdin.flush()
        try:
            fire_side_by_side(office.table, office.clock)
        finally:
            said = other.communicate(timeout=60)[1]

    assert (said, other.returncode) == ("", 0)
    assert len(office.periods(REPORT)) == WEEKS
    with office.database.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM firing WHERE job = :job"), {"job": REPORT.name})
        assert rows.scalar_one() == WEEKS + 1
