"""The cases of a week as CSV, one a line, for whoever wants to look at each.

A spreadsheet takes a cell that begins with =, +, - or @ for a formula; such a cell gets an apostrophe. Words that
customers or the model wrote do not stand in it, only the fields that hold them.
"""

import csv
import io
from collections.abc import Iterable
from itertools import islice
from typing import TextIO

from lanes.shadow.cases import Case, FieldApart
from lanes.shadow.kinds import Kind

HEAD = ("case", "at", "source", "subject", "tool", "segment", "outcome", "verdict", "suggested less done", "currency",
        "differs in", "run", "settled", "chance", "reason")  # fmt: skip
MOST = 50_000  # lines: a spreadsheet opens them, and Slack takes the file
_SILENT = frozenset({Kind.WORDS, Kind.PROSE, Kind.PERSON})
_FORMULA = ("=", "+", "@", "-", "\t", "\r")


def csv_of(cases: Iterable[Case]) -> str:
    """A file for Slack. What does not fit any more is told in its last line."""
    written = io.StringIO()
    listed = iter(cases)
    write_csv(written, islice(listed, MOST))
    if next(listed, None):
        written.write(f"only the first {MOST} cases; `lanekeeper report --csv` writes all of them\n")
    return written.getvalue()


def write_csv(file: TextIO, cases: Iterable[Case]) -> None:
    """All of them, one after another."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEAD)
    for case in cases:
        writer.writerow([_safe(cell) for cell in row(case)])


def row(case: Case) -> tuple[str, ...]:
    """One case, in the order of `HEAD`."""
    return (
        case.id, case.at.isoformat(), case.source, case.subject, case.tool, case.segment, str(case.outcome),
        str(case.verdict or ""), f"{case.gap.major:f}" if case.gap else "", case.gap.currency if case.gap else "",
        "; ".join(map(_apart, case.apart)), case.run, case.settled.isoformat() if case.settled else "",
        f"{case.chance:g}", case.reason,
    )  # fmt: skip


def _apart(one: FieldApart) -> str:
    if one.kind in _SILENT:
        return one.field
    return f"{one.field}: {_value(one.suggested)} ≠ {_value(one.actual)}"


def _value(value: object) -> str:
    return "nothing" if value is None else " ".join(str(value).split())[:80]


def _safe(cell: str) -> str:
    number = cell.removeprefix("-").replace(".", "", 1).isdecimal()
    return f"'{cell}" if cell.startswith(_FORMULA) and not number else cell
