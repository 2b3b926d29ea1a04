"""`lanekeeper ready`: the readiness table of a lane, whether a Lanekeeper runs on that ledger or not."""

from bot.cli.switch import beside, named
from bot.settings import Settings
from bot.words import ready as words
from lanes.promotion.readiness import Readiness
from lanes.promotion.strata import Strata
from storage.database import connect


def readiness(settings: Settings, lane: str) -> tuple[str, bool]:
    """The table as text, and whether every row is met. Raises `CannotStart` for no such lane."""
    with beside(settings) as engine:
        name = named(engine, lane)
        database = connect(settings.database_url)
        try:
            rows = Readiness(engine, database, Strata(engine, database)).table(name)
        finally:
            database.dispose()
    return "\n".join(_columns([_HEAD, *words.as_text(rows)])), all(row.met for row in rows)


_HEAD = ("AREA", "WHAT", "FIGURE", "THRESHOLD", "", "OWNER")


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
