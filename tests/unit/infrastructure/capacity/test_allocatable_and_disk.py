"""What a node offers, and when its disk is too full."""

import itertools

import pytest

from presswerk.infrastructure.capacity.allocatable import NodeShape, node_shape, reserved_cpu_m, reserved_memory_mib
from presswerk.infrastructure.capacity.disk import LOG_MIB, SYSTEM_MIB, disk_use
from presswerk.infrastructure.capacity.model import CRITICAL_PRIORITY, Amount, ContainerImage, PoolSize, Workload
from presswerk.infrastructure.capacity.scheduling import Pod

GIB = 1024


@pytest.mark.parametrize(("cores", "reserved"), [(1, 60), (2, 70), (4, 80), (8, 90), (16, 110), (62, 225)])
def test_of_cpu_the_system_keeps_what_the_formula_says(cores: int, reserved: int) -> None:
    assert reserved_cpu_m(cores) == reserved


@pytest.mark.parametrize(
    ("ram_gib", "reserved_gib"), [(4, 1.0), (8, 1.8), (16, 2.6), (32, 3.56), (128, 9.32), (240, 11.56)]
)
def test_of_memory_the_system_keeps_what_the_formula_says(ram_gib: int, reserved_gib: float) -> None:
    assert reserved_memory_mib(ram_gib) == pytest.approx(reserved_gib * GIB, abs=1)


def test_eviction_thresholds_are_taken_off_what_is_allocatable() -> None:
    shape = node_shape(PoolSize(3, 4, 8, 100))

    assert shape.allocatable.memory_mib == 8 * GIB - reserved_memory_mib(8) - 100
    assert shape.allocatable.ephemeral_mib == 95 * GIB * 90 // 100
    assert (shape.disk_mib, shape.disk_full_mib) == (95 * GIB, 95 * GIB * 85 // 100)


def test_a_larger_node_offers_no_less_of_anything() -> None:
    sizes = [PoolSize(1, n, n * 2, n * 10) for n in range(1, 200)]
    offered = [node_shape(size) for size in sizes]

    for smaller, larger in itertools.pairwise(offered):
        assert all(
            less <= more for less, more in zip(smaller.allocatable.counted(), larger.allocatable.counted(), strict=True)
        )
        assert smaller.disk_full_mib <= larger.disk_full_mib


def _shape(disk_mib: int) -> NodeShape:
    return NodeShape(Amount(4_000, 8_000, disk_mib, 23, 110), disk_mib, disk_mib * 85 // 100)


def _pods(
    name: str, number: int, *, asks: int = 0, writes: int = 0, priority: int = 0, daemon: bool = False
) -> list[Pod]:
    image = ContainerImage(name, 1_000)
    work = Workload(
        name,
        Amount(ephemeral_mib=asks, pods=1),
        writes_mib=writes,
        images=(image,),
        priority=priority,
        copies=number,
        on_every_node=daemon,
    )
    return [Pod(work, each) for each in range(number)]


def test_an_image_lies_on_a_node_once_and_logs_once_per_container() -> None:
    use = disk_use("node-1", _shape(100 * GIB), _pods("site", 7, writes=10))

    assert (use.images_mib, use.logs_mib, use.writes_mib) == (1_000, 7 * LOG_MIB, 70)
    assert use.system_mib == SYSTEM_MIB + 4 * GIB


def test_a_release_lies_there_beside_the_one_it_replaces() -> None:
    work = Workload("site", Amount(pods=1), images=(ContainerImage("site", 1_000, releases=2),))

    assert disk_use("node-1", _shape(100 * GIB), [Pod(work, 0)]).images_mib == 2_000


def test_disk_pressure_begins_just_above_85_percent() -> None:
    at_rest = disk_use("node-1", _shape(20_000), _pods("site", 1))
    left = at_rest.full_mib - at_rest.used_mib

    assert not disk_use("node-1", _shape(20_000), _pods("site", 1, writes=left)).under_pressure
    assert disk_use("node-1", _shape(20_000), _pods("site", 1, writes=left + 1)).under_pressure


def test_pods_above_their_requests_go_first_and_the_system_s_never() -> None:
    pods = [
        *_pods("modest", 1, asks=9_000, writes=8_000),
        *_pods("greedy", 1, asks=100, writes=500),
        *_pods("agent", 1, writes=900, daemon=True),
        *_pods("dns", 1, writes=900, priority=CRITICAL_PRIORITY),
    ]

    use = disk_use("node-1", _shape(20_000), pods)

    assert [str(each.pod) for each in use.evicted] == ["greedy", "modest"]
