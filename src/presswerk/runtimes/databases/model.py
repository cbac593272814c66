"""A tenant's database as values: where the server is, what things are called there, how one signs in."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.spec.tier import Limits

_TENANT_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])")
_PREFIX = "site_"
_SPARE_CONNECTIONS = 4  # for wp-cron, an installation and a backup beside the requests of visitors


@dataclass(frozen=True)
class UnixSocketServer:
    """A MariaDB server on this machine.

    Attributes:
        socket: Where it listens.
    """

    socket: Path

    @property
    def wordpress_host(self) -> str:
        """WordPress's `DB_HOST`."""
        return f"localhost:{self.socket}"


@dataclass(frozen=True)
class TcpServer:
    """A MariaDB server on the network; without TLS nobody is sent there.

    Attributes:
        host: Name or address; its certificate must be for it.
        port: TCP port.
        ca_file: PEM of the authority that signed the server's certificate; None for the system's authorities.
    """

    host: str
    port: int = 3306
    ca_file: Path | None = None

    @property
    def wordpress_host(self) -> str:
        """WordPress's `DB_HOST`."""
        return f"{self.host}:{self.port}"


DatabaseServer = UnixSocketServer | TcpServer
"""Where a database is."""


@dataclass(frozen=True)
class DatabaseAccess:
    """All that a site needs to use its database.

    Attributes:
        server: Where it is.
        name: The database.
        user: Who signs in; alternates between two names as passwords change.
        password: Its password.
    """

    server: DatabaseServer
    name: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class UserLimits:
    """What one tenant's user may take of a server that it shares.

    Attributes:
        connections: At the same time.
        statement_seconds: Of a single statement, after which the server ends it.
    """

    connections: int
    statement_seconds: int = 120

    def __post_init__(self) -> None:
        # The server reads 0 as "without limit".
        if self.connections < 1 or self.statement_seconds < 1:
            raise ValueError("a user's limits are at least 1 connection and 1 second")


@dataclass(frozen=True)
class UserActivity:
    """What a user does on a server.

    Attributes:
        sessions: It has now.
        sign_ins: Since the server started; always 0 where the server does not count them (`userstat` is off).
    """

    sessions: int
    sign_ins: int


def limits_for(limits: Limits) -> UserLimits:
    """What a tenant's user may take, from the limits of its tier."""
    return UserLimits(connections=2 * limits.php_workers + _SPARE_CONNECTIONS)


def database_name(tenant_id: str) -> str:
    """The name of a tenant's database; different tenants have different ones.

    Ids have hyphens but no underscore, so putting one for the other loses nothing.

    Raises:
        ValueError: It is no tenant id.
    """
    if not _TENANT_ID.fullmatch(tenant_id):
        raise ValueError(f"{tenant_id!r} is no tenant id")
    return _PREFIX + tenant_id.replace("-", "_")


def user_names(tenant_id: str) -> tuple[str, str]:
    """The two users of a tenant's database, of whom one is in use, and both while its password changes.

    The last two characters tell them apart, so no tenant's user is called like another's.

    Raises:
        ValueError: It is no tenant id.
    """
    name = database_name(tenant_id)
    return f"{name}_a", f"{name}_b"
