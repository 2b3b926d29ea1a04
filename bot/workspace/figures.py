"""What Slack takes of tables and charts. Sizes are those of the table, data table and data visualization blocks' pages;
where sources disagree, the smaller number.
"""

from __future__ import annotations

from typing import Any, Final

from bot.workspace.measures import Problems, each, error, string
from bot.workspace.seed import Json

CELLS: Final = 10_000  # characters of all cells of a table together (the data table block's page)


def table(block: Json, at: str) -> Problems:
    yield from each(block.get("rows"), f"{at}/rows", 100, lambda row, p: each(row, p, 20, _cell))
    yield from _whole(block.get("rows"), at)


def data_table(block: Json, at: str) -> Problems:
    rows = block.get("rows")
    yield from error(not block.get("caption"), "missing required field: caption", at)
    yield from each(rows, f"{at}/rows", 101, lambda row, p: each(row, p, 20, _cell))
    yield from error(isinstance(rows, list) and len(rows) < 2, "no less than 2 items allowed", f"{at}/rows")
    yield from _whole(rows, at)
    yield from error(not 1 <= block.get("page_size", 5) <= 100, "must be between 1 and 100", f"{at}/page_size")


def _whole(rows: Any, at: str) -> Problems:
    cells = [cell for row in rows for cell in row if isinstance(cell, dict)] if isinstance(rows, list) else []
    total = sum(len(str(cell.get("text", ""))) for cell in cells)
    yield from error(total > CELLS, f"all cells must be less than {CELLS + 1} characters", f"{at}/rows")


def _cell(cell: Any, at: str) -> Problems:
    kind = cell.get("type") if isinstance(cell, dict) else None
    yield from error(kind not in {"raw_text", "raw_number", "rich_text"}, f"unsupported type: {kind}", f"{at}/type")


def chart(block: Json, at: str) -> Problems:
    """A chart: title 50 characters, labels 20, one to six series or segments (the data visualization block's page)."""
    yield from error(not block.get("title"), "missing required field: title", at)
    yield from string(block.get("title"), f"{at}/title", 50)
    drawn = block.get("chart")
    kind = drawn.get("type") if isinstance(drawn, dict) else None
    if not isinstance(drawn, dict) or kind not in {"pie", "bar", "area", "line"}:
        yield from error(True, f"unsupported type: {kind}", f"{at}/chart/type")
    elif kind == "pie":
        yield from each(drawn.get("segments"), f"{at}/chart/segments", 6, _point)
    else:
        yield from each(drawn.get("series"), f"{at}/chart/series", 6, lambda s, p: _series(s, p, drawn))


def _series(series: Any, at: str, drawn: Json) -> Problems:
    if not isinstance(series, dict):
        yield from error(True, "must provide an object", at)
        return
    yield from string(series.get("name"), f"{at}/name", 20)
    yield from each(series.get("data"), f"{at}/data", 20, _point)
    named = (drawn.get("axis_config") or {}).get("categories")
    labels = [p.get("label") for p in series.get("data") or [] if isinstance(p, dict)]
    yield from error(labels != named, "labels must match axis_config.categories", f"{at}/data")


def _point(point: Any, at: str) -> Problems:
    value = point.get("value") if isinstance(point, dict) else None
    yield from error(not isinstance(value, int | float), "value must be a number", f"{at}/value")
    if isinstance(point, dict):
        yield from string(point.get("label"), f"{at}/label", 20)
