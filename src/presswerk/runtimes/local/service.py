"""One supervised process, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.sites.fpm import ProcessOwner


@dataclass(frozen=True)
class Service:
    """A long-running process of the local runtime.

    Attributes:
        name: Its name for the supervisor, the log file and `presswerk status`, such as `hub` or `site-acme`.
        command: argv; never holds a secret.
        directory: Working directory.
        environment: What it gets besides PATH, HOME and the locale; may hold secrets, so it is written to a file of
            mode 0600 and never to the supervisor's configuration.
        health_url: Answers with 200 once the process serves; None when being alive, or `health_socket`, is all
            there is to know.
        health_host: `Host` header for the health request where it differs from the URL's.
        health_socket: Unix socket of a server whose protocol lets it speak first, as MariaDB's does; it serves once it
            has said something there. Used where there is no health address.
        ready_timeout_seconds: How long its first answer may take.
        priority: Start order, lower first.
        stop_timeout_seconds: How long it may take to end before it is killed.
        keeps_rights: Whether it keeps what the system's service manager lets us do beyond other users, which is to
            listen at low ports; everything else gives it up.
        owner: As whom it runs where root starts it, and whose its directory is; None for whoever starts it.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    health_url: str | None = None
    health_host: str | None = None
    health_socket: Path | None = None
    ready_timeout_seconds: int = 120
    priority: int = 100
    stop_timeout_seconds: int = 20
    keeps_rights: bool = False
    owner: ProcessOwner | None = None
