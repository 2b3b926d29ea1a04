"""Kinds of values that the arguments of several systems take."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from tools.moment import now

LAST_ZONE = timedelta(hours=-12)  # the last place where today is still today: there no date of today is past

# no quote, colon or backslash, so that it can stand in a search without adding a term of its own
Email = Annotated[str, Field(pattern=r"^[^@\s\"'<>:\\]+@[^@\s\"'<>:\\]+$", max_length=254)]

SlackUser = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$", description="A person, by their Slack id")]


def _date(value: str) -> str:
    if value and (len(value) != len("2026-03-31") or date.fromisoformat(value).isoformat() != value):
        raise ValueError(f"{value!r} is not a date such as 2026-03-31")
    return value


Day = Annotated[str, AfterValidator(_date)]  # an ISO date such as 2026-03-31, or empty


def past(day: str) -> bool:
    """Is this date over everywhere on earth? Raises `ValueError` for what is no ISO date."""
    return date.fromisoformat(day) < (now() + LAST_ZONE).date()
