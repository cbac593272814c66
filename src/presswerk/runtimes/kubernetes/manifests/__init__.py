"""All objects of one tenant, from its declaration: pure, and the same input gives the same objects."""

from presswerk.runtimes.kubernetes.cluster import Cluster
from presswerk.runtimes.kubernetes.manifests.configuration import CONFIGURATION_FILE, SiteSecrets, configuration_secret
from presswerk.runtimes.kubernetes.manifests.entry import entry_objects
from presswerk.runtimes.kubernetes.manifests.namespace import namespace_objects
from presswerk.runtimes.kubernetes.manifests.network import network_objects
from presswerk.runtimes.kubernetes.manifests.shape import Body, Wanted, to_yaml
from presswerk.runtimes.kubernetes.manifests.site import site_objects
from presswerk.runtimes.kubernetes.names import digest
from presswerk.spec import Allotment, Tenant

__all__ = ["Body", "SiteSecrets", "Wanted", "tenant_objects", "to_yaml"]


def tenant_objects(
    cluster: Cluster,
    tenant: Tenant,
    allotment: Allotment,
    secrets: SiteSecrets,
    *,
    suspended: bool = False,
    database_cidr: str | None = None,
) -> tuple[Body, ...]:
    """Every object of a tenant, in the order to apply them.

    Args:
        cluster: Where it lives.
        tenant: Its declaration.
        allotment: What it may use.
        secrets: They reach Secrets and nothing else.
        suspended: Whether its site is to be closed, with everything kept.
        database_cidr: Which addresses its database server can have; None for the private ones of a LAN.
    """
    wanted = Wanted(cluster, tenant, allotment, suspended)
    configuration = configuration_secret(wanted, secrets)
    return (
        *namespace_objects(wanted),
        *network_objects(wanted, secrets.database_server, database_cidr),
        configuration,
        *site_objects(wanted, digest(configuration["data"][CONFIGURATION_FILE])),
        *entry_objects(wanted),
    )
