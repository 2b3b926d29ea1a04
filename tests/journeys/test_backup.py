"""A copy taken while people work is a whole ledger, and bringing it back does nothing twice."""

import sqlite3
import threading
from contextlib import closing

import pytest
from eyes import wait_until
from house import LENA, SAM

from bot.cli import main as cli
from lanes.library import Library
from storage.backup import back_up, bring_back
from storage.database import StorageUnusable, connect

TICKETS = ("ZD-4821", "ZD-4822", "ZD-4826", "ZD-4827", "ZD-4841", "ZD-4842")


@pytest.fixture
def command(monkeypatch, house):
    """The command line, in this process, over the house's own ledger."""
    monkeypatch.setattr(cli, "read_settings", lambda: house.settings)
    return cli


def streams(file):
    database = connect(f"sqlite:///{file}")
    try:
        problems, count = Library(database).verify()
        assert problems == []
        return count
    finally:
        database.dispose()


def test_a_copy_taken_in_the_middle_of_work_is_whole(house, command, tmp_path, capsys):
    stopped, copies = threading.Event(), []

    def copy():
        while not stopped.is_set():
            copies.append(tmp_path / f"copy{len(copies)}.sqlite")
            command.backup(copies[-1])

    copying = threading.Thread(target=copy)
    copying.start()
    cases = [house.held(ticket) for ticket in TICKETS]
    for case in cases:
        case.click(LENA)
    wait_until(lambda: all(case.state("a3") == "held" for case in cases))
    stopped.set()
    copying.join()
    counts = [streams(file) for file in copies]
    assert len(counts) > 2
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] or counts[0] == len(TICKETS)
    assert "every chain verified" in capsys.readouterr().out
    assert not list(tmp_path.glob("*.unfinished*"))


def test_after_bringing_a_copy_back_everything_stands_still_and_nothing_is_done_twice(house, command, tmp_path, capsys):
    """At the copy a letter was approved and not yet sent; the world has gone on since, the copy does not know."""
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    house.fails("zendesk", "429", "/api/v2/tickets/4821.json", method="GET", times=3, retry_after=60)
    case.click(LENA, "approve", "a2")
    wait_until(lambda: [e.action for e in case.events("action.cleared")] == ["a1", "a2"])
    copy = tmp_path / "copy.sqlite"
    command.backup(copy)
    house.heals("zendesk")
    wait_until(lambda: case.state("a2") == "done" or house.later(seconds=31), timeout=60)
    assert len(house.replies(4821)) == 1
    house.stop()

    command.restore(copy)

    assert "Every lane is stopped" in capsys.readouterr().out
    kept = list(tmp_path.glob("lanekeeper.sqlite.before-*"))
    assert len(kept) == 1
    house.start()
    case.becomes("frozen", "a2")
    assert len(house.replies(4821)) == 1
    command.resume("all")
    wait_until(lambda: not house.engine.regime("support-refunds").stopped)
    wait_until(lambda: ("a2", "release") in case.buttons or house.later(seconds=1))
    case.click(SAM, "release", "a2")
    case.becomes("done", "a2")
    assert len(house.replies(4821)) == 1, "it was looked for before it was sent"


def test_a_copy_is_not_brought_back_under_a_running_lanekeeper(house, command, tmp_path):
    copy = tmp_path / "copy.sqlite"
    command.backup(copy)
    with pytest.raises(StorageUnusable, match="Lanekeeper is running on this database; stop it first"):
        command.restore(copy)
    assert streams(copy) == 0


def test_what_is_no_ledger_is_refused_and_the_present_one_stays(town, tmp_path):
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE something (x)")
    before = town.database_file.read_bytes()
    for wrong, said in ((other, "is no ledger of Lanekeeper"), (tmp_path / "nothing", "is not there")):
        with pytest.raises(StorageUnusable, match=said):
            bring_back(town.settings.database_url, wrong, lambda _: None)
    (tmp_path / "rubbish").write_text("no database at all " * 100)
    with pytest.raises(StorageUnusable):
        bring_back(town.settings.database_url, tmp_path / "rubbish", lambda _: None)
    assert town.database_file.read_bytes() == before


def test_no_older_copy_is_written_over_and_postgresql_is_told_apart(town, tmp_path):
    (tmp_path / "there").touch()
    with pytest.raises(StorageUnusable, match="is there already"):
        back_up(town.settings.database_url, tmp_path / "there")
    with pytest.raises(StorageUnusable, match="pg_dump"):
        back_up("postgresql+psycopg://x@localhost/y", tmp_path / "new")
