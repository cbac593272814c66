"""What Terraform is told, and how its plan is read."""

from decimal import Decimal
from typing import Any

import pytest

from presswerk.infrastructure.prices import ASSUMED
from presswerk.infrastructure.terraform.plan import Action, read_plan
from presswerk.infrastructure.terraform.variables import pool_name, tfvars
from presswerk.spec import NodePool, demo_platform

_POOL = {"node_count": 3, "cores_count": 4, "ram_size": 8192, "storage_size": 100, "storage_type": "SSD"}


def _shown(*changes: tuple[str, list[str]]) -> dict[str, Any]:
    return {
        "resource_changes": [
            {"address": address, "type": address.split(".")[0], "mode": "managed", "change": {"actions": actions}}
            for address, actions in changes
        ],
        "planned_values": {"root_module": {"resources": [{"type": "ionoscloud_k8s_node_pool", "values": _POOL}]}},
    }


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create"], Action.CREATE),
        (["update"], Action.UPDATE),
        (["delete"], Action.DESTROY),
        (["forget"], Action.DESTROY),
        (["create", "delete"], Action.REPLACE),
        (["delete", "create"], Action.REPLACE),
    ],
)
def test_each_of_terraforms_actions_is_told(actions: list[str], action: Action) -> None:
    (change,) = read_plan(_shown(("ionoscloud_lan.private", actions)), ASSUMED).changes
    assert change.action is action


def test_what_does_not_change_is_not_told() -> None:
    assert read_plan(_shown(("ionoscloud_lan.private", ["no-op"])), ASSUMED).changes == ()


def test_only_what_was_named_may_be_lost() -> None:
    plan = read_plan(
        _shown(("ionoscloud_mariadb_cluster.sites", ["delete", "create"]), ("ionoscloud_lan.private", ["delete"])),
        ASSUMED,
    )
    assert plan.not_allowed(["ionoscloud_lan.private"]) == ("ionoscloud_mariadb_cluster.sites",)


def test_pools_are_priced_by_their_planned_size() -> None:
    expected = ASSUMED.pool_month(nodes=3, cores=4, ram_gib=8, storage_gib=100, storage_type="SSD")
    assert read_plan(_shown(), ASSUMED).pools_month == expected > Decimal(0)


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
