"""Whether a declared platform fits, what is left, what a lost node means, and which pool to buy."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk.declaration import DeclarationError, NodePool, Platform, Tenant, TierName
from presswerk.infrastructure.capacity.allocatable import node_shape
from presswerk.infrastructure.capacity.assessment import assess, demand_of, filled, nodes_of, worst_loss
from presswerk.infrastructure.capacity.buying import cheapest_pool, is_good_enough
from presswerk.infrastructure.capacity.disk import disk_uses
from presswerk.infrastructure.capacity.model import PoolSize, Resource
from presswerk.infrastructure.capacity.scheduling import SimulatedCluster
from presswerk.infrastructure.prices import ASSUMED, read_prices

DEFAULT = PoolSize.of(NodePool())
ROOMY = PoolSize(6, 16, 64, 400)


def _platform(*tiers: TierName) -> Platform:
    return Platform(tenants=tuple(Tenant(id=f"t{n}", name="A tenant", tier=tier) for n, tier in enumerate(tiers)))


def _mixed(number: int) -> Platform:
    return _platform(*(list(TierName)[each % 3] for each in range(number)))


def test_the_default_pool_carries_a_few_tenants_and_the_loss_of_a_node() -> None:
    found = assess(demand_of(_mixed(3)), DEFAULT)

    assert found.fits
    assert found.missing is None
    assert found.loss.harmless


@pytest.mark.parametrize("tier", TierName)
def test_as_many_more_tenants_fit_as_it_says_and_not_one_more(tier: TierName) -> None:
    room = assess(demand_of(_mixed(3)), DEFAULT).room[tier]
    three = list(TierName)

    assert assess(demand_of(_platform(*three, *[tier] * room.more)), DEFAULT).fits
    one_more = assess(demand_of(_platform(*three, *[tier] * (room.more + 1))), DEFAULT)
    assert (one_more.fits, one_more.missing) == (False, room.stopped_by)


def test_where_nodes_are_large_volumes_run_out_first() -> None:
    found = assess(demand_of(_mixed(3)), ROOMY, max_volumes=2)

    assert found.next_out.stopped_by is Resource.VOLUMES
    assert found.next_out.more == 6 * 2 - 3  # each of three sites has one


def test_every_resource_that_is_too_small_is_named() -> None:
    demand = demand_of(_mixed(30))

    assert assess(demand, ROOMY).fits
    assert assess(demand, replace(ROOMY, cores=1)).missing is Resource.CPU
    assert assess(demand, replace(ROOMY, ram_gib=4)).missing is Resource.MEMORY
    assert assess(demand, replace(ROOMY, storage_gib=2)).missing is Resource.EPHEMERAL
    assert assess(demand, replace(ROOMY, storage_gib=20)).missing is Resource.DISK
    assert assess(demand, ROOMY, max_volumes=3).missing is Resource.VOLUMES


def test_the_only_node_lost_leaves_everything_pending() -> None:
    found = assess(demand_of(_mixed(3)), PoolSize(1, 16, 64, 200))

    assert found.fits
    # What was on every node is gone with it; the rest waits.
    everywhere = sum(workload.on_every_node for workload in demand_of(_mixed(3)).workloads)
    assert len(found.loss.pending) == found.nodes[0].requested.pods - everywhere


def test_the_worst_node_is_the_one_told_of() -> None:
    cluster, *_ = filled(demand_of(_mixed(14)), DEFAULT)
    pending = {node.name: len(cluster.without(node.name).pending) for node in cluster.nodes}

    assert len(worst_loss(cluster).pending) == max(pending.values()) > 0


def test_an_override_counts_as_declared() -> None:
    large = Tenant.model_validate(
        {"id": "large", "name": "L", "tier": "enterprise", "overrides": {"memory_mib": 16_384, "storage_gib": 900}}
    )
    demand = demand_of(Platform(tenants=(large,)))

    assert demand.sites[0].requests.memory_mib == 16_384
    assert demand.volume_gib == 900
    assert assess(demand, DEFAULT).missing is Resource.MEMORY


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(TierName), min_size=1, max_size=25),
    st.builds(PoolSize, st.integers(1, 6), st.integers(2, 8), st.integers(8, 32), st.integers(50, 120)),
    st.sampled_from(["nodes", "cores", "ram_gib", "storage_gib"]),
)
def test_what_fits_goes_on_fitting_when_a_node_is_added_or_nodes_grow(
    tiers: list[TierName], pool: PoolSize, grows: str
) -> None:
    """Of sizes that a declaration takes. No scheduler promises it of all: 4 nodes of 2 cores, 5 GiB and 20 GiB carry a
    tenant, and 5 of them do not, since there the large images meet on one disk."""
    demand = demand_of(_platform(*tiers))
    larger = PoolSize(
        pool.nodes + (grows == "nodes"),
        pool.cores + (grows == "cores"),
        pool.ram_gib + (grows == "ram_gib"),
        pool.storage_gib + (grows == "storage_gib"),
    )

    assert not assess(demand, pool).fits or assess(demand, larger).fits


@settings(max_examples=40)
@given(st.lists(st.sampled_from(TierName), min_size=2, max_size=25), st.integers(1, 5))
def test_fewer_tenants_never_need_more(tiers: list[TierName], nodes: int) -> None:
    pool = replace(DEFAULT, nodes=nodes)

    assert not assess(demand_of(_platform(*tiers)), pool).fits or assess(demand_of(_platform(*tiers[:-1])), pool).fits


@pytest.mark.parametrize("number", [1, 12, 60])
def test_the_pool_to_buy_keeps_a_fifth_free_and_loses_any_node(number: int) -> None:
    demand = demand_of(_mixed(number))

    best = cheapest_pool(demand, ASSUMED)

    assert best is not None
    shape = node_shape(best.pool)
    fifth_less = replace(
        shape, allocatable=shape.allocatable.within_percent(80), disk_full_mib=shape.disk_full_mib * 80 // 100
    )
    tight = SimulatedCluster(nodes_of(best.pool, fifth_less))
    tight.place(demand.workloads)
    assert not tight.pending
    assert not any(use.under_pressure for use in disk_uses(tight))
    assert assess(demand, best.pool).loss.harmless


def test_no_cheaper_pool_of_the_catalogue_would_do() -> None:
    demand, offers = demand_of(_mixed(12)), ((4, 8, 100), (8, 32, 150))

    best = cheapest_pool(demand, ASSUMED, catalogue=offers)

    assert best is not None
    for offer in offers:
        for nodes in range(2, 20):
            pool = PoolSize(nodes, *offer)
            assert ASSUMED.pool_month(pool) >= best.month or not is_good_enough(demand, pool)


def test_a_site_larger_than_any_node_has_no_pool() -> None:
    large = Tenant.model_validate({"id": "xl", "name": "L", "tier": "enterprise", "overrides": {"memory_mib": 16_384}})

    assert cheapest_pool(demand_of(Platform(tenants=(large,))), ASSUMED, catalogue=((4, 8, 100),)) is None


def test_a_pool_s_cost_is_the_sum_of_its_parts() -> None:
    prices = read_prices(
        {
            "as_of": "2026-01-31",
            "source": "a price list",
            "checked": True,
            "core_hour": "0.10",
            "ram_gib_hour": "0.01",
            "ssd_gib_month": "0.20",
            "hdd_gib_month": "0.05",
        },
        source="prices.yaml",
    )

    assert prices.pool_month(PoolSize(3, 4, 8, 100)) == 3 * (4 * 72 + Decimal(8) * Decimal("7.2") + 20)
    assert prices.pool_month(PoolSize(1, 4, 8, 100, "HDD")) == 4 * 72 + Decimal(8) * Decimal("7.2") + 5
    assert prices.note == "a price list, 2026-01-31, without tax, checked against the price list"


def test_prices_that_nobody_checked_say_so() -> None:
    assert not ASSUMED.checked
    assert "NOT checked" in ASSUMED.note


def test_a_wrong_price_is_told_by_field() -> None:
    with pytest.raises(DeclarationError, match=r"prices\.yaml: core_hour: .*greater than or equal to 0"):
        read_prices({**ASSUMED.model_dump(), "core_hour": -1}, source="prices.yaml")


def test_a_managed_redis_takes_nothing_from_the_nodes() -> None:
    managed = _mixed(3)
    own = managed.model_copy(update={"databases": managed.databases.model_copy(update={"redis": None})})

    names, with_pod = ({each.name for each in demand_of(platform).services} for platform in (managed, own))

    assert with_pod - names == {"presswerk/redis"}
