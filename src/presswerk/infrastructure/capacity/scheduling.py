"""Where a cluster's scheduler puts pods: filter by requests, taints, volumes and spread, then score (pure).

It follows kube-scheduler's default plugins (https://kubernetes.io/docs/reference/scheduling/config/): NodeResourcesFit
with LeastAllocated, NodeResourcesBalancedAllocation and PodTopologySpread over host names, with their weights and
integer scores of 0 to 100. Where scores tie the real one draws lots; here the node that was named first wins, so that
the same cluster always gives the same answer. Pods of higher priority come first instead of evicting others later.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import gt
from typing import Self

from presswerk.infrastructure.capacity.allocatable import NodeShape
from presswerk.infrastructure.capacity.model import ANY_TAINT, COUNTED, Amount, Resource, Spread, Workload

_BEST = 100
_FIT_WEIGHT, _BALANCE_WEIGHT, _SPREAD_WEIGHT = 1, 1, 2
_LACK = {Resource.TAINTS: "a taint no pod tolerates", Resource.SPREAD: "a copy already", Resource.PODS: "too many pods"}


@dataclass(frozen=True)
class PoolNode:
    """A node."""

    name: str
    shape: NodeShape
    taints: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pod:
    """One copy of a workload."""

    workload: Workload
    number: int

    def __str__(self) -> str:
        several = self.workload.copies > 1 or self.workload.on_every_node
        return f"{self.workload.name}-{self.number}" if several else self.workload.name


@dataclass(frozen=True)
class UnplacedPod:
    """A pod for which there is no node.

    Attributes:
        pod: Which.
        nodes: How many there are.
        lacking: On how many nodes each resource is what it lacks; a node may lack several.
    """

    pod: Pod
    nodes: int
    lacking: Mapping[Resource, int]

    @property
    def resource(self) -> Resource:
        """What is missing on the most nodes."""
        order = list(Resource)
        return max(self.lacking, key=lambda resource: (self.lacking[resource], -order.index(resource)))

    def __str__(self) -> str:
        told = ", ".join(
            f"{count} {_LACK.get(resource, f'insufficient {resource}')}" for resource, count in self.lacking.items()
        )
        return f"{self.pod}: 0/{self.nodes} nodes are available: {told}"


@dataclass
class _NodeState:
    """What is left of a node, and who is there."""

    node: PoolNode
    free: list[int]
    pods: list[Pod] = field(default_factory=list)
    copies: Counter[str] = field(default_factory=Counter)

    def copy(self) -> "_NodeState":
        return _NodeState(self.node, list(self.free), list(self.pods), Counter(self.copies))


class SimulatedCluster:
    """Nodes that fill up pod by pod.

    Args:
        nodes: At least one, each name once.
    """

    def __init__(self, nodes: Sequence[PoolNode]) -> None:
        self._states = [_NodeState(node, list(node.shape.allocatable.counted())) for node in nodes]
        self.pending: list[UnplacedPod] = []

    @property
    def nodes(self) -> tuple[PoolNode, ...]:
        """The nodes, as they were given."""
        return tuple(state.node for state in self._states)

    def pods_on(self, name: str) -> tuple[Pod, ...]:
        """The pods on a node, in the order in which they came."""
        return next(tuple(state.pods) for state in self._states if state.node.name == name)

    def requested_on(self, name: str) -> Amount:
        """The sum of requests on a node."""
        return sum((pod.workload.requests for pod in self.pods_on(name)), Amount())

    def copy(self) -> Self:
        """The same, to try something on."""
        twin = type(self)(())
        twin._states = [state.copy() for state in self._states]
        twin.pending = list(self.pending)
        return twin

    def without(self, name: str) -> Self:
        """What is left when a node is lost: its pods are placed anew on the others, its DaemonSets' are not."""
        twin = self.copy()
        lost = next(state for state in twin._states if state.node.name == name)
        twin._states.remove(lost)
        twin.pending = [each for each in twin.pending if not each.pod.workload.on_every_node]
        twin.place_pods(pod for pod in lost.pods if not pod.workload.on_every_node)
        return twin

    def place(self, workloads: Iterable[Workload]) -> None:
        """Place all pods of workloads: those on every node first, then by priority, then as they come."""
        for pod, states in self._queue(workloads):
            self._bind(pod, states)

    def takes(self, workloads: Iterable[Workload]) -> bool:
        """Place pods in the same order, but only until one finds no node; whether all found one."""
        return all(self._bind(pod, states) is not None for pod, states in self._queue(workloads))

    def _queue(self, workloads: Iterable[Workload]) -> Iterator[tuple[Pod, Sequence[_NodeState]]]:
        others: list[Workload] = []
        for workload in workloads:
            if workload.on_every_node:
                yield from ((Pod(workload, number), [state]) for number, state in enumerate(self._states))
            else:
                others.append(workload)
        others.sort(key=lambda workload: -workload.priority)
        for workload in others:
            yield from ((Pod(workload, number), self._states) for number in range(workload.copies))

    def place_pods(self, pods: Iterable[Pod]) -> None:
        """Place pods one by one, in this order."""
        for pod in pods:
            self._bind(pod, self._states)

    def place_one(self, pod: Pod) -> PoolNode | None:
        """Place one pod; None, and one more pending, if there is no node for it."""
        return self._bind(pod, self._states)

    def _bind(self, pod: Pod, states: Sequence[_NodeState]) -> PoolNode | None:
        needs = pod.workload.requests.counted()
        fewest = self._fewest(pod.workload)
        feasible = [state for state in states if not _lacks(state, pod.workload, needs, fewest)]
        if not feasible:
            lacking = Counter(lack for state in states for lack in _lacks(state, pod.workload, needs, fewest))
            self.pending.append(UnplacedPod(pod, len(states), dict(lacking)))
            return None
        best = _best(feasible, pod.workload, needs)
        best.free = [free - need for free, need in zip(best.free, needs, strict=True)]
        best.pods.append(pod)
        best.copies[pod.workload.name] += 1
        return best.node

    def _fewest(self, workload: Workload) -> int:
        """How many copies of a workload the node has that has the fewest, where that matters."""
        if workload.spread is not Spread.REQUIRED:
            return 0
        return min((state.copies[workload.name] for state in self._states), default=0)


def _lacks(state: _NodeState, workload: Workload, needs: tuple[int, ...], fewest: int) -> tuple[Resource, ...]:
    """Why a node cannot take a pod; the first filter that refuses it says so alone, as kube-scheduler's do."""
    if state.node.taints and ANY_TAINT not in workload.tolerates and not state.node.taints <= workload.tolerates:
        return (Resource.TAINTS,)
    if any(map(gt, needs, state.free)):
        missing = tuple(
            resource for resource, free, need in zip(COUNTED, state.free, needs, strict=True) if need > free
        )
        return tuple(resource for resource in missing if resource is not Resource.VOLUMES) or missing
    skewed = workload.spread is Spread.REQUIRED and not workload.on_every_node
    return (Resource.SPREAD,) if skewed and state.copies[workload.name] > fewest else ()


def _best(feasible: list[_NodeState], workload: Workload, needs: tuple[int, ...]) -> _NodeState:
    if len(feasible) == 1:
        return feasible[0]
    counts = [state.copies[workload.name] for state in feasible]
    most, fewest = max(counts), min(counts)
    scored = (
        _FIT_WEIGHT * _least_allocated(state, needs)
        + _BALANCE_WEIGHT * _balanced(state, needs)
        + _SPREAD_WEIGHT * (_BEST * (most + fewest - count) // most if most else _BEST)
        for state, count in zip(feasible, counts, strict=True)
    )
    # `max` keeps the first of equals.
    return max(zip(scored, feasible, strict=True), key=lambda pair: pair[0])[1]


def _least_allocated(state: _NodeState, needs: tuple[int, ...]) -> int:
    """The part of CPU and of memory left free, on average."""
    total = state.node.shape.allocatable
    cpu = (state.free[0] - needs[0]) * _BEST // total.cpu_m if total.cpu_m else 0
    memory = (state.free[1] - needs[1]) * _BEST // total.memory_mib if total.memory_mib else 0
    return (cpu + memory) // 2


def _balanced(state: _NodeState, needs: tuple[int, ...]) -> int:
    """How alike the parts of CPU and of memory in use are: of two values, half their distance is the deviation."""
    total = state.node.shape.allocatable
    if not total.cpu_m or not total.memory_mib:
        return _BEST
    cpu_left, memory_left = state.free[0] - needs[0], state.free[1] - needs[1]
    apart = abs(cpu_left * total.memory_mib - memory_left * total.cpu_m)
    # In whole numbers, so that no machine rounds it otherwise.
    return _BEST - -(-apart * _BEST // (2 * total.cpu_m * total.memory_mib))
