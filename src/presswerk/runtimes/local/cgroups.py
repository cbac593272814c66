"""How much memory the kernel lets a process and its neighbours have (control groups, cgroups(7))."""

from collections.abc import Iterator
from pathlib import Path

_UNLIMITED_BYTES = 2**60
"""Version 1 says a number near 2^63 where there is no limit."""


def memory_limit_bytes(pid: int, proc: Path = Path("/proc"), mounted: Path = Path("/sys/fs/cgroup")) -> int | None:
    """The smallest limit that holds for a process; None where there is none, or none that can be read.

    Args:
        pid: The process.
        proc, mounted: Where the kernel shows processes and control groups.
    """
    limits = [limit for file in _files(proc / str(pid) / "cgroup", mounted) if (limit := _limit(file)) is not None]
    return min(limits, default=None)


def _files(told: Path, mounted: Path) -> Iterator[Path]:
    """The limits of a process's group and of those around it, in both versions of control groups."""
    try:
        lines = told.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "":
            root, name = mounted, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = mounted / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = Path(path.lstrip("/"))
        yield from (root / part / name for part in (group, *group.parents))


def _limit(file: Path) -> int | None:
    try:
        limit = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # there is no such file at the root, and "max" is no number
        return None
    return limit if limit < _UNLIMITED_BYTES else None
