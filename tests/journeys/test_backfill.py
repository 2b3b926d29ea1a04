"""A past period, shadowed from history beside the running house, from the command line."""

from datetime import timedelta

from house import APPROVALS
from typer.testing import CliRunner

from bot.cli import shadowing
from bot.cli.shadow import shadow_app
from lanes.shadow.cases import Case as Compared
from storage import cases

LANE = "support-refunds"


def compared(house):
    """The lane's cases, by draft or deed."""
    with house.lanekeeper.database.connect() as connection:
        return {row.action or row.fact: Compared.of(row) for row in cases.of_lane(connection, LANE)}


def test_a_past_period_is_shadowed_once_and_says_what_it_is(house, monkeypatch):
    monkeypatch.setattr(shadowing, "read_settings", lambda: house.settings)
    monkeypatch.setattr(shadowing, "_LOOK", 0.05)
    today = house.clock().date()
    period = ["--from", f"{today - timedelta(days=20)}", "--to", f"{today - timedelta(days=3)}"]

    def backfill(*more):
        done = CliRunner().invoke(shadow_app, ["backfill", "refunds", *period, *more], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    said = backfill("--limit", "1")
    assert "1 run begun now" in said, said
    said = backfill()
    found = compared(house)
    assert found, said
    assert {case.source for case in found.values()} == {"backfill"}
    runs = {case.run for case in found.values()}
    assert "0 runs begun now" in backfill()
    assert {case.run for case in compared(house).values()} == runs
    told = CliRunner().invoke(shadow_app, ["status", "refunds"], catch_exceptions=False).output
    assert "backfilled run" in told, told
    assert "zendesk.ticket_audits" in told
    assert house.messages(APPROVALS) == []


def test_a_period_that_is_not_settled_is_refused(house, monkeypatch):
    monkeypatch.setattr(shadowing, "read_settings", lambda: house.settings)
    today = house.clock().date()
    done = CliRunner().invoke(
        shadow_app, ["backfill", "refunds", "--from", f"{today - timedelta(days=9)}", "--to", f"{today}"]
    )
    assert "end the period at least 2 days ago" in str(done.exception)
