"""Find and stop the processes that a supervised service has left, by a mark in their environment.

Linux only: it reads `/proc`. A mark survives what a parent's process id does not: the supervisor killed with SIGKILL, a
worker that outlived its parent.
"""

import hashlib
import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STATE_MARK = "PRESSWERK_SUPERVISED_STATE"
"""The state directory a process was started for."""

_WITHOUT_ENVIRONMENT = {"php-fpm: ": "php", "nginx: ": "web"}
"""These write what they do where their environment was. They are known by their working directory; that of a process
of PHP that answers a request is anywhere, so each pool's name ends with what it is for."""

SERVICE_MARK = "PRESSWERK_SUPERVISED_SERVICE"
"""The service a process belongs to; the supervisor itself has none."""


def pool_name(tenant_id: str, mark: str) -> str:
    """The name of a tenant's pool in an installation, which its processes show; `pool_prefix` begins it."""
    return f"{pool_prefix(tenant_id)}{_digest(mark)}"


def delivery_pool_name(tenant_id: str, mark: str) -> str:
    """The name of a tenant's pool for deliveries, as `pool_name`."""
    return f"{pool_prefix(tenant_id)}deliveries@{_digest(mark)}"


def pool_prefix(tenant_id: str) -> str:
    """What only the pools of a tenant begin with."""
    return f"{tenant_id}@"


def _digest(mark: str) -> str:
    return hashlib.sha256(os.fsencode(mark)).hexdigest()[:12]


@dataclass(frozen=True)
class MarkedProcess:
    """A living process with our mark; `service` is empty for the supervisor."""

    pid: int
    service: str
    command: str


def marked_processes(mark: str) -> tuple[MarkedProcess, ...]:
    """All living processes that carry a mark of a state directory, but for this one and those it descends from."""
    ourselves = set(_ancestry())
    return tuple(_marked(mark, ourselves))


def stop_processes(pids: set[int], *, patience_seconds: float = 10.0) -> None:
    """Ask processes to end, and end those that do not in time; returns when none is left."""
    _signal(pids, signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    while remaining := {pid for pid in pids if is_alive(pid)}:
        _signal(remaining, signal.SIGKILL)
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that has ended and waits for its parent does not."""
    return _state_and_parent(pid)[0] not in {"", "Z", "X"}


def zombies_of(pids: Collection[int]) -> int:
    """How many children of these processes have ended and wait for their parent to take note."""
    entries = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    found = (_state_and_parent(int(name)) for name in entries)
    return sum(state == "Z" and parent in pids for state, parent in found)


def stands_still(pid: int) -> bool:
    """Whether a signal has stopped a process; see proc(5)."""
    return _state_and_parent(pid)[0] == "T"


def _marked(mark: str, ourselves: set[int]) -> Iterator[MarkedProcess]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) in ourselves:
            continue
        marks, command = environment_of(entry), visible_command(entry)
        titled = next((service for title, service in _WITHOUT_ENVIRONMENT.items() if command.startswith(title)), None)
        if marks.get(STATE_MARK) == mark:
            service = marks.get(SERVICE_MARK, "")
        elif titled and (command.endswith(f"@{_digest(mark)}") or _works_below(entry, mark)):
            service = titled
        else:
            continue
        if is_alive(int(entry.name)):
            yield MarkedProcess(int(entry.name), service, command)


def state_of(entry: Path) -> str | None:
    """Of which installation a process of `/proc` is, as its mark says; None where it is of none, or not ours to see."""
    if visible_command(entry).startswith("nginx: "):
        try:
            return str((entry / "cwd").readlink().parent)
        except OSError:
            return None
    return environment_of(entry).get(STATE_MARK)


def _works_below(entry: Path, directory: str) -> bool:
    try:
        return (entry / "cwd").readlink().is_relative_to(directory)
    except OSError:
        return False


def environment_of(entry: Path) -> dict[str, str]:
    """The environment a process of `/proc` was started with; empty when it is not ours to see."""
    try:
        content = (entry / "environ").read_bytes().decode(errors="replace")
    except OSError:  # it is another user's, or has ended
        return {}
    return dict(item.split("=", 1) for item in content.split("\0") if "=" in item)


def visible_command(entry: Path) -> str:
    """The command line of a process of `/proc`."""
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _state_and_parent(pid: int) -> tuple[str, int]:
    """See proc(5): after the command's closing parenthesis come the state and the parent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[1])


def _ancestry() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        pid = _state_and_parent(pid)[1]


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
