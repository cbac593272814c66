"""What Terraform is told, and how its plan is read."""

from typing import Any

import pytest

from presswerk.declaration import NodePool, Platform, demo_platform
from presswerk.infrastructure.capacity.model import PoolSize
from presswerk.infrastructure.prices import ASSUMED
from presswerk.infrastructure.terraform.plan import ResourceAction, ResourceChange, read_plan
from presswerk.infrastructure.terraform.variables import pool_address, pool_name, tfvars, with_nodes_as_they_are

_POOL = {"node_count": 3, "cores_count": 4, "ram_size": 8192, "storage_size": 100, "storage_type": "SSD"}

_RESOURCES = [
    {"type": "ionoscloud_k8s_node_pool", "address": "pool", "values": _POOL},
    {"type": "ionoscloud_mariadb_cluster", "address": "sites",
     "values": {"instances": 1, "cores": 2, "ram": 4, "storage_size": 50}},
    {"type": "ionoscloud_pg_cluster_v2", "address": "services",
     "values": {"instances": {"count": 2, "cores": 2, "ram": 4, "storage_size": 20}}},
    {"type": "ionoscloud_inmemorydb_cluster_v2", "address": "chat",
     "values": {"instances": {"count": 1, "cores": 1, "ram": 4}}},
    {"type": "ionoscloud_s3_bucket", "address": "media", "values": {}},
]  # fmt: skip


def _shown(*changes: tuple[str, list[str]]) -> dict[str, Any]:
    return {
        "resource_changes": [
            {"address": address, "type": address.split(".")[0], "mode": "managed", "change": {"actions": actions}}
            for address, actions in changes
        ],
        "planned_values": {"root_module": {"resources": _RESOURCES}},
    }


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create"], ResourceAction.CREATE),
        (["update"], ResourceAction.UPDATE),
        (["delete"], ResourceAction.DESTROY),
        (["forget"], ResourceAction.DESTROY),
        (["create", "delete"], ResourceAction.REPLACE),
        (["delete", "create"], ResourceAction.REPLACE),
    ],
)
def test_each_of_terraforms_actions_is_told(actions: list[str], action: ResourceAction) -> None:
    (change,) = read_plan(_shown(("ionoscloud_lan.private", actions)), ASSUMED).changes
    assert change.action is action


def test_what_does_not_change_is_not_told() -> None:
    assert read_plan(_shown(("ionoscloud_lan.private", ["no-op"])), ASSUMED).changes == ()


def test_only_what_was_named_may_be_lost() -> None:
    plan = read_plan(
        _shown(("ionoscloud_mariadb_cluster.sites", ["delete", "create"]), ("ionoscloud_lan.private", ["delete"])),
        ASSUMED,
    )
    assert [each.address for each in plan.not_allowed(["ionoscloud_lan.private"])] == [
        "ionoscloud_mariadb_cluster.sites"
    ]


def test_everything_is_priced_by_its_planned_size() -> None:
    services = ASSUMED.services
    assert services is not None
    cost = read_plan(_shown(), ASSUMED).cost
    assert {line.address: line.month for line in cost.lines} == {
        "pool": ASSUMED.pool_month(PoolSize(3, 4, 8, 100)),
        "sites": (2 * services.mariadb_core_hour + 4 * services.mariadb_ram_gib_hour) * 720
        + 50 * services.database_gib_month,
        "services": 2
        * (
            (2 * services.postgres_core_hour + 4 * services.postgres_ram_gib_hour) * 720
            + 20 * services.database_gib_month
        ),
        "chat": (services.redis_core_hour + 4 * services.redis_ram_gib_hour) * 720,
    }
    assert cost.month == sum(line.month for line in cost.lines)
    assert any("buckets" in told for told in cost.by_use)


def test_a_table_without_prices_of_services_says_that_they_are_missing() -> None:
    cost = read_plan(_shown(), ASSUMED.model_copy(update={"services": None})).cost
    assert [line.address for line in cost.lines] == ["pool"]
    assert "the price table has none of them" in cost.by_use[0]


def test_what_forces_a_replacement_is_named() -> None:
    shown = _shown(("ionoscloud_s3_bucket.media", ["delete", "create"]))
    shown["resource_changes"][0]["change"]["replace_paths"] = [["region"]]
    assert read_plan(shown, ASSUMED).changes[0].fields == ("region",)


@pytest.mark.parametrize(("nodes_now", "nodes_told"), [(5, 5), (9, 3)])
def test_a_pool_that_scales_itself_is_not_set_back(nodes_now: int, nodes_told: int) -> None:
    scaling = Platform.model_validate(
        {"tenants": [{"id": "acme", "name": "Acme"}], "node_pool": {"autoscaling": {"min_nodes": 2, "max_nodes": 6}}}
    )
    change = ResourceChange(
        pool_address(pool_name(NodePool(), "presswerk")),
        "ionoscloud_k8s_node_pool",
        ResourceAction.UPDATE,
        nodes=nodes_now,
    )
    assert with_nodes_as_they_are(tfvars(scaling), [change])["node_pool"]["nodes"] == nodes_told


def test_a_standing_pool_of_another_size_stays() -> None:
    old = pool_name(NodePool(cores=8), "presswerk")
    current = pool_name(NodePool(), "presswerk")
    told = tfvars(demo_platform(), standing={old: {"cores": 8}, current: {"cores": 4}})
    assert set(told["retiring_pools"]) == {old}


def test_the_number_of_nodes_is_no_part_of_a_pools_name() -> None:
    assert pool_name(NodePool(nodes=5), "presswerk") == pool_name(NodePool(), "presswerk")
    assert pool_name(NodePool(cores=8), "presswerk") != pool_name(NodePool(), "presswerk")


def test_the_module_and_this_program_name_the_default_pool_alike() -> None:
    # The module's own test expects the same name.
    assert pool_name(NodePool(), "presswerk") == "presswerk-96022c48"
