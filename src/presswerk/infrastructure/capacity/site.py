"""What a tenant's site asks of the cluster, from its limits: the very numbers its Deployment says."""

from presswerk.declaration import Allotment, Limits
from presswerk.infrastructure.capacity.model import Amount, Workload
from presswerk.infrastructure.capacity.services import WORDPRESS_IMAGE
from presswerk.runtimes.cluster.manifests import resources

_WRITES_MIB = 128


def site_requests(limits: Limits) -> Amount:
    """What the scheduler reserves for one copy of a site."""
    asked = resources.site_requests(limits)
    return Amount(asked.cpu_millicores, asked.memory_mib, asked.ephemeral_mib, volumes=1, pods=1)


def site_limits(limits: Limits) -> Amount:
    """The most one copy of a site may use."""
    most = resources.site_limits(limits)
    return Amount(most.cpu_millicores, most.memory_mib, most.ephemeral_mib)


def site_workload(tenant_id: str, allotment: Allotment) -> Workload:
    """A tenant's site as a workload; its volume is attached to one node, so it is a single copy."""
    return Workload(
        f"tenant-{tenant_id}/site",
        site_requests(allotment.limits),
        site_limits(allotment.limits),
        writes_mib=_WRITES_MIB,
        images=(WORDPRESS_IMAGE,),
        volume_gib=allotment.limits.storage_gib,
    )
