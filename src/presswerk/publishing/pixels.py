"""How many pixels an image declares, read from its headers before any decoder sees it.

A decoder takes memory for what a header declares: 50 KB can ask for gigabytes. Where a file declares several sizes, the
largest counts, since nobody knows which of them a decoder goes by.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from presswerk.errors import PresswerkError

_MAX_PARTS = 300_000
"""Segments, chunks and blocks that are looked at; a real file of 10 MiB has a fraction of it."""

# Baseline to lossless frames; C4, C8 and CC are no frames (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, table B.1).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_MARKER, _JPEG_SCAN = 0xFF, 0xDA
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END = 0x2C, 0x21, 0x3B
# https://aomediacodec.github.io/av1-avif/ and ISO/IEC 23008-12: every image of a file has its extent; sequences have
# it in their sample entries.
_AVIF_EXTENT = re.compile(rb"ispe\0\0\0\0(.{8})", re.DOTALL)
_AVIF_SAMPLES = re.compile(rb"stsd.{12}av01.{24}(.{4})", re.DOTALL)


class Unreadable(PresswerkError):
    """The file is not what it claims to be, or not complete."""


@dataclass(frozen=True)
class Pixels:
    """What an image declares; `frames` is 1 unless it is animated."""

    width: int
    height: int
    frames: int = 1

    @property
    def area(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height


def declared_pixels(data: bytes, media_type: str) -> Pixels:
    """Read what an image declares.

    Raises:
        Unreadable: It declares nothing that can be understood, or the file is not complete.
    """
    try:
        found = _READERS[media_type](data)
    except (IndexError, ValueError, struct.error):
        raise Unreadable from None
    if found.area <= 0:
        raise Unreadable
    return found


def _png(data: bytes) -> Pixels:
    """https://www.w3.org/TR/png-3/#11IHDR"""
    if data[12:16] != b"IHDR" or b"IEND\xaeB\x60\x82" not in data:
        raise Unreadable
    width, height = struct.unpack_from(">II", data, 16)
    # An animation says how many frames it has before its first image data.
    header = data[: data.find(b"IDAT")] if b"IDAT" in data else data
    control = header.find(b"acTL")
    frames: int = 1 if control < 0 else struct.unpack_from(">I", header, control + 4)[0]
    return Pixels(width, height, max(1, frames))


def _jpeg(data: bytes) -> Pixels:
    place = 2
    for _ in range(_MAX_PARTS):
        if data[place] != _JPEG_MARKER:
            raise Unreadable
        marker = data[place + 1]
        if marker == _JPEG_MARKER:
            place += 1
        elif marker in _JPEG_WITHOUT_LENGTH:
            place += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return Pixels(width, height)
        elif marker == _JPEG_SCAN:
            raise Unreadable
        else:
            place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    raise Unreadable


def _gif(data: bytes) -> Pixels:
    """https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    place, frames = 13 + _gif_colours(flags), 0
    for _ in range(_MAX_PARTS):
        kind = data[place]
        if kind == _GIF_END:
            break
        if kind == _GIF_IMAGE:
            left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, place + 1)
            width, height = max(width, left + wide), max(height, top + high)
            frames += 1
            place += 10 + _gif_colours(flags) + 1
        elif kind == _GIF_EXTENSION:
            place += 2
        else:
            raise Unreadable
        place = _after_blocks(data, place)
    else:
        raise Unreadable
    if not frames:
        raise Unreadable
    return Pixels(width, height, frames)


def _gif_colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, place: int) -> int:
    for _ in range(_MAX_PARTS):
        size = data[place]
        place += size + 1
        if not size:
            return place
    raise Unreadable


def _webp(data: bytes) -> Pixels:
    """https://www.rfc-editor.org/rfc/rfc9649#section-2"""
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise Unreadable
    sizes: list[tuple[int, int]] = []
    frames = 0
    for kind, start, stop in _webp_chunks(data, 12, end):
        if kind == b"ANMF":
            frames += 1
            sizes.append(_three_bytes(data, start + 6))
            sizes += [_webp_size(data, inner, at) for inner, at, _ in _webp_chunks(data, start + 16, stop)]
        else:
            sizes.append(_webp_size(data, kind, start))
    return Pixels(max(size[0] for size in sizes), max(size[1] for size in sizes), max(1, frames))


def _webp_chunks(data: bytes, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk."""
    for _ in range(_MAX_PARTS):
        if place + 8 > end:
            return
        start = place + 8
        stop = start + struct.unpack_from("<I", data, place + 4)[0]
        yield data[place : place + 4], start, min(stop, end)
        place = stop + stop % 2
    raise Unreadable


def _webp_size(data: bytes, kind: bytes, place: int) -> tuple[int, int]:
    """What a chunk declares; nothing for one that holds no image."""
    if kind == b"VP8X":
        return _three_bytes(data, place + 4)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, place + 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, place + 1)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return 0, 0


def _three_bytes(data: bytes, place: int) -> tuple[int, int]:
    width, height = data[place : place + 3], data[place + 3 : place + 6]
    return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1


def _avif(data: bytes) -> Pixels:
    sizes = [struct.unpack(">II", match[1]) for match in _AVIF_EXTENT.finditer(data)]
    sizes += [struct.unpack(">HH", match[1]) for match in _AVIF_SAMPLES.finditer(data)]
    if not sizes:
        raise Unreadable
    return Pixels(max(size[0] for size in sizes), max(size[1] for size in sizes))


_READERS: Mapping[str, Callable[[bytes], Pixels]] = MappingProxyType(
    {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp, "image/avif": _avif}
)
