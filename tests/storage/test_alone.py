"""A second process beside the same database is refused, and the hold ends with whoever has it."""

import pytest

from storage.alone import hold
from storage.database import StorageUnusable


def test_only_one_holds_a_database_at_a_time(database, database_url, join):
    other = join(database_url)
    release = hold(database)

    with pytest.raises(StorageUnusable, match="another Lanekeeper is running"):
        hold(other)

    release()
    hold(other)()
