"""A small picture made of nothing but a seed."""

import base64
import struct
import zlib

WIDTH = 640
HEIGHT = 360

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_RGB = 2
_FILTER_SUB = 1
_BANDS = 6


def png(seed: bytes) -> bytes:
    """Draw a PNG (W3C PNG, third edition): a sky of two colours, and a skyline in front of it.

    Args:
        seed: At least 32 bytes; the same seed gives the same picture.

    Returns:
        640 x 360 pixels, 8 bits a channel, below 6 KiB.
    """
    top, bottom, ink = (_colour(seed[at : at + 3], floor) for at, floor in ((0, 90), (3, 150), (6, 20)))
    heights = [HEIGHT // 4 + seed[8 + band] * HEIGHT // 512 for band in range(_BANDS)]
    rows = (_row(_between(top, bottom, y / (HEIGHT - 1)), ink, heights, y) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, _COLOUR_RGB, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 9)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def data_address(seed: bytes) -> str:
    """The picture as a `data:` address (RFC 2397), so that showing it needs no other server."""
    return f"data:image/png;base64,{base64.b64encode(png(seed)).decode()}"


def _colour(three: bytes, floor: int) -> tuple[int, int, int]:
    red, green, blue = (floor + value * (100) // 255 for value in three)
    return red, green, blue


def _between(start: tuple[int, int, int], end: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _row(sky: tuple[int, int, int], ink: tuple[int, int, int], heights: list[int], y: int) -> bytes:
    """One line, each pixel as its difference from the one before: runs of one colour are zeros, which pack well."""
    width = WIDTH // _BANDS
    colours = [ink if y >= HEIGHT - height else sky for height in heights]
    line, before = bytearray([_FILTER_SUB]), (0, 0, 0)
    for place, colour in enumerate(colours):
        length = width if place < _BANDS - 1 else WIDTH - width * (_BANDS - 1)
        line += bytes((now - then) % 256 for now, then in zip(colour, before, strict=True)) + bytes(3 * (length - 1))
        before = colour
    return bytes(line)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
