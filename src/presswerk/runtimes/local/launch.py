"""Become a service: read its launch file, note the start, and replace this process by the service's own.

The supervisor runs `python -m presswerk.runtimes.local.launch FILE`, so that neither its configuration nor any command
line holds a secret. Only the standard library is imported: this runs at every start of every service.
"""

import ctypes
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from presswerk.certificates import VARIABLE, with_authorities
from presswerk.runtimes.local.ownership import give_directory
from presswerk.runtimes.local.processes import SERVICE_MARK, STATE_MARK, marked_processes, stop_processes

_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4  # prctl(2)
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


def inherited_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What every process gets from the one that starts it: where things are and the locale, and no credential."""
    inherited = {
        name: value for name, value in environment.items() if name in _INHERITED or name.startswith(("LC_", "LANG"))
    }
    return with_authorities(inherited)


def main(arguments: list[str]) -> None:
    """Launch the service that the file named by the only argument describes; does not return."""
    path = Path(arguments[0])
    described = json.loads(path.read_text(encoding="utf-8"))
    name, state = described["name"], described["state"]
    _clear_leftovers(name, state)
    _note_start(Path(described["starts"]))
    if not described.get("keeps_rights"):
        _give_rights_up()
    os.umask(0o077)
    os.chdir(described["directory"])
    own: dict[str, str] = {}
    if described.get("owner") is not None:
        user, group = described["owner"]
        own = _become(user, group, Path(described["directory"]))
    environment = {
        **inherited_environment({**os.environ, **own}),
        **own,
        **described["environment"],
        STATE_MARK: state,
        SERVICE_MARK: name,
    }
    command = described["command"]
    os.execvpe(command[0], command, environment)  # noqa: S606  no shell: this process becomes the service


def _clear_leftovers(name: str, state: str) -> None:
    """End workers whose parent died: they would keep the port that the new process needs."""
    left = {found.pid for found in marked_processes(state) if found.service == name}
    if left:
        print(f"presswerk: ending {len(left)} process(es) that the former {name} left", file=sys.stderr, flush=True)
        stop_processes(left, patience_seconds=3.0)


def _give_rights_up() -> None:
    """Clear the ambient capabilities (capabilities(7)), with which a systemd unit lets an ordinary user listen at low
    ports: a service must not have them, and nobody without them could look at it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0:
        print(f"presswerk: rights are kept: {os.strerror(ctypes.get_errno())}", file=sys.stderr, flush=True)


def _become(user: int, group: int, directory: Path) -> dict[str, str]:
    """Become the service's own user, who has the directory for itself.

    Returns:
        What its environment says otherwise than ours: where we are at home it cannot come.
    """
    # It cannot store beside its code what Python compiles.
    own = {"HOME": str(directory), "PYTHONPYCACHEPREFIX": str(directory / "compiled")}
    if VARIABLE in os.environ:
        authorities = directory / "authorities.pem"
        authorities.unlink(missing_ok=True)
        authorities.write_bytes(Path(os.environ[VARIABLE]).read_bytes())
        own[VARIABLE] = str(authorities)
    give_directory(directory, user, group)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    return own


def _note_start(path: Path) -> None:
    try:
        with path.open("a", encoding="utf-8") as starts:
            starts.write(f"{time.time():.3f} {os.getpid()}\n")
    except OSError as error:
        # A service that could run must not stay away for want of a line about it.
        print(f"presswerk: {path} cannot be written: {error.strerror}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
