"""Whether a platform fits a pool: what each node carries, what is missing, what is left, and what a lost node means."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle

from presswerk.declaration import Allotment, Platform, TierName
from presswerk.infrastructure.capacity.allocatable import MAX_VOLUMES, NodeShape, node_shape
from presswerk.infrastructure.capacity.disk import DiskUse, disk_use, disk_uses
from presswerk.infrastructure.capacity.model import Amount, PoolSize, Resource, Workload
from presswerk.infrastructure.capacity.scheduling import Pod, PoolNode, SimulatedCluster, UnplacedPod
from presswerk.infrastructure.capacity.services import SYSTEM, services_of, site_workload

DRAWS = 5
"""How often everything is placed: where nodes are equal the scheduler draws lots, and the least of all is told."""


@dataclass(frozen=True)
class Demand:
    """All pods that there are to be.

    Attributes:
        services: Those that are there without any tenant.
        sites: The declared tenants', in the order of the declaration.
        another: The site of one more tenant of each tier, without overrides; at least one.
    """

    services: tuple[Workload, ...]
    sites: tuple[Workload, ...]
    another: Mapping[TierName, Workload]

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """All of them; the services come first, as they are installed first."""
        return (*self.services, *self.sites)

    @property
    def volume_gib(self) -> int:
        """All persistent volumes."""
        return sum(workload.volume_gib * workload.copies for workload in self.workloads)


@dataclass(frozen=True)
class NodeUse:
    """What a node carries; `pods` in the order in which they came."""

    name: str
    pods: tuple[str, ...]
    allocatable: Amount
    requested: Amount
    limits: Amount
    disk: DiskUse


@dataclass(frozen=True)
class Headroom:
    """How many more of something fit, and what stops the next one."""

    more: int
    stopped_by: Resource


@dataclass(frozen=True)
class NodeLoss:
    """What the loss of the node means whose pods find it hardest to find another.

    Attributes:
        node: Its name.
        pending: Pods that find no other node.
        under_pressure: Disks of other nodes that the moved pods fill.
    """

    node: str
    pending: tuple[UnplacedPod, ...]
    under_pressure: tuple[DiskUse, ...]

    @property
    def harmless(self) -> bool:
        """Whether everything goes on elsewhere."""
        return not self.pending and not self.under_pressure


@dataclass(frozen=True)
class Assessment:
    """What there is to say about a pool.

    Attributes:
        pool: Which.
        nodes: What each carries.
        pending: Pods without a node.
        room: How many more tenants of each tier fit, if all new ones are of that tier.
        next_out: How many more tenants fit if new ones are like those declared, and what runs out first then.
        loss: Of the worst node.
    """

    pool: PoolSize
    nodes: tuple[NodeUse, ...]
    pending: tuple[UnplacedPod, ...]
    room: Mapping[TierName, Headroom]
    next_out: Headroom
    loss: NodeLoss

    @property
    def under_pressure(self) -> tuple[DiskUse, ...]:
        """Disks that are too full."""
        return tuple(node.disk for node in self.nodes if node.disk.under_pressure)

    @property
    def fits(self) -> bool:
        """Whether every pod has a node, and no node evicts."""
        return not self.pending and not self.under_pressure

    @property
    def missing(self) -> Resource | None:
        """What there is too little of, if it does not fit."""
        if self.pending:
            return self.pending[0].resource
        return Resource.DISK if self.under_pressure else None


def demand_of(platform: Platform) -> Demand:
    """What a declared platform asks of a cluster."""
    return Demand(
        services=(*SYSTEM, *services_of(platform)),
        sites=tuple(site_workload(tenant.id, platform.allotment(tenant)) for tenant in platform.tenants),
        another={
            name: site_workload(f"another-{name}", Allotment(tier.database, tier.limits, tier.features))
            for name, tier in platform.tiers.items()
        },
    )


def draws() -> Iterator[random.Random | None]:
    """How equal nodes are chosen from, each time otherwise and the same in every run."""
    yield None
    yield from map(random.Random, range(1, DRAWS))


def filled(demand: Demand, pool: PoolSize, *, max_volumes: int = MAX_VOLUMES) -> tuple[SimulatedCluster, ...]:
    """The pool with all pods placed that find a node, once for each draw."""
    nodes = nodes_of(pool, node_shape(pool, max_volumes=max_volumes))
    clusters = tuple(SimulatedCluster(nodes, lots) for lots in draws())
    for cluster in clusters:
        cluster.place(demand.workloads)
    return clusters


def nodes_of(pool: PoolSize, shape: NodeShape) -> tuple[PoolNode, ...]:
    """The pool's nodes, named `node-1` and on."""
    return tuple(PoolNode(f"node-{number}", shape) for number in range(1, pool.nodes + 1))


def assess(demand: Demand, pool: PoolSize, *, max_volumes: int = MAX_VOLUMES) -> Assessment:
    """Place everything several times, and tell of the draw that comes out worst.

    Args:
        demand: What is to run.
        pool: On what.
        max_volumes: How many persistent volumes a node can have attached.
    """
    clusters = filled(demand, pool, max_volumes=max_volumes)
    kinds = demand.sites or tuple(demand.another.values())
    worst = max(clusters, key=lambda each: (len(each.pending), -room_for(each, kinds).more))
    return Assessment(
        pool=pool,
        nodes=tuple(_node_use(worst, node) for node in worst.nodes),
        pending=tuple(worst.pending),
        room={name: _least(clusters, (workload,)) for name, workload in demand.another.items()},
        next_out=_least(clusters, kinds),
        loss=max((worst_loss(each) for each in clusters), key=_badness),
    )


def assess_scaled(
    demand: Demand, pool: PoolSize, most_nodes: int | None, *, max_volumes: int = MAX_VOLUMES
) -> Assessment:
    """Assess a pool that grows while pods pend, up to so many nodes; it knows nothing of a disk that is too full."""
    found = assess(demand, pool, max_volumes=max_volumes)
    while found.pending and most_nodes is not None and found.pool.nodes < most_nodes:
        found = assess(demand, replace(found.pool, nodes=found.pool.nodes + 1), max_volumes=max_volumes)
    return found


def _least(clusters: Iterable[SimulatedCluster], kinds: tuple[Workload, ...]) -> Headroom:
    return min((room_for(each, kinds) for each in clusters), key=lambda room: room.more)


def room_for(cluster: SimulatedCluster, kinds: tuple[Workload, ...]) -> Headroom:
    """How many more sites fit, taking kinds in turn, until one pends or a disk is too full."""
    trial = cluster.copy()
    if trial.pending:
        return Headroom(0, trial.pending[0].resource)
    if any(use.under_pressure for use in disk_uses(trial)):
        return Headroom(0, Resource.DISK)
    for more, kind in enumerate(cycle(kinds)):
        # A tenant of its own: copies of one workload would keep away from each other.
        node = trial.place_one(Pod(replace(kind, name=f"{kind.name}-{more + 1}"), 0))
        if node is None:
            return Headroom(more, trial.pending[-1].resource)
        if disk_use(node.name, node.shape, trial.pods_on(node.name)).under_pressure:
            return Headroom(more, Resource.DISK)
    raise AssertionError("a node takes a limited number of pods")


def worst_loss(cluster: SimulatedCluster) -> NodeLoss:
    """Lose each node in turn; the worst leaves the most pods without a node, then the most disks too full."""
    before = {use.node for use in disk_uses(cluster) if use.under_pressure}

    def loss_of(node: PoolNode) -> NodeLoss:
        left = cluster.without(node.name)
        pressed = (use for use in disk_uses(left) if use.under_pressure and use.node not in before)
        return NodeLoss(node.name, tuple(left.pending), tuple(pressed))

    return max((loss_of(node) for node in cluster.nodes), key=_badness)


def _badness(loss: NodeLoss) -> tuple[int, int]:
    return len(loss.pending), len(loss.under_pressure)


def _node_use(cluster: SimulatedCluster, node: PoolNode) -> NodeUse:
    pods = cluster.pods_on(node.name)
    limits = sum((pod.workload.limits for pod in pods), Amount())
    return NodeUse(
        node.name,
        tuple(str(pod) for pod in pods),
        node.shape.allocatable,
        cluster.requested_on(node.name),
        limits,
        disk_use(node.name, node.shape, pods),
    )
