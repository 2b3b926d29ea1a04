"""`lanekeeper report` beside a ledger: the numbers of Slack, on paper and for machines."""

import csv
import json
import shutil
import subprocess
import sys
from datetime import date

import pytest
import weeks as w
from typer.testing import CliRunner

from bot.cli import report as command
from bot.cli.main import app
from bot.demo.told import GENERATED, Told
from bot.settings import Settings
from lanes.shadow.matching import Outcome
from storage import cases
from storage.database import connect


@pytest.fixture
def run(sqlite_template, tmp_path, monkeypatch):
    file = tmp_path / "lanekeeper.sqlite"
    shutil.copy(sqlite_template, file)
    database = connect(f"sqlite:///{file}")
    made = [w.case(n) for n in range(40)] + [w.case(100, Outcome.OVERREACH, gap=w.usd("25.00"), subject="ZD-100")]
    with database.begin() as connection:
        cases.put(connection, [one.row() for one in made])
    database.dispose()
    settings = Settings(
        _env_file=None, database_url=f"sqlite:///{file}", model="offline", zendesk_url="https://acme.zendesk.example"
    )
    monkeypatch.setattr(command, "read_settings", lambda: settings)
    monkeypatch.chdir(tmp_path)

    def ran(*words):
        return CliRunner().invoke(app, ["report", *words])

    return ran


def test_without_options_it_says_in_short_how_the_week_went(run):
    said = run("refunds", "--week", w.WEEK.name).stdout
    assert "support-refunds: week 47, 16–22 Nov 2026" in said
    assert "Agreed with people in 97.6 % of 41 cases" in said
    assert "Next: " in said
    assert "No evidence this week" in run("refunds", "--week", "2026-W30").stdout


def test_all_forms_tell_the_same_numbers(run, tmp_path):
    done = run("--week", w.WEEK.name, "--html", "w.html", "--markdown", "w.md", "--csv", "w.csv", "--json")
    told = json.loads(done.stdout)
    (refunds,) = [one for one in told["lanes"] if one["lane"] == w.LANE]
    share = {"hits": 40, "of": 41}.items()
    assert share <= refunds["trend"][-1]["live"].items()
    assert refunds["costs"]["a_success"] is None, "nothing ran, so nothing is known of its cost"
    for file in ("w.html", "w.md"):
        text = (tmp_path / file).read_text().replace("\\", "")
        assert "Agreed with people in 97.6 % of 41 cases" in text
        assert "https://acme.zendesk.example/agent/tickets/100" in text
    with (tmp_path / "w.csv").open() as file:
        assert sum(row["outcome"] == "agree" for row in csv.DictReader(file)) == 40


def test_a_history_that_was_made_up_says_so_in_every_form(run, tmp_path):
    """The history is told beside the data, so that no form forgets it, whoever asks."""
    assert "generated" not in run("refunds", "--week", w.WEEK.name).stdout
    Told(origin=date(2026, 3, 2)).write(tmp_path)
    assert GENERATED in " ".join(run("refunds", "--week", w.WEEK.name).stdout.split())
    done = run("refunds", "--week", w.WEEK.name, "--html", "w.html", "--markdown", "w.md", "--json")
    assert json.loads(done.stdout)["note"] == GENERATED
    for file in ("w.html", "w.md"):
        assert GENERATED in (tmp_path / file).read_text().replace("\\", "")


def test_what_cannot_be_told_is_one_sentence(run):
    assert "there is no lane nothing" in str(run("nothing").exception)
    assert "no week such as" in str(run("refunds", "--week", "47").exception)
    assert "cannot be written" in str(run("refunds", "--html", "no/such/folder.html").exception)


def test_the_command_line_starts_without_slacks_libraries():
    code = "import sys, bot.cli.main; print([one for one in sys.modules if one.startswith('slack_')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
