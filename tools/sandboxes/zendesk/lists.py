"""Pages of a list: by cursor, or by number where Zendesk knows no cursor."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.sandboxes.zendesk.rules import refusal

MOST = 100  # entries a page


def by_cursor(query: Mapping[str, str], name: str, rows: Sequence[Any]) -> dict[str, Any]:
    """By cursor where `page[size]` is given, else all at once, up to 100, as Zendesk does."""
    size = query.get("page[size]")
    if size is None:
        if len(rows) > MOST:
            raise refusal(400, "NotHere", "The sandbox pages by cursor only: give page[size]")
        return {name: rows, "next_page": None, "previous_page": None, "count": len(rows)}
    if not size.isdecimal() or not 1 <= int(size) <= MOST:
        raise refusal(400, "InvalidPaginationParameter", f"page[size] must be between 1 and {MOST}")
    after = query.get("page[after]", "0")
    if not after.isdecimal():
        raise refusal(400, "InvalidPaginationParameter", "page[after] is not a cursor")
    end = int(after) + int(size)
    more = end < len(rows)
    meta = {"has_more": more, "after_cursor": str(end) if more else None, "before_cursor": None}
    return {name: rows[int(after) : end], "meta": meta, "links": {"next": None, "prev": None}}


def by_number(query: Mapping[str, str], name: str, rows: Sequence[Any]) -> dict[str, Any]:
    size, number = query.get("per_page", str(MOST)), query.get("page", "1")
    if not (size.isdecimal() and number.isdecimal() and 0 < int(size) <= MOST and int(number)):
        raise refusal(400, "InvalidPaginationParameter", f"page and per_page must be numbers, at most {MOST} a page")
    start, end = (int(number) - 1) * int(size), int(number) * int(size)
    return {name: rows[start:end], "next_page": None, "previous_page": None, "count": len(rows)}
