"""What a tenant's site asks of the cluster, from its limits: the very numbers its Deployment says."""

from presswerk.declaration import Allotment
from presswerk.infrastructure.capacity.model import Amount, Workload
from presswerk.infrastructure.capacity.services import WORDPRESS_IMAGE
from presswerk.runtimes.cluster.manifests import resources

_WRITES_MIB = 128


def site_workload(tenant_id: str, allotment: Allotment) -> Workload:
    """A tenant's site as a workload; its volume is attached to one node, so it is a single copy."""
    asked, most = resources.site_requests(allotment.limits), resources.site_limits(allotment.limits)
    return Workload(
        f"tenant-{tenant_id}/site",
        Amount(asked.cpu_millicores, asked.memory_mib, asked.ephemeral_mib, volumes=1, pods=1),
        Amount(most.cpu_millicores, most.memory_mib, most.ephemeral_mib),
        writes_mib=_WRITES_MIB,
        images=(WORDPRESS_IMAGE,),
        volume_gib=allotment.limits.storage_gib,
    )
