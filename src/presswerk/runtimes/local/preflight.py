"""What must be true of this machine before anything is started, each with what to do if it is not."""

import os
import shutil
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from presswerk.runtimes.local.accounts import passable_mode
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.listeners import Listener, listeners_on
from presswerk.runtimes.local.supervisor_config import state_mark

_STATE_MIB = 500
_SHOWN_COMMAND = 100


class NotPossibleHere(LocalRuntimeError):
    """This machine, or the way it was asked, does not allow it."""


@dataclass(frozen=True)
class NeededPort:
    """A port that a service is going to listen on, and the option of `presswerk up` that chooses another."""

    port: int
    service: str
    option: str


def check_state_directory(layout: Layout) -> None:
    """Make the state directory, for its owner alone to read.

    Raises:
        NotPossibleHere: It cannot be made or written.
    """
    state = layout.state
    remedy = "Choose another with --state-dir, or change its owner and permissions."
    if any(character in str(state) for character in "\n\r\0"):
        raise NotPossibleHere("A state directory's name must be of one line.", remedy)
    if state.exists() and not state.is_dir():
        raise NotPossibleHere(f"{state} is no directory.", "Choose another with --state-dir.")
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = state / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise NotPossibleHere(f"The state directory {state} cannot be written: {error.strerror}.", remedy) from None
    if state.stat().st_uid != os.geteuid():
        raise NotPossibleHere(f"The state directory {state} belongs to another user.", remedy)
    state.chmod(passable_mode(layout))


def check_disk(layout: Layout, needed_mib: int) -> None:
    """See that there is room for what is going to be installed and for the services' data.

    Args:
        layout: Which file systems it concerns.
        needed_mib: What is still to be installed in the cache.

    Raises:
        NotPossibleHere: There is not; the message says how much is needed and free, in GiB.
    """
    for path, mib in _needed_room(layout, needed_mib).items():
        free = shutil.disk_usage(path).free // 2**20
        if free < mib:
            raise NotPossibleHere(
                f"{mib / 1024:.1f} GiB of disk are needed at {path}, {free / 1024:.1f} GiB are free.",
                "Make room, or choose other places with --state-dir and XDG_CACHE_HOME.",
            )


def check_ports(layout: Layout, needed: Iterable[NeededPort]) -> None:
    """See that nobody else listens where our services are going to.

    Args:
        layout: The installation; its own running services may hold the ports.
        needed: The ports.

    Raises:
        NotPossibleHere: A port is taken; the message says by whom, as far as that can be seen, and what to set.
    """
    problems: list[str] = []
    remedies: list[str] = []
    taken = [item for item in needed if is_taken(item.port)]
    holders = listeners_on({item.port for item in taken})
    for item in taken:
        holder = holders.get(item.port)
        if holder is not None and holder.state == state_mark(layout):
            continue
        problems.append(f"Port {item.port}, for {item.service}, is in use by {described(holder)}.")
        remedies.append(
            f"End that process, or choose another port for {item.service}, which is then remembered:"
            f" `presswerk up {item.option} PORT`"
        )
    if problems:
        raise NotPossibleHere("\n".join(problems), "\n".join(remedies))


def is_taken(port: int) -> bool:
    """Whether somebody listens at a port of this machine, on either version of the internet protocol."""
    with socket.socket() as probe:
        # As servers do: a connection that lingers after its server has gone is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return _answers_on_ipv6(port)


def _answers_on_ipv6(port: int) -> bool:
    """Browsers try `::1` first for `localhost`, so a listener there would be reached instead of ours."""
    if not socket.has_ipv6:
        return False
    with socket.socket(socket.AF_INET6) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("::1", port)) == 0


def described(listener: Listener | None) -> str:
    """Who listens at a port, in words."""
    if listener is None:
        return "a process that cannot be seen from here: another user's, or another container's"
    what = f"process {listener.pid} ({listener.command[:_SHOWN_COMMAND]})"
    if listener.state is None:
        return what
    other = f"presswerk down --state-dir {listener.state}"
    return f"{what}, which belongs to the installation in {listener.state}: stop that with `{other}`"


def _needed_room(layout: Layout, needed_mib: int) -> Mapping[Path, int]:
    """MiB by directory; one sum where state and cache share a file system."""
    state, cache = _existing(layout.state), _existing(layout.cache)
    if state.stat().st_dev == cache.stat().st_dev:
        return {state: _STATE_MIB + needed_mib}
    return {state: _STATE_MIB, cache: needed_mib}


def _existing(path: Path) -> Path:
    return next(candidate for candidate in (path, *path.absolute().parents) if candidate.exists())
