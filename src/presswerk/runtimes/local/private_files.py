"""Files that only their owner reads: written whole or not at all, and locked between processes."""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from presswerk.runtimes.local.errors import LocalRuntimeError

_PRIVATE = 0o600
_PRIVATE_DIRECTORY = 0o700


def write_private(path: Path, text: str) -> None:
    """Write a file, mode 0600; whoever reads it meanwhile sees the former content, and a crash leaves it.

    Args:
        path: Its directory is made, mode 0700, where it is missing.
        text: All of its content.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode())


def write_if_other(path: Path, text: str) -> bool:
    """Write a file as `write_private` does, unless it holds just this already; tells whether it was written.

    Raises:
        OSError: It cannot be read or written.
    """
    if path.exists() and path.read_bytes() == text.encode():
        return False
    write_private(path, text)
    return True


class DamagedFile(LocalRuntimeError):
    """A file of an installation's state is not what was written there."""


def read_object(path: Path, remedy: str) -> dict[str, Any]:
    """The JSON object that a file of the state holds.

    Args:
        path: The file.
        remedy: What to do when it is damaged.

    Raises:
        DamagedFile: It holds something else, as after a full disk or a hand's slip.
        OSError: It cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DamagedFile(f"{path} is damaged.", remedy)
    return found


@contextmanager
def replacing(path: Path, *, mode: int = _PRIVATE) -> Iterator[BinaryIO]:
    """Put a file in another's place when the block ends without an error, whole and on the disk, else not at all.

    What a killed process had begun beside it is removed.

    Args:
        path: Its directory is there already.
        mode: The new file's, less the process's umask.

    Raises:
        OSError: It cannot be written.
    """
    _remove_what_the_dead_left(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _remove_what_the_dead_left(path: Path) -> None:
    prefix = f".{path.name}."
    for entry in os.scandir(path.parent):
        pid = entry.name.removeprefix(prefix)
        if pid != entry.name and pid.isdecimal() and not Path("/proc", pid).exists():
            with contextlib.suppress(FileNotFoundError):  # another process removed it just now
                Path(entry.path).unlink()


@contextmanager
def only_one(path: Path, *, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Let one process at a time into the block; the kernel lets go of the lock when its holder dies.

    Args:
        path: The lock's file; it stays.
        waiting: Called when another process is in the block, before waiting for it; it may raise instead.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is not None:
                waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
