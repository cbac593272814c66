"""Who listens on a TCP port of this machine, read from proc(5)."""

import os
from dataclasses import dataclass
from pathlib import Path

from presswerk.runtimes.local.processes import STATE_MARK, environment_of, visible_command

_LISTEN = "0A"
_LOCAL_ADDRESS, _STATE, _INODE = 1, 3, 9


@dataclass(frozen=True)
class Listener:
    """A process with a listening socket; `state` is the state directory of the installation it belongs to, if any."""

    pid: int
    command: str
    state: str | None


def listener_on(port: int) -> Listener | None:
    """The process that listens on a port; None when there is none, or when it is not ours to see."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return None
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _holds(entry, sockets):
            return Listener(int(entry.name), visible_command(entry), environment_of(entry).get(STATE_MARK))
    return None


def _listening_inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[_STATE] == _LISTEN and int(fields[_LOCAL_ADDRESS].rpartition(":")[2], 16) == port:
                found.add(fields[_INODE])
    return found


def _holds(entry: Path, sockets: set[str]) -> bool:
    try:
        return any(os.readlink(descriptor) in sockets for descriptor in (entry / "fd").iterdir())
    except OSError:  # it is another user's, or has ended meanwhile
        return False
