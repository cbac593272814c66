"""Terraform's plan as a person reads it: what is made, changed, replaced and lost, and whether that was allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from presswerk.infrastructure.prices import PriceTable

_MIB_PER_GIB = 1024
_HARMLESS = frozenset({"ionoscloud_s3_bucket_versioning"})
"""Kinds whose removal loses nothing; everything else that goes needs a word from a person."""


class Action(StrEnum):
    """What becomes of a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DESTROY = "destroy"


@dataclass(frozen=True)
class Change:
    """One resource's change; `address` is Terraform's."""

    address: str
    kind: str
    action: Action

    @property
    def loses(self) -> bool:
        """Whether something is gone afterwards that no repeat brings back."""
        return self.action in {Action.REPLACE, Action.DESTROY} and self.kind not in _HARMLESS


@dataclass(frozen=True)
class Plan:
    """All changes, and what the node pools cost for 30 days afterwards; databases and storage are not in it."""

    changes: tuple[Change, ...]
    pools_month: Decimal
    prices_note: str

    def not_allowed(self, allowed: Iterable[str]) -> tuple[str, ...]:
        """The addresses that would be lost without having been named."""
        named = frozenset(allowed)
        return tuple(change.address for change in self.changes if change.loses and change.address not in named)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "changes": [{"address": change.address, "action": change.action} for change in self.changes],
            "would_be_lost": list(self.not_allowed(())),
            "node_pools_month": str(self.pools_month),
            "prices": self.prices_note,
        }


def read_plan(shown: Mapping[str, Any], prices: PriceTable) -> Plan:
    """Read what `terraform show -json PLAN` says.

    Args:
        shown: The decoded JSON; format version 1.
        prices: What a pool costs.
    """
    changes = tuple(
        Change(resource["address"], resource["type"], action)
        for resource in shown.get("resource_changes", ())
        if resource["mode"] == "managed" and (action := _action(resource["change"]["actions"])) is not None
    )
    resources = shown.get("planned_values", {}).get("root_module", {}).get("resources", ())
    pools = (each["values"] for each in resources if each["type"] == "ionoscloud_k8s_node_pool")
    return Plan(changes, sum((_pool_month(pool, prices) for pool in pools), Decimal()), prices.note)


def _action(actions: list[str]) -> Action | None:
    if {"create", "delete"} <= set(actions):
        return Action.REPLACE
    named = {"create": Action.CREATE, "update": Action.UPDATE, "delete": Action.DESTROY}
    # `forget` leaves the resource where it is but nobody's: it is lost to this state.
    return Action.DESTROY if "forget" in actions else named.get(actions[0])


def _pool_month(pool: Mapping[str, Any], prices: PriceTable) -> Decimal:
    return prices.pool_month(
        nodes=pool["node_count"],
        cores=pool["cores_count"],
        ram_gib=pool["ram_size"] // _MIB_PER_GIB,
        storage_gib=pool["storage_size"],
        storage_type=pool["storage_type"],
    )
