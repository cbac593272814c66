"""What a tenant's site asks of the cluster, from its limits.

A site's Deployment has to say the same numbers. Where that is rendered, `site_workload` is to read them from the
rendered object, so that they stand in one place.
"""

from presswerk.infrastructure.capacity.model import Amount, Workload
from presswerk.infrastructure.capacity.services import WORDPRESS_IMAGE
from presswerk.spec import Allotment, Limits

_WRITES_MIB = 128
_EPHEMERAL_REQUEST_MIB = 256
_EPHEMERAL_LIMIT_MIB = 1_024
# A site idles most of the time: a quarter of its CPU is kept for it. Memory that is missing kills, so all of that is.
_CPU_REQUEST_PART = 4


def site_requests(limits: Limits) -> Amount:
    """What the scheduler reserves for one copy of a site."""
    return Amount(
        limits.cpu_millicores // _CPU_REQUEST_PART, limits.memory_mib, _EPHEMERAL_REQUEST_MIB, volumes=1, pods=1
    )


def site_limits(limits: Limits) -> Amount:
    """The most one copy of a site may use."""
    return Amount(limits.cpu_millicores, limits.memory_mib, _EPHEMERAL_LIMIT_MIB)


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
