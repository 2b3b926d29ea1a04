"""When a job is due, and which of its periods that is. Pure: whoever asks brings the moment.

Context: clocks on the wall skip an hour in spring and repeat one in autumn; what fires by them alone fires never, or
twice, on those days. Decision: a job has periods, each with one name and one moment at which it is due, and a period
fires once. An hour that is skipped is due as long after midnight as on any other day; one that comes twice is due the
first time (Python's `fold=0`, PEP 495). What comes several times a day runs on elapsed time and is named in UTC.
What we gave up: "every hour at five past, local time", which nobody could name on the night of the change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """One period of a job: [begin, end), and the moment it is due; all three in UTC."""

    name: str  # 2026-W47, 2026-11-22, 2026-11-22T14:15Z
    due: datetime
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Weekly:
    """Once an ISO week of the zone, on a weekday (1 is Monday) at a time of its clock."""

    weekday: int
    at: time

    def number(self, moment: datetime, zone: tzinfo) -> int:
        return (moment.astimezone(zone).toordinal() - 1) // 7  # 0001-01-01 was a Monday

    def period(self, number: int, zone: tzinfo) -> Period | None:
        monday = date.fromordinal(7 * number + 1)
        year, week, _ = monday.isocalendar()
        due = _moment(monday + (self.weekday - 1) * _DAY, self.at, zone)
        begin, end = (_moment(day, time(), zone) for day in (monday, monday + 7 * _DAY))
        return Period(f"{year}-W{week:02}", due, begin, end)

    def read(self, name: str) -> int:
        if not re.fullmatch(r"\d{4}-W\d{2}", name):
            raise ValueError(f"{name!r} is no week such as 2026-W47")
        return (date.fromisoformat(f"{name}-1").toordinal() - 1) // 7


@dataclass(frozen=True)
class Daily:
    """Once a date of the zone, at a time of its clock."""

    at: time

    def number(self, moment: datetime, zone: tzinfo) -> int:
        return moment.astimezone(zone).toordinal()

    def period(self, number: int, zone: tzinfo) -> Period | None:
        day = date.fromordinal(number)
        begin, end = (_moment(one, time(), zone) for one in (day, day + _DAY))
        lasts = begin < end  # Samoa went from Thursday to Saturday when it crossed the date line
        return Period(day.isoformat(), _moment(day, self.at, zone), begin, end) if lasts else None

    def read(self, name: str) -> int:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", name):
            raise ValueError(f"{name!r} is no date such as 2026-11-22")
        return date.fromisoformat(name).toordinal()


@dataclass(frozen=True)
class Every:
    """Several times a day, every so many minutes of elapsed time, counted from midnight UTC."""

    minutes: int

    def __post_init__(self) -> None:
        if self.minutes < 1 or 24 * 60 % self.minutes:
            raise ValueError(f"{self.minutes} minutes do not fill a day evenly")

    def number(self, moment: datetime, zone: tzinfo) -> int:
        return (moment - _EPOCH) // self._span

    def period(self, number: int, zone: tzinfo) -> Period | None:
        begin = _EPOCH + number * self._span
        return Period(f"{begin:%Y-%m-%dT%H:%MZ}", begin, begin, begin + self._span)

    def read(self, name: str) -> int:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z", name):
            raise ValueError(f"{name!r} is no moment such as 2026-11-22T14:15Z")
        number, rest = divmod(datetime.fromisoformat(name) - _EPOCH, self._span)
        if rest:
            raise ValueError(f"{name!r} is not the begin of {self.minutes} minutes")
        return number

    @property
    def _span(self) -> timedelta:
        return timedelta(minutes=self.minutes)


When = Weekly | Daily | Every


def period_at(when: When, zone: tzinfo, moment: datetime) -> Period:
    """The period that a moment falls in."""
    found = when.period(when.number(moment, zone), zone)
    assert found is not None, "a moment falls in a period that lasts"
    return found


def period_named(when: When, zone: tzinfo, name: str) -> Period:
    """The period of a name. Raises ValueError, with a sentence, when it names none."""
    try:
        found = when.period(when.read(name), zone)
    except OverflowError as error:
        raise ValueError(f"{name!r} is at the end of all calendars") from error
    if found is None:
        raise ValueError(f"{name} never was in {zone}")
    return found


def newest_due(when: When, zone: tzinfo, now: datetime) -> Period:
    """The period that was due last, `now` included."""
    number = when.number(now, zone)
    while (found := when.period(number, zone)) is None or found.due > now:
        number -= 1
    return found


def due_since(when: When, zone: tzinfo, last: datetime, now: datetime) -> Iterator[Period]:
    """Every period due after `last` and up to `now`, the oldest first."""
    number = when.number(last, zone) - 1  # a change of clocks may have moved what was due last into the next period
    while (found := when.period(number, zone)) is None or found.begin <= now:
        if found is not None and last < found.due <= now:
            yield found
        number += 1


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
