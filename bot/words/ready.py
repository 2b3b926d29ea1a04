"""The readiness table, in words."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from bot import words
from bot.slack.mrkdwn import person, plain
from bot.words.bar import evidence, percent, segment
from lanes.core.page import Lane
from lanes.promotion.readiness import Row, RowName

_ROW: Mapping[RowName, str] = {
    "evidence": "evidence that it is within its tolerance",
    "severe": "severe errors",
    "days": "days covered",
    "settled": "cases that were settled",
    "pays": "acting alone is cheaper than being approved",
    "repeatable": "tools that could not be repeated safely",
    "undoable": "tools that cannot be taken back and do not say why",
    "locked": "tools that differ from their locked schema",
    "drift": "runs of a month in which a system answered in an unknown form",
    "replay": "cases of its suite that fail",
    "owner": "a named owner",
    "deciders": "people who may sign or decide",
    "on_call": "a channel that is called for a severe error",
    "queue": "disagreements that nobody has looked at",
    "canaries": "canaries that its approvers find, at least",
    "drill": "days since the kill switch was tried",
    "spend": "what the model costs for a run that ends well, beside what people cost",
    "over_budget": "runs of a month that ended over budget",
    "verified": "hours since the history was verified",
    "harvested": "hours since what people did was read",
    "reported": "a channel for its weekly report",
}
_SHARES = frozenset({"settled", "canaries", "over_budget"})
_AT_LEAST = frozenset({"evidence", "days", "settled", "pays", "owner", "deciders", "on_call", "canaries", "reported"})


def table(page: Lane, rows: Sequence[Row]) -> str:
    """For Slack: by area, each row with its figure, its threshold and who answers for it."""
    met = sum(row.met for row in rows)
    lines = [f"*Is {plain(page.lane)} ready to act alone?* {met} of {len(rows)} rows are met. Every row is computed."]
    for area, some in groupby(rows, key=lambda row: row.area):
        lines.append(f"*{area.capitalize()}*")
        lines += [f"{'✅' if row.met else '▫️'} {_line(row, segment)} · {person(row.owner)}" for row in some]
    return "\n".join(lines)


def as_text(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """For a terminal: area, row, figure, threshold, met, owner."""
    named = [f"{_ROW[row.name]}{f' ({row.segment})' if row.segment else ''}" for row in rows]
    return [
        (row.area, name, _figure(row), _needed(row), "met" if row.met else "NOT MET", row.owner)
        for row, name in zip(rows, named, strict=True)
    ]


def _line(row: Row, said: Callable[[str], str]) -> str:
    where = f" ({said(row.segment)})" if row.segment else ""
    return f"{_ROW[row.name]}{where}: {_figure(row)}, {_needed(row)}"


def _figure(row: Row) -> str:
    if row.figure is None:
        return "never measured"
    return _number(row, row.figure)


def _needed(row: Row) -> str:
    return f"{'at least' if row.name in _AT_LEAST else 'at most'} {_number(row, row.needed)}"


def _number(row: Row, value: float) -> str:
    if row.name in _SHARES:
        return percent(value)
    if row.name == "spend":
        return words.money(round(value * 1_000_000))
    return evidence(value) if row.name == "evidence" else f"{value:.4g}"
