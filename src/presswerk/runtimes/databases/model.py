"""A tenant's database as values: where the server is, what things are called there, how one signs in."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.declaration.tier import Limits

_TENANT_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])")
_PREFIX = "site_"
_MYSQLI_CLIENT_SSL, _MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT = 2048, 1 << 30
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


class Encryption(enum.StrEnum):
    """How one speaks with a server on the network."""

    VERIFIED = "verified"  # by TLS, and only if the server proves who it is
    PRIVATE_NETWORK = "private-network"  # in clear: for a network in which nobody else is


@dataclass(frozen=True)
class TcpServer:
    """A MariaDB server on the network.

    Attributes:
        host: Name or address; its certificate must be for it.
        port: TCP port.
        ca_file: PEM of the authority that signed the server's certificate; None for the system's authorities.
        encryption: Whether its users must use TLS.
    """

    host: str
    port: int = 3306
    ca_file: Path | None = None
    encryption: Encryption = Encryption.VERIFIED

    @property
    def wordpress_host(self) -> str:
        """WordPress's `DB_HOST`."""
        return f"{self.host}:{self.port}"


DatabaseServer = UnixSocketServer | TcpServer
"""Where a database is."""


def must_encrypt(server: DatabaseServer) -> bool:
    """Whether nobody may speak with a server but by TLS."""
    return isinstance(server, TcpServer) and server.encryption is Encryption.VERIFIED


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

    @property
    def wordpress_constants(self) -> Mapping[str, str | int]:
        """WordPress's configuration for it; the password is among them.

        PHP takes the authority of a server's certificate from its `openssl.cafile`, or the environment's
        `SSL_CERT_FILE`.
        """
        constants: dict[str, str | int] = {
            "DB_NAME": self.name,
            "DB_USER": self.user,
            "DB_PASSWORD": self.password,
            "DB_HOST": self.server.wordpress_host,
            "DB_CHARSET": "utf8mb4",
            "DB_COLLATE": "",
        }
        if must_encrypt(self.server):
            # Only both together: with the first alone PHP encrypts without looking at the certificate.
            constants["MYSQL_CLIENT_FLAGS"] = _MYSQLI_CLIENT_SSL | _MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT
        return constants


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
