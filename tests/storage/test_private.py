"""What customers wrote stands in the ledger and in its copies: nobody else on the machine reads them."""

from contextlib import closing

import pytest

from storage.backup import back_up, bring_back
from storage.database import connect, migrate


@pytest.fixture
def ledger(tmp_path):
    """A file that holds our tables, and that nobody has open."""
    file = tmp_path / "ledger.sqlite"
    database = connect(f"sqlite:///{file}")
    migrate(database)
    database.dispose()
    return file


def test_only_its_owner_reads_a_ledger_its_log_and_its_copy(ledger, tmp_path):
    database = connect(f"sqlite:///{ledger}")
    with closing(database.connect()) as connection:
        connection.exec_driver_sql("SELECT * FROM event")
        back_up(f"sqlite:///{ledger}", tmp_path / "copy.sqlite")
        modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}
    database.dispose()
    assert modes.keys() >= {"ledger.sqlite", "ledger.sqlite-wal", "copy.sqlite"}
    assert {name for name, others in modes.items() if others} == set()


def test_who_might_read_the_ledger_before_may_read_the_one_that_was_brought_back(ledger, tmp_path):
    back_up(f"sqlite:///{ledger}", tmp_path / "copy.sqlite")
    for mode in (0o640, 0o600):
        ledger.chmod(mode)
        bring_back(f"sqlite:///{ledger}", tmp_path / "copy.sqlite", lambda _: None)
        assert ledger.stat().st_mode & 0o777 == mode
