"""The weekly report over the wire: posted once, with its cases below it, whatever Slack makes of charts."""

import sys
import urllib.request
from datetime import time, timedelta
from pathlib import Path

import pytest
from eyes import wait_until, words
from house import APPROVALS, INCIDENTS, LEADS, LENA, OWNER, SUPPORT
from slack_sdk.errors import SlackApiError
from sqlalchemy import text

sys.path.append(str(Path(__file__).parents[1] / "report"))

import weeks as w

from bot.scheduler import jobs_of
from bot.workspace import seed
from lanes.core import effects as f
from lanes.core.periods import Weekly, period_at
from lanes.jobs import period_of
from lanes.shadow.matching import Outcome
from lanes.timetable import Timetable
from storage import cases, firings

REPORTS, REPORT = "C0SUPPORTREPORTS", f"weekly_report:{w.LANE}"


def a_past(house):
    """Two weeks of cases, the last of which is over."""
    monday = period_at(Weekly(1, time()), house.settings.zone, house.clock()).begin
    made = [w.case(n, at=monday - timedelta(days=2 + 7 * (n % 2), hours=n)) for n in range(40)]
    made += [w.case(100, Outcome.OVERREACH, at=monday - timedelta(days=2), gap=w.usd("25.00"))]
    house.lanekeeper.writer.write(lambda connection: cases.put(connection, [one.row() for one in made]))


def fire(house, job=REPORT):
    """Let the running house perform this week's report; what came of it."""
    keeper = house.lanekeeper
    table = Timetable(keeper.database, keeper.writer, jobs_of(house.settings.zone, [w.LANE]), house.clock)
    period = table.fire_by_hand(job, "", "cli:ada").firing.period
    return wait_until(lambda: (found := table.firing(job, period)).finished and found, what="it was not performed")


def reports(house):
    """The messages that stand in the channel itself."""
    return [m for m in house.messages(REPORTS) if m.get("thread_ts", m["ts"]) == m["ts"]]


def files(house, told, channel=REPORTS):
    below = [m for m in house.messages(channel) if m.get("thread_ts") == told["ts"]]
    return [(file["name"].rpartition(".")[2], file) for message in below for file in message.get("files", ())]


def kinds(told):
    return {block["type"] for block in told["blocks"]}


def test_the_report_and_its_cases_are_posted_once_though_the_work_is_done_twice(house):
    a_past(house)
    house.slack_fails("files.completeUploadExternal", error="internal_error", times=1)
    house.slack_fails("files.completeUploadExternal", status=503, after=True, times=1)
    fired = fire(house)
    assert (fired.outcome, fired.attempts) == ("done", 3), fired.said
    (told,) = reports(house)
    assert "Agreed with people in 95.2 % of 21 cases" in words(told)
    assert {"data_visualization", "table"} <= kinds(told)
    assert [file for file, _ in files(house, told)] == ["csv"]
    with urllib.request.urlopen(files(house, told)[0][1]["url_private"]) as answer:
        assert "ZD-100" in answer.read().decode()


def test_where_slack_refuses_its_charts_the_same_is_said_with_a_picture(house):
    a_past(house)
    house.slack_fails("chat.postMessage", error="invalid_blocks", times=1)
    assert fire(house).outcome == "done"
    (told,) = reports(house)
    assert not {"data_visualization", "table"} & kinds(told)
    assert "Agreement by week" in words(told)
    assert "Agreed with people in 95.2 % of 21 cases" in words(told)
    assert [file for file, _ in files(house, told)] == ["csv", "png"]
    assert "95.2" in dict(files(house, told))["png"]["alt_txt"], "whoever does not see it reads its numbers"


def test_where_its_channel_is_archived_it_hangs_with_the_cards_and_says_so(house):
    a_past(house)
    assert house.tell("channel", channel=REPORTS, archived=True)["ok"]
    house.slack_fails("files.completeUploadExternal", error="internal_error", times=1)
    fired = fire(house)
    assert (fired.outcome, fired.attempts) == ("done", 2), fired.said
    assert fired.said.endswith("is posted elsewhere: the channel is archived")
    assert not reports(house)
    (told,) = [m for m in house.messages(APPROVALS) if "Agreed with people" in words(m)]
    assert "This belongs in #support-reports, where nothing can be said: the channel is archived." in words(told)
    assert {"data_visualization", "table"} <= kinds(told)
    assert [file for file, _ in files(house, told, APPROVALS)] == ["csv"]


def test_a_report_that_hangs_elsewhere_stays_there_though_its_channel_opens_before_the_work_is_done(house):
    a_past(house)
    house.quiet()
    job = next(one for one in jobs_of(house.settings.zone, [w.LANE]) if one.name == REPORT)
    period = period_of(job, house.clock())
    fired = {"job": REPORT, "period": period.name}
    work, keeper = house.lanekeeper.dispatcher.parts[f.RunJob], house.lanekeeper
    said = {**fired, "now": house.clock(), "by": "cli:ada"}
    keeper.writer.write(lambda c: firings.fire(c, due=period.due, **said) or firings.fire_anew(c, **said))
    assert house.tell("channel", channel=REPORTS, archived=True)["ok"]
    house.slack_fails("files.completeUploadExternal", error="internal_error", times=1)
    with pytest.raises(SlackApiError):
        work.perform(f.RunJob(**fired), False)
    assert house.tell("channel", channel=REPORTS, archived=False)["ok"]
    house.later(minutes=2)
    work.perform(f.RunJob(**fired), True)

    (told,) = [m for m in house.messages(APPROVALS) if "Agreed with people" in words(m)]
    assert "This belongs in #support-reports, where nothing can be said: the channel is archived." in words(told)
    assert [file for file, _ in files(house, told, APPROVALS)] == ["csv"]
    assert not reports(house)
    with keeper.database.connect() as connection:
        assert firings.find(connection, **fired).said.endswith("is posted elsewhere: the channel is archived")


def test_where_all_its_channels_are_gone_the_owner_gets_it(house):
    a_past(house)
    for channel, change in (
        (REPORTS, {"deleted": True}),
        (APPROVALS, {"members": [LENA]}),
        (LEADS, {"archived": True}),
    ):
        assert house.tell("channel", channel=channel, **change)["ok"]
    assert fire(house).outcome == "done"
    (told,) = [m for m in house.messages(seed.dm_of(OWNER)) if "Agreed with people" in words(m)]
    assert "belongs in #support-reports" in words(told)
    assert [file for file, _ in files(house, told, seed.dm_of(OWNER))] == ["csv"]


def test_a_week_that_passes_brings_every_lanes_report_and_one_of_all(town):
    town.settings = town.settings.model_copy(update={"operations_channel": "#incidents", "time_zone": "UTC"})
    house = town.start()
    try:
        wait_until(lambda: _looked(house), what="the first look noted no job")
        house.later(days=7)
        house.reads(REPORTS, "support-refunds: week ")
        assert "support-triage" in house.reads(INCIDENTS, "All lanes: week ")
        house.quiet()
        assert sum("support-refunds: week" in words(told) for told in reports(house)) == 1
    finally:
        house.stop()


def _looked(house):
    with house.lanekeeper.database.connect() as connection:
        return connection.execute(text("SELECT 1 FROM firing WHERE job = 'weekly_overview'")).first()


def test_whoever_asks_reads_the_newest_report(house):
    a_past(house)
    said = house.answer("/lane report refunds", LENA, SUPPORT)
    assert "Agreed with people in 95.2 % of 21 cases" in said
    assert "ZD-100" in said
    assert "renewals" in house.answer("/lane report", LENA, SUPPORT)
    assert "Which lane?" in house.answer("/lane report nothing", LENA, SUPPORT)
