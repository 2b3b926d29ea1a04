"""Makes a picture of a page small: text on plain ground needs a palette of 256 colours, not sixteen million."""

import struct
import zlib
from pathlib import Path

import numpy as np

HEAD = b"\x89PNG\r\n\x1a\n"


def shrink(file: Path) -> None:
    """Write the picture anew with a palette: of each colour's neighbours, the commonest stand for the rest."""
    pixels = _read(file.read_bytes())
    height, width, _ = pixels.shape
    codes = pixels.reshape(-1, 3).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    found, where, count = np.unique(codes, return_inverse=True, return_counts=True)
    rgb = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.int32)
    palette = rgb[_chosen(rgb, count)]
    nearest = np.concatenate([
        ((part[:, None, :] - palette[None]) ** 2).sum(axis=2).argmin(axis=1) for part in np.array_split(rgb, 64)
    ])  # fmt: skip
    rows = nearest[where].astype(np.uint8).reshape(height, width)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    file.write_bytes(
        HEAD + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette.astype(np.uint8).tobytes()) + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )  # fmt: skip


def _chosen(rgb, count):
    """At most 256 of them: the commonest of each box of 16 shades a side, then the commonest boxes."""
    boxes = (rgb >> 4) @ np.array([256, 16, 1])
    order = np.argsort(-count, kind="stable")
    _, first = np.unique(boxes[order], return_index=True)
    best = order[np.sort(first)]
    rest = np.setdiff1d(order[:64], best, assume_unique=True)  # and the grounds and inks that share a box
    return np.concatenate([best[: 256 - len(rest)], rest])


def _read(data: bytes):
    """Height × width × 3 of an eight-bit RGB(A) picture, as a browser writes it."""
    parts, at = {b"IDAT": b""}, len(HEAD)
    while at < len(data):
        (size,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        parts[kind] = parts.get(kind, b"") + data[at + 8 : at + 8 + size]
        at += size + 12
    width, height, _, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    deep = 4 if colour == 6 else 3
    raw = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * deep)
    above = np.zeros((width, deep), np.uint8)
    out = np.empty((height, width, deep), np.uint8)
    for n, line in enumerate(raw):
        out[n] = above = _unfiltered(int(line[0]), line[1:].reshape(width, deep), above)
    return out[:, :, :3]


def _unfiltered(kind, line, above):
    """One row as the PNG specification, section 9, writes it."""
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint32).astype(np.uint8)
    if kind == 2:
        return line + above
    left, corner, out = [0] * line.shape[1], [0] * line.shape[1], []
    for now, up in zip(line.tolist(), above.tolist(), strict=True):
        guess = [(a + b) // 2 if kind == 3 else _paeth(a, b, c) for a, b, c in zip(left, up, corner, strict=True)]
        left, corner = [(x + g) & 255 for x, g in zip(now, guess, strict=True)], up
        out.append(left)
    return np.array(out, np.uint8)


def _paeth(a, b, c):
    far = [abs(b - c), abs(a - c), abs(a + b - 2 * c)]
    return (a, b, c)[far.index(min(far))]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
