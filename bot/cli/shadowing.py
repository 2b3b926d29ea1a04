"""`lanekeeper shadow backfill` and `lanekeeper shadow status`: silent runs about the past, and how drafts fare."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.ledger import open_library
from bot.cli.switch import named, opened
from bot.settings import CannotStart, Settings, read_settings
from bot.words import truth as words
from lanes.jobs import Progress
from lanes.shadow.backfill import Backfill, Backfilled
from lanes.shadow.casework import Casework
from lanes.shadow.harvesting import Harvesting
from storage import cases, facts, silent_runs
from tools.contract import Refused, Unavailable
from tools.registry import TOOLS

_LOOK = 0.5  # seconds between two looks at how far the runs are
_PATIENCE = 30.0  # seconds without a run that ends: then nobody works on them


def backfill(
    lane: Annotated[str, typer.Argument(help="A lane, or the command of its page.")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in UTC.")],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Begin at most so many runs now.")] = None,
) -> None:
    """Shadow a past period: read what people did then, let the lane draft about it in silence, compare both.

    The agent reads today's records, with what people have done to them since; so these cases show how a lane may fare,
    stand apart in every figure, and earn it nothing. Killed or stopped, it goes on when called again.
    """
    settings, begin, end = read_settings(), since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)
    with _opened(settings) as (work, casework):
        name = named(work.engine, lane)
        try:
            for source, new in work.read(name, begin, end):
                typer.echo(words.source_read(source, new))
            made = work.begin(name, begin, end, limit)
        except (Refused, Unavailable) as error:
            raise CannotStart(error.message) from error
        typer.echo(words.begun(made))
        left = _until_drafted(work, made)
        typer.echo(words.matched(casework.match(Progress({}, lambda _: None))))
        typer.echo(words.still_under_way(left) if left else words.all_drafted(name))


def status(
    lane: Annotated[str, typer.Argument(help="A lane, or the command of its page; without one, all.")] = "",
) -> None:
    """How far people's work is read, and what became of what was drafted in silence."""
    settings = read_settings()
    with open_library(settings) as library:
        from lanes.loading import load_lanes  # noqa: PLC0415

        lanes = load_lanes(settings.catalog, TOOLS)
        chosen = [name for name, ready in lanes.items() if not lane or lane in {name, ready.page.command}]
        if not chosen:
            raise CannotStart(f"there is no lane {lane}; there are {', '.join(lanes)}")
        with library.database.connect() as connection:
            typer.echo("\n".join(words.sources(facts.readings(connection), facts.counts(connection))))
            for name in chosen:
                if lanes[name].page.shadow:
                    told = silent_runs.counts(connection, name), cases.counts(connection, name)
                    oldest = silent_runs.oldest_waiting(connection, name)
                    typer.echo("\n".join(words.shadowed(name, *told, oldest)))


def _until_drafted(work: Backfill, made: Backfilled) -> int:
    """Wait while somebody works on the runs, and say how far they are; how many have not ended."""
    left, moved = work.under_way(made.runs), time.monotonic()
    while left and time.monotonic() - moved < _PATIENCE:
        time.sleep(_LOOK)
        now = work.under_way(made.runs)
        if now != left:
            left, moved = now, time.monotonic()
            typer.echo(words.drafted(len(made.runs) - left, len(made.runs)))
    return left


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Backfill, Casework]]:
    from bot.wires import open_wires  # noqa: PLC0415 - opens no connection before it is asked to
    from tools.guard import in_memory  # noqa: PLC0415

    with opened(settings) as (engine, database, writer):
        wires = open_wires(settings, engine.lanes, in_memory)
        try:
            harvesting = Harvesting(database, writer, engine.lanes, wires, engine.clock)
            yield Backfill(engine, database, harvesting), Casework(database, writer, engine.lanes, TOOLS, engine.clock)
        finally:
            for wire in wires.values():
                wire.close()
