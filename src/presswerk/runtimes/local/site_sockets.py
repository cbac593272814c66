"""Where the sockets are by which the web server reaches PHP, and we the web server."""

import hashlib
import os
import stat
from pathlib import Path

from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout

_LONGEST_SOCKET = 100
"""A unix socket's address has 108 bytes (unix(7))."""
_LONGEST_NAME = "x" * 20 + ".deliveries.sock"
"""After a tenant's id."""


def sockets_of(layout: Layout) -> Path:
    """Where the sockets of an installation's PHP processes are."""
    return sockets_base(layout) / "sockets"


def sockets_base(layout: Layout) -> Path:
    """In the installation's state, or in a short place where that lies too deep for a socket's address.

    The web server takes what follows a colon for no part of it.
    """
    direct = layout.state.absolute() / "serving"
    longest = os.fsencode(direct / "sockets" / _LONGEST_NAME)
    if len(longest) <= _LONGEST_SOCKET and b":" not in longest:
        return direct
    digest = hashlib.sha256(os.fsencode(layout.state.resolve())).hexdigest()[:16]
    return Path(f"/tmp/presswerk-{os.geteuid()}-{digest}")  # noqa: S108  `make_own` sees that it is ours


def make_own(directory: Path, mode: int) -> None:
    """Make a directory that is ours.

    Raises:
        LocalRuntimeError: Somebody else has taken its name.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise LocalRuntimeError(f"{directory} is not a directory of yours.", f"Remove it: rm -r {directory}")
    directory.chmod(mode)
