"""Which user and group ids the processes of sites have on this machine, and why they have none of their own."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from presswerk.runtimes.local.layout import Layout
from presswerk.sites.fpm import ProcessOwner

_FIRST_ID = 400_000
"""Above the ids that people, services and their containers usually have, below those of systemd's containers."""
_PORTS = 65_536


@dataclass(frozen=True)
class ProcessOwners:
    """Ids that nobody else on this machine has: a port is held by one installation, and so is the id made of it.

    Attributes:
        layout: The installation they are for.
    """

    layout: Layout

    @property
    def web(self) -> ProcessOwner:
        """The web server's."""
        return _account(self.layout.ports.hub)

    def of_service(self, name: str) -> ProcessOwner:
        """That of a service which needs nothing but its own directory."""
        ports = self.layout.ports
        own = {"identity": ports.identity, "chat": ports.chat, "ai-stand-in": ports.ai_stand_in}
        # What calls the sites' clocks listens nowhere: its id is above all those that are made of ports.
        return _account(own[name] if name in own else _PORTS + ports.hub)

    def of_site(self, place: int) -> ProcessOwner:
        """A tenant's, by its place in the row of site ports."""
        return _account(self.layout.ports.first_site + place)


def accounts_for(layout: Layout) -> ProcessOwners | None:
    """The ids of an installation; None where all its processes have those of whoever starts them."""
    return None if why_none(layout) else ProcessOwners(layout)


def passable_mode(layout: Layout) -> int:
    """Rights of a directory of ours: tenants with ids of their own pass through to what is theirs, and see nothing."""
    return 0o700 if accounts_for(layout) is None else 0o711


def why_none(layout: Layout) -> str:
    """Why the tenants' processes cannot have ids of their own; empty where they have."""
    if os.geteuid() != 0:
        return "Presswerk was started by an ordinary user"
    if not _may_be_given(_FIRST_ID):
        return f"this container has no user id {_FIRST_ID}"
    shut = next(_shut_to_others(layout.state.absolute().parent), None)
    if shut is not None:
        return f"{shut} is closed to other users"
    return ""


def hand_over(path: Path, owner: ProcessOwner | None, mode: int) -> None:
    """Let a path belong to somebody, to us where that is None, with these rights; a second time changes nothing."""
    found, wanted = path.stat(), owner or ProcessOwner(os.geteuid(), os.getegid())
    if (found.st_uid, found.st_gid) != (wanted.user, wanted.group):
        os.chown(path, wanted.user, wanted.group)
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)


def _account(port: int) -> ProcessOwner:
    return ProcessOwner(_FIRST_ID + port, _FIRST_ID + port)


def _may_be_given(identifier: int) -> bool:
    """Whether this user namespace has an id; see user_namespaces(7)."""
    try:
        ranges = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    except OSError:
        return True
    parts = [[int(number) for number in line.split()] for line in ranges]
    return any(first <= identifier and identifier + 2 * _PORTS <= first + count for first, _outside, count in parts)


def _shut_to_others(directory: Path) -> Iterator[Path]:
    """The directories on the way to one that others may not pass."""
    for path in (directory, *directory.parents):
        try:
            if not path.stat().st_mode & stat.S_IXOTH:
                yield path
        except FileNotFoundError:
            continue
