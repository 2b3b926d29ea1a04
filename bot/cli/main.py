"""The command line: run it, try it, ask what happened, stop it."""

import logging
import signal
import sys
import threading
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import structlog
import typer

from bot.cli.jobs import jobs_app
from bot.cli.ledger import one_run, open_library
from bot.cli.replay import replay_app
from bot.cli.report import report
from bot.cli.shadow import shadow_app
from bot.cli.tools import tools_app
from bot.settings import CannotStart, Settings, read_settings
from lanes.files import FaultyPage
from lanes.library import Library
from storage.database import StorageUnusable

if TYPE_CHECKING:
    from bot.demo.going_on import GoingOn

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
audit_app = typer.Typer(no_args_is_help=True, help="Who did what to whom, and proof that nobody changed it since.")
app.add_typer(audit_app, name="audit")
app.add_typer(tools_app, name="tools")
app.add_typer(jobs_app, name="jobs")
app.add_typer(shadow_app, name="shadow")
app.command("report")(report)
app.add_typer(replay_app, name="replay")


class Decision(StrEnum):
    """What can be decided from the command line."""

    REJECT = "reject"
    TAKE_OVER = "take_over"


def main() -> None:
    """The console script. What a person can mend is one sentence and exit status 1; the rest is a traceback."""
    try:
        app()
    except (CannotStart, FaultyPage, StorageUnusable) as error:
        print(f"lanekeeper: {error}", file=sys.stderr)
        sys.exit(1)


@app.command()
def run(
    clock: Annotated[Path | None, typer.Option(hidden=True, help="The demo's clock, which its page turns.")] = None,
) -> None:
    """Connect to Slack and work, until Ctrl-C."""
    from bot.app import build  # noqa: PLC0415 - imports Slack's libraries, which the other commands do without
    from bot.modelling import try_key  # noqa: PLC0415

    settings = read_settings()
    _logging(settings)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    time = _demo_clock(settings, clock) if clock else None
    lanekeeper = build(settings, clock=time) if time else build(settings)
    try_key(settings)
    lanekeeper.start()
    if time:
        time.start(lanekeeper)
    for sentence in lanekeeper.warnings:
        print(f"Warning: {sentence}.", file=sys.stderr, flush=True)
    print(f"Lanekeeper is connected; lanes: {', '.join(lanekeeper.engine.lanes)}", flush=True)
    lanekeeper.wait(stopped)
    print("Stopping …", flush=True)
    lanekeeper.stop()


def _demo_clock(settings: Settings, file: Path) -> "GoingOn":
    from bot.demo.going_on import GoingOn  # noqa: PLC0415
    from bot.demo.running import followed  # noqa: PLC0415
    from tools import moment  # noqa: PLC0415

    turned = followed(settings, file)
    moment.follow(turned)  # what the sandboxes go by
    return GoingOn(turned, file.parent)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the workspace's page is, if that port is free.")] = 8300,
    data: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(".demo"),
    history: Annotated[
        bool, typer.Option(help="Begin with ten weeks of generated history, where there is none.")
    ] = True,
    reset: Annotated[bool, typer.Option("--reset", help="Forget everything stored and stop.")] = False,
) -> None:
    """Try everything on this machine: sandboxes, a small Slack and Lanekeeper; no account, no key."""
    from bot.demo.running import Demo, forget  # noqa: PLC0415

    if reset:
        forget(data)
        return
    Demo(data, port, history).run()


@app.command("check")
def check_lanes() -> None:
    """Read every lane's page and say whether it loads, and what on it can never be."""
    from bot.words.advice import never_so  # noqa: PLC0415
    from lanes.advice import advice  # noqa: PLC0415
    from lanes.loading import load_lanes  # noqa: PLC0415
    from tools.registry import TOOLS  # noqa: PLC0415

    lanes = load_lanes(read_settings().catalog, TOOLS)
    for name, ready in lanes.items():
        print(f"{name}: fine, {len(ready.tools)} tools, rules {ready.configuration[:12]}")
        for one in advice(ready):
            print(f"{name}: but {never_so(one)}")


@app.command()
def doctor(lane: Annotated[str, typer.Argument(help="A lane; without it, all of them.")] = "") -> None:
    """Ask every system, Slack and the model whether address, credential and rights are right. Changes nothing."""
    from bot.cli.doctor import examine  # noqa: PLC0415 - imports Slack's libraries

    settings = read_settings()
    _logging(settings, least=logging.ERROR)  # what it meets on its way stands in its findings
    wrong = 0
    for finding in examine(settings, lane):
        print(finding, flush=True)
        wrong += not finding.fine
    if wrong:
        raise typer.Exit(1)


@audit_app.command("show")
def audit_show(run: Annotated[str, typer.Argument(help="A run's id, or its beginning.")]) -> None:
    """Print a run as a person reads it."""
    from bot.record.history import story  # noqa: PLC0415

    with open_library() as library:
        name = one_run(library, run)
        found = library.run(name)
        assert found is not None
        print(f"Run {name}, {found.started.subject}, lane {found.lane}; times are UTC")
        print("\n".join(story(library.events(name), lambda user: f"@{user}")))


@audit_app.command("find")
def audit_find(term: Annotated[str, typer.Argument(help="A ticket, a customer's e-mail or id, a person.")]) -> None:
    """List the runs that speak of somebody or something."""
    from bot.words.record import nothing  # noqa: PLC0415

    with open_library() as library:
        runs = library.about(term, 50)
        for found in runs:
            outcome = found.finished.outcome if found.finished else "under way"
            begun = f"{found.started.at:%Y-%m-%d %H:%M} UTC"
            print(f"{found.id}  {begun}  {found.lane}  {found.started.subject}  {outcome}")
    if not runs:
        print(nothing(term), file=sys.stderr)


@audit_app.command("who")
def audit_who(
    term: Annotated[str, typer.Argument(help="A ticket, a customer's e-mail or id, a person's Slack id.")],
    page: Annotated[int, typer.Option(min=1, help="Of a long answer.")] = 1,
) -> None:
    """Say who did what about somebody or something, when, for how much, on whose yes; as `/lane audit` does."""
    _ask("who", term, page)


@audit_app.command("why")
def audit_why(
    term: Annotated[str, typer.Argument(help="A ticket, a customer's e-mail or id, or a run.")],
    page: Annotated[int, typer.Option(min=1, help="Of a long answer.")] = 1,
) -> None:
    """Say why the newest run about something was held: reasons, rule, doubts; as `/lane audit why` does."""
    _ask("why", term, page)


@audit_app.command("verify")
def audit_verify() -> None:
    """Check every stream's hash chain and every body; exit status 1 when something does not fit."""
    with open_library() as library:
        problems, streams = library.verify()
    for problem in problems:
        print(f"{problem.stream} event {problem.version}: {problem.what}")
    if problems:
        print(f"{len(problems)} problems in {streams} streams: this history was changed after it was written")
        raise typer.Exit(1)
    print(f"{streams} streams verified: every event follows the one before it, every body matches its commitments")


@app.command()
def inbox() -> None:
    """List what waits for people: run, action, lane, subject, until when, what it would do."""
    from bot.cli.queue import inbox as waiting  # noqa: PLC0415

    with open_library() as library:
        lines = [*waiting(library)]
    print("\n".join(lines) or "Nothing waits for anybody.")


@app.command()
def decide(
    run: Annotated[str, typer.Argument(help="A run's id, or its beginning.")],
    action: Annotated[str, typer.Argument(help="Which draft of it: a1, a2 …")],
    decision: Annotated[Decision, typer.Argument(help="Nothing is approved from here; that takes a person in Slack.")],
    reason: Annotated[str, typer.Option(help="One of the lane's reasons; needed to reject.")] = "",
    note: Annotated[str, typer.Option(help="A sentence for whoever asked.")] = "",
) -> None:
    """Reject a draft, or take it over by hand, beside a running Lanekeeper."""
    from bot.cli.queue import Said  # noqa: PLC0415
    from bot.cli.queue import decide as said_so  # noqa: PLC0415

    settings = read_settings()
    with open_library() as library:
        print(said_so(settings, library, Said(one_run(library, run), action, decision.value, reason, note)))


@app.command()
def trace(run: Annotated[str, typer.Argument(help="A run's id, or its beginning.")]) -> None:
    """Print a run's JSON trace record."""
    import json  # noqa: PLC0415

    from lanes.trace import trace as record  # noqa: PLC0415

    with open_library() as library:
        print(json.dumps(record(library.events(one_run(library, run))), indent=2, ensure_ascii=False))


@app.command()
def stop(lane: Annotated[str, typer.Argument(help="A lane, or `all`.")], why: str = "") -> None:
    """The kill switch, beside a running Lanekeeper: nothing is written from now on."""
    from bot.cli.switch import throw  # noqa: PLC0415

    print(throw(read_settings(), lane, stop=True, why=why))


@app.command()
def resume(lane: Annotated[str, typer.Argument(help="A lane, or `all`.")]) -> None:
    """Let a stopped lane write again; what was frozen still needs a person in Slack."""
    from bot.cli.switch import throw  # noqa: PLC0415

    print(throw(read_settings(), lane, stop=False))


@app.command()
def ready(lane: Annotated[str, typer.Argument(help="A lane.")]) -> None:
    """Print the readiness table of a lane, every row computed; exit status 1 while a row is not met."""
    from bot.cli.ready import readiness  # noqa: PLC0415

    said, met = readiness(read_settings(), lane)
    print(said)
    if not met:
        raise typer.Exit(1)


@app.command()
def backup(to: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")]) -> None:
    """Copy the ledger as it is at this moment, while Lanekeeper runs; the copy is checked before it counts."""
    from storage.backup import back_up  # noqa: PLC0415
    from storage.database import connect  # noqa: PLC0415

    size = back_up(read_settings().database_url, to)
    database = connect(f"sqlite:///{to.resolve()}")
    problems, streams = Library(database).verify()
    database.dispose()
    if problems:
        raise CannotStart(f"{to} was written, but its history does not verify: `lanekeeper audit verify` says where")
    print(f"{to}: {size:,} bytes, {streams} streams, every chain verified")


@app.command()
def restore(copy: Annotated[Path, typer.Argument(help="A file that `lanekeeper backup` wrote.")]) -> None:
    """Bring a copy back. Every lane is stopped by it: the world has gone on since, and a person looks first."""
    from bot.cli.switch import throw  # noqa: PLC0415
    from storage.backup import bring_back  # noqa: PLC0415

    settings = read_settings()

    def stop_all(url: str) -> None:
        throw(settings.model_copy(update={"database_url": url}), "all", stop=True, why=f"restored from {copy.name}")

    aside = bring_back(settings.database_url, copy, stop_all)
    print(f"{copy} is the ledger now." + (f" The one before it is kept as {aside}." if aside else ""))
    print("Every lane is stopped. Start Lanekeeper, look at what is open, then resume: `lanekeeper resume all`.")


def _ask(asks: Literal["who", "why"], term: str, page: int) -> None:
    from bot.cli.terminal import as_text  # noqa: PLC0415
    from bot.record.answers import Question  # noqa: PLC0415
    from bot.record.inquiry import asked  # noqa: PLC0415 - imports Slack's libraries

    with open_library() as library:
        print(as_text(asked(Question(asks, term.strip(), page), library)))


def _logging(settings: Settings, least: int | None = None) -> None:
    console = settings.log == "console"
    least = least or (logging.WARNING if console else logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False) if console else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    main()
