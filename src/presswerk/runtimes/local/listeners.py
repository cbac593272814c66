"""Who listens on a TCP port of this machine, read from proc(5)."""

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from presswerk.runtimes.local.processes import MarkedProcess, marked_processes, state_of, visible_command

_LISTEN = "0A"
_LOOPBACK = ip_address("127.0.0.1")
_IPV6 = 6
_LOCAL_ADDRESS, _STATE, _INODE = 1, 3, 9


@dataclass(frozen=True)
class Listener:
    """A process with a listening socket; `state` is the state directory of the installation it belongs to, if any."""

    pid: int
    command: str
    state: str | None


def listeners_on(ports: Collection[int]) -> Mapping[int, Listener]:
    """The processes that listen on ports, by port; a port is missing where nobody does, or where it is not ours to see.

    All are looked for at once: a process may have hundreds of files open, and an installation hundreds of ports.
    """
    wanted = {f"socket:[{inode}]": port for address, inode in _listening() if (port := _port(address)) in ports}
    found: dict[int, Listener] = {}
    for entry in Path("/proc").iterdir() if wanted else ():
        if not entry.name.isdecimal() or not (held := wanted.keys() & _held(entry)):
            continue
        listener = Listener(int(entry.name), visible_command(entry), state_of(entry))
        for name in held:
            found.setdefault(wanted[name], listener)
    return found


def ports_of_others(mark: str) -> frozenset[int]:
    """Where no process of an installation can listen on loopback, because somebody else does.

    Args:
        mark: The installation's state directory, as its processes carry it.
    """
    taken = {f"socket:[{inode}]": _parsed(address) for address, inode in _listening()}
    own = {name for process in marked_processes(mark) for name in _held(Path(f"/proc/{process.pid}"))}
    return frozenset(
        port for name, (host, port) in taken.items() if name not in own and (host.is_unspecified or host == _LOOPBACK)
    )


def exposed_listeners(mark: str) -> tuple[tuple[MarkedProcess, str], ...]:
    """Processes of an installation that listen where other machines reach them, each with the address.

    Args:
        mark: The installation's state directory, as its processes carry it.
    """
    exposed = {f"socket:[{inode}]": address for address, inode in _listening() if not _is_loopback(address)}
    found: list[tuple[MarkedProcess, str]] = []
    for process in marked_processes(mark) if exposed else ():
        held = _held(Path(f"/proc/{process.pid}"))
        found.extend((process, _readable(address)) for name, address in exposed.items() if name in held)
    return tuple(found)


def _is_loopback(address: str) -> bool:
    """Of an address as the kernel writes it: each 32-bit word in the machine's own order."""
    host = _parsed(address)[0]
    mapped = getattr(host, "ipv4_mapped", None)
    return (mapped or host).is_loopback


def _readable(address: str) -> str:
    host, port = _parsed(address)
    return f"[{host}]:{port}" if host.version == _IPV6 else f"{host}:{port}"


def _parsed(address: str) -> tuple[IPv4Address | IPv6Address, int]:
    host, _, port = address.rpartition(":")
    words = [int(host[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(host), 8)]
    return ip_address(b"".join(words)), int(port, 16)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _listening() -> Iterator[tuple[str, str]]:
    """Address and inode of each listening socket."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[_STATE] == _LISTEN:
                yield fields[_LOCAL_ADDRESS], fields[_INODE]


def _held(entry: Path) -> set[str]:
    """What a process has open; nothing where it is another user's, or has ended meanwhile."""
    held: set[str] = set()
    with suppress(OSError):
        for descriptor in (entry / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed since it was listed
                held.add(os.readlink(descriptor))
    return held
