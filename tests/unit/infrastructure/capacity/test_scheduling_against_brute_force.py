"""200 generated clusters: the scheduler's placement against every placement there is."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from presswerk.infrastructure.capacity.allocatable import NodeShape
from presswerk.infrastructure.capacity.model import Amount, Workload
from presswerk.infrastructure.capacity.scheduling import PoolNode, SimulatedCluster
from tests.unit.infrastructure.capacity.brute_force import Assignment, any_placement, in_order, is_allowed

MOST_PODS = 6  # beside those on every node: 4 nodes and 6 pods are 4,096 assignments


def _shapes() -> st.SearchStrategy[NodeShape]:
    amounts = st.builds(
        Amount,
        cpu_m=st.integers(3, 12),
        memory_mib=st.integers(3, 12),
        ephemeral_mib=st.integers(3, 12),
        volumes=st.integers(1, 3),
        pods=st.integers(2, 5),
    )
    return amounts.map(lambda amount: NodeShape(amount, 1_000, 850))


def _requests() -> st.SearchStrategy[Amount]:
    return st.builds(
        Amount,
        cpu_m=st.integers(0, 4),
        memory_mib=st.integers(0, 4),
        ephemeral_mib=st.integers(0, 3),
        volumes=st.integers(0, 1),
        pods=st.just(1),
    )


@st.composite
def _clusters(draw: st.DrawFn) -> tuple[tuple[PoolNode, ...], tuple[Workload, ...]]:
    shapes = draw(st.lists(_shapes(), min_size=1, max_size=4))
    nodes = tuple(PoolNode(f"node-{number}", shape) for number, shape in enumerate(shapes))
    workloads: list[Workload] = []
    left = MOST_PODS
    for number in range(draw(st.integers(1, 5))):
        on_every_node = number == 0 and draw(st.booleans())
        copies = draw(st.integers(1, min(3, left))) if left else 0
        if not on_every_node and not copies:
            break
        left -= 0 if on_every_node else copies
        workloads.append(
            Workload(
                f"workload-{number}",
                draw(_requests()),
                copies=copies or 1,
                on_every_node=on_every_node,
                priority=draw(st.sampled_from([0, 0, 5])),
            )
        )
    return nodes, tuple(workloads)


def _placed(cluster: SimulatedCluster) -> Assignment:
    return {(pod.workload.name, pod.number): node.name for node in cluster.nodes for pod in cluster.pods_on(node.name)}


@settings(max_examples=200, derandomize=True, deadline=None)
@given(_clusters())
def test_every_pod_is_where_the_slow_way_puts_it(drawn: tuple[tuple[PoolNode, ...], tuple[Workload, ...]]) -> None:
    nodes, workloads = drawn
    cluster = SimulatedCluster(nodes)
    cluster.place(workloads)

    expected, homeless = in_order(nodes, workloads)

    assert _placed(cluster) == expected
    assert {(each.pod.workload.name, each.pod.number) for each in cluster.pending} == homeless


@settings(max_examples=200, derandomize=True, deadline=None)
@given(_clusters())
def test_it_never_says_fits_when_no_placement_exists(drawn: tuple[tuple[PoolNode, ...], tuple[Workload, ...]]) -> None:
    nodes, workloads = drawn
    cluster = SimulatedCluster(nodes)
    cluster.place(workloads)

    possible = any_placement(nodes, workloads)

    if cluster.pending:
        event("pending, though another placement exists" if possible else "pending, and no placement exists")
        assert all(each.lacking and each.resource in each.lacking for each in cluster.pending)
    else:
        event("fits")
        assert possible
        assert is_allowed(nodes, workloads, _placed(cluster))
