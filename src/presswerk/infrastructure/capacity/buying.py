"""Which pool to buy: the cheapest of a catalogue that keeps a fifth free, and goes on when a node is lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from presswerk.infrastructure.capacity.allocatable import MAX_VOLUMES, NodeShape, node_shape
from presswerk.infrastructure.capacity.assessment import Demand, draws, filled, nodes_of, worst_loss
from presswerk.infrastructure.capacity.disk import disk_uses
from presswerk.infrastructure.capacity.model import Amount, PoolSize
from presswerk.infrastructure.capacity.scheduling import SimulatedCluster
from presswerk.infrastructure.prices import PriceTable

HEAD_ROOM_PERCENT = 20
_FEWEST_NODES, _MOST_NODES = 2, 100


CATALOGUE = ((2, 8, 100), (4, 8, 100), (4, 16, 100), (8, 16, 100), (8, 32, 150), (16, 64, 200))
"""Cores, GiB of RAM and of disk of a node: IONOS sells any number; these are sizes worth comparing."""


@dataclass(frozen=True)
class Recommendation:
    """A pool to buy."""

    pool: PoolSize
    month: Decimal


def cheapest_pool(
    demand: Demand,
    prices: PriceTable,
    *,
    catalogue: Sequence[tuple[int, int, int]] = CATALOGUE,
    max_volumes: int = MAX_VOLUMES,
    storage_type: str = "SSD",
) -> Recommendation | None:
    """The cheapest pool that is good enough; of equals the one with fewer nodes. None if 100 nodes are not enough.

    Args:
        demand: What is to run.
        prices: By which pools are compared.
        catalogue: Sizes of nodes: cores, GiB of RAM and of disk.
        max_volumes: How many persistent volumes a node can have attached.
        storage_type: Of the nodes' disks.
    """
    best: Recommendation | None = None
    for offer in catalogue:
        for pool in _pools(demand, PoolSize(_FEWEST_NODES, *offer, storage_type), max_volumes):
            month = prices.pool_month(pool)
            if best is not None and (month, pool.nodes) >= (best.month, best.pool.nodes):
                break
            if is_good_enough(demand, pool, max_volumes=max_volumes):
                best = Recommendation(pool, month)
                break
    return best


def is_good_enough(demand: Demand, pool: PoolSize, *, max_volumes: int = MAX_VOLUMES) -> bool:
    """Whether everything fits into four fifths of every node, and the loss of any one node is harmless."""
    shape = node_shape(pool, max_volumes=max_volumes)
    tight = nodes_of(pool, _with_head_room(shape))
    for lots in draws():
        cluster = SimulatedCluster(tight, lots)
        if not cluster.takes(demand.workloads) or any(use.under_pressure for use in disk_uses(cluster)):
            return False
    return all(worst_loss(cluster).harmless for cluster in filled(demand, pool, max_volumes=max_volumes))


def _with_head_room(shape: NodeShape) -> NodeShape:
    kept = 100 - HEAD_ROOM_PERCENT
    return replace(
        shape,
        allocatable=shape.allocatable.within_percent(kept),
        disk_full_mib=shape.disk_full_mib * kept // 100,
    )


def _pools(demand: Demand, size: PoolSize, max_volumes: int) -> Iterator[PoolSize]:
    """Pools of one size of node, from the fewest nodes whose sum could be enough."""
    room = _with_head_room(node_shape(size, max_volumes=max_volumes)).allocatable
    every_node = [workload.reserved for workload in demand.workloads if workload.on_every_node]
    left = [has - needs for has, needs in zip(room.counted(), sum(every_node, Amount()).counted(), strict=True)]
    others = [workload for workload in demand.workloads if not workload.on_every_node]
    if any(needs > has for work in others for needs, has in zip(work.reserved.counted(), left, strict=True)):
        return  # a single pod is larger than a node
    total = sum((work.reserved.times(work.copies) for work in others), Amount()).counted()
    least = max(-(-needs // has) for has, needs in zip(left, total, strict=True) if needs)
    for nodes in range(max(_FEWEST_NODES, least), _MOST_NODES + 1):
        yield replace(size, nodes=nodes)
