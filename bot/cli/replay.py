"""`lanekeeper replay …`: recorded runs against today's prompt, model, tools and policy. Nothing outside is touched."""

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli.ledger import one_run, open_library
from bot.settings import CannotStart, Settings, read_settings
from bot.words import replay as words
from lanes.core.page import Models
from lanes.core.values import conducted
from lanes.engine import utc_now
from lanes.library import Library
from lanes.models.base import Model
from lanes.ready import ReadyLane
from lanes.replay.cases import Case
from lanes.replay.running import Verdict, replay
from lanes.replay.shelf import Shelf, case_of, file_of, put
from lanes.replay.stage import Silent
from tools.contract import Refused

ALL = "all"
_RUN = "run"
_KINDS = ("offline", "anthropic")


class _LaneOrCommand(TyperGroup):
    """`lanekeeper replay support-refunds` is `lanekeeper replay run support-refunds`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args.insert(0, _RUN)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


replay_app = typer.Typer(
    cls=_LaneOrCommand, no_args_is_help=True,
    help="Recorded runs against today's prompt, model, tools and policy: `lanekeeper replay LANE` or `all`.",
)  # fmt: skip


@replay_app.command(_RUN)
def run(
    lane: Annotated[str, typer.Argument(help="A lane, or `all`.")],
    case: Annotated[str, typer.Option(help="One case alone.")] = "",
    model: Annotated[str, typer.Option(help="offline, anthropic, or a model's name; else that of the settings.")] = "",
    catalog: Annotated[Path | None, typer.Option(help="Other pages, to be tried with the same cases.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines, one object.")] = False,
) -> None:
    """Feed a lane's cases to its page, prompt, model and tools as they are now; exit status 1 when one fails."""
    settings = read_settings()
    lanes = _lanes(settings, lane, catalog)
    model_now, lanes = _model(settings, lanes, model)
    told: list[dict[str, Any]] = []
    known = passed = 0
    with _shelf(settings) as shelf:
        for name, ready in lanes.items():
            cases = [one for one in shelf.cases(ready) if case in {"", one.case}]
            try:
                verdicts = [*replay(cases, ready, model_now)]
            except Silent as silent:
                raise CannotStart(f"the model did not answer, so nothing can be said: {silent}") from silent
            known, passed = known + len(verdicts), passed + sum(one.passed for one in verdicts)
            told.append(_record(name, ready, model_now, verdicts))
            if not as_json and (verdicts or not case):
                _say(name, model_now, verdicts)
    if as_json:
        typer.echo(json.dumps({"lanes": told, "cases": known, "passed": passed}, indent=2, ensure_ascii=False))
    if case and not known:
        raise CannotStart(f"there is no case {case} of {lane}; `lanekeeper replay list {lane}` names them")
    if passed < known:
        raise typer.Exit(1)


@replay_app.command("list")
def list_cases(lane: Annotated[str, typer.Argument(help="A lane, or `all`.")]) -> None:
    """Name a lane's cases, with what each is about."""
    settings = read_settings()
    with _shelf(settings) as shelf:
        for name, ready in _lanes(settings, lane, None).items():
            for one in shelf.cases(ready):
                about = one.about or f"{one.subject}, {one.expect.outcome or 'still open'}"
                typer.echo(f"{name}  {one.case}  {about}")


@replay_app.command("add")
def add(
    run: Annotated[str, typer.Argument(help="A run's id, or its beginning: one that has ended, or waits for people.")],
    suite: Annotated[
        Path | None, typer.Option(help="Write it as a file into this folder too, to be read and kept with the pages.")
    ] = None,
) -> None:
    """Keep a run as a replay case."""
    settings = read_settings()
    lanes = _lanes(settings, ALL, None)
    with open_library(settings) as library:
        name = one_run(library, run)
        events = library.events(name)
        ready = lanes.get(found.lane) if (found := library.run(name)) else None
        if ready is None:
            raise CannotStart(f"run {name} is of a lane that has no page any more")
        try:
            case = case_of(library.database, events, ready)
            new = _put(library, case)
            file = file_of(suite, case) if suite else None
        except Refused as refused:
            raise CannotStart(refused.message) from refused
    typer.echo(f"{case.case} is {'kept' if new else 'kept already'} as a case of {case.lane}")
    if file:
        typer.echo(f"{file} holds it as well; read it before you share it, it names people")


@replay_app.command("forget")
def forget(case: Annotated[str, typer.Argument(help="A case that was kept with `add` or in Slack.")]) -> None:
    """Let go of a kept case; a file of a suite is yours to delete."""
    from storage import replays  # noqa: PLC0415
    from storage.writer import Writer  # noqa: PLC0415

    with open_library(read_settings()) as library:
        writer = Writer(library.database)
        try:
            gone = writer.write(partial(replays.drop, case=case))
        finally:
            writer.close()
    if not gone:
        raise CannotStart(f"no case {case} was kept from the ledger; `lanekeeper replay list all` names them")
    typer.echo(f"{case} is forgotten")


def _put(library: Library, case: Case) -> bool:
    from storage.database import migrate  # noqa: PLC0415
    from storage.writer import Writer  # noqa: PLC0415

    migrate(library.database)
    writer = Writer(library.database)
    try:
        return put(writer, case, f"cli:{getpass.getuser()}", utc_now())
    finally:
        writer.close()


@contextmanager
def _shelf(settings: Settings) -> Iterator[Shelf]:
    """The cases of files, and of the ledger where there is one; nothing is written."""
    from storage.database import connect, exists, has_table  # noqa: PLC0415

    above = settings.catalog.resolve().parent
    if not exists(settings.database_url):
        yield Shelf(above)
        return
    database = connect(settings.database_url)
    try:
        yield Shelf(above, database if has_table(database, "replay_case") else None)
    finally:
        database.dispose()


def _lanes(settings: Settings, lane: str, catalog: Path | None) -> dict[str, ReadyLane]:
    """By name, or by the command of their page. Raises `CannotStart` for no such lane."""
    from lanes.loading import load_lanes  # noqa: PLC0415
    from tools.registry import TOOLS  # noqa: PLC0415

    lanes = load_lanes(catalog or settings.catalog, TOOLS, suites=settings.catalog.resolve().parent)
    chosen = {name: ready for name, ready in lanes.items() if lane in {ALL, name, ready.page.command}}
    if not chosen:
        raise CannotStart(f"there is no lane {lane}; there are {', '.join(lanes)} and {ALL}")
    return chosen


def _model(
    settings: Settings, lanes: Mapping[str, ReadyLane], asked: str
) -> tuple[Model, dict[str, ReadyLane]]:  # fmt: skip
    """The model, and the lanes that plan with it."""
    from bot.modelling import build_model  # noqa: PLC0415 - imports the provider's library

    chosen = dict(lanes)
    if asked in _KINDS:
        settings = settings.model_copy(update={"model": asked})
    elif asked:
        settings = settings.model_copy(update={"model": "anthropic"})
        planning = {"models": Models(plan=asked)}
        chosen = {name: replace(one, page=one.page.model_copy(update=planning)) for name, one in lanes.items()}
    return build_model(settings, chosen), chosen


def _say(lane: str, model: Model, verdicts: list[Verdict]) -> None:
    if not verdicts:
        typer.echo(words.no_cases(lane))
        return
    typer.echo(words.lane(lane, model.label, verdicts))
    for one in verdicts:
        if not one.passed:
            typer.echo("\n".join(words.failed(one)))


def _record(lane: str, ready: ReadyLane, model: Model, verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "lane": lane, "model": model.label, "configuration": conducted(ready.configuration, model.label),
        "cases": [
            {
                "case": one.case, "about": one.about, "passed": one.passed, "steps": one.steps,
                "usd": one.cost / 1_000_000,
                "differences": [{**asdict(each), "said": words.difference(each)} for each in one.differences],
            }
            for one in verdicts
        ],
    }  # fmt: skip
