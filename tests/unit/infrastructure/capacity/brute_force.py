"""The same questions answered the slow way, with nothing of the code under test but its values.

`any_placement` tries every assignment. `in_order` does what kube-scheduler's documentation says, recomputing
everything from the list of decisions so far, in fractions.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import floor

from presswerk.infrastructure.capacity.model import Workload
from presswerk.infrastructure.capacity.scheduling import PoolNode

Assignment = dict[tuple[str, int], str]
"""The node of each pod, a pod being (workload, number)."""

_KINDS = ("cpu_m", "memory_mib", "ephemeral_mib", "volumes", "pods")


def is_allowed(nodes: Sequence[PoolNode], workloads: Sequence[Workload], assignment: Assignment) -> bool:
    """Whether no node is asked for more than it has, no taint is met, and what must be spread is."""
    by_name = {workload.name: workload for workload in workloads}
    for node in nodes:
        there = [by_name[workload] for (workload, _), name in assignment.items() if name == node.name]
        for kind in _KINDS:
            if sum(getattr(workload.requests, kind) for workload in there) > getattr(node.shape.allocatable, kind):
                return False
    return True


def any_placement(nodes: Sequence[PoolNode], workloads: Sequence[Workload]) -> bool:
    """Whether there is any way at all to place every pod."""
    fixed: Assignment = {
        (workload.name, number): node.name
        for workload in workloads
        if workload.on_every_node
        for number, node in enumerate(nodes)
    }
    free = [(work.name, number) for work in workloads if not work.on_every_node for number in range(work.copies)]
    names = [node.name for node in nodes]
    return any(
        is_allowed(nodes, workloads, fixed | dict(zip(free, choice, strict=True)))
        for choice in product(names, repeat=len(free))
    )


def in_order(nodes: Sequence[PoolNode], workloads: Sequence[Workload]) -> tuple[Assignment, set[tuple[str, int]]]:
    """Where each pod goes if pods are taken one by one, and which of them find no node."""
    assignment: Assignment = {}
    homeless: set[tuple[str, int]] = set()
    for workload, number, candidates in _queue(nodes, workloads):
        pod = (workload.name, number)
        ranked = [
            (-_score(feasible, workloads, assignment, workload, node), index, node.name)
            for feasible in [[node for node in candidates if _goes(nodes, workloads, assignment, workload, node)]]
            for index, node in enumerate(feasible)
        ]
        if ranked:
            assignment[pod] = min(ranked)[2]
        else:
            homeless.add(pod)
    return assignment, homeless


def _queue(
    nodes: Sequence[PoolNode], workloads: Sequence[Workload]
) -> Iterator[tuple[Workload, int, Sequence[PoolNode]]]:
    for workload in workloads:
        if workload.on_every_node:
            yield from ((workload, number, [node]) for number, node in enumerate(nodes))
    for priority in sorted({workload.priority for workload in workloads}, reverse=True):
        for workload in workloads:
            if workload.priority == priority and not workload.on_every_node:
                yield from ((workload, number, nodes) for number in range(workload.copies))


def _copies(assignment: Assignment, workload: Workload, node: PoolNode) -> int:
    return sum(1 for (name, _), where in assignment.items() if name == workload.name and where == node.name)


def _used(workloads: Sequence[Workload], assignment: Assignment, node: PoolNode, kind: str) -> int:
    asks = {workload.name: getattr(workload.requests, kind) for workload in workloads}
    return sum(asks[name] for (name, _), where in assignment.items() if where == node.name)


def _goes(
    nodes: Sequence[PoolNode], workloads: Sequence[Workload], assignment: Assignment, workload: Workload, node: PoolNode
) -> bool:
    for kind in _KINDS:
        asked = getattr(workload.requests, kind)
        if asked and _used(workloads, assignment, node, kind) + asked > getattr(node.shape.allocatable, kind):
            return False
    return True


def _score(
    feasible: Sequence[PoolNode],
    workloads: Sequence[Workload],
    assignment: Assignment,
    workload: Workload,
    node: PoolNode,
) -> int:
    used: list[Fraction] = [
        Fraction(
            _used(workloads, assignment, node, kind) + getattr(workload.requests, kind),
            getattr(node.shape.allocatable, kind),
        )
        for kind in ("cpu_m", "memory_mib")
    ]
    least_allocated = floor(Fraction(sum(floor((1 - part) * 100) for part in used), 2))
    without = [
        Fraction(_used(workloads, assignment, node, kind), getattr(node.shape.allocatable, kind))
        for kind in ("cpu_m", "memory_mib")
    ]
    balanced = 50 + (50 + _balance(used) - _balance(without)) // 2
    copies = {other.name: _copies(assignment, workload, other) for other in feasible}
    most, fewest = max(copies.values()), min(copies.values())
    spread = floor(Fraction(100 * (most + fewest - copies[node.name]), most)) if most else 100
    return least_allocated + balanced + 2 * spread


def _balance(parts: list[Fraction]) -> int:
    # The source computes in floating point and cuts off.
    return int((1 - abs((float(parts[0]) - float(parts[1])) / 2)) * 100)
