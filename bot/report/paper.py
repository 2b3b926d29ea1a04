"""A report to read outside Slack: one HTML file, Markdown, or plain text. All of them draw the same sheet.

The HTML stands by itself: no script, no font, no picture and no address that a browser would fetch; only the cases
lead to their records. It reads at the width of a phone.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from bot.report.sheet import Cell, Chart, Link, Sheet, Table
from bot.slack.mrkdwn import visible
from bot.words import report as words

_WIDE, _HIGH, _EDGE = 640, 220, 34
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem;margin:1.6rem 0 .4rem}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}
.lead{font-size:1.1rem}.lead p{margin:.3rem 0}.lead p:first-child{font-weight:650}
.step{border-inline-start:4px solid #1f63a8;padding:.3rem .8rem;margin:.8rem 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
th,td{padding:.3rem .7rem .3rem 0;border-bottom:1px solid #8885;text-align:start;vertical-align:top}
.n{text-align:end;white-space:nowrap}
figure{margin:1rem 0}figcaption{font-weight:650}svg{width:100%;height:auto;max-width:40rem}
svg text{font-size:13px;fill:currentColor}svg .l{fill:none;stroke:#1f63a8;stroke-width:2.5}svg .d{fill:#1f63a8}
svg .a{stroke:#8888}small{opacity:.75}
"""
_CANNOT_SPLIT = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|~"})  # what Markdown reads as markup


def html(title: str, sheets: Iterable[Sheet]) -> str:
    """One page with every sheet."""
    drawn = [*sheets]
    parts = [part for sheet in drawn for part in _sheet(sheet)]
    parts += [f"<p><small>{_h(said)}</small></p>" for said in dict.fromkeys(sheet.small_print for sheet in drawn)]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_h(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"<h1>{_h(sheet.title)}</h1>"
    yield '<div class="lead">' + "".join(f"<p>{_h(line)}</p>" for line in sheet.lead) + "</div>"
    yield f'<p class="step"><b>Next:</b> {_h(sheet.step)}</p>'
    for chart in (sheet.trend, sheet.money):
        if chart:
            yield _figure(chart)
    for table in (sheet.segments, sheet.cases):
        if table:
            yield _table(table)
    for part in sheet.parts:
        yield f"<h2>{_h(part.title)}</h2>" + "".join(f"<p>{_h(line)}</p>" for line in part.lines)
    for table in sheet.tables:
        yield _table(table)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_side(table, n)}>{_h(name)}</th>' for n, name in enumerate(table.head))
    rows = (
        "<tr>" + "".join(f"<td{_side(table, n)}>{_cell(cell)}</td>" for n, cell in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    return (
        f'<h2>{_h(table.title)}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _side(table: Table, column: int) -> str:
    return ' class="n"' if column in table.figures else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link) and cell.url.startswith(("https://", "http://")):
        return f'<a href="{_h(cell.url)}" rel="noreferrer">{_h(cell.label)}</a>'
    return _h(_said(cell))


def _figure(chart: Chart) -> str:
    values = [value for _, value in chart.points]
    least = min(values) if chart.kind == "line" else min(0.0, *values)
    span, step = (max(values) - least) or 1.0, (_WIDE - 2 * _EDGE) / len(values)
    places = [
        (_EDGE + step * (n + 0.5), _EDGE + (_HIGH - 2.2 * _EDGE) * (1 - (value - least) / span))
        for n, value in enumerate(values)
    ]
    base = _HIGH - _EDGE
    drawn = [f'<line class="a" x1="{_EDGE}" x2="{_WIDE - _EDGE}" y1="{base}" y2="{base}"/>']
    if chart.kind == "line":
        drawn.append(f'<polyline class="l" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
    for (label, value), (x, y) in zip(chart.points, places, strict=True):
        if chart.kind == "bar":
            drawn.append(f'<rect class="d" x="{x - 18:.1f}" y="{y:.1f}" width="36" height="{base - y:.1f}"/>')
        else:
            drawn.append(f'<circle class="d" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        drawn.append(f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{words.number(value)}</text>')
        drawn.append(f'<text x="{x:.1f}" y="{_HIGH - 10}" text-anchor="middle">{_h(_short(label))}</text>')
    spoken = words.numbers(chart.title, chart.points)
    return (
        f"<figure><figcaption>{_h(chart.title)}</figcaption>"
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{_h(spoken)}">'
        f"{''.join(drawn)}</svg></figure>"
    )


def markdown(sheets: Iterable[Sheet]) -> str:
    """Every sheet, one below the other; charts are told as numbers."""
    return "\n".join(line for sheet in sheets for line in _markdown(sheet)) + "\n"


def _markdown(sheet: Sheet) -> Iterator[str]:
    yield from (f"# {_m(sheet.title)}", "")
    for line in sheet.lead:
        yield from (_m(line), "")
    yield from (f"**Next:** {_m(sheet.step)}", "")
    for chart in (sheet.trend, sheet.money):
        if chart:
            yield from (_m(words.numbers(chart.title, chart.points)), "")
    for table in (sheet.segments, sheet.cases):
        yield from _rows(table)
    for part in sheet.parts:
        yield from (f"## {_m(part.title)}", "", *(f"- {_m(line)}" for line in part.lines), "")
    for table in sheet.tables:
        yield from _rows(table)
    yield from (_m(sheet.small_print), "")


def _rows(table: Table | None) -> Iterator[str]:
    if table is None:
        return
    ruler = ["---:" if n in table.figures else "---" for n in range(len(table.head))]
    yield from (f"## {_m(table.title)}", "")
    yield f"| {' | '.join(map(_m, table.head))} |"
    yield f"| {' | '.join(ruler)} |"
    for row in table.rows:
        yield f"| {' | '.join(_md_cell(cell) for cell in row)} |"
    yield ""


def _md_cell(cell: Cell) -> str:
    if isinstance(cell, Link) and not set(cell.url) & set("<>()| \n"):
        return f"[{_m(cell.label)}]({cell.url})"
    return _m(_said(cell))


def text(sheet: Sheet) -> Iterator[str]:
    """The short form, for a terminal: what has to be seen first, and what is missing."""
    yield from (sheet.title, *(f"  {line}" for line in sheet.lead), f"  Next: {sheet.step}")
    yield from (f"  {words.numbers(one.title, one.points)}" for one in (sheet.trend, sheet.money) if one)
    if sheet.segments:
        yield from (f"    {line}" for line in columns([sheet.segments.head, *sheet.segments.rows]))
    for part in sheet.parts:
        yield from (f"  {part.title}: {line}" for line in part.lines)


def columns(rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Cells below each other."""
    said = [[_said(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*said, strict=True)]
    for row in said:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _said(cell: Cell) -> str:
    return " ".join(visible(cell.label if isinstance(cell, Link) else cell).split())


def _short(label: str) -> str:
    return label if len(label) <= 20 else f"{label[:19]}…"


def _h(text: str) -> str:
    return escape(visible(text))


def _m(text: str) -> str:
    return " ".join(visible(text).split()).translate(_CANNOT_SPLIT)
