"""For a tool it is now, or what the demo's clock says, or the moment of the case that is replayed."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli import main
from bot.settings import Settings
from bot.workspace.clock import FILE_NAME, Clock
from tools import moment
from tools.values import past

TODAY = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _this_process_alone(monkeypatch):
    monkeypatch.setattr(moment, "_clock", moment._clock)  # put back afterwards


def test_the_tools_of_a_demo_go_by_its_clock_and_a_replay_by_its_own_moment(tmp_path):
    next_week = (TODAY + timedelta(days=7)).date().isoformat()
    assert not past(next_week)
    Clock(tmp_path / FILE_NAME).turn(timedelta(days=30).total_seconds())
    main._demo_clock(Settings(_env_file=None, slack_api_url="http://127.0.0.1:9/api/"), tmp_path / FILE_NAME)
    assert past(next_week)
    with moment.at(TODAY):
        assert not past(next_week)
        elsewhere = []
        other = threading.Thread(target=lambda: elsewhere.append(past(next_week)))
        other.start()
        other.join()
    assert elsewhere == [True]
