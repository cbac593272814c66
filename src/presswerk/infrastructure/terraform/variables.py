"""A declaration as the variables of the infrastructure's module."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from presswerk.declaration import NodePool, Platform
from presswerk.infrastructure.terraform.plan import ResourceAction, ResourceChange

Pools = Mapping[str, Mapping[str, Any]]
"""Pools by name, in the shape of the module's output `pools`."""


def tfvars(platform: Platform, *, name: str = "presswerk", standing: Pools | None = None) -> dict[str, Any]:
    """What Terraform is told; no secret is among it.

    Args:
        platform: As declared.
        name: What everything's name begins with.
        standing: Pools that exist and are to stay until somebody has drained them.
    """
    current = pool_name(platform.node_pool, name)
    return {
        "name": name,
        "location": platform.node_pool.location,
        "node_pool": _pool(platform.node_pool),
        "retiring_pools": {other: dict(pool) for other, pool in (standing or {}).items() if other != current},
        "kubernetes_version": platform.cluster.kubernetes_version,
        "api_allow_list": list(platform.cluster.api_allow_list),
        "maintenance": {
            "day": platform.cluster.maintenance.day,
            "time": f"{platform.cluster.maintenance.time}:00",
        },
        **platform.databases.model_dump(mode="json"),
        "domain": platform.domain,
    }


def pool_name(pool: NodePool, name: str) -> str:
    """The name the module gives a pool: what is immutable of it is hashed into the name, as `cluster.tf` does."""
    size = [pool.cores, pool.ram_gib, pool.storage_gib, pool.storage_type, pool.cpu_family]
    return f"{name}-{hashlib.sha256(json.dumps(size, separators=(',', ':')).encode()).hexdigest()[:8]}"


def pool_address(pool: str) -> str:
    """Terraform's address of the pool with this name."""
    return f'ionoscloud_k8s_node_pool.pool["{pool}"]'


def with_nodes_as_they_are(variables: Mapping[str, Any], changes: Iterable[ResourceChange]) -> dict[str, Any]:
    """The same variables, but no pool that scales itself is set back to the number of nodes it began with.

    Args:
        variables: As `tfvars` made them.
        changes: What Terraform would do by them.
    """
    retiring = {pool: dict(size) for pool, size in variables["retiring_pools"].items()}
    current = dict(variables["node_pool"])
    for change in changes:
        if change.kind != "ionoscloud_k8s_node_pool" or change.action is not ResourceAction.UPDATE:
            continue
        named = change.address.partition('"')[2].rstrip('"]')
        size = retiring.get(named, current)
        scaling = size["autoscaling"]
        if scaling and change.nodes is not None and scaling["min_nodes"] <= change.nodes <= scaling["max_nodes"]:
            size["nodes"] = change.nodes
    return {**variables, "node_pool": current, "retiring_pools": retiring}


def _pool(pool: NodePool) -> dict[str, Any]:
    return pool.model_dump(mode="json", exclude={"location"})
