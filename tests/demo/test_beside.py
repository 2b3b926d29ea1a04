"""The command line beside a demo tells the time that the demo's page has turned; nowhere else is there any other time
than the machine's.
"""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.cli import jobs, main, report
from bot.cli.clock import clock_of
from bot.cli.switch import beside, throw
from bot.demo.running import SYSTEMS
from bot.demo.told import Told
from bot.settings import Settings
from bot.workspace.clock import Clock
from bot.workspace.server import serve
from lanes.core import lane_commands as lc
from lanes.core.values import Person
from lanes.engine import utc_now
from tools.sandboxes.server import create

FAR = timedelta(days=40)
LANE = "support-refunds"


@pytest.fixture
def settings(sqlite_template, tmp_path, monkeypatch):
    """Of somebody in the demo's folder, which holds what a demo keeps there."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(sqlite_template, "lanekeeper.sqlite")
    for name in SYSTEMS:
        create(name, tmp_path)
    with serve(manifest=None, data=tmp_path):
        pass
    settings = Settings(_env_file=None, model="offline", slack_bot_token="")
    for command in (jobs, main, report):
        monkeypatch.setattr(command, "read_settings", lambda: settings)
    return settings


def turn(folder, far=FAR):
    Clock(folder / "clock.json").turn(far.total_seconds())


def days_ahead(settings):
    return round((clock_of(settings)() - datetime.now(UTC)) / timedelta(days=1))


def test_whoever_let_time_pass_in_the_demo_reads_its_time_at_the_command_line(settings, tmp_path):
    with beside(settings) as engine:
        engine.handle_lane(lc.HoldDrill(LANE, Person(user="U0OWNER", team="T"), True, (), "", 1, 1))
    turn(tmp_path)
    throw(settings, "refunds", stop=True)
    with beside(settings) as engine:
        stopped = engine.lane_event(LANE, engine.lane_state(LANE).version).at
    said = CliRunner().invoke(main.app, ["ready", "refunds"]).stdout
    told = json.loads(CliRunner().invoke(main.app, ["jobs", "--json"]).stdout)["jobs"]
    week = json.loads(CliRunner().invoke(main.app, ["report", "refunds", "--json"]).stdout)["week"]

    soon = datetime.now(UTC) + FAR - timedelta(hours=1)
    assert stopped > soon
    assert re.search(r"since the kill switch was tried +40 +at most 30 +NOT MET", said), said
    assert date.fromisoformat(week.replace("-W", "W") + "7") > (soon - timedelta(days=8)).date(), "it is over lately"
    assert told
    assert [one["job"] for one in told if datetime.fromisoformat(one["next"]["due"]) <= soon] == []


def test_a_week_that_is_not_made_up_yet_has_not_passed(settings, tmp_path):
    today = datetime.now(UTC).date()
    plan = Told(origin=today - timedelta(days=today.weekday()), weeks=1)
    plan.write(tmp_path)
    turn(tmp_path)
    assert clock_of(settings)() == plan.known_until
    replace(plan, weeks=10).write(tmp_path)
    assert days_ahead(settings) == FAR.days


@pytest.mark.parametrize("missing", ["clock.json", "workspace.json", *(f"{name}.json" for name in SYSTEMS)])
def test_beside_any_other_ledger_no_file_turns_the_time(settings, tmp_path, missing):
    turn(tmp_path)
    assert days_ahead(settings) == FAR.days
    (tmp_path / missing).unlink()
    assert clock_of(settings) is utc_now


@pytest.mark.parametrize(
    ("more", "turned"),
    [
        ({"slack_bot_token": SecretStr("xoxb-1")}, False),
        ({"slack_bot_token": SecretStr("xoxb-1"), "slack_api_url": "http://slack.internal/api/"}, False),
        ({"slack_bot_token": SecretStr("xoxb-1"), "slack_api_url": "http://127.0.0.1:8300/api/"}, True),
        ({"database_url": "postgresql+psycopg://localhost/lanekeeper"}, False),
    ],
)
def test_with_a_real_slack_or_a_shared_database_time_is_what_it_is(settings, tmp_path, more, turned):
    turn(tmp_path)
    assert (clock_of(settings.model_copy(update=more)) is not utc_now) is turned
