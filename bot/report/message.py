"""A report as a Slack message: what has to be seen in ten seconds first, then chart and table, then the rest.

Slack's own chart and table blocks are newer than its published types, and it may refuse them; so each message is drawn
twice, with them and in plain blocks, and both say the same. A chart's numbers stand as text below it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.report.sheet import Cell, Chart, Link, Overview, Sheet, Table
from bot.slack.blocks import Block, context, divider, header, section, sections
from bot.slack.mrkdwn import TEXT, clamp, link, plain, visible
from bot.words import report as words

_TITLE, _LABEL, _SERIES = 50, 20, 20  # characters of a chart; docs.slack.dev, "Data visualization block"
_ROWS, _CELLS = 100, 9_000  # rows of a table, and characters of all its cells: Slack takes 10,000
_CELL = 160  # characters; a longer one makes a row that nobody reads
_SECTIONS = 6  # of one table in plain words; the file in the thread has all of it
_TEXT = 3_000  # characters of a notification and of what a screen reader reads
_NEXT = "Next: "


@dataclass(frozen=True)
class Message:
    """`native` holds Slack's chart and table blocks, `blocks` does without them."""

    text: str
    native: list[Block]
    blocks: list[Block]

    def noted(self, note: str) -> "Message":
        """With a sentence of ours above everything else."""
        told = section(note)
        return Message(clamp(f"{note}\n{self.text}", _TEXT), [told, *self.native], [told, *self.blocks])


def message(sheet: Sheet) -> Message:
    """One lane's week."""
    top = [
        header(sheet.title),
        section("\n".join(_bold_first(sheet.lead))),
        section(f"➡️ *{_NEXT.strip()}* {plain(sheet.step)}"),
    ]
    charts = [one for one in (sheet.trend, sheet.money) if one]
    parts = [*_cases(sheet.cases), *(section(_part(part.title, part.lines)) for part in sheet.parts)]
    end = [context(plain(sheet.small_print))]
    native = [
        *top,
        *(block for one in charts for block in _chart(one)),
        *_table(sheet.segments),
        divider(),
        *parts,
        *end,
    ]
    simple = [*top, *(context(_numbers(one)) for one in charts), *_in_words(sheet.segments), divider(), *parts, *end]
    return Message(_text([sheet.title, *sheet.lead, _NEXT + sheet.step]), native, simple)


def all_lanes(title: str, all_of_them: Overview) -> Message:
    """Every lane's week, a row each, then what to do next."""
    table, silent = all_of_them.table, all_of_them.nothing_yet
    rest = [words.nothing_yet(silent)] if silent else []
    steps = [f"➡️ *{plain(lane)}*: {plain(step)}" for lane, step in all_of_them.steps]
    lines = sections("\n".join(clamp(line, TEXT // 4) for line in (*steps, *map(plain, rest))))[:_SECTIONS]
    said = [f"{lane}: {_said(agreed)}" for (lane, _), (_, _, agreed, *_) in _told(all_of_them)]
    native, simple = ([header(title), *drawn, *lines] for drawn in (_table(table), _in_words(table)))
    return Message(_text([title, *said, *rest]), native, simple)


def _told(all_of_them: Overview) -> list[tuple[tuple[str, str], tuple[Cell, ...]]]:
    """The lanes that have shown something, each with its row."""
    rows = {_said(row[0]): row for row in all_of_them.table.rows}
    return [(one, rows[one[0]]) for one in all_of_them.steps]


def _bold_first(lines: Sequence[str]) -> list[str]:
    return [f"*{plain(line)}*" if not n else plain(line) for n, line in enumerate(lines)]


def _part(title: str, lines: Iterable[str]) -> str:
    return clamp("\n".join([f"*{plain(title)}*", *map(plain, lines)]), TEXT)


def _text(lines: Iterable[str]) -> str:
    return clamp("\n".join(map(plain, lines)), _TEXT)


def _chart(chart: Chart) -> list[Block]:
    """The block, and its numbers below it. Labels that would be cut to the same are told apart by a number."""
    labels = _different([_short(label, _LABEL) for label, _ in chart.points])
    data = [{"label": label, "value": value} for label, (_, value) in zip(labels, chart.points, strict=True)]
    drawn = {
        "type": chart.kind,
        "series": [{"name": _short(chart.unit, _SERIES), "data": data}],
        "axis_config": {"categories": labels},
    }
    return [
        {"type": "data_visualization", "title": _short(chart.title, _TITLE), "chart": drawn}, context(_numbers(chart))
    ]  # fmt: skip


def _numbers(chart: Chart) -> str:
    return clamp(f"{plain(chart.title)}: " + " · ".join(f"{plain(k)} {words.number(v)}" for k, v in chart.points), TEXT)


def _table(table: Table | None) -> list[Block]:
    if table is None:
        return []
    rows, left = _fitting(table)
    columns = [_column(table, n) for n in range(len(table.head))]
    drawn: Block = {
        "type": "table",
        "column_settings": columns,
        "rows": [[_cell(cell) for cell in row] for row in (table.head, *rows)],
    }
    return [drawn, *([context(f"… and {left:,} more; `lanekeeper report` shows them")] if left else [])]


def _column(table: Table, n: int) -> Block:
    """Figures stand on one line, so that they can be read down."""
    return {"align": "right", "is_wrapped": False} if n in table.figures else {"align": "left", "is_wrapped": True}


def _fitting(table: Table) -> tuple[Sequence[tuple[Cell, ...]], int]:
    """As many rows as Slack takes, and how many are left out."""
    sizes = accumulate(sum(min(len(_said(cell)), _CELL) for cell in row) for row in (table.head, *table.rows))
    fit = sum(size <= _CELLS for size in sizes) - 1
    rows = table.rows[: min(fit, _ROWS - 1)]
    return rows, len(table.rows) - len(rows)


def _cell(cell: Cell) -> Block:
    return {"type": "raw_text", "text": _short(_said(cell), _CELL) or "–"}


def _in_words(table: Table | None) -> list[Block]:
    """A line a row, each figure with its column's name: fixed columns would break on a phone."""
    if table is None:
        return []
    lines = [clamp(_line(table.head, row), TEXT // 4) for row in table.rows]
    parts = sections("\n".join(lines))
    left = [context("… `lanekeeper report` shows the rest")] if len(parts) > _SECTIONS else []
    return [*parts[:_SECTIONS], *left]


def _line(head: Sequence[str], row: Sequence[Cell]) -> str:
    first, *rest = (plain(_short(_said(cell), _CELL)) for cell in row)
    told = (f"{plain(name).lower()} {said}" for name, said in zip(head[1:], rest, strict=True) if said != "–")
    return f"• *{first}*: {' · '.join(told)}"


def _cases(table: Table | None) -> list[Block]:
    """The worst cases, a line each, the subject leading to its record."""
    if table is None:
        return []
    lines = []
    for subject, what, write, amount, run in table.rows:
        shown = link(subject.url, subject.label) if isinstance(subject, Link) else plain(subject)
        traced = f" · `{plain(run)}`" if run != "–" else ""
        stake = "" if amount == "–" else f" · {plain(amount)}"
        lines.append(f"• {shown}: {plain(what)} · {plain(write)}{stake}{traced}")
    return sections("\n".join([f"*{plain(table.title)}*", *(clamp(line, TEXT // 4) for line in lines)]))[:_SECTIONS]


def _said(cell: Cell) -> str:
    return " ".join(visible(cell.label if isinstance(cell, Link) else cell).split())


def _short(text: str, most: int) -> str:
    """Plain text for a place that knows no markup."""
    said = " ".join(visible(text).split())
    return said if len(said) <= most else said[: most - 1] + "…"


def _different(labels: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        mark = f" {seen[label]}" if seen[label] > 1 else ""
        out.append(_short(label, _LABEL - len(mark)) + mark)
    return out
