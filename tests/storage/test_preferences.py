"""What people choose is kept whole, and a date's digest is marked once whoever comes first."""

from datetime import UTC, datetime

from databases import writing

from storage import preferences
from storage.preferences import Preference

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_somebody_chose_replaces_what_they_chose_before(database):
    first = Preference("U1", NOW, "U1", digest_hour=8, quiet_from=22, quiet_to=7)
    with writing(database) as connection:
        preferences.keep(connection, first)
        preferences.keep(connection, Preference("U2", NOW, "U2"))
        assert preferences.find(connection, "U1") == first
        assert [one.person for one in preferences.with_digest(connection)] == ["U1"]
        preferences.keep(connection, Preference("U1", NOW, "U1"))
        assert preferences.with_digest(connection) == ()
        assert preferences.find(connection, "U3") is None


def test_a_date_is_marked_once_and_never_an_older_one(database):
    with writing(database) as connection:
        preferences.keep(connection, Preference("U1", NOW, "U1", digest_hour=8))
        said = [
            preferences.mark(connection, "U1", day) for day in ("2026-03-02", "2026-03-02", "2026-03-01", "2026-03-03")
        ]
        assert said == [True, False, False, True]


def test_another_hour_is_no_second_digest_of_a_day(database):
    with writing(database) as connection:
        preferences.keep(connection, Preference("U1", NOW, "U1", digest_hour=8))
        preferences.mark(connection, "U1", "2026-03-02")
        preferences.keep(connection, Preference("U1", NOW, "U1", digest_hour=10))
        assert not preferences.mark(connection, "U1", "2026-03-02")
