"""What comes by itself in the running house: in its time, once, and told when it fails."""

import sqlite3
from contextlib import closing
from datetime import UTC, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from eyes import wait_until
from house import INCIDENTS, LENA
from slack_sdk import WebClient
from sqlalchemy import text
from typer.testing import CliRunner

from bot.cli import jobs as jobs_cli
from bot.notifier import Notifier
from bot.operations import Operations
from bot.scheduler import jobs_of
from lanes.core import effects as f
from lanes.core.periods import Weekly
from lanes.jobs import Job
from lanes.timetable import Timetable
from storage import firings

NAMES = {job.name for job in jobs_of(UTC)} - {
    "digests",
    "harvest",
    "demotion_watch",
    "canaries",
    "look_at_rooms",
}  # what comes often, what asks others' clocks


def table(house):
    return Timetable(house.lanekeeper.database, house.lanekeeper.writer, jobs_of(house.settings.zone), house.clock)


def came(house):
    """What each job's newest firing came to, once all have ended."""
    last = {entry.job.name: entry.last for entry in table(house).entries() if entry.job.name in NAMES}
    return last if all(one and one.finished for one in last.values()) else None


def rows(house):
    with house.lanekeeper.database.connect() as connection:
        found = connection.execute(text("SELECT job, period, outcome FROM firing ORDER BY job, due"))
        return [tuple(row) for row in found if row.job in NAMES]


def spoil(house):
    """Somebody changes what was said, with the database's own tools."""
    with closing(sqlite3.connect(house.database_file)) as file, file:
        file.execute("UPDATE body SET content = replace(content, 'ZD-4821', 'ZD-4822') WHERE version = 1")


def test_a_week_that_passes_brings_the_weeks_jobs_once_each(house):
    case = house.held("ZD-4821")
    wait_until(lambda: len(rows(house)) == len(NAMES), what="the first look noted no job")
    house.later(days=7)
    wait_until(lambda: (last := came(house)) and {one.outcome for one in last.values()} == {"done"}, 15)
    case.ends("expired")

    assert {name for name, *_ in rows(house)} == NAMES
    assert [outcome for *_, outcome in rows(house)] == ["passed_over", "done"] * len(NAMES)
    last = came(house)
    assert last["verify_ledger"].said in {"1 stream verified", "2 streams verified"}, "the sweep starts a run meanwhile"
    assert "forgotten" in last["sweep_deliveries"].said


def test_what_was_missed_while_nothing_ran_comes_once_at_the_start(house):
    wait_until(lambda: len(rows(house)) == len(NAMES))
    house.stop()
    house.clock.ahead += timedelta(days=30)
    house.start()
    wait_until(lambda: (last := came(house)) and {one.outcome for one in last.values()} == {"done"}, 15)
    house.restart()
    house.quiet()

    assert [outcome for *_, outcome in rows(house)] == ["passed_over", "done"] * len(NAMES)


@pytest.mark.parametrize("channel", ["#incidents", "", "#archived-long-ago"])
def test_a_history_that_was_changed_is_told_to_those_who_run_it_else_to_every_owner(town, channel):
    town.settings = town.settings.model_copy(update={"operations_channel": channel})
    house = town.start()
    try:
        house.held("ZD-4821")
        wait_until(lambda: len(rows(house)) == len(NAMES))
        spoil(house)
        house.later(days=1)
        places = [INCIDENTS] if channel == "#incidents" else ["D0OWNER", "D0ONCALL", "D0REVOPS"]
        for place in places:
            said = house.reads(place, "The job *verify_ledger* failed")
            assert "the body does not match its commitments" in said
            assert "lanekeeper jobs run verify_ledger --period" in said
        house.quiet()
        told = [place for place in (INCIDENTS, "D0OWNER", "D0ONCALL", "D0REVOPS")
                if any("verify_ledger" in one["text"] for one in house.messages(place))]  # fmt: skip
        assert told == places
    finally:
        house.stop()


def test_a_lanes_job_that_failed_is_told_to_the_lanes_owner_alone(house):
    job = Job("weekly_report", Weekly(1, time(8)), ZoneInfo("Europe/Berlin"), lane="renewals")
    engine, keeper = house.engine, house.lanekeeper
    mine = Timetable(keeper.database, keeper.writer, (job,), house.clock)
    period = mine.fire_by_hand(job.name, "", "cli:ada").firing.period
    end = {"job": job.name, "period": period, "outcome": "failed", "said": "no <!channel> of that name"}
    keeper.writer.write(lambda connection: firings.finish(connection, **end, now=house.clock()))
    slack = WebClient(house.settings.slack_bot_token.get_secret_value(), house.settings.slack_api_url)
    operations = Operations(Notifier.of(slack, engine), mine, engine.lanes, "#incidents")
    for again in (False, True, True):
        operations.tell_job_failed(f.TellJobFailed(job=job.name, period=period), again)

    (told,) = [one["text"] for one in house.messages("D0REVOPS")]
    assert told.startswith("⚠️ The job *weekly_report:renewals* failed for ")
    assert "&lt;!channel&gt;" in told
    assert house.messages(INCIDENTS) == []


@pytest.fixture
def command(house, monkeypatch):
    """`lanekeeper jobs …` beside the house, on its ledger."""
    monkeypatch.setattr(jobs_cli, "read_settings", lambda: house.settings)

    def run(*words):
        done = CliRunner().invoke(jobs_cli.jobs_app, words)
        return done.stdout if not done.exception else done.exception

    return run


def test_a_job_fired_at_the_command_line_is_performed_by_the_running_house(house, command):
    wait_until(lambda: len(rows(house)) == len(NAMES))
    house.held("ZD-4821").click(LENA)
    before = command()
    assert {line.split()[0] for line in before.splitlines() if "not fired yet" in line} >= NAMES
    said = command("run", "verify_ledger")
    assert "is fired: a running Lanekeeper performs it at once" in said
    wait_until(lambda: "done: 1 stream verified" in command(), what=command)
    assert "Nothing was fired" in command("run", "verify_ledger")
    assert f"{house.clock().astimezone(house.settings.zone): %Z}" in command(), "times are told with their zone"
