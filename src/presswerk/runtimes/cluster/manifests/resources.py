"""What the pods of a site ask for and may use; the one place, which the capacity model reads too."""

from dataclasses import dataclass

from presswerk.declaration import Limits
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant

_EPHEMERAL_REQUEST_MIB = 256
_EPHEMERAL_LIMIT_MIB = 1_024
# A site idles most of the time: a quarter of its CPU is kept for it. Memory that is missing kills, so all of that is.
_CPU_REQUEST_PART = 4


@dataclass(frozen=True)
class Amounts:
    """CPU in thousandths of one, memory and ephemeral storage in MiB."""

    cpu_millicores: int
    memory_mib: int
    ephemeral_mib: int

    def as_resources(self) -> dict[str, str]:
        """As Kubernetes writes it."""
        return {
            "cpu": f"{self.cpu_millicores}m",
            "memory": f"{self.memory_mib}Mi",
            "ephemeral-storage": f"{self.ephemeral_mib}Mi",
        }


CRON_REQUESTS = Amounts(10, 32, 16)
CRON_LIMITS = Amounts(50, 64, 64)
"""Of the Job that calls a site's clock: a single request."""


def site_requests(limits: Limits) -> Amounts:
    """What the scheduler reserves for one copy of a site."""
    return Amounts(limits.cpu_millicores // _CPU_REQUEST_PART, limits.memory_mib, _EPHEMERAL_REQUEST_MIB)


def site_limits(limits: Limits) -> Amounts:
    """The most one copy of a site may use."""
    return Amounts(limits.cpu_millicores, limits.memory_mib, _EPHEMERAL_LIMIT_MIB)


def site_resources(limits: Limits) -> dict[str, dict[str, str]]:
    """Of a container that does what a site does."""
    return {"requests": site_requests(limits).as_resources(), "limits": site_limits(limits).as_resources()}


def most_copies(wanted: DesiredTenant) -> int:
    """How many copies of the site there can be."""
    return wanted.cluster.copies[1] if wanted.can_scale else 1
