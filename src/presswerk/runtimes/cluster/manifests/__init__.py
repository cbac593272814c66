"""All objects of one tenant, from its declaration: pure, and the same input gives the same objects."""

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.manifests.configuration import SiteSecrets, configuration_secret, serving_files
from presswerk.runtimes.cluster.manifests.entry import entry_objects
from presswerk.runtimes.cluster.manifests.moving import Move, moving_objects
from presswerk.runtimes.cluster.manifests.namespace import namespace_objects
from presswerk.runtimes.cluster.manifests.network import network_objects
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant
from presswerk.runtimes.cluster.manifests.site import site_objects
from presswerk.runtimes.cluster.names import digest

__all__ = ["DesiredTenant", "Move", "SiteSecrets", "tenant_objects"]


def tenant_objects(
    wanted: DesiredTenant, secrets: SiteSecrets, *, move: Move | None = None, database_cidr: str | None = None
) -> tuple[Body, ...]:
    """Every object of a tenant, in the order to apply them.

    Args:
        wanted: What it is made from.
        secrets: They reach Secrets and nothing else.
        move: Where its content moves to, while its site is closed.
        database_cidr: Which addresses its database server can have; None for the private ones of a LAN.
    """
    configuration = configuration_secret(wanted, secrets)
    server = secrets.database_server or (None if move is None else move.to(secrets).database_server)
    return (
        *namespace_objects(wanted),
        *network_objects(wanted, server, database_cidr),
        configuration,
        *site_objects(wanted, digest("".join(configuration["data"][file] for file in serving_files(wanted)))),
        *(() if move is None else moving_objects(wanted, secrets, move)),
        *entry_objects(wanted),
    )
