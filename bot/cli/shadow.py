"""`lanekeeper shadow …`: an agent's suggestions beside what people really did."""

import json
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.action_files import HOW, BadFile, read_cases
from bot.cli.shadowing import backfill, status
from bot.words import shadow as words
from lanes.shadow.comparing import Comparing, kinds_of
from lanes.shadow.kinds import Tolerances
from lanes.shadow.matching import Act, Matching, Pair
from lanes.shadow.tally import Mode, Tally
from tools.registry import TOOLS

shadow_app = typer.Typer(no_args_is_help=True, help="An agent's suggestions beside what people really did.")
_BAD_INPUT = 2  # exit status, as for a wrong option


@shadow_app.callback()
def shadow() -> None:
    """An agent's suggestions beside what people really did."""


shadow_app.command()(backfill)
shadow_app.command()(status)


def _tolerance(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise typer.BadParameter(f"{text!r} is not an amount such as 0.50")
    return value


@shadow_app.command(epilog=HOW)
def compare(
    suggested: Annotated[Path, typer.Option(help="What the agent would have done: one JSON object a line.")],
    actual: Annotated[Path, typer.Option(help="What was done.")],
    out: Annotated[Path | None, typer.Option(help="Write the same numbers and every case here, as JSON.")] = None,
    matching: Annotated[
        Mode, typer.Option(help="exact: equal as JSON. typed: by kind of value (money, day, person, id, text …).")
    ] = Mode.EXACT,
    money_tolerance: Annotated[
        Decimal, typer.Option(parser=_tolerance, metavar="AMOUNT", help="Typed: amounts this near mean the same.")
    ] = "0",  # type: ignore[assignment]  # read by the parser
) -> None:
    """Compare two files of actions, case by case and tool by tool.

    Within a case, calls of one tool with equal arguments are matched first, one to one. Then calls of one tool with
    other arguments go together so that they differ least: argument mismatch. What is left was done and not suggested
    (missing), or suggested and not done (extra). The rate is matched of all four, a pair counting once; between the
    brackets is its 95 % interval (Wilson). What it is of the suggested, and of the actual calls alone, stands in --out.
    """
    tally = Tally(matching)
    kinds = {tool.name: kinds_of(tool.arguments) for tool in TOOLS}
    how = Matching(Comparing(kinds, Tolerances(money_tolerance)), strangers=True)
    try:
        _refuse_to_overwrite(out, suggested, actual)
        ours, theirs = read_cases(suggested), read_cases(actual)
        sides = {"suggested": _size(ours), "actual": _size(theirs)}
        only = {"suggested": len(ours.keys() - theirs), "actual": len(theirs.keys() - ours)}
        cases = _cases(ours, theirs, how, tally)
        if out:
            _write(out, cases, tally, lambda: words.as_json(tally, sides, only))
        else:
            deque(cases, maxlen=0)
    except BadFile as error:
        typer.echo(f"lanekeeper: {words.printable(str(error))}", err=True)
        raise typer.Exit(_BAD_INPUT) from None
    typer.echo("\n".join(words.text(tally, sides, only)))


def _cases(
    ours: Mapping[str, list[Act]], theirs: Mapping[str, list[Act]], how: Matching, tally: Tally
) -> Iterator[tuple[str, tuple[Pair, ...], bool]]:
    """Match and count case by case, in the order of their ids: the case, its pairs, and whether it agrees in full."""
    for case in sorted({*ours, *theirs}):
        pairs = how.pairs(ours.get(case, ()), theirs.get(case, ()))
        yield case, pairs, tally.add(pairs)


def _size(cases: Mapping[str, list[Act]]) -> tuple[int, int]:
    return len(cases), sum(map(len, cases.values()))


def _refuse_to_overwrite(out: Path | None, *inputs: Path) -> None:
    if out and any(out.resolve() == file.resolve() for file in inputs):
        raise BadFile(f"{out} is one of the two files to compare; name another one for the result")


def _write(
    out: Path, cases: Iterable[tuple[str, tuple[Pair, ...], bool]], tally: Tally, summary: Callable[[], dict[str, Any]]
) -> None:
    """The whole file or none of it: beside its place first, then into it. The cases are counted while they are written,
    so the summary, which comes first, is asked for last.
    """
    made: Path | None = None
    encode = json.JSONEncoder(separators=(",", ":")).encode
    try:
        with (
            tempfile.TemporaryFile("w+", dir=out.parent) as details,
            tempfile.NamedTemporaryFile("w", dir=out.parent, prefix=f".{out.name}.", delete=False) as file,
        ):
            made = Path(file.name)
            for n, (case, pairs, agrees) in enumerate(cases):
                line = encode(words.case_as_json(case, pairs, tally, agrees=agrees))
                details.write(f"{',' * bool(n)}\n    {line}")
            file.write(json.dumps(summary(), indent=2).removesuffix("\n}") + ',\n  "cases": [')
            details.seek(0)
            shutil.copyfileobj(details, file)
            file.write("\n  ]\n}\n")
        made.chmod(0o666 & ~_umask())  # as an ordinary new file
        made.replace(out)
    except BaseException as error:
        if made:
            made.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise BadFile(f"{out} cannot be written ({error.strerror}); name a file in a folder you may write to") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
