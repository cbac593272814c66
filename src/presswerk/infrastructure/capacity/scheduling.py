"""Where a cluster's scheduler puts pods: filter by requests and volumes, then score (pure).

It follows the default plugins of kube-scheduler 1.36 (https://kubernetes.io/docs/reference/scheduling/config/):
NodeResourcesFit with LeastAllocated, NodeResourcesBalancedAllocation, which since 1.36 scores what a pod changes of a
node's balance (https://github.com/kubernetes/kubernetes/pull/135573), and PodTopologySpread over host names, with their
weights and integer scores of 0 to 100. Where scores tie the real one draws lots: so does this with `lots`, and without
them the node that was named first wins. Pods of higher priority come first instead of evicting others later.
"""

import copy
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import gt
from typing import Self

from presswerk.infrastructure.capacity.allocatable import NodeShape
from presswerk.infrastructure.capacity.model import COUNTED, Amount, Resource, Workload

_BEST = 100
_FIT_WEIGHT, _BALANCE_WEIGHT, _SPREAD_WEIGHT = 1, 1, 2
_LACK = {Resource.PODS: "too many pods"}


@dataclass(frozen=True)
class PoolNode:
    """A node."""

    name: str
    shape: NodeShape


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
        lots: Decides between equal nodes; None takes the one named first.
    """

    def __init__(self, nodes: Sequence[PoolNode], lots: random.Random | None = None) -> None:
        self._lots = lots
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
        return sum((pod.workload.reserved for pod in self.pods_on(name)), Amount())

    def copy(self) -> Self:
        """The same, to try something on."""
        twin = type(self)((), copy.copy(self._lots))
        twin._states = [state.copy() for state in self._states]
        twin.pending = list(self.pending)
        return twin

    def without(self, name: str) -> Self:
        """What is left when a node is lost: its pods are placed anew on the others, its DaemonSets' are not."""
        twin = self.copy()
        lost = next(state for state in twin._states if state.node.name == name)
        twin._states.remove(lost)
        twin.pending = [each for each in twin.pending if not each.pod.workload.on_every_node]
        for pod in lost.pods:
            if not pod.workload.on_every_node:
                twin.place_one(pod)
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

    def place_one(self, pod: Pod) -> PoolNode | None:
        """Place one pod; None, and one more pending, if there is no node for it."""
        return self._bind(pod, self._states)

    def _bind(self, pod: Pod, states: Sequence[_NodeState]) -> PoolNode | None:
        needs = pod.workload.reserved.counted()
        feasible = [state for state in states if not any(map(gt, needs, state.free))]
        if not feasible:
            lacking = Counter(lack for state in states for lack in _lacks(state, needs))
            self.pending.append(UnplacedPod(pod, len(states), dict(lacking)))
            return None
        best = self._best(feasible, pod.workload, needs)
        best.free = [free - need for free, need in zip(best.free, needs, strict=True)]
        best.pods.append(pod)
        best.copies[pod.workload.name] += 1
        return best.node

    def _best(self, feasible: list[_NodeState], workload: Workload, needs: tuple[int, ...]) -> _NodeState:
        if len(feasible) == 1:
            return feasible[0]
        counts = [state.copies[workload.name] for state in feasible]
        most, fewest = max(counts), min(counts)
        scores = [
            _FIT_WEIGHT * _least_allocated(state, needs)
            + _BALANCE_WEIGHT * balance_score(state.free, needs, state.node.shape.allocatable)
            + _SPREAD_WEIGHT * (_BEST * (most + fewest - count) // most if most else _BEST)
            for state, count in zip(feasible, counts, strict=True)
        ]
        best = max(scores)
        equals = [state for state, score in zip(feasible, scores, strict=True) if score == best]
        return equals[0] if self._lots is None else self._lots.choice(equals)


def _lacks(state: _NodeState, needs: tuple[int, ...]) -> tuple[Resource, ...]:
    """Why a node cannot take a pod; the first filter that refuses it says so alone, as kube-scheduler's do."""
    missing = tuple(resource for resource, free, need in zip(COUNTED, state.free, needs, strict=True) if need > free)
    return tuple(resource for resource in missing if resource is not Resource.VOLUMES) or missing


def _least_allocated(state: _NodeState, needs: tuple[int, ...]) -> int:
    """The part of CPU and of memory left free, on average."""
    total = state.node.shape.allocatable
    cpu = (state.free[0] - needs[0]) * _BEST // total.cpu_m if total.cpu_m else 0
    memory = (state.free[1] - needs[1]) * _BEST // total.memory_mib if total.memory_mib else 0
    return (cpu + memory) // 2


def balance_score(free: Sequence[int], needs: Sequence[int], total: Amount) -> int:
    """How much more alike a pod makes the parts of CPU and of memory that are in use: 50 to 100, 75 for no change.

    `balancedResourceScorer` of `pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go`, 1.36: half of
    the best score, and half of how the balance with the pod compares with the one without, each as it was before 1.36.
    """
    with_pod = _balance([has - needed for has, needed in zip(free[:2], needs[:2], strict=True)], total)
    return _BEST // 2 + (_BEST // 2 + with_pod - _balance(free[:2], total)) // 2


def _balance(free: Sequence[int], total: Amount) -> int:
    """How alike the parts are: of two values, half their distance is the standard deviation."""
    sizes = (total.cpu_m, total.memory_mib)
    used = [min(1.0, (size - left) / size) for size, left in zip(sizes, free, strict=True) if size]
    # In floating point and cut off, as the source has it.
    return int((1 - abs(used[0] - used[-1]) / 2) * _BEST) if used else _BEST
