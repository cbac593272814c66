"""What the operator asks of others for a tenant, each through as narrow a door as possible."""

from dataclasses import dataclass, field
from typing import Protocol

from presswerk.declaration import Allotment, DatabaseKind, Limits, Tenant
from presswerk.runtimes.cluster.operator.credentials import Credentials
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.wordpress.model import Connection


@dataclass(frozen=True)
class SiteSignOn:
    """A site's client at the identity provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str | None = None


class Databases(Protocol):
    """Makes and removes tenants' databases; both can be repeated."""

    def ensure(
        self, tenant_id: str, kind: DatabaseKind, limits: Limits, credentials: Credentials
    ) -> DatabaseAccess | None:
        """How the site signs in to its database of a kind; None for a file.

        Raises:
            OutsideError: Not now (`NotYet`), or not at all.
        """
        ...

    def remove(self, tenant_id: str, kind: DatabaseKind | None = None) -> None:
        """Remove the tenant's database of a kind, or all it has, with everything in it; a file stays on its volume.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...


class SignOn(Protocol):
    """Makes and removes tenants' clients and groups at the identity provider; both can be repeated."""

    def ensure(self, tenant: Tenant, site_url: str) -> SiteSignOn:
        """The site's client.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...

    def remove(self, tenant_id: str) -> None:
        """Remove client and groups.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...


class Chat(Protocol):
    """Makes and removes tenants' presets in the chat; both can be repeated."""

    def ensure(self, tenant: Tenant, allotment: Allotment) -> None:
        """Bring the preset and its groups to what is declared.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...

    def remove(self, tenant_id: str) -> None:
        """Remove preset and groups.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...


class Connections(Protocol):
    """The hub's registry: which sites it publishes to."""

    def register(self, tenant: Tenant, connection: Connection, *, suspended: bool) -> None:
        """Let the hub publish to a site, or, where it is suspended, not.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...

    def close(self, tenant_id: str) -> None:
        """Let the hub take no articles any more.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...

    def forget(self, tenant_id: str) -> None:
        """Forget a tenant with its articles and keys.

        Raises:
            OutsideError: Not now, or not at all.
        """
        ...


@dataclass(frozen=True)
class Outside:
    """Everybody the operator asks."""

    databases: Databases
    sign_on: SignOn
    chat: Chat
    connections: Connections
