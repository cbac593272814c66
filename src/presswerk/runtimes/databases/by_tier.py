"""The database that a tenant's tier gives it: on the shared server, or on a cluster of its own."""

from dataclasses import dataclass, field

from presswerk.declaration.tier import DatabaseKind, Limits
from presswerk.runtimes.databases.errors import DatabaseProblem
from presswerk.runtimes.databases.ionos import ADMIN_USER, IonosDatabases, Pending, size_for
from presswerk.runtimes.databases.model import DatabaseAccess, limits_for
from presswerk.runtimes.databases.shared import MariaDbAdmin


@dataclass(frozen=True)
class DatabasePasswords:
    """What the caller keeps for a tenant, from before the first `ensure` to after the last `drop`.

    Attributes:
        site: The site's user's.
        cluster_admin: The administrator's of a cluster of the tenant's own; unused on the shared server.
    """

    site: str = field(repr=False)
    cluster_admin: str = field(repr=False)


@dataclass(frozen=True)
class TenantDatabases:
    """Databases by tier.

    Attributes:
        shared: Administers the shared server; None where no tier has one.
        own: Makes clusters; None where no tier has one.
    """

    shared: MariaDbAdmin | None = None
    own: IonosDatabases | None = None

    def ensure(
        self, tenant_id: str, kind: DatabaseKind, limits: Limits, passwords: DatabasePasswords
    ) -> Pending | DatabaseAccess | None:
        """Bring a tenant's database one step nearer to what it shall be.

        Returns:
            How the site signs in; how far a cluster is, to come back later; or None for a site that needs no server.

        Raises:
            DatabaseProblem: It cannot be done, or not now; its kind says which.
        """
        if kind is DatabaseKind.SQLITE:
            return None
        if kind is DatabaseKind.SHARED:
            if self.shared is None:
                raise DatabaseProblem("a tier has a shared database server, but none is configured")
            return self.shared.ensure(tenant_id, passwords.site, limits_for(limits))
        if self.own is None:
            raise DatabaseProblem("a tier has database clusters of its tenants' own, but IONOS is not configured")
        found = self.own.ensure(tenant_id, passwords.cluster_admin, size_for(limits))
        if isinstance(found, Pending):
            return found
        return MariaDbAdmin(found, ADMIN_USER, passwords.cluster_admin).ensure(
            tenant_id, passwords.site, limits_for(limits)
        )

    def drop(self, tenant_id: str, kind: DatabaseKind | None = None) -> bool:
        """Remove a tenant's database of one kind, or wherever a tier it had has put it.

        Returns:
            Whether nothing is left; if not, come back.

        Raises:
            DatabaseProblem: It cannot be done, or not now; its kind says which.
        """
        if self.shared is not None and kind in {None, DatabaseKind.SHARED}:
            self.shared.drop(tenant_id)
        return self.own is None or kind not in {None, DatabaseKind.OWN} or self.own.delete(tenant_id)
