"""Become the web server with its sockets open already.

It is run as `python -m presswerk.runtimes.local.web_launch CONFIGURATION DIRECTORY COMMAND...`.

Caddy closes and opens its own sockets when it reads its configuration again, and whoever waited in the queue of a
closed one is turned away. Those it was born with stay open. Only the standard library is imported.
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

_FIRST = 100
"""Descriptors from here on are sockets that were opened before Caddy began."""
_QUEUE = 4096
_RUNNING, _SOCKETS = "caddy.json", "sockets.json"


def with_sockets(configuration: str, inherited: dict[str, int]) -> str:
    """A configuration in which a server listens on a socket that is open already, where there is one.

    Args:
        configuration: Caddy's, as JSON.
        inherited: A socket's descriptor by its address, such as `127.0.0.1:8101`.
    """
    told = json.loads(configuration)
    servers = _servers(told)
    served = {address for server in servers.values() for address in server["listen"]}
    for server in servers.values():
        server["listen"] = [
            f"fd/{inherited[address]}" if address in inherited else address for address in server["listen"]
        ]
    for address in sorted(inherited.keys() - served):
        # Nobody is to wait at the socket of a site that is gone.
        answers = [{"handle": [{"handler": "static_response", "abort": True}]}]
        servers[f"gone:{address}"] = {"listen": [f"fd/{inherited[address]}"], "routes": answers}
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def write_running(configuration: Path, directory: Path) -> Path:
    """Write what Caddy is to read, for the sockets that it has.

    Args:
        configuration: What is to be served, with addresses.
        directory: The web server's own.

    Returns:
        The file.
    """
    inherited = json.loads((directory / _SOCKETS).read_text(encoding="utf-8"))
    return _write(directory / _RUNNING, with_sockets(configuration.read_text(encoding="utf-8"), inherited))


def main(arguments: list[str]) -> None:
    """Open the sockets, write down which they are, and become Caddy; does not return."""
    configuration, directory, command = Path(arguments[0]), Path(arguments[1]), arguments[2:]
    servers = _servers(json.loads(configuration.read_text(encoding="utf-8")))
    addresses = sorted({address for server in servers.values() for address in server["listen"]})
    inherited = {address: _open(address, _FIRST + number) for number, address in enumerate(addresses)}
    _write(directory / _SOCKETS, json.dumps(inherited))
    command += ["run", "--config", str(write_running(configuration, directory))]
    os.execvp(command[0], command)  # noqa: S606  no shell: this process becomes the web server


def _servers(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    servers: dict[str, dict[str, Any]] = told["apps"]["http"]["servers"]
    return servers


def _open(address: str, descriptor: int) -> int:
    host, _, port = address.rpartition(":")
    with socket.socket() as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, int(port)))
        opened.listen(_QUEUE)
        os.dup2(opened.fileno(), descriptor, inheritable=True)
    return descriptor


def _write(path: Path, text: str) -> Path:
    """Write a file for the owner of its directory."""
    draft, owner = path.with_name(f".{path.name}"), path.parent.stat()
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    os.chown(draft, owner.st_uid, owner.st_gid)
    return draft.replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
