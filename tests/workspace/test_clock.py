"""Time can be turned forwards, for the workspace and for whoever follows its file, and never goes back."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.workspace.clock import LOOK_EVERY, Clock
from bot.workspace.server import serve

from .conftest import Desk

HOUR = 3600


def test_a_turned_clock_is_that_much_ahead():
    clock = Clock()
    clock.turn(HOUR)
    clock.turn(HOUR)
    assert timedelta(hours=1.9) < clock() - datetime.now(UTC) < timedelta(hours=2.1)
    with pytest.raises(ValueError, match="forwards"):
        clock.turn(-1)
    with pytest.raises(ValueError, match="forwards"):
        clock.turn(float("nan"))
    clock.forget()
    assert clock.ahead == 0


def test_whoever_follows_the_file_is_turned_too(tmp_path):
    ours, theirs = Clock(tmp_path / "clock.json"), Clock(tmp_path / "clock.json")
    assert theirs.ahead == 0
    ours.turn(HOUR)
    until = time.monotonic() + 10 * LOOK_EVERY
    while theirs.ahead != HOUR:
        assert time.monotonic() < until
        time.sleep(LOOK_EVERY / 4)
    theirs.turn(HOUR)
    assert json.loads((tmp_path / "clock.json").read_text(encoding="utf-8")) == {"ahead_seconds": 2 * HOUR}


def test_a_restart_and_a_reset_do_not_turn_it_back(tmp_path):
    file = tmp_path / "clock.json"
    with serve(manifest=None, data=tmp_path, clock=Clock(file)) as handle:
        Desk(handle).tell("clock", advance=24 * HOUR)
    with serve(manifest=None, data=tmp_path, clock=Clock(file)) as handle:
        desk = Desk(handle)
        desk.tell("reset")
        sent = desk.client.chat_postMessage(channel="C0SUPPORT", text="tomorrow")
        assert float(sent["ts"]) > time.time() + 23 * HOUR
        assert desk.ask("status")["ahead"] == 24 * HOUR


def test_the_clock_is_turned_forwards_only(desk):
    assert desk.tell("clock", advance=-5)["error"] == "time goes forwards only"
    assert desk.ask("status")["ahead"] == 0
