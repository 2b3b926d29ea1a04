"""`lanekeeper report`: a lane's week as Slack gets it, on paper, as a table of its cases, or for machines."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from bot.cli.clock import clock_of
from bot.demo.told import GENERATED, Told
from bot.report import paper
from bot.report.details import write_csv
from bot.report.links import url_of, webs
from bot.report.sheet import sheet
from bot.settings import CannotStart, Settings, read_settings
from bot.words import report as words
from lanes.core.periods import Period
from lanes.engine import Engine
from lanes.evidence.intervals import Share
from lanes.loading import load_lanes
from lanes.promotion.strata import Strata
from lanes.report.gathering import Gathering, evidence
from lanes.report.measuring import Measuring
from lanes.report.weekly import WeeklyReport


def report(  # noqa: PLR0917 - options of a command line
    lane: Annotated[str, typer.Argument(help="A lane; without it, all of them.")] = "",
    week: Annotated[str, typer.Option(help="Such as 2026-W47; without it, the newest that is over.")] = "",
    html: Annotated[Path | None, typer.Option(help="Write it as one HTML file that needs nothing else.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write it as Markdown.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every case of the week, one a line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number, for machines.")] = False,
) -> None:
    """Say how a lane's week went, held against people: the same numbers as in Slack."""
    settings = read_settings()
    note = settings.report_note or (GENERATED if Told.beside(settings.database_url) else "")
    with _gathering(settings) as (gathering, web):
        names = _named(gathering, lane)
        period = _period(gathering, week, clock_of(settings)())
        reports = {name: gathering.report(name, period) for name in names}
        if as_json:
            plain = [_plain(one) for one in reports.values()]
            print(json.dumps({"week": period.name, "note": note, "lanes": plain}, indent=2))
        pages = {name: gathering.lanes[name].page for name in names}
        sheets = [sheet(one, pages[n], url_of(pages[n], web, gathering.fact), note) for n, one in reports.items()]
        if html:
            _write(html, paper.html(f"{', '.join(names)}: {words.week_of(period.name)}", sheets))
        if markdown:
            _write(markdown, paper.markdown(sheets))
        if csv:
            with _opened(csv) as file:
                write_csv(file, (case for name in names for case in gathering.cases(name, period)))
            _told(csv)
        if not (html or markdown or csv or as_json):
            print("\n\n".join("\n".join(paper.text(one)) for one in sheets))
            if note:
                print(f"\n{note}")


@contextmanager
def _gathering(settings: Settings) -> Iterator[tuple[Gathering, dict[str, str]]]:
    """What is read, beside a Lanekeeper that runs, or while none does; what has ended since is measured first."""
    from bot.modelling import model_label  # noqa: PLC0415
    from storage.database import connect, exists, migrate, without_password  # noqa: PLC0415
    from storage.writer import Writer  # noqa: PLC0415
    from tools.registry import TOOLS  # noqa: PLC0415

    if not exists(settings.database_url):
        shown = without_password(settings.database_url)
        raise CannotStart(f"{shown} holds no Lanekeeper history; LANEKEEPER_DATABASE_URL names another")
    lanes = load_lanes(settings.catalog, TOOLS)
    pages = {name: ready.page for name, ready in lanes.items()}
    database = connect(settings.database_url)
    try:
        migrate(database)
        writer = Writer(database)
        try:
            clock = clock_of(settings)
            engine = Engine(database, writer, lanes, team="", model=model_label(settings), clock=clock)
            Measuring(database, writer, lambda: pages).measure(clock())
            strata = evidence(Strata(engine, database))
            gathering = Gathering(database, lanes, lambda lane: engine.regime(lane).mode, strata, settings.zone)
            yield gathering, webs(settings, pages.values())
        finally:
            writer.close()
    finally:
        database.dispose()


def _named(gathering: Gathering, lane: str) -> list[str]:
    pages = [ready.page for ready in gathering.lanes.values()]
    found = [page.lane for page in pages if not lane or lane in {page.lane, page.command}]
    if not found:
        raise CannotStart(f"there is no lane {lane}; there are {', '.join(gathering.lanes)}")
    return found


def _period(gathering: Gathering, week: str, now: datetime) -> Period:
    if not week:
        return gathering.last_week(now)
    try:
        return gathering.week(week)
    except ValueError as error:
        raise CannotStart(words.no_such_week(week)) from error


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            yield opened
    except OSError as error:
        raise CannotStart(f"{file} cannot be written ({error.strerror})") from error


def _write(file: Path, content: str) -> None:
    with _opened(file) as opened:
        opened.write(content)
    _told(file)


def _told(file: Path) -> None:
    print(f"{file}: {file.stat().st_size:,} bytes", file=sys.stderr)


def _plain(report: WeeklyReport) -> dict[str, Any]:
    """Every number, as JSON takes it: shares with value and interval, durations in seconds."""
    told = _json(report)
    assert isinstance(told, dict)
    return told


def _json(value: Any) -> Any:  # noqa: PLR0911 - one line a kind of value
    match value:
        case Share():
            ends = value.wilson
            return {"hits": value.hits, "of": value.of, "value": value.value, "low": ends.low, "high": ends.high}
        case BaseModel():
            return value.model_dump(mode="json")
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {one.name: _json(getattr(value, one.name)) for one in dataclasses.fields(value)}
        case dict():
            return {_key(name): _json(inner) for name, inner in value.items()}
        case tuple() | list() | frozenset():
            return [_json(inner) for inner in (sorted(value) if isinstance(value, frozenset) else value)]
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case float():
            return value if value not in {float("inf"), float("-inf")} else None
        case _:
            return value


def _key(name: Any) -> str:
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)
