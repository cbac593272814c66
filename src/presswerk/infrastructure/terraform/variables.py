"""A declaration as the variables of the infrastructure's module."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from presswerk.spec import NodePool, Platform

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
        "domain": platform.domain,
        "certificate_email": platform.entry.certificate_email,
    }


def pool_name(pool: NodePool, name: str) -> str:
    """The name the module gives a pool: what is immutable of it is hashed into the name, as `cluster.tf` does."""
    size = [pool.cores, pool.ram_gib, pool.storage_gib, pool.storage_type, pool.cpu_family]
    return f"{name}-{hashlib.sha256(json.dumps(size, separators=(',', ':')).encode()).hexdigest()[:8]}"


def _pool(pool: NodePool) -> dict[str, Any]:
    return pool.model_dump(mode="json", exclude={"location"})
