"""The ledger of the settings, opened for a command that looks something up in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.settings import CannotStart, Settings, read_settings
from lanes.library import Library


@contextmanager
def open_library(settings: Settings | None = None) -> Iterator[Library]:
    """Raises `CannotStart` where there is no history."""
    from storage.database import connect, exists, is_current, without_password  # noqa: PLC0415

    url = (settings or read_settings()).database_url
    nothing = CannotStart(f"{without_password(url)} holds no Lanekeeper history; LANEKEEPER_DATABASE_URL names another")
    if not exists(url):
        raise nothing
    database = connect(url)
    try:
        if not is_current(database):
            raise nothing
        yield Library(database)
    finally:
        database.dispose()


def one_run(library: Library, start: str) -> str:
    """The one run whose id begins so. Raises `CannotStart`."""
    name = library.find_run(start)
    if name is None:
        raise CannotStart(f"{start!r} is not how exactly one run begins; `lanekeeper audit find TICKET` lists its runs")
    return name
