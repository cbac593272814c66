"""What really lies on a node's disk, and whether the kubelet evicts pods for it (pure).

The scheduler counts requests of ephemeral storage only. Images, the system and what pods write beyond their requests
are on the same disk, and under disk pressure the kubelet evicts pods whatever they asked for
(https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from presswerk.infrastructure.capacity.allocatable import NodeShape
from presswerk.infrastructure.capacity.model import CRITICAL_PRIORITY, MIB_PER_GIB, ContainerImage
from presswerk.infrastructure.capacity.scheduling import Pod, SimulatedCluster

LOG_MIB = 50
"""Of each container: the kubelet rotates at `containerLogMaxSize` 10Mi and keeps `containerLogMaxFiles` 5, its
defaults (https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation)."""

SYSTEM_MIB = 5 * MIB_PER_GIB
"""Operating system, container runtime, kubelet and their packages: an assumption; `df -h /` on a new node shows it."""

# journald keeps a tenth of its file system, at most 4 GiB (`SystemMaxUse` in journald.conf(5)).
_JOURNAL_PERCENT, _JOURNAL_MOST_MIB = 10, 4 * MIB_PER_GIB


@dataclass(frozen=True)
class Evicted:
    """A pod that the kubelet puts off a node, with what it writes there."""

    pod: Pod
    writes_mib: int


@dataclass(frozen=True)
class DiskUse:
    """A node's disk.

    Attributes:
        node: Its name.
        system_mib: Operating system and journal.
        images_mib: Each image once, whatever number of pods run it.
        logs_mib: Of all containers at their rotation's limit.
        writes_mib: Writable layers and `emptyDir` volumes, as expected.
        disk_mib: The whole disk.
        full_mib: Where disk pressure begins.
        evicted: In the order in which they go; images in use stay, so this may not help.
    """

    node: str
    system_mib: int
    images_mib: int
    logs_mib: int
    writes_mib: int
    disk_mib: int
    full_mib: int
    evicted: tuple[Evicted, ...]

    @property
    def used_mib(self) -> int:
        """All of it."""
        return self.system_mib + self.images_mib + self.logs_mib + self.writes_mib

    @property
    def percent(self) -> int:
        """How full the disk is, rounded up."""
        return -(-self.used_mib * 100 // self.disk_mib)

    @property
    def under_pressure(self) -> bool:
        """Whether the kubelet evicts."""
        return self.used_mib > self.full_mib

    def __str__(self) -> str:
        return (
            f"{_gib(self.used_mib)} of {_gib(self.disk_mib)} GiB (system {_gib(self.system_mib)}, images"
            f" {_gib(self.images_mib)}, logs {_gib(self.logs_mib)}, writes {_gib(self.writes_mib)})"
        )


def disk_uses(cluster: SimulatedCluster) -> tuple[DiskUse, ...]:
    """How full each node's disk becomes."""
    return tuple(disk_use(node.name, node.shape, cluster.pods_on(node.name)) for node in cluster.nodes)


def disk_use(name: str, shape: NodeShape, pods: Iterable[Pod]) -> DiskUse:
    """How full one node's disk becomes, and who is evicted if that is too much."""
    there = tuple(pods)
    images: set[ContainerImage] = {image for pod in there for image in pod.workload.images}
    system = SYSTEM_MIB + min(shape.disk_mib * _JOURNAL_PERCENT // 100, _JOURNAL_MOST_MIB)
    use = DiskUse(
        node=name,
        system_mib=system,
        images_mib=sum(image.disk_mib * image.releases for image in images),
        logs_mib=sum(pod.workload.containers * LOG_MIB for pod in there),
        writes_mib=sum(pod.workload.writes_mib for pod in there),
        disk_mib=shape.disk_mib,
        full_mib=shape.disk_full_mib,
        evicted=(),
    )
    if not use.under_pressure:
        return use
    return DiskUse(**{**vars(use), "evicted": _evicted(there, use.used_mib - use.full_mib)})


def _evicted(pods: tuple[Pod, ...], too_much_mib: int) -> tuple[Evicted, ...]:
    """Who goes: pods above their requests first, by priority, then by how far above.

    A DaemonSet's pods would come back at once, and the kubelet evicts no critical pod.
    """

    def rank(pod: Pod) -> tuple[bool, int, int, str]:
        above = _on_disk(pod) - pod.workload.reserved.ephemeral_mib
        return above <= 0, pod.workload.priority, -above, str(pod)

    gone, freed = [], 0
    evictable = (pod for pod in pods if not pod.workload.on_every_node and pod.workload.priority < CRITICAL_PRIORITY)
    for pod in sorted(evictable, key=rank):
        if freed >= too_much_mib:
            break
        gone.append(Evicted(pod, _on_disk(pod)))
        freed += _on_disk(pod)
    return tuple(gone)


def _on_disk(pod: Pod) -> int:
    return pod.workload.writes_mib + pod.workload.containers * LOG_MIB


def _gib(mib: int) -> str:
    return f"{mib / MIB_PER_GIB:.1f}"
