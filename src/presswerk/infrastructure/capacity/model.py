"""What capacity is reckoned in: amounts, images, pods and the sizes of nodes."""

import enum
from dataclasses import dataclass
from operator import add
from typing import Self

from presswerk.declaration import NodePool

MIB_PER_GIB = 1024
CRITICAL_PRIORITY = 2_000_000_000
"""Of `system-cluster-critical`; pods from here on are never evicted."""


class Resource(enum.StrEnum):
    """What a node can run out of, as an operator calls it."""

    CPU = "CPU"
    MEMORY = "memory"
    EPHEMERAL = "ephemeral storage"
    VOLUMES = "volumes"
    PODS = "pods"
    DISK = "disk"  # what really lies on the node's disk; no scheduler looks at it


@dataclass(frozen=True)
class Amount:
    """How much of everything that a scheduler counts.

    Attributes:
        cpu_m: Thousandths of a CPU.
        memory_mib: Memory.
        ephemeral_mib: Of the node's disk: writable layers, `emptyDir` volumes and logs.
        volumes: Persistent volumes attached.
        pods: Pods.
    """

    cpu_m: int = 0
    memory_mib: int = 0
    ephemeral_mib: int = 0
    volumes: int = 0
    pods: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(*map(add, self.counted(), other.counted()))

    def counted(self) -> tuple[int, int, int, int, int]:
        """Everything in the order of `COUNTED`."""
        return self.cpu_m, self.memory_mib, self.ephemeral_mib, self.volumes, self.pods

    def times(self, number: int) -> "Amount":
        """So many times everything."""
        return Amount(*(amount * number for amount in self.counted()))

    def within_percent(self, percent: int) -> "Amount":
        """So many hundredths of everything, rounded down."""
        return Amount(*(amount * percent // 100 for amount in self.counted()))


COUNTED = (Resource.CPU, Resource.MEMORY, Resource.EPHEMERAL, Resource.VOLUMES, Resource.PODS)
"""What the scheduler counts, in the order in which problems are named."""


@dataclass(frozen=True)
class ContainerImage:
    """A container image on a node's disk.

    Attributes:
        name: Without its version.
        disk_mib: Packed and unpacked together: containerd keeps the layers as pulled beside what it unpacked.
        releases: How many versions lie there at a time: two while a release replaces the one before it, for the
            kubelet removes what is unused only when the disk is 85% full.
    """

    name: str
    disk_mib: int
    releases: int = 1


@dataclass(frozen=True)
class Workload:
    """Pods that are alike.

    Attributes:
        name: Unique, such as `presswerk/hub` or `tenant-acme/site`.
        requests: Of each pod's container; `volumes` and `pods` count too, `pods` is always 1.
        limits: Of each pod, the most it may use; 0 where there is none.
        writes_mib: Of each pod, what it is expected to write to the node's disk beside its logs.
        copies: How many pods; unused where `on_every_node`.
        images: Which images a node needs to run it.
        containers: Of each pod; each has a log of its own.
        on_every_node: Whether it is a DaemonSet.
        priority: Higher is placed first, as `priorityClassName` has it.
        beside: Requests of containers that come with the first one and take their resources from nobody's values.
        volume_gib: Size of each pod's persistent volumes together, for the bill.
    """

    name: str
    requests: Amount
    limits: Amount = Amount()
    writes_mib: int = 0
    copies: int = 1
    images: tuple[ContainerImage, ...] = ()
    containers: int = 1
    on_every_node: bool = False
    priority: int = 0
    beside: Amount = Amount()
    volume_gib: int = 0

    @property
    def reserved(self) -> Amount:
        """What the scheduler reserves for each pod."""
        return self.requests + self.beside


@dataclass(frozen=True)
class PoolSize:
    """Nodes that are alike, of any size: also of those that a declaration refuses.

    Attributes:
        nodes: How many.
        cores: Of each node.
        ram_gib: Of each node.
        storage_gib: Of each node's disk.
        storage_type: `SSD` or `HDD`.
    """

    nodes: int
    cores: int
    ram_gib: int
    storage_gib: int
    storage_type: str = "SSD"

    @classmethod
    def of(cls, pool: NodePool) -> Self:
        """The size of a declared pool."""
        return cls(pool.nodes, pool.cores, pool.ram_gib, pool.storage_gib, pool.storage_type)

    def __str__(self) -> str:
        plural = "" if self.nodes == 1 else "s"
        return (
            f"{self.nodes} node{plural} of {self.cores} cores, {self.ram_gib} GiB RAM and {self.storage_gib} GiB disk"
        )
