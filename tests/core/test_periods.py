"""A period fires once, whatever the clock on the wall does that night. The nights are real, by the IANA database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanes.core.periods import Daily, Every, Weekly, due_since, newest_due, period_at, period_named

BERLIN, NEW_YORK, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
APIA, NUUK, LORD_HOWE = ZoneInfo("Pacific/Apia"), ZoneInfo("America/Nuuk"), ZoneInfo("Australia/Lord_Howe")
HALF_PAST_TWO, THREE = Daily(time(2, 30)), Daily(time(3))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fired(when, zone, begin, end):
    """What fires between two moments, name by due moment (UTC)."""
    return {one.name: f"{one.due:%m-%d %H:%M}" for one in due_since(when, zone, utc(begin), utc(end))}


@pytest.mark.parametrize(
    ("zone", "begin", "end", "expected"),
    [
        # Berlin leaves 02:00 for 03:00 on 2026-03-29: half past two is skipped, and due at half past three
        (BERLIN, "2026-03-27T12:00", "2026-03-30T12:00",
         {"2026-03-28": "03-28 01:30", "2026-03-29": "03-29 01:30", "2026-03-30": "03-30 00:30"}),
        # and lives 02:00 to 03:00 twice on 2026-10-25: it is due the first time
        (BERLIN, "2026-10-23T12:00", "2026-10-26T12:00",
         {"2026-10-24": "10-24 00:30", "2026-10-25": "10-25 00:30", "2026-10-26": "10-26 01:30"}),
        (NEW_YORK, "2026-03-06T12:00", "2026-03-09T12:00",
         {"2026-03-07": "03-07 07:30", "2026-03-08": "03-08 07:30", "2026-03-09": "03-09 06:30"}),
        (NEW_YORK, "2026-10-30T12:00", "2026-11-02T12:00",
         {"2026-10-31": "10-31 06:30", "2026-11-01": "11-01 07:30", "2026-11-02": "11-02 07:30"}),
        (KOLKATA, "2026-03-27T22:00", "2026-03-29T22:00", {"2026-03-29": "03-28 21:00", "2026-03-30": "03-29 21:00"}),
        # Lord Howe moves by half an hour
        (LORD_HOWE, "2026-10-02T00:00", "2026-10-05T00:00",
         {"2026-10-03": "10-02 16:00", "2026-10-04": "10-03 15:30", "2026-10-05": "10-04 15:30"}),
    ],
    ids=["Berlin, spring", "Berlin, autumn", "New York, spring", "New York, autumn", "no change", "half an hour"],
)  # fmt: skip
def test_half_past_two_comes_once_a_day(zone, begin, end, expected):
    assert fired(HALF_PAST_TWO, zone, begin, end) == expected


def test_an_hour_that_comes_twice_fires_at_its_first():
    """One in the morning in New York, on the night of 2026-11-01."""
    assert fired(Daily(time(1, 30)), NEW_YORK, "2026-10-31T12:00", "2026-11-01T12:00") == {"2026-11-01": "11-01 05:30"}


def test_a_firing_that_is_pushed_past_midnight_belongs_to_its_own_day_and_hides_no_other():
    """Nuuk leaves 23:00 for 00:00 on 2024-03-30: half past eleven is due half an hour into Sunday."""
    late = Daily(time(23, 30))
    found = fired(late, NUUK, "2024-03-29T12:00", "2024-04-01T12:00")

    assert found == {"2024-03-29": "03-30 01:30", "2024-03-30": "03-31 01:30", "2024-03-31": "04-01 00:30"}
    pushed = period_named(late, NUUK, "2024-03-30")
    assert pushed.due.astimezone(NUUK).date() == date(2024, 3, 31)
    assert next(due_since(late, NUUK, pushed.due, utc("2024-04-02T00:00"))).name == "2024-03-31"
    assert newest_due(late, NUUK, pushed.due) == pushed
    just_before = pushed.due - timedelta(minutes=15)  # Sunday by the clock on the wall
    assert next(due_since(late, NUUK, just_before, pushed.due)) == pushed


def test_a_day_that_never_was_fires_nothing():
    """Samoa crossed the date line: it had no 2011-12-30."""
    assert list(fired(THREE, APIA, "2011-12-28T00:00", "2011-12-31T23:00")) == [
        "2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="2011-12-30 never was in Pacific/Apia"):
        period_named(THREE, APIA, "2011-12-30")


@pytest.mark.parametrize(
    ("moment", "zone", "week"),
    [
        ("2026-11-22T22:59", BERLIN, "2026-W47"),  # Sunday, a minute before midnight
        ("2026-11-22T23:00", BERLIN, "2026-W48"),
        ("2026-11-23T04:59", NEW_YORK, "2026-W47"),
        ("2026-11-22T18:30", KOLKATA, "2026-W48"),
        ("2027-01-03T12:00", BERLIN, "2026-W53"),  # ISO 8601: a Sunday in January of the week that began in December
        ("2024-12-30T12:00", BERLIN, "2025-W01"),
    ],
)
def test_a_week_is_the_iso_week_of_the_zone(moment, zone, week):
    assert period_at(Weekly(1, time(8)), zone, utc(moment)).name == week


def test_a_weekly_job_comes_at_the_same_time_of_the_clock_through_both_changes():
    monday = Weekly(1, time(8))
    due = list(due_since(monday, BERLIN, utc("2026-01-01T00:00"), utc("2026-12-31T00:00")))

    assert len(due) == 52
    assert {f"{one.due.astimezone(BERLIN):%a %H:%M}" for one in due} == {"Mon 08:00"}
    assert {one.end - one.begin for one in due} == {timedelta(days=7) + timedelta(hours=n) for n in (-1, 0, 1)}


def test_what_comes_every_hour_runs_on_elapsed_time():
    """23 hours in spring, 25 in autumn: each fires, under a name of its own."""
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-22", 24)):
        whole = period_named(THREE, BERLIN, day)
        names = [one.name for one in due_since(Every(60), BERLIN, whole.begin - timedelta(microseconds=1), whole.end)]
        assert len(set(names)) == len(names) == hours + 1  # the next day's first among them


@pytest.mark.parametrize("minutes", [0, -5, 7, 1441])
def test_minutes_that_do_not_fill_a_day_are_no_cadence(minutes):
    with pytest.raises(ValueError, match="do not fill a day"):
        Every(minutes)


@pytest.mark.parametrize(
    ("when", "name"),
    [
        (Weekly(1, time(8)), "2026-47"), (Weekly(1, time(8)), "2025-W53"), (Weekly(1, time(8)), "2026-11-22"),
        (THREE, "2026-W47"), (THREE, "2026-02-30"), (THREE, "20261122"), (THREE, ""),
        (THREE, "9999-12-31"), (THREE, "0000-01-01"), (Weekly(1, time(8)), "9999-W52"),
        (Every(15), "2026-11-22T14:10Z"), (Every(15), "2026-11-22T14:15"), (Every(15), "2026-11-22"),
    ],
)  # fmt: skip
def test_what_names_no_period_is_refused(when, name):
    with pytest.raises(ValueError):
        period_named(when, UTC, name)


ZONES = st.sampled_from([BERLIN, NEW_YORK, KOLKATA, NUUK, LORD_HOWE, APIA, UTC])
TIMES = st.times().map(lambda at: at.replace(microsecond=0))
CADENCES = st.one_of(
    st.builds(Daily, TIMES),
    st.builds(Weekly, st.integers(1, 7), TIMES),
    st.sampled_from([5, 15, 60, 360, 1440]).map(Every),
)
MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2037, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(CADENCES, ZONES, MOMENTS)
def test_every_period_is_called_by_its_name_and_holds_its_moment(when, zone, moment):
    period = period_at(when, zone, moment)

    assert period.begin <= moment < period.end
    assert period_named(when, zone, period.name) == period


@settings(deadline=None)
@given(CADENCES, ZONES, MOMENTS, st.lists(st.integers(1, 5_000), min_size=1, max_size=12))
def test_however_often_somebody_looks_each_period_is_due_once_and_in_order(when, zone, begin, gaps):
    """The same periods whether the clock is asked at every step or once at the end."""
    seen, last, now = [], begin, begin
    for gap in gaps:
        now += timedelta(minutes=gap)
        found = list(due_since(when, zone, last, now))
        seen += found
        last = found[-1].due if found else last

    assert seen == list(due_since(when, zone, begin, now))
    assert len({one.name for one in seen}) == len(seen)
    assert [one.due for one in seen] == sorted(one.due for one in seen)
    if seen:
        assert newest_due(when, zone, now) == seen[-1]
    else:
        assert newest_due(when, zone, now).due <= begin
