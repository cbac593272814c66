"""What a node offers to pods after the system's own part, and where the kubelet begins to evict."""

from dataclasses import dataclass

from presswerk.infrastructure.capacity.model import MIB_PER_GIB, Amount, PoolSize

MAX_PODS = 110
"""The kubelet's `maxPods` (https://kubernetes.io/docs/setup/best-practices/cluster-large/)."""

MAX_VOLUMES = 23
"""Persistent volumes one node can have attached. An assumption: 24 devices of a virtual server without its boot disk.
What a cluster really allows stands in `kubectl get csinodes -o yaml` under `allocatable.count`; the scheduler obeys
that (https://kubernetes.io/docs/concepts/storage/storage-limits/)."""

EVICTION_MEMORY_MIB = 100
"""`memory.available<100Mi`, the kubelet's default (as the two below:
https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/)."""

NODEFS_FREE_PERCENT = 10
"""`nodefs.available<10%`."""

IMAGEFS_FREE_PERCENT = 15
"""`imagefs.available<15%`. Where images and pods share one disk, as on these nodes, the higher of the two is the one
that counts."""

FILE_SYSTEM_PERCENT = 5
"""Of a disk, what the file system keeps for itself: ext4 reserves five hundredths for root."""

_CPU_STEPS = ((1_000, 600), (1_000, 100), (2_000, 50), (None, 25))
_MEMORY_STEPS = (
    (4 * MIB_PER_GIB, 2_500),
    (4 * MIB_PER_GIB, 2_000),
    (8 * MIB_PER_GIB, 1_000),
    (112 * MIB_PER_GIB, 600),
    (None, 200),
)
_WHOLE = 10_000


@dataclass(frozen=True)
class NodeShape:
    """A node's amounts.

    Attributes:
        allocatable: What the scheduler gives away.
        disk_mib: Its disk as a file system.
        disk_full_mib: From here on it has disk pressure: the kubelet evicts pods, and no new ones come.
    """

    allocatable: Amount
    disk_mib: int
    disk_full_mib: int


def node_shape(pool: PoolSize, *, max_volumes: int = MAX_VOLUMES, max_pods: int = MAX_PODS) -> NodeShape:
    """What each node of a pool offers: its capacity less system reserve and hard eviction thresholds.

    Kubernetes has `Allocatable = Capacity - kube-reserved - system-reserved - eviction`
    (https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/). IONOS publishes no reserve that
    could be found, so this takes the one that Google documents for its nodes and several providers share
    (https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes). `kubectl describe node` shows the truth.
    """
    disk_mib = pool.storage_gib * MIB_PER_GIB * (100 - FILE_SYSTEM_PERCENT) // 100
    allocatable = Amount(
        cpu_m=pool.cores * 1_000 - reserved_cpu_m(pool.cores),
        memory_mib=pool.ram_gib * MIB_PER_GIB - reserved_memory_mib(pool.ram_gib) - EVICTION_MEMORY_MIB,
        ephemeral_mib=disk_mib * (100 - NODEFS_FREE_PERCENT) // 100,
        volumes=max_volumes,
        pods=max_pods,
    )
    return NodeShape(allocatable, disk_mib, disk_mib * (100 - IMAGEFS_FREE_PERCENT) // 100)


def reserved_cpu_m(cores: int) -> int:
    """The system's part: 6% of the first core, 1% of the second, 0.5% of two more, 0.25% of all others."""
    return _stepwise(cores * 1_000, _CPU_STEPS)


def reserved_memory_mib(ram_gib: int) -> int:
    """The system's part: 25% of the first 4 GiB, 20% of the next 4, 10% of 8 more, 6% of 112 more, 2% of the rest."""
    return _stepwise(ram_gib * MIB_PER_GIB, _MEMORY_STEPS)


def _stepwise(amount: int, steps: tuple[tuple[int | None, int], ...]) -> int:
    """Sum up per step, (how much it covers, its part in ten-thousandths), rounded up in the system's favour."""
    reserved, left = 0, amount
    for covers, part in steps:
        here = left if covers is None else min(left, covers)
        reserved += here * part
        left -= here
    return -(-reserved // _WHOLE)
