"""Read the logs of services: their end, what follows, never a secret."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_CHUNK_BYTES = 65_536
_LOOK_SECONDS = 0.3
_HIDDEN = "***"


def last_lines(path: Path, number: int, hidden: Sequence[str] = ()) -> tuple[str, ...]:
    """The end of a log; none where there is no log. Reads no more of a large file than it needs.

    Args:
        path: The log.
        number: How many lines at most.
        hidden: Values that are shown as `***`, the longest first.
    """
    try:
        with path.open("rb") as file:
            content, place = b"", file.seek(0, os.SEEK_END)
            while place > 0 and content.count(b"\n") <= number:
                place = max(0, place - _CHUNK_BYTES)
                file.seek(place)
                content = file.read(_CHUNK_BYTES) + content if place else path.read_bytes()
    except FileNotFoundError:
        return ()
    lines = content.decode(errors="replace").splitlines()
    return tuple(_without(line, hidden) for line in lines[len(lines) - min(number, len(lines)) :])


def following(path: Path, hidden: Sequence[str] = ()) -> Iterator[str]:
    """Every line that is written from now on, without end; the log may be moved away and begun anew meanwhile."""
    place, inode, rest = _end(path)
    while True:
        try:
            found = path.stat()
            if found.st_ino != inode or found.st_size < place:
                place, inode, rest = 0, found.st_ino, b""
            with path.open("rb") as file:
                file.seek(place)
                content = file.read()
        except FileNotFoundError:
            content = b""
        place += len(content)
        *lines, rest = (rest + content).split(b"\n")
        yield from (_without(line.decode(errors="replace"), hidden) for line in lines)
        if not content:
            time.sleep(_LOOK_SECONDS)


def _end(path: Path) -> tuple[int, int, bytes]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0, b""
    return found.st_size, found.st_ino, b""


def _without(line: str, hidden: Sequence[str]) -> str:
    for secret in hidden:
        line = line.replace(secret, _HIDDEN)
    return line
