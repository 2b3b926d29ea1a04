"""Replay in the running house: one click makes a case of a run; a case that fails from one night on is told once."""

from datetime import timedelta
from pathlib import Path

import pytest
from house import LENA, REP
from slack_sdk import WebClient
from sqlalchemy import text
from typer.testing import CliRunner

from bot.cli import replay as cli
from bot.notifier import Notifier
from bot.replaying import Replaying
from bot.scheduler import jobs_of
from lanes.core import proof_effects as pf
from lanes.jobs import Progress, period_of
from lanes.models.offline import OfflineModel
from lanes.replay.cases import parse, written
from lanes.replay.nightly import Nightly
from lanes.replay.running import replay
from lanes.replay.shelf import Shelf
from storage import replays
from tools.contract import Unavailable

SHIPPED = len([*(Path(__file__).parents[2] / "lanes" / "suites" / "support-refunds").glob("*.yml")])
LANE, REPORTS, OWNERS_DOOR = "support-refunds", "C0SUPPORTREPORTS", "D0OWNER"


def kept(house):
    with house.lanekeeper.database.connect() as connection:
        return replays.kept(connection, LANE)


def sizes(house):
    """How many rows each table holds."""
    with house.lanekeeper.database.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ("event", "body", "run", "tally", "claim", "replay_case", "replay_result")
        }


def keep(house, case, who):
    place = case.run.card
    return house.act("click", who, channel=place.channel, ts=place.ts, action_id="lane:keep_case")


@pytest.fixture
def command(house, monkeypatch):
    """`lanekeeper replay …` beside the house, on its ledger."""
    monkeypatch.setattr(cli, "read_settings", lambda: house.settings)

    def run(*words):
        done = CliRunner().invoke(cli.replay_app, words)
        return done.stdout if not done.exception else done.exception

    return run


def test_a_run_that_has_ended_becomes_a_case_by_one_click_of_somebody_who_decides(house, command):
    case = house.held("ZD-4821")
    case.click(LENA)
    case.becomes("held", "a2")
    case.click(LENA, "reject", "a2")
    house.modal(LENA)
    house.submit(LENA, reason="bad_wording", note="Say sorry first.")
    case.becomes("rejected", "a2")
    case.click(LENA, action="a3")
    case.ends()
    assert keep(house, case, REP)["ok"]
    house.hears(REP, "Only the lane's owner and its approvers")
    assert kept(house) == ()
    assert keep(house, case, LENA)["ok"]
    house.hears(LENA, "Kept as replay case")
    assert keep(house, case, LENA)["ok"]
    house.hears(LENA, "is a replay case already")

    (row,) = kept(house)
    assert (row.lane, row.run, row.by) == (LANE, case.id, LENA)
    (verdict,) = replay([parse(row.content)], house.engine.lanes[LANE], OfflineModel())
    assert verdict.differences == ()
    house.quiet()
    before = sizes(house)
    assert f"{row.id}  ZD-4821" in command("list", "refunds")
    assert f"{SHIPPED + 1} of {SHIPPED + 1} cases pass" in command("run", LANE)
    assert "is kept already" in command("add", case.id)
    assert sizes(house) == before, "a replay has a ledger of its own"
    assert "is forgotten" in command("forget", row.id)
    assert kept(house) == ()


class Failing(OfflineModel):
    """Does not answer from some turn on."""

    def __init__(self, turns):
        self.left = turns

    def turn(self, ask):
        self.left -= 1
        if self.left < 0:
            raise Unavailable("OVERLOADED", "no answer")
        return super().turn(ask)


def test_a_night_goes_on_where_it_was_killed_and_tells_a_drop_once(house):
    keeper, engine = house.lanekeeper, house.engine
    shelf = Shelf(house.settings.catalog.parent, keeper.database)
    job = next(one for one in jobs_of(house.settings.zone, [LANE]) if one.kind == "nightly_replay")
    told = []

    def night(model, period, before):
        nightly = Nightly(engine, model, shelf, keeper.database, keeper.writer)
        return nightly.replay(job, period, Progress(before, told.append))

    first = period_of(job, house.clock())
    with pytest.raises(Unavailable, match="the model did not answer"):
        night(Failing(20), first, {})
    done = len(told[-1]["cases"])
    assert 0 < done < SHIPPED
    result = night(Failing(62), first, told[-1])
    assert (len(result.passed), result.failed, result.dropped) == (SHIPPED, {}, ())

    put(house, as_it_was(shelf, steps=9))
    second = period_of(job, house.clock() + timedelta(days=1))
    assert night(OfflineModel(), second, {}).passed[-1] == "moving"
    put(house, as_it_was(shelf, steps=3))
    third = period_of(job, house.clock() + timedelta(days=2))
    for _ in range(2):
        assert night(OfflineModel(), third, {}).dropped == ("moving",)
    said = house.reads(OWNERS_DOOR, "a recorded case fails that passed the time before")
    assert "it takes 5 turns of the model, at most 3 are expected" in said
    assert house.reads(REPORTS, "Replay of support-refunds")
    house.quiet()
    fourth = period_of(job, house.clock() + timedelta(days=3))
    again = Nightly(engine, OfflineModel(), shelf, keeper.database, keeper.writer)
    slack = WebClient(house.settings.slack_bot_token.get_secret_value(), house.settings.slack_api_url)
    Replaying(again, Notifier.of(slack, engine)).tell_drop(pf.TellReplayDrop(lane=LANE, period=third.name), again=True)
    assert night(OfflineModel(), fourth, {}).dropped == (), "it failed the night before, too"
    house.quiet()
    for place in (OWNERS_DOOR, REPORTS):
        assert len([one for one in house.messages(place) if "Replay of" in one["text"]]) == 1


def as_it_was(shelf, *, steps):
    case = parse((shelf.suites / "suites" / LANE / "charged-twice.yml").read_text(encoding="utf-8"))
    return case.model_copy(update={"case": "moving", "expect": case.expect.model_copy(update={"steps": steps})})


def put(house, case):
    row = {"id": case.case, "lane": LANE, "run": case.run, "added": house.clock(), "by": "U", "content": written(case)}

    def write(connection):
        replays.drop(connection, case.case)
        replays.keep(connection, row)

    house.lanekeeper.writer.write(write)
