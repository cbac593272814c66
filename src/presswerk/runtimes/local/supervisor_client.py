"""Talk to a supervisor over its unix socket, and find the socket."""

import hashlib
import http.client
import os
import socket
import stat
import xmlrpc.client
from collections.abc import Callable
from pathlib import Path
from typing import Any

from presswerk.errors import PresswerkError
from presswerk.runtimes.local.errors import LocalRuntimeError

# A unix socket's address has 108 bytes (unix(7)), and the supervisor first binds a longer temporary name.
_LONGEST_SOCKET_PATH = 90
_CALL_TIMEOUT_SECONDS = 60.0


class SupervisorGone(PresswerkError):
    """No supervisor answers at the socket."""


def socket_path(run: Path) -> Path:
    """Where the supervisor of a `run` directory listens: inside it, or in a short directory if it lies too deep."""
    path = run / "supervisor.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    return short_directory() / f"{hashlib.sha256(os.fsencode(run.resolve())).hexdigest()[:16]}.sock"


def short_directory() -> Path:
    """A directory of this user alone whose path is short enough for any socket in it.

    Raises:
        LocalRuntimeError: Somebody else has taken its name.
    """
    # Not the configurable temporary directory: `down` must find it from any shell.
    short = Path(f"/tmp/presswerk-{os.getuid()}")  # noqa: S108  checked below to be ours alone
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LocalRuntimeError(f"{short} is not a directory of yours alone.", f"Remove it: rm -r {short}")
    return short


class SupervisorClient:
    """The few calls we need; see the supervisor's XML-RPC API."""

    def __init__(self, path: Path) -> None:
        self._proxy = xmlrpc.client.ServerProxy(
            "http://localhost/RPC2", transport=_UnixTransport(path), allow_none=True
        )

    def pid(self) -> int:
        """The supervisor's process id."""
        return int(self._call(self._proxy.supervisor.getPID))

    def signal(self, name: str, signal: str) -> None:
        """Send a service a signal, such as `USR1`."""
        self._call(self._proxy.supervisor.signalProcess, name, signal)

    def reload(self) -> tuple[list[str], list[str], list[str]]:
        """Read the configuration again; returns what it adds, changes and removes, and touches no process yet."""
        ((added, changed, removed),) = self._call(self._proxy.supervisor.reloadConfig)
        return list(added), list(changed), list(removed)

    def add(self, name: str) -> None:
        """Take a service in and start it."""
        self._call(self._proxy.supervisor.addProcessGroup, name)

    def remove(self, name: str) -> None:
        """Stop a service with all its processes and forget it."""
        self._call(self._proxy.supervisor.stopProcessGroup, name)
        self._call(self._proxy.supervisor.removeProcessGroup, name)

    def restart(self, name: str) -> None:
        """Start a service anew, also one that was given up or waits for its next try."""
        self._call(self._proxy.supervisor.stopProcessGroup, name)
        self._call(self._proxy.supervisor.startProcess, name, False)

    def processes(self) -> list[dict[str, Any]]:
        """One entry for each service: see `getProcessInfo`."""
        return list(self._call(self._proxy.supervisor.getAllProcessInfo))

    def shutdown(self) -> None:
        """Ask the supervisor to stop every service and itself; it goes on after the answer."""
        self._call(self._proxy.supervisor.shutdown)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise SupervisorGone(str(error)) from error


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_CALL_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path)
