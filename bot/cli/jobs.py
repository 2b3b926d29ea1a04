"""`lanekeeper jobs`: what comes by itself, when it comes next, and what came of it last."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bot.cli.clock import clock_of
from bot.settings import CannotStart, Settings, read_settings
from bot.words import jobs as words
from lanes.timetable import Entry, Timetable
from tools.contract import Refused

jobs_app = typer.Typer(invoke_without_command=True, help="What comes by itself: when next, and what came of it last.")
_HEAD = ("JOB", "COMES", "NEXT", "LAST", "BEGUN", "TOOK", "OUTCOME")


@jobs_app.callback()
def list_jobs(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For machines, one object.")] = False
) -> None:
    """Show every job: when it comes next, its last period, how long that took, and what came of it."""
    if context.invoked_subcommand:
        return
    with _timetable(read_settings()) as timetable:
        entries = timetable.entries()
    if as_json:
        typer.echo(json.dumps({"jobs": [_record(one) for one in entries]}, indent=2, ensure_ascii=False))
        return
    typer.echo("\n".join(_table([_HEAD, *(_row(one) for one in entries)])))


@jobs_app.command("run")
def run_job(
    name: Annotated[str, typer.Argument(help="A job, as `lanekeeper jobs` names it.")],
    period: Annotated[str, typer.Option(help="2026-W47 or 2026-11-22; without it, the one that now is.")] = "",
) -> None:
    """Fire one job by hand, once a period; one that failed is tried anew."""
    with _timetable(read_settings()) as timetable:
        try:
            answer = timetable.fire_by_hand(name, period, f"cli:{getpass.getuser()}")
        except Refused as refused:
            raise CannotStart(refused.message) from refused
        typer.echo(words.by_hand(answer, timetable.jobs[name].zone))


@contextmanager
def _timetable(settings: Settings) -> Iterator[Timetable]:
    """Beside a Lanekeeper that runs, or while none does. Raises `CannotStart` where none ever did."""
    from bot.scheduler import jobs_of  # noqa: PLC0415 - imports APScheduler, which the other commands do without
    from lanes.loading import load_lanes  # noqa: PLC0415
    from storage.database import connect, exists, migrate, without_password  # noqa: PLC0415
    from storage.writer import Writer  # noqa: PLC0415
    from tools.registry import TOOLS  # noqa: PLC0415

    if not exists(settings.database_url):
        shown = without_password(settings.database_url)
        raise CannotStart(f"{shown} holds no Lanekeeper history; LANEKEEPER_DATABASE_URL names another")
    database = connect(settings.database_url)
    try:
        migrate(database)
        writer = Writer(database)
        try:
            jobs = jobs_of(settings.zone, load_lanes(settings.catalog, TOOLS))
            yield Timetable(database, writer, jobs, clock_of(settings))
        finally:
            writer.close()
    finally:
        database.dispose()


def _row(entry: Entry) -> tuple[str, ...]:
    last, zone = entry.last, entry.job.zone
    begun = last if last and last.outcome != "passed_over" else None
    return (
        entry.job.name,
        words.cadence(entry.job.when),
        words.moment(entry.next.due, zone),
        begun.period if begun else "",
        words.moment(begun.started, zone) if begun else "",
        words.took(begun.ms) if begun else "",
        words.became(last),
    )


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _record(entry: Entry) -> dict[str, Any]:
    """Moments are ISO 8601 in UTC; `last` is null until the job was fired."""
    job, last = entry.job, entry.last
    return {
        "job": job.name, "comes": words.cadence(job.when), "time_zone": str(job.zone), "catch_up": job.catch_up,
        "next": {"period": entry.next.name, "due": entry.next.due.isoformat()},
        "last": last and {
            "period": last.period, "due": last.due.isoformat(), "fired": last.fired.isoformat(), "by": last.by,
            "started": last.started and last.started.isoformat(),
            "finished": last.finished and last.finished.isoformat(),
            "attempts": last.attempts, "outcome": last.outcome, "said": last.said, "detail": last.detail, "ms": last.ms,
        },
    }  # fmt: skip
