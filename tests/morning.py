"""By which clock a test's day goes, so that no hour of the day makes another test of it."""

from datetime import UTC, datetime


def early_morning() -> str:
    """The time zone in which it is between seven and eight in the morning: what comes by itself at night is over, so a
    clock may be turned by most of a day before the next night's work (a sweep's runs among it) joins in.
    """
    ahead = (7 - datetime.now(UTC).hour + 12) % 24 - 12  # hours, from -12 to 11
    return f"Etc/GMT{-ahead:+d}"  # POSIX counts them the other way round
