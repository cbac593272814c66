"""What objects of all kinds have in common, and how they are written."""

from dataclasses import dataclass
from typing import Any

from presswerk.declaration import Allotment, DatabaseKind, Feature, Tenant
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster


@dataclass(frozen=True)
class DesiredTenant:
    """A tenant as its objects are made from it.

    Attributes:
        cluster: Where it lives.
        tenant: Its declaration.
        allotment: What it may use.
        suspended: Whether its site is closed.
        volume_is_shared: Whether many nodes mount the volume it has; None as long as it has none.
    """

    cluster: Cluster
    tenant: Tenant
    allotment: Allotment
    suspended: bool = False
    volume_is_shared: bool | None = None

    @property
    def namespace(self) -> str:
        """Where everything of it lives."""
        return names.tenant_namespace(self.tenant.id)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name the site answers to; the first is its public one."""
        return (*self.tenant.domains, self.platform_host)

    @property
    def platform_host(self) -> str:
        """The name that the platform gives it."""
        return f"{self.tenant.id}.{self.cluster.domain}"

    @property
    def url(self) -> str:
        """The site's public address."""
        return f"https://{self.hosts[0]}"

    @property
    def shares_volume(self) -> bool:
        """Whether many nodes mount the site's volume; never SQLite's, whose locks do not hold there.

        A volume's access mode never changes, so a tenant whose tier does keeps the one it has.
        """
        if self.volume_is_shared is not None:
            return self.volume_is_shared
        return self.allotment.database is not DatabaseKind.SQLITE and self.cluster.storage.shared_class is not None

    @property
    def can_scale(self) -> bool:
        """Whether there may be several copies."""
        return self.shares_volume and Feature.AUTOSCALING in self.allotment.features


def named(
    wanted: DesiredTenant, api_version: str, kind: str, name: str, component: str | None = None, **rest: Any
) -> Body:
    """An object in the tenant's namespace; `rest` stands beside its metadata."""
    metadata = {"name": name, "namespace": wanted.namespace, "labels": names.labels(wanted.tenant.id, component)}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}
