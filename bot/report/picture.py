"""A chart as a PNG, for where Slack does not draw one itself: a line of points with their numbers.

Context: a picture is needed in one place, by one kind of chart. Decision: it is drawn by hand, a byte a dot, with a
font of the few signs that numbers and weeks are written with, and packed by zlib; no drawing library comes along. The
same chart makes the same bytes. What we gave up: smooth lines, and letters.
PNG: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", sections 5 and 11.
"""

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

from bot.report.sheet import Chart

WIDE, HIGH = 960, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 40, 60, 60
_SCALE = 3  # dots of a font's dot
_WHITE, _LINE, _INK, _GRID = 0, 1, 2, 3
_COLOURS = bytes((255, 255, 255, 31, 99, 168, 34, 34, 34, 214, 214, 214))  # the palette, three bytes a colour
_FONT = {  # three wide, five high, a bit a dot, from the top
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7), "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 2, 2, 2), "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7),
    ".": (0, 0, 0, 0, 2), "-": (0, 0, 7, 0, 0), "W": (5, 5, 7, 7, 5), "%": (5, 1, 2, 4, 5), " ": (0, 0, 0, 0, 0),
}  # fmt: skip


def picture(chart: Chart) -> bytes:
    """A PNG of the chart. Signs that the font lacks are left out."""
    dots = [bytearray(WIDE) for _ in range(HIGH)]
    places = _places([value for _, value in chart.points])
    for x in range(_LEFT, WIDE - _RIGHT):
        dots[HIGH - _BOTTOM][x] = _GRID
    if chart.kind == "line":
        for one, other in pairwise(places):
            _line(dots, one, other)
    for (label, value), (x, y) in zip(chart.points, places, strict=True):
        if chart.kind == "bar":
            _box(dots, (x - 20, y, x + 20, HIGH - _BOTTOM), _LINE)
        _box(dots, (x - 4, y - 4, x + 5, y + 5), _LINE)
        _write(dots, f"{value:g}{'%' if chart.unit == '%' else ''}", x, y - 30)
        _write(dots, label, x, HIGH - _BOTTOM + 18)
    return _png(dots)


def _places(values: Sequence[float]) -> list[tuple[int, int]]:
    """Where each value stands; the scale runs from the least to the most, with room when they are equal."""
    least, most = min(values, default=0.0), max(values, default=0.0)
    room, span = HIGH - _TOP - _BOTTOM - 20, (most - least) or 1.0
    step = (WIDE - _LEFT - _RIGHT) / max(1, len(values))
    return [
        (round(_LEFT + step * (n + 0.5)), round(_TOP + room * (most - value) / span)) for n, value in enumerate(values)
    ]


def _line(dots: list[bytearray], one: tuple[int, int], other: tuple[int, int]) -> None:
    (x, y), (to_x, to_y) = one, other
    steps = max(abs(to_x - x), abs(to_y - y), 1)
    for n in range(steps + 1):
        at_x, at_y = round(x + (to_x - x) * n / steps), round(y + (to_y - y) * n / steps)
        _box(dots, (at_x - 1, at_y - 1, at_x + 2, at_y + 2), _LINE)


def _box(dots: list[bytearray], edges: tuple[int, int, int, int], colour: int) -> None:
    left, top, right, bottom = edges
    for y in range(max(0, top), min(HIGH, bottom)):
        for x in range(max(0, left), min(WIDE, right)):
            dots[y][x] = colour


def _write(dots: list[bytearray], text: str, middle: int, top: int) -> None:
    signs = [_FONT[sign] for sign in text if sign in _FONT]
    left = middle - 2 * _SCALE * len(signs)
    _box(dots, (left - _SCALE, top - _SCALE, left + 4 * _SCALE * len(signs), top + 6 * _SCALE), _WHITE)  # over lines
    for n, rows in enumerate(signs):
        for y, row in enumerate(rows):
            for x in range(3):
                if row & (4 >> x):
                    corner = left + _SCALE * (4 * n + x), top + _SCALE * y
                    _box(dots, (*corner, corner[0] + _SCALE, corner[1] + _SCALE), _INK)


def _png(dots: Sequence[bytearray]) -> bytes:
    head = struct.pack(">IIBBBBB", WIDE, HIGH, 8, 3, 0, 0, 0)  # eight bits a dot, each an index into the palette
    rows = b"".join(b"\0" + bytes(row) for row in dots)
    chunks = ((b"IHDR", head), (b"PLTE", _COLOURS), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
