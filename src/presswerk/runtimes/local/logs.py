"""Read the logs of services: their end, what follows, never a secret."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

_CHUNK_BYTES = 65_536
_LOOK_SECONDS = 0.3
_HIDDEN = "***"


def last_lines(path: Path, number: int, hidden: Sequence[str] = (), *, containing: str = "") -> tuple[str, ...]:
    """The end of a log; none where there is no log. Reads no more of a large file than it needs.

    Args:
        path: The log.
        number: How many lines at most.
        hidden: Values that are shown as `***`, the longest first.
        containing: What the lines that count have in them; the whole log is read for it.
    """
    try:
        with path.open("rb") as file:
            content = file.read() if containing else _end(file, number)
    except FileNotFoundError:
        return ()
    if containing:
        content = b"".join(line for line in content.splitlines(keepends=True) if containing.encode() in line)
    return tuple(_shown(line, hidden) for line in _lines(content, number))


def following(path: Path, number: int, hidden: Sequence[str] = (), *, containing: str = "") -> Iterator[str]:
    """The end of a log, and every line that is written from then on, without end; none is left out in between.

    The log may be moved away and begun anew meanwhile, or be there only later.

    Args:
        path: The log.
        number: How many of the last lines at most.
        hidden: Values that are shown as `***`, the longest first.
        containing: What the lines that count have in them.
    """
    if containing:
        yield from last_lines(path, number, hidden, containing=containing)
        yield from (line for line in following(path, 0, hidden) if containing in line)
    file, rest = _opened(path), b""
    if file is not None:
        content = _end(file, number)
        whole, newline, rest = content.rpartition(b"\n")
        yield from (_shown(line, hidden) for line in _lines(whole + newline, number))
    try:
        while True:
            moved = file is None or _is_elsewhere(path, file)
            # Whatever was written before it was moved is read before the new one.
            content = b"" if file is None else file.read()
            *lines, rest = (rest + content).split(b"\n")
            yield from (_shown(line, hidden) for line in lines)
            if moved and (opened := _opened(path)) is not None:
                if rest:
                    yield _shown(rest, hidden)
                if file is not None:
                    file.close()
                file, rest = opened, b""
            elif not content:
                time.sleep(_LOOK_SECONDS)
    finally:
        if file is not None:
            file.close()


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _is_elsewhere(path: Path, file: BinaryIO) -> bool:
    """Whether what is open is no longer the log, or was cut off."""
    opened = os.fstat(file.fileno())
    try:
        found = path.stat()
    except FileNotFoundError:
        return True
    return (found.st_dev, found.st_ino) != (opened.st_dev, opened.st_ino) or opened.st_size < file.tell()


def _end(file: BinaryIO, number: int) -> bytes:
    """The end of a file with at least so many lines, where it has them; the file is read to its end then."""
    place = file.seek(0, os.SEEK_END)
    content = b""
    while place > 0 and content.count(b"\n") <= number:
        size = min(place, _CHUNK_BYTES)
        place -= size
        file.seek(place)
        content = file.read(size) + content
    file.seek(place + len(content))
    return content


def _lines(content: bytes, number: int) -> list[bytes]:
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    return lines[len(lines) - min(number, len(lines)) :]


def _shown(line: bytes, hidden: Sequence[str]) -> str:
    return _without(line.removesuffix(b"\r").decode(errors="replace"), hidden)


def _without(line: str, hidden: Sequence[str]) -> str:
    for secret in hidden:
        line = line.replace(secret, _HIDDEN)
    return line
