"""When somebody may be told something, by their own clock. Pure: whoever asks brings the moment and the zone.

Quiet hours begin and end at whole hours; where the end is not later than the begin, it is the next day's. An hour that
the clocks skip ends when the next one begins, one that comes twice ends the first time (PEP 495, `fold=0`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Quiet:
    """From one hour of the day up to another, 0 to 23 each; the same hour twice is the whole day."""

    begin: int
    end: int


def quiet_until(quiet: Quiet | None, zone: tzinfo, moment: datetime) -> datetime | None:
    """When the quiet hours that a moment falls in are over, in UTC; None: it falls in none."""
    if quiet is None:
        return None
    today = moment.astimezone(zone).date()
    for day in (today - _DAY, today):
        begin = _at(day, quiet.begin, zone)
        end = _at(day if quiet.begin < quiet.end else day + _DAY, quiet.end, zone)
        if begin <= moment < end:
            return end
    return None


def digest_due(hour: int, quiet: Quiet | None, zone: tzinfo, now: datetime) -> tuple[date, datetime]:
    """The newest date of somebody's whose digest is due by `now`, and since when: at its hour or, where that is a quiet
    one, at their end.
    """
    today = now.astimezone(zone).date()
    for day in (today, today - _DAY):
        at = _at(day, hour, zone)
        due = quiet_until(quiet, zone, at) or at
        if due <= now:
            return day, due
    at = _at(today - 2 * _DAY, hour, zone)  # quiet hours of a whole day push yesterday's out of sight
    return today - 2 * _DAY, quiet_until(quiet, zone, at) or at


def _at(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
